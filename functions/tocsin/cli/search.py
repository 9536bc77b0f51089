"""`tocsin search`: the archive by its words."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import click
from rich.console import Console
from rich.text import Text

from tocsin.alerts.plain import one_line
from tocsin.archive.answers import ENTITY, MAX_LIMIT, Answer, Asked, Hit, Order
from tocsin.archive.asking import ask
from tocsin.archive.entity_facet import SCOPE
from tocsin.archive.fanout import find_in_part, side_by_side
from tocsin.archive.filters import Filters
from tocsin.archive.hedging import Hedging
from tocsin.archive.parameters import COUNTED
from tocsin.archive.ranges import Ranges
from tocsin.archive.search import Shards
from tocsin.cli.options import instant_given
from tocsin.cli.screen import excerpt_text, screen, table, when
from tocsin.cli.target import PARTS_AT_ONCE, SEARCH_CONNECTIONS, Account, Place, connect
from tocsin.query.inflection import StemsAlone

_ROOM = 256 << 20


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
@click.option("--facet", "facets", multiple=True, type=click.Choice(COUNTED), help="Count these.")
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
    answer = answer_of(connect(place), wanted)
    if as_json:
        click.echo(answer.model_dump_json())
        return
    print_answer(screen(), answer)


def answer_of(account: Account, asked: Asked) -> Answer:
    """Raises QueryError, InputError."""
    with (
        ThreadPoolExecutor(SEARCH_CONNECTIONS) as executor,
        ThreadPoolExecutor(PARTS_AT_ONCE) as callers,
    ):
        ranges = Ranges(account.archive_bucket, executor, _ROOM, Hedging())
        shards, inflection = Shards(ranges, executor), StemsAlone()
        run = side_by_side(partial(find_in_part, shards=shards, inflection=inflection), callers)
        manifest, find_aliases = account.shards.read(), account.aliases.find
        return ask(asked, manifest, shards, inflection, run, find_aliases)


def print_answer(out: Console, answer: Answer) -> None:
    for hit in answer.hits:
        print_hit(out, hit)
    if not answer.hits:
        out.print("nothing found")
    for name, counts in answer.facets.items():
        rows = [(value, str(count)) for value, count in counts.items()]
        out.print(table((name, "articles"), rows))
        if name == ENTITY:
            out.print(f"in {answer.names_from} articles: {SCOPE}")
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
