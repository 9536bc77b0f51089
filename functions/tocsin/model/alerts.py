"""Decisions to tell subscribers, and what became of them."""

from enum import StrEnum
from typing import NamedTuple

from tocsin.model.lines import Line
from tocsin.model.matches import Match, Note
from tocsin.model.values import Instant, Value


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
