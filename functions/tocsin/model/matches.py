"""That an article satisfied a topic, and what was decided on it."""

from enum import StrEnum

from tocsin.model.excerpts import Excerpt
from tocsin.model.values import Instant, Value


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
