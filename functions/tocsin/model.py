"""What the stages talk about. Values only: frozen, no I/O, no clock."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from typing import Annotated, NamedTuple

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
)

# An id names rows, S3 keys, SNS topics and files: letters that are safe in all of them.
Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]

# As articles state it: ISO 639, without a country.
LanguageCode = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}$")]

# Every instant is in UTC once it is ours, whatever zone it was stated in.
Instant = Annotated[AwareDatetime, AfterValidator(lambda at: at.astimezone(UTC))]
# Keys of a feed's entries, newest first. Stored end to end: a set would forget their order.
SEEN_KEY_BYTES = 8  # two of a feed's entries meet by chance once in 10^12
SeenKeys = Annotated[
    tuple[bytes, ...],
    BeforeValidator(lambda stored: _keys_in(stored) if isinstance(stored, bytes) else stored),
    PlainSerializer(lambda keys, info: list(keys) if info.mode_is_json() else b"".join(keys)),
]


def _keys_in(stored: bytes) -> tuple[bytes, ...]:
    return tuple(stored[at : at + SEEN_KEY_BYTES] for at in range(0, len(stored), SEEN_KEY_BYTES))


# No news is from outside these years: such a date was misread, or is a trap for arithmetic.
FIRST_YEAR, LAST_YEAR = 1990, 2200

MIN_POLL_MINUTES = 5  # what a file may say; no feed is asked more often than every 15 minutes
MAX_POLL_MINUTES = 24 * 60


def to_text(at: datetime) -> str:
    """An instant as stored and shown: UTC, whole seconds, sorts as text: 2026-11-22T09:08:28Z."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def to_instant(text: str) -> datetime:
    """The opposite of `to_text`."""
    return datetime.fromisoformat(text)


class Value(BaseModel):
    """A frozen model that takes no field it does not know."""

    # defer_build: a function pays for the models that it uses, when it first does.
    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        defer_build=True,
        ser_json_bytes="base64",
        val_json_bytes="base64",
    )


class Feed(Value):
    """A polled document, as the operator's file states it. Without `publisher` each article's page
    says whose it is; without `poll_minutes` it is asked at its own rhythm."""

    id: Identifier
    url: str
    publisher: str | None = None
    language: str | None = None
    country: str | None = None
    poll_minutes: int | None = Field(None, ge=MIN_POLL_MINUTES, le=MAX_POLL_MINUTES)


class DueFeed(Value):
    """A feed whose time has come, as the index of due feeds lists it."""

    id: str
    url: str
    due_at: Instant


class HealthState(StrEnum):
    OK = "ok"
    SLOW = "slow"  # it answers, and takes long to
    FAILING = "failing"
    BLOCKED = "blocked"  # the site refuses us, from where we ask
    GONE = "gone"
    SILENT = "silent"  # it answers, and brings nothing although it should have


class Rhythm(Value):
    """When a feed's entries appeared. Days are ordinals (UTC): `daily` counts the 28 days up to
    `day`, newest last, `quarters` the quarter-hours of the day (a byte each, at most 255), halved
    every week. `since` is the first day that is known of."""

    since: int = 0
    day: int = 0
    daily: tuple[int, ...] = ()
    quarters: bytes = b""


class Move(Value):
    """Where a feed's permanent redirects lead to, since when, and how often they were met."""

    url: str
    since: Instant
    sightings: int


