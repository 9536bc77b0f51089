"""audit: why nothing came. Headlines of the archive like the one that somebody missed, with what
became of each; and, where there is none, which feeds may be why. What decides is pure."""

import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from heapq import nlargest
from typing import Protocol
from urllib.parse import unquote, urlsplit

from tocsin.articles.languages import language_of
from tocsin.errors import RobotsRefused, RobotsUnknown
from tocsin.feeds.health import Health, health_of
from tocsin.jobs import host_of
from tocsin.model.articles import Article
from tocsin.model.cards import Card, CardPage
from tocsin.model.feeds import FeedRow
from tocsin.model.values import Instant, Value, to_text
from tocsin.pipeline.ends import End, Kind
from tocsin.pipeline.why import NearTopic
from tocsin.stories.headlines import LEAST, Headline, likeness
from tocsin.web.robots import Rules, origin_of

# Cards of a kilobyte each: 20 MB, 2,500 read units and some ten seconds. A thousand feeds bring as
# many in a day or two; whoever has more asks with fewer days.
MAX_CARDS = 20_000
PAGE_CARDS = 500  # what DynamoDB gives in one answer of a megabyte, about
MAX_CANDIDATES = 3  # explained in full: more are not like the words any more
MAX_FEEDS = 10  # shown; `tocsin feeds` shows all
MAX_COMMANDS = 3  # to type, of a kind
WELL = ("ok", "slow")
_SLUG_WORD = re.compile(r"[^\W\d_]{2,}")
_SECOND_LEVEL = 3  # letters: co.uk, com.ua, org.au belong to nobody


class Lists(Protocol):
    def list_day(self, day: date, limit: int, cursor: str | None = None) -> CardPage: ...


class Seen(Value):
    """The cards that were looked through. `since` is the oldest, `whole` says that no more were."""

    cards: tuple[Card, ...] = ()
    whole: bool = True

    @property
    def since(self) -> Instant | None:
        return self.cards[-1].seen_at if self.cards else None


class Candidate(Value):
    """An article like the one that was missed, how like it is (1: the very one), and what became of
    it: its ends, or the topics that it nearly matched."""

    card: Card
    likeness: float
    ends: tuple[End, ...] = ()
    near: tuple[NearTopic, ...] = ()


class FeedNote(Value):
    """A feed that may be why nothing came."""

    feed_id: str
    url: str
    state: str
    why: str


class Audit(Value):
    """What was found of what was `asked`. Without candidates, `feeds` are those to look at; `notes`
    say what else is known, `next_steps` what to do."""

    asked: str
    looked_at: int
    whole: bool
    since: Instant | None
    candidates: tuple[Candidate, ...] = ()
    feeds: tuple[FeedNote, ...] = ()
    notes: tuple[str, ...] = ()
    next_steps: tuple[str, ...] = ()


# ── what came ──


def recent_cards(lists: Lists, now: datetime, days: int, most: int = MAX_CARDS) -> Seen:
    """Those of the last days, newest first."""
    cards: list[Card] = []
    for card in _cards(lists, now, days):
        if len(cards) == most:
            return Seen(cards=tuple(cards), whole=False)
        cards.append(card)
    return Seen(cards=tuple(cards), whole=True)


def _cards(lists: Lists, now: datetime, days: int) -> Iterator[Card]:
    for back in range(days):
        cursor = None
        while True:
            page = lists.list_day((now - timedelta(days=back)).date(), PAGE_CARDS, cursor)
            yield from page.cards
            if (cursor := page.cursor) is None:
                break


def alike(words: str, cards: Sequence[Card], most: int = MAX_CANDIDATES) -> list[Candidate]:
    """Those with the likest headlines; of equals those with fewer words beside, then the newest."""
    headlines = [Headline(card.title, card.language) for card in cards]
    found = zip(likeness(words, language_of(words, ""), headlines), cards, strict=True)
    like = [Candidate(card=card, likeness=share) for share, card in found if share >= LEAST]
    return nlargest(most, like, key=_rank)


def the_very(article: Article) -> Candidate:
    card = Card(
        article_id=article.id,
        url=article.url,
        title=article.title,
        publisher=article.publisher,
        seen_at=article.seen_at,
        published_at=article.published_at,
        language=article.language,
    )
    return Candidate(card=card, likeness=1.0)


def _rank(candidate: Candidate) -> tuple[float, int, datetime]:
    card = candidate.card
    return round(candidate.likeness, 3), -len(card.title.split()), card.seen_at


def words_in_url(url: str) -> str:
    """The headline that a URL's path holds, as many do; empty where it holds none."""
    try:
        parts = unquote(urlsplit(url).path).split("/")
    except ValueError:
        return ""
    slug = max(parts, key=lambda part: len(_SLUG_WORD.findall(part)))
    words = _SLUG_WORD.findall(slug.partition(".")[0])
    return " ".join(words) if len(words) > 1 else ""


# ── what did not ──


def same_owner(host: str, other: str) -> bool:
    """feeds.site.example, www.site.example and site.example; not a.co.uk and b.co.uk."""
    return bool(host) and _owner(host) == _owner(other)


def _owner(host: str) -> str:
    labels = host.lower().strip(".").split(".")
    shared = len(labels) > 2 and len(labels[-1]) == 2 and len(labels[-2]) <= _SECOND_LEVEL
    return ".".join(labels[-3:] if shared else labels[-2:])


