"""`tocsin why`: the whole life of an article."""

import shlex
from collections.abc import Iterator

import click
from rich.console import Console
from rich.text import Text

from tocsin.alerts.plain import one_line
from tocsin.cli.lexicon import Lexicon
from tocsin.cli.publish import prepare
from tocsin.cli.screen import excerpt_text, screen, table
from tocsin.cli.target import Account, Place, connect, lexicon_file
from tocsin.errors import Forgotten, NotFoundError
from tocsin.model.topics import Topic
from tocsin.model.values import Instant, to_text
from tocsin.pipeline.records import Records, records_of
from tocsin.pipeline.why import MAX_TOPICS, Life, NearTopic, life_of, near_topics

MAX_NEAR = 100


@click.command()
@click.argument("source", metavar="URL|ID")
@click.option(
    "--topics",
    "most",
    type=click.IntRange(0, MAX_NEAR),
    default=1,
    show_default=True,
    help="Of those that it did not match, how many to compare it with, the nearest first.",
)
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.pass_obj
def why(place: Place, source: str, most: int, as_json: bool) -> None:
    """Tell the whole life of an article, in order and with times.

    Which feed brought it, how its page was fetched, what was read from it, its versions and story,
    which topics it matched on which words, and what was sent when, held until when, merged into
    which alert, dropped or failed, and why. Exit code 1 where the archive does not have it.
    """
    account = connect(place)
    try:
        records = records_of(source, account)
    except Forgotten:
        raise
    except NotFoundError as error:
        raise click.ClickException(unknown(source)) from error
    near = Comparing(account, place).near(records, most) if most else []
    life = life_of(records, near)
    if as_json:
        click.echo(life.model_dump_json())
    else:
        print_life(screen(), life)


def unknown(source: str) -> str:
    is_words = "://" in source or " " in source
    asked = shlex.quote(source) if is_words else '"words of its headline"'
    return f"no article {source!r} in the archive; `tocsin audit {asked}` tells why not"


class Comparing:
    """The topics in force, ready to be compared with articles; read once."""

    def __init__(self, account: Account, place: Place) -> None:
        rows = account.topics.all()
        if len(rows) > MAX_TOPICS:
            said = f"compared with the first {MAX_TOPICS:,} of {len(rows):,} topics only"
            click.echo(said, err=True)
        self._topics: list[Topic] = [row.topic for row in rows[:MAX_TOPICS]]
        self._lexicon = Lexicon(lexicon_file(place))
        prepare(self._topics, self._lexicon)

    def near(self, records: Records, most: int) -> list[NearTopic]:
        return near_topics(records, self._topics, self._lexicon, most)


def print_life(out: Console, life: Life) -> None:
    out.print(Text(one_line(life.title), style="bold"))
    out.print(one_line(f"{life.publisher}, {life.url} ({life.article_id})"), soft_wrap=True)
    out.print(table(("when (UTC)", "what", "how and why"), _rows(life)))
    print_near(out, life.near)


def _rows(life: Life) -> Iterator[tuple[str | Text, ...]]:
    for each in life.steps:
        yield to_the_second(each.at), each.what, each.detail
        if each.excerpt:
            yield "", "", Text("  ").append_text(excerpt_text(each.excerpt))


def to_the_second(at: Instant | None) -> str:
    """Much happens within a minute."""
    return to_text(at) if at else "-"


def print_near(out: Console, near: tuple[NearTopic, ...]) -> None:
    for each in near:
        share = f"{each.share:.0%} of what it asks for"
        out.print(
            one_line(f"nearest topic {each.topic_id} did not match ({share}): {each.words}"),
            soft_wrap=True,
        )