class FeedState(Value):
    """What polling a feed has taught us. `seen` holds the keys of entries already sent on."""

    # What to say when it is asked again, word for word.
    etag: str | None = None
    last_modified: str | None = None
    body_hash: bytes = b""  # of the last document, for servers without validators
    whole_at: Instant | None = None  # the last answer that was a document, not "unchanged"
    lied_at: Instant | None = None  # when an "unchanged" was last found to be untrue

    # Where it is asked, if not where the operator's file says: its redirects were permanent.
    moved_to: str | None = None
    moving: Move | None = None

    # What it listed.
    seen: SeenKeys = ()
    filled_at: Instant | None = None  # the first poll that gave a document; before it, silence
    newest_at: Instant | None = None  # when its last new entry appeared
    listed: int = 0  # entries in its last document
    entries_total: int = 0
    rhythm: Rhythm = Rhythm()
    overran_at: Instant | None = None  # when nothing that it listed had been seen before
    overrun_minutes: int = 0  # how long it had not been asked then

    # The hub that it names, and the name by which the hub knows it.
    hub_url: str = ""
    hub_topic_url: str = ""

    # What it asks for.
    ttl_minutes: int = 0
    skip_hours: tuple[int, ...] = ()
    skip_days: tuple[int, ...] = ()
    fresh_seconds: int = 0

    # How it answers.
    outcome: str = "new"
    detail: str = ""
    polled_at: Instant | None = None
    next_at: Instant | None = None  # not to be asked before, unless the operator wants to
    response_ms: int = 0  # a running mean
    errors_in_a_row: int = 0
    errors_since: Instant | None = None
    refused_since: Instant | None = None  # 401, 403 and 404 only
    disabled: bool = False  # not asked again until the operator says so

    # What is made of that, and what of it the operator was told.
    health: HealthState = HealthState.OK
    health_since: Instant | None = None
    told_health: HealthState = HealthState.OK
    told_overrun_at: Instant | None = None
    told_moved_to: str | None = None


class FeedRow(Value):
    """A feed, its state, and when it is due (None: it is not polled any more)."""

    feed: Feed
    state: FeedState
    due_at: Instant | None

    @property
    def url(self) -> str:
        """Where it is asked."""
        return self.state.moved_to or self.feed.url


class Robots(Value):
    """What a robots.txt held for us at `fetched_at`; None where it could not be had."""

    text: str | None
    fetched_at: Instant


class HubLease(Value):
    """A feed's subscription at its hub (WebSub), which pushes what is published until `expires_at`.

    `token` is the unguessable part of the address that the hub calls, `secret` what it signs with.
    `missed_at` is when a poll last found what it had not brought.
    """

    feed_id: Identifier
    hub_url: str
    topic_url: str
    token: str
    secret: str
    asked_at: Instant
    expires_at: Instant | None = None
    refused: str = ""
    pushed_at: Instant | None = None
    missed_at: Instant | None = None


class Entry(Value):
    """One item of a feed, as the feed states it. `content_html` is untrusted and cut to size."""

    url: str
    guid: str = ""
    title: str = ""
    content_html: str = ""
    authors: tuple[str, ...] = ()
    published_at: Instant | None = None
    updated_at: Instant | None = None


class TextFrom(StrEnum):
    PAGE = "page"
    FEED = "feed"


class Capture(Value):
    """Where an article's page lies as it was served: a record in a WARC object."""

    key: str
    offset: int
    length: int


class Change(Value):
    """What an article's new version changed: the paragraphs of `version`, which it replaced, that
    are gone or reworded, those that came, and the former title where that changed."""

    version: int
    title: str | None = None
    removed: tuple[str, ...] = ()
    added: tuple[str, ...] = ()


class Article(Value):
    """The stored document. `text` holds one paragraph or heading a line. `published_zone` is the
    offset from UTC that `published_at` was stated in, `origins` says of each fact where it is from,
    `extractor` by which rules text and facts were read."""

    id: str
    url: str
    title: str
    text: str
    publisher: str
    feed_id: str
    seen_at: Instant
    published_at: Instant | None = None
    published_zone: str | None = None
    updated_at: Instant | None = None
    authors: tuple[str, ...] = ()
    section: str | None = None
    language: str | None = None
    image: str | None = None
    paywalled: bool | None = None
    agency: str | None = None
    attribution: str | None = None
    origins: dict[str, str] = {}
    text_from: TextFrom = TextFrom.PAGE
    page_outcome: str = "ok"
    extractor: str = ""
    topics: tuple[str, ...] = ()
    story_id: str | None = None
    capture: Capture | None = None
    version: int = 1
    revised_at: Instant | None = None
    change: Change | None = None