def feeds_of(url: str, rows: Sequence[FeedRow]) -> list[FeedRow]:
    host = host_of(url)
    hosts = ((row, (host_of(row.url), host_of(row.feed.url))) for row in rows)
    return [row for row, known in hosts if any(same_owner(host, each) for each in known)]


def feed_note(row: FeedRow, now: datetime) -> FeedNote:
    return FeedNote(
        feed_id=row.feed.id,
        url=row.url,
        state="new" if row.state.polled_at is None else health_of(row, now).state.value,
        why=_feed_words(row, health_of(row, now)),
    )


def _feed_words(row: FeedRow, health: Health) -> str:
    state = row.state
    if state.polled_at is None:
        return "it was never polled yet"
    since = f"since {to_text(health.since)}" if health.since else ""
    asked = f"last polled {to_text(state.polled_at)} ({state.outcome}, {state.listed} entries)"
    newest = f"its newest came {to_text(state.newest_at)}" if state.newest_at else ""
    again = "not asked again" if row.due_at is None else f"next {to_text(row.due_at)}"
    return ", ".join(part for part in (since, health.reason, asked, newest, again) if part)


def ails(row: FeedRow, now: datetime) -> bool:
    """It brought nothing of late, or cannot have."""
    return row.state.polled_at is None or health_of(row, now).state.value not in WELL


def feeds_to_blame(url: str | None, rows: Sequence[FeedRow], now: datetime) -> list[FeedNote]:
    """Of a URL's site all; else those that are not well, the longest unpolled first."""
    found = feeds_of(url, rows) if url else [row for row in rows if ails(row, now)]
    ordered = sorted(found, key=lambda row: to_text(row.state.polled_at or now))
    return [feed_note(row, now) for row in ordered]


@dataclass(frozen=True)
class Absence:
    """What may explain that nothing like `words` is in the archive. `url` is None where only words
    were given; `rules` are those of its host's robots.txt, where they are known."""

    words: str
    url: str | None
    feeds: int
    blamed: tuple[FeedNote, ...]
    failed_jobs: int = 0
    rules: Rules | None = None

    @property
    def ill(self) -> list[FeedNote]:
        return [each for each in self.blamed if each.state not in WELL]


def with_absence(found: Audit, absence: Absence) -> Audit:
    """With what may explain it, and what to do next."""
    changes = {
        "feeds": absence.blamed[:MAX_FEEDS],
        "notes": tuple(notes_of(absence)),
        "next_steps": tuple(next_steps(absence)),
    }
    return found.model_copy(update=changes)


def notes_of(absence: Absence) -> Iterator[str]:
    yield _feeds_note(absence)
    if absence.url and absence.rules and not _allowed(absence.rules, absence.url):
        yield (
            f"robots.txt of {origin_of(absence.url)} asks not to fetch this page (read"
            f" {to_text(absence.rules.robots.fetched_at)}): of such articles what a feed says is"
            " kept, and no more"
        )
    if absence.failed_jobs:
        yield f"{absence.failed_jobs} jobs failed three times: the archive lacks what they held"


def _feeds_note(absence: Absence) -> str:
    if not absence.feeds:
        return "there are no feeds yet"
    if absence.url is None:
        if absence.ill:
            return f"{len(absence.ill)} of {absence.feeds} feeds are not well, or new"
        return f"none of {absence.feeds} feeds has listed such an entry; all of them are well"
    host = host_of(absence.url) or absence.url
    if not absence.blamed:
        return f"none of {absence.feeds} feeds is of {host}"
    if absence.ill:
        return f"{len(absence.ill)} of {len(absence.blamed)} feeds of {host} are not well, or new"
    return f"no feed of {host} has listed it while it was polled; all of them are well"


def _allowed(rules: Rules, url: str) -> bool:
    try:
        rules.require_allowed(url)
    except RobotsRefused:
        return False
    except RobotsUnknown:  # nothing is known of what it asks
        return True
    return True


def next_steps(absence: Absence) -> Iterator[str]:
    """Commands, with what each is good for."""
    if absence.url and not absence.blamed:
        front_page = shlex.quote(f"{origin_of(absence.url) or absence.url}/")
        yield f"tocsin feeds check {front_page}: does the site have a feed?"
        yield f"tocsin feeds add {front_page}: then `tocsin apply` puts it in force"
        return
    for each in absence.ill[:MAX_COMMANDS]:
        yield f"tocsin poll {each.feed_id}: ask it again now"
    well = [each for each in absence.blamed if each not in absence.ill] if absence.url else []
    for each in well[:MAX_COMMANDS]:
        yield f"tocsin feeds check {shlex.quote(each.url)}: does it list the article?"
    if absence.url is None:
        yield "tocsin audit URL: with the article's own address, its site's feeds are looked at"
    asked = shlex.quote(absence.url or absence.words)
    yield f"tocsin audit {asked} --days 30: look further back"


def advice(candidate: Candidate) -> Iterator[str]:
    """What to do about an article that came."""
    yield f"tocsin why {candidate.card.article_id}: all that happened to it"
    for near in candidate.near[:1]:
        yield f"tocsin topics explain {near.topic_id}: what the topic asks for"
    if told := {end.topic_id for end in candidate.ends if end.kind is Kind.SENT}:
        yield f"tocsin subscribers {min(told)}: who hears of it"
    if any(end.kind is Kind.FAILED for end in candidate.ends):
        yield "tocsin failures: what could not be sent, and why"
