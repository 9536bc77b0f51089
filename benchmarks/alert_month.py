"""A made-up month of news for `benchmarks/alerts.py`, on a virtual clock, through the real alert
stage in rehearsal: 200 topics with all kinds of settings, 5,000 subscribers,
stories of which few are large, bursts of 300 matches in a minute, and a change of the clocks."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tocsin.model.excerpts import Excerpt, Span
from tocsin.model.matches import Match
from tocsin.model.stories import Member
from tocsin.model.topics import AlertSettings, Topic, TopicRow
from tocsin.pipeline.rehearsal.matches import MemoryAlerts, MemoryMatches
from tocsin.pipeline.rehearsal.stage import Arrival, Rehearsal, Said

BEGIN = datetime(
    2031, 3, 1, tzinfo=UTC
)  # clocks change in Europe on the 30th, in America on the 9th
DAYS = 31
MINUTE = timedelta(minutes=1)
EVENTS_A_DAY = 400
LARGEST_STORY = 60
BURSTS, BURST_MATCHES = 12, 300
RUN_OUT = timedelta(days=12)  # a weekly digest waits for eight days, a story for two
ZONES = ("UTC", "Europe/Kyiv", "Europe/Paris", "America/New_York", "Asia/Kathmandu")
PUBLISHERS = tuple(f"Gazette {number}" for number in range(60))
TITLES = (
    "Ferry service across the bay resumes after storm number {}",
    "Рада портового міста ухвалила бюджет номер {}",
    "Le conseil régional annonce une réforme du réseau ferré, étape {}",
    "港口城市宣布第{}项新规定",
    "Η πόλη ανοίγει το λιμάνι για {} πλοία",
)


@dataclass
class Month:
    """What happened. `bell_of` says of each article which one it is the same as, `story_of` in
    whose story it is."""

    topics: dict[str, TopicRow]
    articles: MemoryMatches
    alerts: MemoryAlerts
    told: list[Said] = field(default_factory=list)
    bell_of: dict[str, str] = field(default_factory=dict)
    story_of: dict[str, str] = field(default_factory=dict)
    matches: int = 0
    heard: int = 0
    ticks: int = 0
    operator: list[str] = field(default_factory=list)


def topics(rng: random.Random, number: int, subscribers: int) -> list[TopicRow]:
    rows = [_topic(n, rng) for n in range(number)]
    lines = [(row.topic.id, key) for row in rows for key in row.sns_topic_arns]
    listeners: dict[str, dict[str, int]] = {}
    for topic_id, key in rng.choices(lines, k=subscribers):
        of_topic = listeners.setdefault(topic_id, {})
        of_topic[key] = of_topic.get(key, 0) + 1
    return [row.model_copy(update={"listeners": listeners.get(row.topic.id, {})}) for row in rows]


def _topic(number: int, rng: random.Random) -> TopicRow:
    cadence = rng.choices(("instant", "hourly", "daily", "weekly"), (60, 15, 20, 5))[0]
    settings: dict[str, Any] = {
        "cadence": cadence,
        "at": rng.choice(("07:00", "08:00", "02:30")),  # the last is skipped, or comes twice
        "weekday": rng.choice(("monday", "saturday")),
        "time_zone": rng.choice(ZONES),
        "surge": rng.random() < 0.1,
        "silence": rng.random() < 0.1,
    }
    if rng.random() < 0.3:
        settings["quiet_hours"] = rng.choice((("22:00", "07:00"), ("12:00", "13:30")))
    if rng.random() < 0.2:
        settings["max_per_hour"] = rng.choice((1, 3, 10))
    if rng.random() < 0.15:
        settings["min_publishers"] = rng.choice((2, 3))
    if rng.random() < 0.15:
        settings["update_at"] = (3, 8, 20)
    others = ("instant", "hourly", "daily", "weekly", "instant-sms")
    more = rng.sample(others, k=rng.choice((0, 1, 2)))
    topic_id = f"topic-{number:03d}"
    return TopicRow(
        topic=Topic(
            id=topic_id,
            name=rng.choice(("Bay and harbour", "Міста й порти", "Réforme")) + f" {number}",
            any=("x",),
            alert=AlertSettings(**settings),
        ),
        sns_topic_arns={key: f"arn:{topic_id}:{key}" for key in dict.fromkeys((cadence, *more))},
    )


@dataclass(frozen=True)
class Piece:
    """An article that comes at a minute, matching topics."""

    at: datetime
    article_id: str
    story_id: str
    same_as: str
    publisher: str
    title: str
    topics: tuple[str, ...]


def pieces(rng: random.Random, ids: Sequence[str], days: int, events_a_day: int) -> list[Piece]:
    """In the order in which they come."""
    weights = [1 / (rank + 5) for rank in range(len(ids))]  # few topics have most of the news
    made: list[Piece] = []
    for number in range(days * events_a_day):
        begun = BEGIN + MINUTE * rng.randrange(days * 24 * 60)
        wanted = tuple(dict.fromkeys(rng.choices(ids, weights, k=rng.choice((1, 1, 1, 2, 3)))))
        made += _story(number, begun, wanted, rng)
    busy = [each for number in range(BURSTS) for each in _burst(number, days, ids, rng)]
    return sorted(made + busy, key=lambda each: (each.at, each.article_id))


def _story(
    number: int, begun: datetime, wanted: tuple[str, ...], rng: random.Random
) -> Iterator[Piece]:
    size = min(LARGEST_STORY, int(rng.paretovariate(1.3)))
    story_id = f"{number:08x}{0:016x}"
    title = rng.choice(TITLES).format(number)
    for member in range(size):
        late = timedelta(minutes=int(rng.lognormvariate(4, 1.2))) if member else timedelta()
        same = story_id if member and rng.random() < 0.6 else ""
        article_id = f"{number:08x}{member:016x}"
        publisher = rng.choice(PUBLISHERS)
        yield Piece(begun + late, article_id, story_id, same, publisher, title, wanted)


def _burst(number: int, days: int, ids: Sequence[str], rng: random.Random) -> Iterator[Piece]:
    at = BEGIN + MINUTE * rng.randrange(days * 24 * 60)
    topic_id = rng.choice(ids)
    for each in range(BURST_MATCHES):
        article_id = f"{0xB0000000 + number:08x}{each:016x}"
        title = TITLES[each % len(TITLES)].format(each)
        yield Piece(at, article_id, article_id, "", rng.choice(PUBLISHERS), title, (topic_id,))


def arrival(piece: Piece) -> Arrival:
    """As ingest records it."""
    member = Member(
        article_id=piece.article_id,
        title=piece.title,
        publisher=piece.publisher,
        seen_at=piece.at,
        kind="near" if piece.article_id != piece.story_id else "founder",
    )
    matches = tuple(_match(piece, topic_id) for topic_id in piece.topics)
    return Arrival(member, piece.story_id, piece.same_as, matches)


def _match(piece: Piece, topic_id: str) -> Match:
    return Match(
        article_id=piece.article_id,
        topic_id=topic_id,
        title=piece.title,
        url=f"https://gazette.example/{piece.article_id}",
        publisher=piece.publisher,
        seen_at=piece.at,
        published_at=piece.at,
        language="en",
        story_id=piece.story_id,
        words=("bay",),
        excerpt=Excerpt(text=f"In the bay: {piece.title}.", marks=(Span(start=7, end=10),)),
    )


def simulate(
    number: int = 200,
    subscribers: int = 5_000,
    days: int = DAYS,
    seed: int = 3,
    events_a_day: int = EVENTS_A_DAY,
) -> Month:
    rng = random.Random(seed)
    rows = topics(rng, number, subscribers)
    coming = pieces(rng, [row.topic.id for row in rows], days, events_a_day)
    rehearsal = Rehearsal(
        rows, BEGIN, jitter=rng.random, api_url="https://api.example", sms_segments=20_000
    )
    rehearsal.run([arrival(each) for each in coming], BEGIN + timedelta(days=days), RUN_OUT)
    return Month(
        topics={row.topic.id: row for row in rows},
        articles=rehearsal.matches,
        alerts=rehearsal.alerts,
        told=rehearsal.told,
        bell_of={each.article_id: each.same_as or each.article_id for each in coming},
        story_of={each.article_id: each.story_id for each in coming},
        matches=sum(len(each.topics) for each in coming),
        heard=rehearsal.heard,
        ticks=rehearsal.ticks,
        operator=rehearsal.operator.told,
    )