class Known(Value):
    """What ingest asks of a stored article: `stated` names what its feed said of it when it was
    looked at last, `looks` how often that was since it was stored."""

    article_id: str
    feed_id: str = ""
    stated: str = ""
    version: int = 1
    looks: int = 0


class ShardEntry(Value):
    """A shard of the archive as the manifest has it. `first` and `last` are the seconds of its
    oldest and newest article, `languages` those that articles are in ("" for unknown), `head` where
    in the object its head begins, `forms` the first stem of each block of forms and where it lies.
    Of shards with the same article the one with the later `built_at` has it as it is now.
    `version` is that of the layout."""

    key: str
    level: str
    size: int
    head: int
    docs: int
    first: int
    last: int
    languages: tuple[str, ...]
    forms: tuple[tuple[str, int, int], ...]
    built_at: int = 0
    version: int


class Batch(Value):
    """What an ingest job handed to the archive, not in a shard yet."""

    key: str
    docs: int


class Void(Value):
    """Of this article, first seen in `second`, all versions below `version` are void. `noted_at` is
    the second since when."""

    second: int
    article_id: str
    version: int
    noted_at: int = 0


class Manifest(Value):
    """What the archive is made of, in one consistent view. `replaced` are shards that nobody opens
    any more, each with the second since when."""

    shards: tuple[ShardEntry, ...] = ()
    batches: tuple[Batch, ...] = ()
    voids: tuple[Void, ...] = ()
    replaced: tuple[tuple[str, int], ...] = ()


class Swap(Value):
    """A change of the manifest: all of it or nothing. `added` takes the place of `batches` and
    `shards` (keys); `voids` are new, `settled` needed no more."""

    batches: tuple[str, ...] = ()
    shards: tuple[str, ...] = ()
    added: ShardEntry | None = None
    voids: tuple[Void, ...] = ()
    settled: tuple[Void, ...] = ()
    at: int


class StoryState(StrEnum):
    PENDING = "pending"  # founded a moment ago; nothing rings for it yet
    CONFIRMED = "confirmed"
    MERGED = "merged"  # part of another story


class Place(Value):
    """Where an article stands among the stories: it founded one, which goes by the article's id, or
    is part of the story `into`. `kind` says how it came in there, and `same_as` names the article
    there that it is so much the same as that one bell does for both; empty where it is not. `head`
    is what a founder's story is recognised by, `edition` counts its changes, and `learned` are the
    articles it has in it. `title`, `publisher` and `source` (whom the text names as the origin)
    are the founder's."""

    state: StoryState
    into: str = ""
    kind: str = ""
    same_as: str = ""
    head: bytes = b""
    edition: int = 0
    learned: frozenset[str] = frozenset()
    title: str = ""
    publisher: str = ""
    source: str | None = None


class Member(Value):
    """An article of a story. `kind` is `founder` or says why it joined; `source` is whom its text
    names as the origin, and `changed` what a version of an article has otherwise than the founder.
    `founded` says that it had a story of its own before, whose members came with it."""

    article_id: str
    title: str
    publisher: str
    seen_at: Instant
    language: str | None = None
    kind: str
    source: str | None = None
    changed: tuple[str, ...] = ()
    founded: bool = False


class StoryChange(Value):
    """Something that an operator corrected, after the fact."""

    at: Instant
    what: str


class Ring(Value):
    """The bell, for one topic, of an article and all that are the same as it (or of a story, where
    the topic counts publishers): which article rang it, and in which alert. Without `rung_at` it is
    about to. `step` is the last step of publishers that subscribers heard of, by `step_article`."""

    topic_id: str
    article_id: str
    alert_id: str
    rung_at: Instant | None = None
    step: int = 0
    step_article: str = ""


class Story(Value):
    """Articles on one event, with all that is recorded of it; earliest member first. `into` is the
    story that it became part of."""

    id: str
    state: StoryState
    into: str = ""
    members: tuple[Member, ...]
    rings: tuple[Ring, ...] = ()
    changes: tuple[StoryChange, ...] = ()


