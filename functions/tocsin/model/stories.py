"""Articles on one event, and the bells that ring for them."""

from enum import StrEnum

from tocsin.model.values import Instant, Value


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
