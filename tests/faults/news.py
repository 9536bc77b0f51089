"""What happens in the world: topics with all kinds of settings, and articles, good ones and such
that can never be ingested or told. The same for every seed: seeds differ in what goes wrong."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property

from tests.builders import NOW
from tocsin.articles.urls import identity
from tocsin.jobs import IngestJob
from tocsin.model.entries import Entry
from tocsin.model.topics import AlertSettings, Topic, TopicRow

PER_MINUTE = 100  # articles
SHARED_SHARE = 0.04  # of articles are one of several that are the same
POISON_SHARE = 0.005
SILENT_SHARE = 0.02
PUBLISHERS = tuple(f"Paper {number}" for number in range(12))
REFUSED = PUBLISHERS[0]


class Poison(StrEnum):
    """Why an article, or its alert, never comes through."""

    RAISES = "raises"  # what reads its page
    KILLS = "kills"  # the worker that reads it
    REFUSED = "refused"  # by SNS
    UNSPEAKABLE = "unspeakable"  # it cannot be rendered
    CORRUPT = "corrupt"  # its match is a row that nobody can read


IN_INGEST = frozenset({Poison.RAISES, Poison.KILLS})


@dataclass(frozen=True)
class Piece:
    """An article that will be published. `group` names those that are the same as it."""

    entry: Entry
    publisher: str
    topics: tuple[str, ...] = ()
    group: str = ""
    poison: Poison | None = None
    silent: bool = False

    @cached_property
    def id(self) -> str:
        return identity(self.entry.url)


@dataclass(frozen=True)
class News:
    """`jobs` are bodies of messages, each with the minute in which it comes; `garbage` are messages
    that are no jobs."""

    topics: tuple[TopicRow, ...]
    pieces: tuple[Piece, ...]
    jobs: tuple[tuple[int, str], ...]
    garbage: tuple[str, ...] = ()
    sms_segments: int = 0
    begin: datetime = NOW
    founders: dict[str, str] = field(default_factory=dict)  # given, instead of found
    of: dict[str, Piece] = field(default_factory=dict)  # by article id and by URL

    def __post_init__(self) -> None:
        for each in self.pieces:
            self.of[each.id] = self.of[each.entry.url] = each


def a_row(topic_id: str, lines: str = "instant", **settings: object) -> TopicRow:
    topic = Topic(id=topic_id, name=topic_id, any=("x",), alert=AlertSettings(**settings))
    return TopicRow(
        topic=topic,
        sns_topic_arns={key: f"arn:{topic_id}:{key}" for key in lines.split()},
        listeners=dict.fromkeys(lines.split(), 1),
    )


def some_topics() -> tuple[TopicRow, ...]:
    plain = [a_row(f"plain-{number}") for number in range(20)]
    return (
        *plain,
        a_row("lines-1", "instant hourly daily"),
        a_row("lines-2", "instant daily weekly", time_zone="Europe/Kyiv"),
        a_row("texts", "instant instant-sms daily"),
        a_row("digest", "hourly", cadence="hourly"),
        a_row("capped", max_per_hour=20),
        a_row("quiet", quiet_hours=("14:00", "16:30")),
        a_row("picky", not_publishers=(REFUSED,)),
        a_row("muted").model_copy(update={"muted": True}),
        a_row("pair", min_publishers=2),
        a_row("grows", "instant hourly", update_at=(2, 3)),
    )


def make_news(articles: int, seed: int = 7) -> News:
    rng = random.Random(seed)
    topics = some_topics()
    pieces = tuple(_pieces(articles, [row.topic.id for row in topics], rng))
    jobs = tuple(_jobs(pieces, rng))
    garbage = tuple(f"no job {number}" for number in range(max(1, articles // 2_000)))
    return News(topics, pieces, jobs, garbage, sms_segments=articles // 100)


def _pieces(articles: int, topics: list[str], rng: random.Random) -> Iterator[Piece]:
    made = 0
    while made < articles:
        shared = rng.random() < SHARED_SHARE / 2
        size = min(rng.choice((2, 2, 2, 3, 4)) if shared else 1, articles - made)
        yield from _alike(made, size, topics, rng)
        made += size


def _alike(first: int, size: int, topics: list[str], rng: random.Random) -> Iterator[Piece]:
    """One article, or several that are the same, of different publishers."""
    number = rng.choices((0, 1, 2, 3), (80, 15, 4, 1))[0] if size == 1 else 2
    of_one = [each for each in topics if each not in ("pair", "grows")]
    wanted = rng.sample(of_one, number) if size == 1 else ["pair", "grows", rng.choice(of_one)]
    content = ""
    if size > 1:
        words = ("".join(rng.choices("bcdfgklmnprstvz", k=2)) + "ander" for _ in range(50))
        content = f"<p>{' '.join(f'{word}{first}' for word in words)}.</p>"
    elif rng.random() < 0.002:
        wanted = ["pair"]  # that nobody else will have
    publishers = rng.sample(PUBLISHERS, size)
    for number in range(size):
        poison = rng.choice([*Poison]) if size == 1 and rng.random() < POISON_SHARE else None
        if poison is not None and poison not in IN_INGEST:
            wanted = [f"plain-{rng.randrange(20)}"]
        url = f"https://paper-{first % 50}.example/{first + number}"
        title = f"Report {first}" if size == 1 else f"Report of the {first}th event in the bay"
        yield Piece(
            Entry(url=url, guid=url, title=title, content_html=content),
            publishers[number],
            tuple(wanted),
            f"group-{first}" if size > 1 else "",
            poison,
            silent=size == 1 and poison is None and rng.random() < SILENT_SHARE,
        )


def _jobs(pieces: tuple[Piece, ...], rng: random.Random) -> Iterator[tuple[int, str]]:
    """Up to four entries of one publisher and one kind."""
    minutes = max(1, len(pieces) // PER_MINUTE)
    waiting: dict[tuple[str, bool], list[Piece]] = {}
    for number, piece in enumerate(pieces):
        held = waiting.setdefault((piece.publisher, piece.silent), [])
        held.append(piece)
        if len(held) >= rng.choice((1, 1, 2, 4)):
            yield number * minutes // len(pieces), job_of(held)
            held.clear()
    for held in waiting.values():
        if held:
            yield minutes, job_of(held)


def job_of(pieces: list[Piece]) -> str:
    first = pieces[0]
    job = IngestJob(
        host="paper.example",
        feed_id="paper",
        publisher=first.publisher,
        silent=first.silent,
        seen_at=NOW,
        entries=tuple(each.entry for each in pieces),
    )
    return job.model_dump_json(exclude_defaults=True)


def later(body: str, at: datetime) -> str:
    """The job as its feed's poll at that time makes it."""
    return body.replace(_SEEN, at.strftime("%Y-%m-%dT%H:%M:%SZ"), 1)


_SEEN = NOW.strftime("%Y-%m-%dT%H:%M:%SZ")
MINUTE = timedelta(minutes=1)