class HourCount(Value):
    """How many stories and outlets matched a topic in one hour."""

    at: Instant
    stories: int
    outlets: int


class Card(Value):
    """What a list shows of an article."""

    article_id: str
    url: str
    title: str
    publisher: str
    seen_at: Instant
    published_at: Instant | None = None
    language: str | None = None
    lede: str = ""


class CardPage(Value):
    """Some cards, newest first, and where to go on (None: that was all)."""

    cards: tuple[Card, ...]
    cursor: str | None


class Cadence(StrEnum):
    """How often a subscriber hears of a topic."""

    INSTANT = "instant"
    HOURLY = "hourly"
    DAILY = "daily"
    WEEKLY = "weekly"


class Channel(StrEnum):
    """SMS is paid by the segment and must be stoppable alone: it has `sns_topic`s of its own."""

    MAIL = "mail"  # and https, SQS and Lambda, which cost as little
    SMS = "sms"


class Line(Value):
    """By which a topic reaches its subscribers: one `sns_topic` each. `key` names it in rows."""

    cadence: Cadence
    channel: Channel = Channel.MAIL

    @property
    def key(self) -> str:
        return f"{self.cadence}-sms" if self.channel is Channel.SMS else self.cadence.value

    @classmethod
    @cache
    def of_key(cls, key: str) -> "Line":
        cadence, _, channel = key.partition("-")
        return cls(cadence=Cadence(cadence), channel=Channel(channel or Channel.MAIL))


class Severity(StrEnum):
    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"


class Once(StrEnum):
    """What a topic rings once for."""

    REPORT = "report"  # with its copies and close rewrites: no other report is ever taken for it
    STORY = "story"  # with every report on the same event, as far as that can be told


class Weekday(StrEnum):
    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"


# Minutes of a day, as a topic's file states them: "08:00".
ClockTime = Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]


class AlertSettings(Value):
    """When and of what a topic's subscribers hear. `cadence` is of those who ask for no other;
    digests go out at `at`, weekly ones on `weekday`, in `time_zone` (IANA). Between the two
    `quiet_hours` nothing is sent, and nothing is lost: it waits for their end. No more than
    `max_per_hour` ring at once; the rest goes into the next digest. Of a report, or a story, as
    `once_a` says, they hear once, when `min_publishers` that do not copy each other have it; and
    again when it has as many publishers as a step of `update_at` says, or, with `update_on_change`,
    when its text was materially changed. Without `only_...` every publisher
    and language is allowed. `surge` and `silence` switch on alerts of a topic that is far busier
    or quieter than it usually is."""

    cadence: Cadence = Cadence.INSTANT
    at: ClockTime = "08:00"
    weekday: Weekday = Weekday.MONDAY
    time_zone: str = "UTC"
    quiet_hours: tuple[ClockTime, ClockTime] | None = None
    max_per_hour: int | None = Field(None, ge=1, le=60)
    min_publishers: int = Field(1, ge=1, le=20)
    once_a: Once = Once.REPORT
    only_publishers: tuple[str, ...] = ()
    not_publishers: tuple[str, ...] = ()
    only_languages: tuple[LanguageCode, ...] = ()
    not_languages: tuple[LanguageCode, ...] = ()
    update_at: tuple[int, ...] = ()
    update_on_change: bool = True
    surge: bool = False
    silence: bool = False
    severity: Severity = Severity.NORMAL


class Topic(Value):
    """An interest: what to look for, and whom to tell (through its `sns_topic`).

    An article must have one of `any`, each of `all`, nothing of `none`, come from one of
    `publishers`, and satisfy `query` or the one of `queries` for its language. What is not given
    asks for nothing. Each of `aliases` is a group of spellings that mean the same. With `accents`
    words are meant as written, accents and all; without `inflection` in no other form.
    """

    id: Identifier
    name: str
    any: tuple[str, ...] = ()
    all: tuple[str, ...] = ()
    none: tuple[str, ...] = ()
    query: str = ""
    queries: dict[LanguageCode, str] = {}
    aliases: tuple[tuple[str, ...], ...] = ()
    publishers: tuple[str, ...] = ()
    accents: bool = False
    inflection: bool = True
    alert: AlertSettings = AlertSettings()


