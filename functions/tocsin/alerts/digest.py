"""E-mail of several stories: numbered, most covered first, and cut where it would be too long."""

import json
from collections.abc import Sequence

from tocsin.alerts.items import Item
from tocsin.alerts.mail import (
    RHYTHM,
    shown_headline,
    shown_link,
    shown_sentence,
    ways_out,
    what_happened,
    with_tails,
    wrapped,
)
from tocsin.alerts.shortlinks import find_short_link
from tocsin.alerts.wording import (
    article_moment,
    headline,
    link,
    moment,
    publishers,
    reason,
    topic_name,
)
from tocsin.model.alerts import AlertKind
from tocsin.model.lines import Cadence, Line
from tocsin.model.matches import Match
from tocsin.model.topics import Topic

FULL_STORIES = 20  # with sentence and link: what a reader takes in at once
LISTED_STORIES = 80  # by headline and link only
# Bytes, as JSON in ASCII writes it (up to six for what UTF-8 needs two or three for): a message
# of 256 KiB has room for this, the other bodies and what SNS wraps around them.
MAIL_BYTES = 64 * 1024

_NAMES = {Cadence.HOURLY: "Hourly", Cadence.DAILY: "Daily", Cadence.WEEKLY: "Weekly"}


def digest_subject(items: Sequence[Item], topic: Topic) -> str:
    """How many, what happened in the first of them, and the topic."""
    stories = [item for item in items if item.match]
    if not stories:
        return with_tails(headline(items[0], topic), [f"+{len(items) - 1} more"])
    top = headline(stories[0], topic)
    return with_tails(f"{_counted(len(stories))}: {top}", [topic_name(topic)])


def digest(items: Sequence[Item], topic: Topic, line: Line, api_url: str) -> str:
    stories = [item for item in items if item.match]
    volume = [item for item in items if item.match is None]
    full, listed = _fitting(stories, topic, api_url)
    rest = len(stories) - len(full) - len(listed)
    parts = [
        _header(stories, topic, line),
        *(wrapped(_volume(item, topic)) for item in volume),
        *full,
        _listing(listed, len(full), rest),
        _remainder(rest, topic),
        _why(topic, line),
        ways_out(api_url),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _counted(stories: int) -> str:
    return "1 story" if stories == 1 else f"{stories} stories"


def _header(stories: Sequence[Item], topic: Topic, line: Line) -> str:
    name = _NAMES.get(line.cadence)
    counted = f"{_counted(len(stories))} on “{topic_name(topic)}”"
    title = f"{name} digest: {counted}" if name else counted
    return f"{wrapped(title)}\n{_period(stories, topic)}".rstrip("\n")


def _period(stories: Sequence[Item], topic: Topic) -> str:
    """When the first and the last of them were found."""
    found = sorted(story.match.seen_at for story in stories if story.match)
    if not found:
        return ""
    first, last = moment(found[0], topic, named=False), moment(found[-1], topic)
    if last.startswith(first):
        return wrapped(f"Found {last}")
    return wrapped(f"Found from {first} to {last}")


def _volume(item: Item, topic: Topic) -> str:
    news = reason(item)
    return f"{headline(item, topic)}. {news[:1].upper()}{news[1:]}".rstrip(" ")


def _fitting(stories: Sequence[Item], topic: Topic, api_url: str) -> tuple[list[str], list[str]]:
    """Stories in full, and those behind them in short, as many as there is room for."""
    full: list[str] = []
    listed: list[str] = []
    room = MAIL_BYTES
    for number, story in enumerate(stories[: FULL_STORIES + LISTED_STORIES], 1):
        in_full = number <= FULL_STORIES and not listed
        text = _full(number, story, topic, api_url) if in_full else ""
        if not text or escaped_bytes(text) > room // 2:
            text, in_full = _short(number, story, topic, api_url), False
        room -= escaped_bytes(text)
        if room < 0:
            break
        (full if in_full else listed).append(text)
    return full, listed


def escaped_bytes(text: str) -> int:
    """How many it takes in a message, written in ASCII."""
    return len(json.dumps(text))


def _full(number: int, story: Item, topic: Topic, api_url: str) -> str:
    match = story.match
    if match is None:
        return ""
    mark = f"{number}. "
    inset = " " * len(mark)
    update = f"Update: {reason(story)}." if _is_update(story) else ""
    lines = [
        wrapped(update, mark, inset),
        wrapped(shown_headline(story, topic), inset if update else mark, inset),
        wrapped(publishers(story), inset),
        wrapped(article_moment(match, topic, named=False), inset),
        wrapped(shown_sentence(story, topic), inset),
        _inset_link(match, inset, api_url),
    ]
    return "\n".join(line for line in lines if line.strip())


def _is_update(story: Item) -> bool:
    return story.kind is AlertKind.UPDATE and bool(story.reason)


def _inset_link(match: Match, inset: str, api_url: str) -> str:
    """A URL is never broken, whatever its length."""
    url = link(match, api_url)
    return f"{inset}{url}" if url else wrapped(shown_link(match, api_url), inset)


def _short(number: int, story: Item, topic: Topic, api_url: str) -> str:
    match = story.match
    if match is None:
        return ""
    mark = f"{number}. "
    inset = " " * len(mark)
    short = find_short_link(match.article_id, api_url)
    url = f"{inset}{short}" if short else _inset_link(match, inset, api_url)
    return f"{wrapped(what_happened(story, topic), mark, inset)}\n{url}"


def _listing(listed: Sequence[str], before: int, rest: int) -> str:
    if not listed:
        return ""
    return "\n".join([f"And {len(listed) + rest} more:" if before else "In short:", "", *listed])


def _remainder(rest: int, topic: Topic) -> str:
    """What the mail has no room for."""
    if not rest:
        return ""
    return wrapped(
        f"{rest} more are not shown here. All are in the archive: `tocsin articles --topic"
        f" {topic.id}`, or GET /v1/articles?topic={topic.id}."
    )


def _why(topic: Topic, line: Line) -> str:
    subscribed = f"subscribed to “{topic_name(topic)}” ({RHYTHM[line.cadence]})"
    return wrapped(f"You get this because you are {subscribed}; the words that matched are marked.")
