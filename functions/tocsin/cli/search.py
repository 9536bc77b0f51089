"""`tocsin search`: the archive by its words."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import click
from rich.console import Console
from rich.text import Text

from tocsin.alerts.plain import one_line
from tocsin.archive.answers import MAX_LIMIT, Answer, Asked, Hit, Order
from tocsin.archive.entities import LANGUAGES, MOST_TEXTS
from tocsin.archive.entity_facet import ENTITY, search_with_names
from tocsin.archive.fanout import find_in_part, search_all, side_by_side
from tocsin.archive.filters import Filters
from tocsin.archive.hedging import Hedging
from tocsin.archive.layout import FACETS
from tocsin.archive.ranges import Ranges
from tocsin.archive.search import Shards, search
from tocsin.cli.options import instant_given
from tocsin.cli.screen import excerpt_text, screen, table, when
from tocsin.cli.target import SEARCH_CONNECTIONS, Account, Place, connect
from tocsin.query.inflection import StemsAlone

_ROOM = 256 << 20
_FACET = click.Choice([*FACETS, ENTITY])
_PARTS_AT_ONCE = 3  # of one machine, whose processors and network all parts share


@click.command("search")
@click.argument("query", default="")
@click.option("--topic", "topics", multiple=True, help="That matched this topic.")
@click.option("--publisher", "publishers", multiple=True, help="Of this publisher.")
@click.option("--feed", "feeds", multiple=True, help="That this feed brought.")
@click.option("--language", "languages", multiple=True, help="In this language, as en.")
@click.option("--country", "countries", multiple=True, help="Of feeds of this country, as de.")
@click.option("--author", "authors", multiple=True, help="By this author.")
@click.option("--story", "stories", multiple=True, help="Of the story with this id.")
@click.option("--since", callback=instant_given, metavar="DATE", help="First seen then or later.")
@click.option(
    "--until", callback=instant_given, metavar="DATE", help="First seen that day or before."
)
@click.option("--newest", "order", flag_value=Order.NEWEST, default=True, help="Newest first.")
@click.option("--best", "order", flag_value=Order.BEST, help="Those that fit best first.")
@click.option("--limit", type=click.IntRange(1, MAX_LIMIT), default=10, show_default=True)
@click.option("--cursor", help="Go on where an earlier page ended.")
@click.option("--facet", "facets", multiple=True, type=_FACET, help="Count these.")
@click.option("--everything", is_flag=True, help="Search and count the whole archive.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object: hits, counts, cursor.")
@click.pass_obj
def search_command(place: Place, /, as_json: bool, query: str, order: Order, **asked: Any) -> None:
    """Find articles by QUERY, in the language of topics, among all that were ever stored.

    Words find their forms by their stems. Without QUERY articles are listed; an option that is
    given several times takes any of its values. Articles can be found a minute after they came.
    """
    names = Filters.model_fields.keys()
    filters = Filters(**{name: value for name, value in asked.items() if name in names})
    others = {name: value for name, value in asked.items() if name not in names}
    wanted = Asked(query=query, filters=filters, order=Order(order), **others)
    answer = ask(connect(place), wanted)
    if as_json:
        click.echo(answer.model_dump_json())
        return
    print_answer(screen(), answer)


def ask(account: Account, asked: Asked) -> Answer:
    """Names have the spellings that topics in force know. Raises QueryError, InputError."""
    rows = account.topics.all() if ENTITY in asked.facets else []
    aliases = [group for row in rows for group in row.topic.aliases]
    with ThreadPoolExecutor(SEARCH_CONNECTIONS) as executor:
        ranges = Ranges(account.archive_bucket, executor, _ROOM, Hedging())
        shards = Shards(ranges, executor)
        manifest, inflection = account.shards.read(), StemsAlone()

        def found(asked: Asked) -> Answer:
            if not asked.everything:
                return search(asked, manifest, shards, inflection)
            find_in = partial(find_in_part, shards=shards, inflection=inflection)
            with ThreadPoolExecutor(_PARTS_AT_ONCE) as callers:
                run = side_by_side(find_in, callers)
                return search_all(asked, manifest, shards, inflection, run)

        return search_with_names(asked, manifest, shards, inflection, aliases, found)


def print_answer(out: Console, answer: Answer) -> None:
    for hit in answer.hits:
        print_hit(out, hit)
    if not answer.hits:
        out.print("nothing found")
    for name, counts in answer.facets.items():
        rows = [(value, str(count)) for value, count in counts.items()]
        out.print(table((name, "articles"), rows))
        if name == ENTITY:
            read = ", ".join(sorted(LANGUAGES))
            out.print(f"in the newest {MOST_TEXTS} articles that match, of those in {read}")
    out.print(one_line(_found(answer)))
    if answer.cursor:
        out.print(f"more: --cursor {answer.cursor}", soft_wrap=True)


def print_hit(out: Console, hit: Hit) -> None:
    out.print(excerpt_text(hit.title), style="bold")
    facts = [when(hit.seen_at), hit.publisher, hit.language or "-", hit.article_id]
    out.print(one_line("  ".join(facts)))
    out.print(Text("  ").append_text(excerpt_text(hit.snippet)))
    out.print(one_line(f"  {hit.url}"), soft_wrap=True)


def _found(answer: Answer) -> str:
    count = f"{answer.matches:,}" if answer.exact else f"at most {answer.matches:,}"
    if answer.searched_back_to is None:
        return f"{count} found"
    return f"{count} found, searched back to {when(answer.searched_back_to)} UTC"