class TopicsInForce(Value):
    """The compiled topics that articles are matched against: a base, and what has changed since.

    `changed` are the topics that `delta` holds, `removed` those of the base that are no more; the
    base's own version of both is not matched. `analysis` is the version of text analysis that they
    were compiled for.
    """

    base: str
    analysis: int
    delta: str | None = None
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    topics: int = 0


class TopicRow(Value):
    """A topic in force, with the ARN of the `sns_topic` of each of its lines and how many listen
    there, by the line's key. While it is snoozed its alerts wait, while it is muted there are
    none."""

    topic: Topic
    sns_topic_arns: dict[str, str] = {}
    listeners: dict[str, int] = {}
    snoozed_until: Instant | None = None
    muted: bool = False


class SnsProtocol(StrEnum):
    """By which SNS reaches a subscriber."""

    EMAIL = "email"
    SMS = "sms"
    HTTPS = "https"
    SQS = "sqs"
    LAMBDA = "lambda"


class SubscriptionState(StrEnum):
    PENDING = "pending"  # its owner has not said yes yet
    CONFIRMED = "confirmed"
    SUSPENDED = "suspended"  # SNS asks its owner anew: it could not deliver, or not as fast
    LEFT = "left"  # gone from SNS: its owner left, or too much bounced


class Subscription(Value):
    """That a subscriber listens to a topic by one line, in this state since `since`. `arn` is
    empty until SNS has told it. With `paused_until` nothing reaches it before. `in_place_of` is the
    key of a line that is left once this one is confirmed."""

    topic_id: Identifier
    line: Line
    state: SubscriptionState
    since: Instant
    arn: str = ""
    paused_until: Instant | None = None
    in_place_of: str = ""


class Subscriber(Value):
    """An endpoint and what it listens to. `id` is keyed with a secret: it does not tell whose it
    is. `edition` counts the changes."""

    model_config = ConfigDict(hide_input_in_errors=True)  # errors are logged, addresses are not

    id: str
    protocol: SnsProtocol
    endpoint: str
    since: Instant
    subscriptions: tuple[Subscription, ...] = ()
    edition: int = 0


class Listed(Value):
    """A subscription as SNS lists it; without an ARN its owner has not confirmed it."""

    model_config = ConfigDict(hide_input_in_errors=True)

    protocol: SnsProtocol
    endpoint: str
    arn: str


class FeedLink(Value):
    """A question to the archive that feed readers ask again and again, as names and texts."""

    id: str
    title: str
    asked: tuple[tuple[str, str], ...]
    made_at: Instant


class Turn(Value):
    """One more under `key`, if that leaves its counter within `limit`. `forget_at` is when the
    counter says nothing any more."""

    key: str
    limit: int
    forget_at: Instant


class Asked(Value):
    """How often an address was asked to confirm since it last did. It may be asked again at
    `free_at`; at `forget_at` all of that is forgotten."""

    unconfirmed: int
    free_at: Instant
    forget_at: Instant


class SentCode(Value):
    """A code that was sent to a number, as its mark, and what it is to subscribe to."""

    topic_id: Identifier
    line: Line
    mark: str
    sent_at: Instant
    ends_at: Instant
    tries: int = 0


class Span(Value):
    """Part of a text, by character offsets, as Python slices it."""

    start: int
    end: int


class Excerpt(Value):
    """A sentence that shows why a topic matched, and the words in it that did."""

    text: str
    marks: tuple[Span, ...] = ()


class MatchStatus(StrEnum):
    DUE = "due"  # to be decided on, at once or, where its history says why, later
    DECIDING = "deciding"  # by a worker whose lease it is
    ALERTED = "alerted"  # what became of its alerts is in rows of their own
    MERGED = "merged"  # its story has rung for the topic
    DROPPED = "dropped"  # nobody is to hear of it
    SILENT = "silent"
    FAILED = "failed"


