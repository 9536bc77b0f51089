"""`tocsin feeds check`, `add`, `import` and `export`: feeds before they are polled."""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.console import Console
from rich.text import Text

from tocsin import __version__
from tocsin.cli.feed_lines import add_feeds, make_id
from tocsin.cli.files import read_feeds
from tocsin.cli.screen import screen, step, table, when
from tocsin.cli.target import Place
from tocsin.errors import ConfigurationError, FeedError
from tocsin.feeds.opml import Outline, read_opml, write_opml
from tocsin.model.feeds import Feed
from tocsin.pipeline.check import Checked, check
from tocsin.web.addresses import AllowedEndpoints
from tocsin.web.fetcher import Fetcher

MAX_OPML_BYTES = 5_000_000  # some 20,000 feeds
SHOWN_ENTRIES = 5
_FILE = click.Path(dir_okay=False, path_type=Path)
_ALLOW = click.option(
    "--allow",
    default="",
    metavar="ADDRESS:PORT,…",
    help="Private endpoints that may be asked, as the parameter AllowedEndpoints.",
)
_FEEDS = click.option(
    "--feeds", "path", type=_FILE, help="The file of feeds [feeds.yaml of the project]."
)


@click.command("check")
@click.argument("url")
@_ALLOW
def check_feed(url: str, allow: str) -> None:
    """Show what polling a feed, or the feed of a page, would find. Stores nothing."""
    out = screen()
    _print_checked(out, _check(out, url, allow))


@click.command()
@click.argument("url")
@click.option("--id", "feed_id", help="Its id [from its title].")
@_FEEDS
@_ALLOW
@click.pass_obj
def add(place: Place, url: str, feed_id: str | None, path: Path | None, allow: str) -> None:
    """Check a feed, or find the feed of a page, and write it into feeds.yaml."""
    out, file = screen(), path or place.project_root / "feeds.yaml"
    known = read_feeds(file) if file.exists() else ()
    checked = _check(out, url, allow)
    _require_new(checked.response.url, known)
    _print_checked(out, checked)
    facts, ids = checked.document.facts, {feed.id for feed in known}
    feed = Feed(
        id=feed_id or make_id(facts.title, checked.url, ids),
        url=checked.url,
        publisher=facts.title or None,
        language=facts.language,
    )
    add_feeds(file, [feed])
    out.print(f"{feed.id} is in {file.name}; `tocsin apply` puts it in force")


@click.command("import")
@click.argument("opml", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@_FEEDS
@click.pass_obj
def import_opml(place: Place, opml: Path, path: Path | None) -> None:
    """Write the feeds of an OPML file, as other readers export, into feeds.yaml."""
    file = path or place.project_root / "feeds.yaml"
    known = read_feeds(file) if file.exists() else ()
    if opml.stat().st_size > MAX_OPML_BYTES:
        raise ConfigurationError(f"{opml}: larger than {MAX_OPML_BYTES:,} bytes; split it")
    try:
        outlines = read_opml(opml.read_bytes())
    except FeedError as error:
        raise ConfigurationError(f"{opml}: {error.reason}") from error
    new = list(_new_feeds(outlines, known))
    if new:
        add_feeds(file, new)
    screen().print(
        f"{len(new)} feeds added to {file.name}, {len(outlines) - len(new)} were there already"
    )


@click.command()
@click.argument("opml", type=_FILE, required=False)
@_FEEDS
@click.pass_obj
def export(place: Place, opml: Path | None, path: Path | None) -> None:
    """Write feeds.yaml as OPML, for other readers, into a file or to the screen."""
    known = read_feeds(path or place.project_root / "feeds.yaml")
    outlines = [Outline(title=feed.publisher or feed.id, url=feed.url) for feed in known]
    document = write_opml(outlines, "Tocsin", datetime.now(UTC))
    if opml is None:
        click.echo(document, nl=False)
        return
    opml.write_bytes(document)
    screen().print(f"{len(known)} feeds are in {opml}")


def _check(out: Console, url: str, allow: str) -> Checked:
    web = Fetcher(f"Tocsin/{__version__} (checking a feed)", AllowedEndpoints.parse(allow))
    with step(out, f"asking {url}") as tell:
        return check(url, web, tell)


def _require_new(url: str, known: Iterable[Feed]) -> None:
    for feed in known:
        if feed.url == url:
            raise ConfigurationError(f"{url}: feed {feed.id!r} is that one already")


def _new_feeds(outlines: Iterable[Outline], known: Iterable[Feed]) -> Iterable[Feed]:
    """Each URL once; ids that nobody has."""
    ids, urls = {feed.id for feed in known}, {feed.url for feed in known}
    for outline in outlines:
        if outline.url in urls:
            continue
        feed = Feed(
            id=make_id(outline.title, outline.url, ids),
            url=outline.url,
            publisher=outline.title or None,
        )
        ids.add(feed.id)
        urls.add(feed.url)
        yield feed


def _print_checked(out: Console, checked: Checked) -> None:
    for name, value in _facts(checked):
        out.print(Text(f"{name:<12}", style="bold").append(Text(value, style="not bold")))
    rows = [(when(e.published_at), e.title, e.url) for e in checked.document.entries]
    out.print(table(("published", "title", "page"), rows[:SHOWN_ENTRIES]))


def _facts(checked: Checked) -> Iterable[tuple[str, str]]:
    """What an operator wants to know before polling it, where there is something to tell."""
    facts, headers = checked.document.facts, checked.response.headers
    rate = checked.entries_a_week(datetime.now(UTC))
    validators = [name for name in ("etag", "last-modified") if headers.get(name)]
    told = {
        "feed": checked.response.url,
        "found from": checked.page_url,
        "moved": ", ".join(f"{step.status} to {step.url}" for step in checked.response.redirects),
        "kind": facts.kind,
        "title": facts.title,
        "language": facts.language or "",
        "entries": str(len(checked.document.entries)),
        "sitemaps": f"{len(facts.sitemaps)}, the newest of which are read" * bool(facts.sitemaps),
        "a week": f"about {rate:.0f}" if rate else "its entries do not say",
        "damage": checked.document.damage,
        "unchanged": f"told by its {' and '.join(validators) or 'bytes only'}",
        "pushed by": checked.offer.hub_url if checked.offer else "",
        "no feed at": ", ".join(f"{each.url} ({each.reason})" for each in checked.tried),
    }
    return [(name, value) for name, value in told.items() if value]
