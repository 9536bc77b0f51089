"""`tocsin feed-link`: links by which feed readers follow a topic or a search."""

import secrets
from datetime import UTC, datetime
from typing import Any

import click

from tocsin.alerts.signing import ID_BYTES, PEPPER_BYTES, feed_token, find_feed_id
from tocsin.archive.parameters import FILTERS, asked_of
from tocsin.aws.feed_links import FeedLinks
from tocsin.aws.pepper import Pepper
from tocsin.cli.screen import screen, table, when
from tocsin.cli.subscribers import get_topic
from tocsin.cli.target import Account, Place, connect
from tocsin.errors import InputError, NotFoundError
from tocsin.model.feed_links import FeedLink
from tocsin.query.syntax import parse

KINDS = ("atom", "json")
_TITLE_CHARACTERS = 100


@click.command("feed-link")
@click.argument("topic_id", metavar="[TOPIC]", required=False)
@click.option("--query", help="In the language of topics.")
@click.option("--topic", multiple=True, help="That matched this topic.")
@click.option("--publisher", multiple=True, help="Of this publisher.")
@click.option("--feed", multiple=True, help="That this feed brought.")
@click.option("--language", multiple=True, help="In this language, as en.")
@click.option("--country", multiple=True, help="Of feeds of this country, as de.")
@click.option("--author", multiple=True, help="By this author.")
@click.option("--story", multiple=True, help="Of the story with this id.")
@click.option("--title", help="What readers call the feed [the topic's name, or the query].")
@click.option("--list", "listed", is_flag=True, help="Show all links.")
@click.option("--revoke", metavar="LINK", help="End a link; readers are told so.")
@click.pass_obj
def feed_link(
    place: Place,
    /,
    topic_id: str | None,
    query: str | None,
    title: str | None,
    listed: bool,
    revoke: str | None,
    **filters: tuple[str, ...],
) -> None:
    """Make a link by which any feed reader follows TOPIC, or what a search finds.

    Whoever has a link may read the feed; each is made anew, so that each can be ended alone.
    """
    account = connect(place)
    if listed:
        print_links(account)
        return
    if revoke:
        click.echo(f"ended: {revoke_link(account, revoke).title}")
        return
    if topic_id:
        title = title or get_topic(account, topic_id).topic.name
        filters["topic"] = (topic_id, *filters["topic"])
    link = new_link(query or "", filters, title)
    _links(account).add(link)
    for url in urls_of(account, link):
        click.echo(url)


def new_link(query: str, filters: dict[str, tuple[str, ...]], title: str | None) -> FeedLink:
    """Raises QueryError and InputError."""
    pairs = [("query", query)] if query else []
    pairs += [(name, value) for name in FILTERS for value in filters.get(name, ())]
    if not pairs:
        raise InputError("feed-link", "name a topic, or give --query or another option")
    asked_of(pairs, 1, 1)
    if query:
        parse(query)
    return FeedLink(
        id=secrets.token_hex(ID_BYTES),
        title=(title or ", ".join(value for _, value in pairs))[:_TITLE_CHARACTERS],
        asked=tuple(pairs),
        made_at=datetime.now(UTC).replace(microsecond=0),
    )


def print_links(account: Account) -> None:
    rows: list[tuple[str, ...]] = []
    for each in _links(account).all():
        asked = ", ".join(f"{name}: {value}" for name, value in each.asked)
        rows.append((when(each.made_at), each.title, asked, urls_of(account, each)[0]))
    screen().print(table(("made (UTC)", "title", "of", "link"), rows))


def revoke_link(account: Account, given: str) -> FeedLink:
    """A URL, or the token in it. Raises NotFoundError."""
    token = given.rpartition("/")[2].partition(".")[0]
    link_id = find_feed_id(_pepper(account), token)
    found = _links(account).find(link_id) if link_id else None
    if found is None or not _links(account).remove(found.id):
        raise NotFoundError("feed link", given)
    return found


def urls_of(account: Account, link: FeedLink) -> list[str]:
    token = feed_token(_pepper(account), link.id)
    return [f"{account.outputs['HttpApiUrl']}/feeds/{token}.{kind}" for kind in KINDS]


def _links(account: Account) -> FeedLinks:
    return FeedLinks(account.client("dynamodb"), account.outputs["TopicsTable"])


def _pepper(account: Account) -> bytes:
    client: Any = account.client("dynamodb")
    return Pepper(client, account.outputs["TopicsTable"], secrets.token_bytes).get(PEPPER_BYTES)