class Match(Value):
    """An article satisfied a topic. It carries all that an alert shows, so that alerting reads
    nothing else but whether its story has rung."""

    article_id: str
    topic_id: str
    title: str
    url: str
    publisher: str
    seen_at: Instant
    published_at: Instant | None = None
    language: str | None = None
    story_id: str | None = None
    words: tuple[str, ...] = ()
    excerpt: Excerpt


class Note(Value):
    """A step in the life of an alert or a match: what was decided, when, and why."""

    at: Instant
    outcome: str
    reason: str = ""


class Revision(Value):
    """That the text of an article which rang was materially changed: to `version`, how."""

    version: int
    title: str
    reason: str


class MatchRow(Value):
    """A match and what was decided on it; `history` holds every decision with its reason.
    `alert_id` is the alert that tells of it or, merged, of its story: its lines have each a row of
    their own. `due_at` is when it is looked at again. `revision` is a change that is to be decided
    on."""

    match: Match
    status: MatchStatus
    due_at: Instant | None = None
    attempts: int = 0
    alert_id: str | None = None
    revision: Revision | None = None
    history: tuple[Note, ...] = ()

    @property
    def reason(self) -> str:
        return self.history[-1].reason if self.history else ""


class AlertKind(StrEnum):
    NEW = "new"
    UPDATE = "update"  # of a story that rang: it grew, or its text was changed
    SURGE = "surge"
    SILENCE = "silence"


class Alert(Value):
    """The decision to tell a topic's subscribers on one line. `key` tells it from the others of
    its article (a surge or silence has none): the same decision, made twice, has the same key.
    `publishers` is how many have the story, `others` names some of them beside the match's own;
    `reason` says what is new in an update, surge or silence, in words."""

    key: str
    topic_id: str
    line: Line
    kind: AlertKind = AlertKind.NEW
    match: Match | None = None
    publishers: int = 1
    others: tuple[str, ...] = ()
    reason: str = ""


class AlertStatus(StrEnum):
    HELD = "held"  # until it is due
    SENDING = "sending"
    SENT = "sent"
    MERGED = "merged"
    DROPPED = "dropped"
    FAILED = "failed"


class AlertRow(Value):
    """An alert and what became of it; `history` holds every decision with its reason. `paid` says
    that it has been counted for the cap of an hour, or is told in spite of it."""

    alert: Alert
    status: AlertStatus
    due_at: Instant | None = None
    attempts: int = 0
    paid: bool = False
    notification_id: str | None = None
    message_id: str | None = None
    sent_at: Instant | None = None
    history: tuple[Note, ...] = ()

    @property
    def reason(self) -> str:
        return self.history[-1].reason if self.history else ""


class AlertKey(NamedTuple):
    """Where an alert's row is. Whose it is, its key says."""

    pk: str
    sk: str

    @classmethod
    def of(cls, alert: "Alert") -> "AlertKey":
        owner = f"A#{alert.match.article_id}" if alert.match else f"V#{alert.topic_id}"
        return cls(owner, f"L#{alert.topic_id}#{alert.key}")

    @property
    def topic_id(self) -> str:
        return self.sk.split("#")[1]

    @property
    def line_key(self) -> str:
        return self.sk.split("#")[2]

    @property
    def id(self) -> str:
        """As subscribers and commands name the alert."""
        return f"{self.pk[2:]}.{self.sk[2:].replace('#', '.')}"


class Failed(Value):
    """An alert, or a match, that was given up, and why."""

    pk: str
    sk: str
    failed_at: Instant
    attempts: int
    title: str
    reason: str


@dataclass(frozen=True)
class Notification:
    """What goes out on one line of a topic: a body for each kind of screen. `json` is for https,
    SQS and Lambda, `attributes` is what their filter policies go by. No model of pydantic: there
    `json` is a method."""

    id: str
    topic_id: str
    line: Line
    subject: str
    email: str
    sms: str
    json: str
    attributes: dict[str, str]
    article_ids: tuple[str, ...]
