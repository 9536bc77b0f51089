"""`tocsin story` and `tocsin volume`: what articles add up to."""

import json
from datetime import UTC, datetime

import click
from rich.console import Console
from rich.text import Text

from tocsin.alerts.plain import one_line
from tocsin.articles.urls import identity
from tocsin.cli.options import instant_given
from tocsin.cli.screen import screen, table, when
from tocsin.cli.subscribers import get_topic
from tocsin.cli.target import Account, Place, connect
from tocsin.errors import InputError, NotFoundError
from tocsin.model.stories import Member, Story, StoryChange
from tocsin.pipeline import lists
from tocsin.stories.busy import BusyHour, Outstanding, Volume, volume_of
from tocsin.stories.label import label_of
from tocsin.stories.summary import as_document, languages, origin, outlets

FOUNDER, JOINED_LATER = "founder", "joined_later"


@click.command()
@click.argument("story_id", metavar="ID|URL")
@click.option("--join", "other", metavar="ID", help="This story is part of that one.")
@click.option("--split", "article_id", metavar="ID", help="This article is a story of its own.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.pass_obj
def story(
    place: Place, story_id: str, other: str | None, article_id: str | None, as_json: bool
) -> None:
    """Show a story, by its id or that of any of its articles: who wrote on it, who was first.

    Stories are kept for a month. --join and --split put right what was grouped wrongly, and are
    recorded in the story; what has rung does not ring again.
    """
    account, now = connect(place), datetime.now(UTC)
    found = get_story(account, story_id)
    if other:
        found = join_stories(account, found, get_story(account, other), now)
    if article_id:
        found = split_off(account, found, article_id, now)
    if as_json:
        click.echo(json.dumps(as_document(found), ensure_ascii=False))
    else:
        print_story(screen(), found)


def get_story(account: Account, asked: str) -> Story:
    """The story that an article is in by now. Raises NotFoundError."""
    article_id = identity(asked) if "://" in asked else asked
    return lists.get_story(article_id, account.articles, account.stories)


def join_stories(account: Account, part: Story, whole: Story, now: datetime) -> Story:
    """Makes `part` a part of `whole`. Raises InputError where it is already."""
    if part.id == whole.id:
        raise InputError("--join", f"{part.id} is in that story already")
    account.stories.move(part.id, whole.id, JOINED_LATER, now)
    account.stories.put_member(whole.id, _founder(part).model_copy(update={"kind": JOINED_LATER}))
    for each in (part, whole):
        said = f"story {part.id} became part of {whole.id}"
        account.stories.add_change(each.id, StoryChange(at=now, what=said))
    return get_story(account, whole.id)


def split_off(account: Account, whole: Story, article_id: str, now: datetime) -> Story:
    """Makes one of a story's articles a story of its own again. Raises InputError."""
    if article_id == whole.id:
        raise InputError("--split", f"{article_id} founded the story; split the others off")
    if article_id not in {each.article_id for each in whole.members}:
        raise InputError("--split", f"{article_id} is not in story {whole.id}")
    into = account.stories.find_place(article_id)
    if into is None:
        raise NotFoundError("article", article_id)
    account.stories.move(article_id, article_id, FOUNDER, now)
    account.stories.remove_member(into.into, article_id)
    for story_id in (article_id, whole.id):
        said = f"article {article_id} left story {whole.id}"
        account.stories.add_change(story_id, StoryChange(at=now, what=said))
    return get_story(account, whole.id)


def _founder(found: Story) -> Member:
    return next(each for each in found.members if each.article_id == found.id)


def print_story(out: Console, found: Story) -> None:
    label = label_of(found.members)
    first, last = found.members[0], found.members[-1]
    out.print(Text(one_line(label.headline), style="bold"))
    out.print(Text(one_line(", ".join(label.terms))))
    out.print(
        f"{_counted(len(found.members), 'article')} of {_counted(len(outlets(found)), 'outlet')}"
        f" in {', '.join(languages(found)) or 'no known language'},"
        f" {when(first.seen_at)} to {when(last.seen_at)} UTC"
    )
    out.print(Text(one_line(f"origin: {origin(found)}; first: {first.publisher}")))
    rows = [
        (
            when(each.seen_at),
            each.publisher,
            each.language or "-",
            " ".join((each.kind, *each.changed)),
            each.title,
            each.article_id,
        )
        for each in found.members
    ]
    out.print(table(("seen (UTC)", "outlet", "lang", "joined as", "title", "article"), rows))
    for ring in found.rings:
        when_rung = f"at {when(ring.rung_at)} UTC" if ring.rung_at else "now"
        out.print(f"rings for {ring.topic_id} {when_rung}: article {ring.article_id}")
    for change in found.changes:
        out.print(f"{when(change.at)} UTC: {change.what}")


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


@click.command()
@click.argument("topic_id", metavar="TOPIC")
@click.option("--since", callback=instant_given, metavar="DATE", help="From then on [a week ago].")
@click.option("--until", callback=instant_given, metavar="DATE", help="That day or before [now].")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.pass_obj
def volume(
    place: Place, topic_id: str, since: datetime | None, until: datetime | None, as_json: bool
) -> None:
    """Show how busy a topic was in the last week, and when that was out of the ordinary.

    Counted are stories, not articles. What is usual is learned from eight weeks, by the hour of the
    week; before three weeks have passed nothing is out of the ordinary.
    """
    account = connect(place)
    get_topic(account, topic_id)
    found = volume_of(topic_id, since, until, datetime.now(UTC), account.stories.volume)
    if as_json:
        click.echo(found.model_dump_json())
    else:
        print_volume(screen(), found, "in the last week" if since is None else "in these hours")


def print_volume(out: Console, found: Volume, span: str) -> None:
    busy = [each for each in found.hours if each.stories]
    rows = [
        (f"{each.at:%Y-%m-%d %H}:00", str(each.stories), str(each.outlets), _usual(each))
        for each in busy
    ]
    out.print(table(("hour (UTC)", "stories", "outlets", "usual"), rows))
    for alarm in found.alarms:
        out.print(_words(alarm))
    if not found.alarms:
        out.print(f"nothing out of the ordinary {span}")


def _usual(hour: BusyHour) -> str:
    return "-" if hour.usual is None else f"{hour.usual:.1f}"


def _words(alarm: Outstanding) -> str:
    return (
        f"{alarm.change} in the {alarm.hours} h before {when(alarm.until)} UTC:"
        f" {alarm.stories} stories, {alarm.usual:.1f} usual"
    )
