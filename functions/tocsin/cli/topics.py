"""`tocsin topics`: what is in force, and what a file of topics means and would find."""

import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.console import Console
from rich.text import Text

from tocsin import __version__
from tocsin.articles.extraction import extract, text_of
from tocsin.articles.languages import language_of
from tocsin.cli.files import read_topics
from tocsin.cli.lexicon import Lexicon
from tocsin.cli.publish import compile_topics
from tocsin.cli.screen import excerpt_text, screen, step, table, when
from tocsin.cli.target import Account, Place, connect, lexicon_file
from tocsin.errors import InputError
from tocsin.model.topics import Topic, TopicRow
from tocsin.query.document import Document
from tocsin.query.excerpt import excerpt
from tocsin.query.explain import as_tree, in_words
from tocsin.query.inflection import stem
from tocsin.query.lint import doubts_of_topic, shown
from tocsin.query.matcher import Matcher
from tocsin.query.nearest import nearness
from tocsin.query.topics import tree_of
from tocsin.web.addresses import AllowedEndpoints
from tocsin.web.fetcher import PAGE_BYTES, Fetcher

_TOPICS = click.option(
    "--topics",
    "path",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file of topics [topics.yaml of the project].",
)
_LONGEST_PATH = 1_000  # what is longer is a text


@click.group(invoke_without_command=True)
@click.pass_context
def topics(context: click.Context) -> None:
    """Show the topics in force and how many listen to each; or try a file of topics."""
    if context.invoked_subcommand is None:
        account = connect(context.obj)
        rows = [_row(account, row) for row in account.topics.all()]
        screen().print(table(("topic", "name", "rings", "subscribers"), rows))


def _row(account: Account, row: TopicRow) -> tuple[str, str, str, str]:
    listeners = account.count_listeners(row)
    return row.topic.id, row.topic.name, rings(row, datetime.now(UTC)), str(listeners)


def rings(row: TopicRow, now: datetime) -> str:
    """How often, or that it does not now."""
    if row.muted:
        return "muted"
    if row.snoozed_until and row.snoozed_until > now:
        return f"snoozed until {when(row.snoozed_until)} UTC"
    return row.topic.alert.cadence.value


def _read(place: Place, path: Path | None) -> tuple[Topic, ...]:
    return read_topics(path or place.project_root / "topics.yaml")


def _named(topics: Sequence[Topic], topic_id: str) -> Topic:
    for topic in topics:
        if topic.id == topic_id:
            return topic
    known = ", ".join(topic.id for topic in topics)
    raise InputError("topic", f"no topic {topic_id!r} in the file; there are {known}")


@topics.command()
@_TOPICS
@click.pass_obj
def lint(place: Place, path: Path | None) -> None:
    """Check a file of topics: errors, and what its author may not have meant."""
    out, found = screen(), _read(place, path)
    doubts = [(topic, text, doubt) for topic in found for text, doubt in doubts_of_topic(topic)]
    for topic, text, doubt in doubts:
        out.print(Text(f"{topic.id}, {shown(text, doubt)}", style="yellow"))
    out.print(f"{len(found)} topics can be used; {len(doubts)} warnings")


@topics.command()
@click.argument("topic_id", metavar="TOPIC")
@_TOPICS
@click.pass_obj
def explain(place: Place, topic_id: str, path: Path | None) -> None:
    """Say in words what a topic asks for, and show it as a tree."""
    tree, out = tree_of(_named(_read(place, path), topic_id)), screen()
    out.print(in_words(tree))
    out.print()
    out.print(as_tree(tree))


@topics.command()
@click.argument("article", metavar="FILE|URL|TEXT")
@click.option("--topic", "topic_id", help="Only this one; and if it does not match, why not.")
@_TOPICS
@click.pass_obj
def test(place: Place, article: str, topic_id: str | None, path: Path | None) -> None:
    """Show which topics an article matches, and on which words."""
    found, out = _read(place, path), screen()
    chosen = (_named(found, topic_id),) if topic_id else found
    document = read_article(article)
    out.print(f"language: {document.language or 'unknown'}; {len(document.body.split())} words")
    with step(out, f"compiling {len(chosen)} topics"):
        lexicon = Lexicon(lexicon_file(place))
        compiled = compile_topics(chosen, lexicon)
    with tempfile.TemporaryDirectory() as folder:
        matched = _print_matches(out, chosen, _open(Path(folder), compiled), document)
    if topic_id and not matched:
        for lack in nearness(chosen[0], document, lexicon).lacks:
            out.print(f"  {lack.clause}: {lack.reason}")


def _open(folder: Path, compiled: bytes) -> Matcher:
    file = folder / "topics"
    file.write_bytes(compiled)
    return Matcher.open(file, stem=stem)


def _print_matches(
    out: Console, topics: Sequence[Topic], matcher: Matcher, document: Document
) -> bool:
    names = {topic.id: topic.name for topic in topics}
    matched = matcher.match(document).topic_ids()
    for topic_id in matched:
        hits = matcher.spans(document, topic_id)
        out.print(Text(f"{topic_id} ({names[topic_id]})", style="bold"))
        sentence = excerpt(document.title, document.body, hits)
        out.print(Text("  ").append_text(excerpt_text(sentence)))
    if not matched:
        out.print("no topic matches" if len(topics) > 1 else f"{topics[0].id} does not match")
    return bool(matched)


def read_article(source: str) -> Document:
    """A page on the web, a file (HTML or plain text), or the text itself. Raises FetchError,
    PageError."""
    if source.startswith(("http://", "https://")):
        web = Fetcher(f"Tocsin/{__version__} (trying topics)", AllowedEndpoints())
        response = web.fetch(source, PAGE_BYTES)
        return _page(response.body, response.headers.get("content-type", ""), response.url)
    if len(source) <= _LONGEST_PATH and Path(source).is_file():
        body = Path(source).read_bytes()
        if b"<html" in body[:5_000].lower():
            return _page(body, "text/html", source)
        return _text(body.decode(errors="replace"))
    return _text(source)


def _page(body: bytes, content_type: str, url: str) -> Document:
    page = extract(body, content_type, url)
    facts = page.facts
    return Document(
        title=page.title,
        body=page.text,
        language=language_of(page.title, page.text, facts.language),
        authors=facts.authors,
        publisher=facts.publisher or "",
    )


def _text(text: str) -> Document:
    """Its first line is the title, where there are more."""
    title, _, body = text_of(text).partition("\n")
    return Document(title=title, body=body, language=language_of(title, body or title))
