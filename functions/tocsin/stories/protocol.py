"""How workers that meet a story at the same time make one story of it.

An article that belongs to no story that its worker can find founds one. So may, at the same moment,
another article on the same event, in another worker. Each does this:

    Add      its own place: a story that is pending
    Post     its id under each of its keys; the answer is who is there, read in the same step
    Look     at each of those that it did not know of; where one fits, at the story it has become
    Absorb   a pending story with a greater id: it becomes part of ours
    Yield    to a confirmed story, or a pending one with a smaller id: ours becomes part of it
    Confirm  ours; only then may anything ring

Why it holds: two that fit share a key, and one of them posts there last: it sees the other, whose
place was added before. A pending story has one way out, by a conditional write: confirmed, or part
of another one. Pending ones become part of pending ones with smaller ids only, or of confirmed
ones, which stay: nothing goes round in circles. A worker that crashed begins again and finds its
own place. tests/unit/test_stories_protocol.py tries every order of the steps of up to four workers.

Steps are values: `request` says what a worker asks of the table, `advance` what it makes of the
answer. Who carries them out decides whether two articles fit.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from tocsin.model.stories import Place, StoryState


@dataclass(frozen=True, slots=True)
class Add:
    """Add our place, pending, unless it is there. Answer: the place as it then is."""


@dataclass(frozen=True, slots=True)
class Post:
    """Add our id under a key. Answer: all ids that are there then."""

    key: str


@dataclass(frozen=True, slots=True)
class Read:
    """Answer: all ids under a key of a neighbouring bucket, strongly consistent."""

    key: str


@dataclass(frozen=True, slots=True)
class Look:
    """Answer: the place of a story, strongly consistent; None where there is none (any more)."""

    story_id: str


@dataclass(frozen=True, slots=True)
class Absorb:
    """Make a pending story part of ours. Answer: whether it was pending still."""

    story_id: str


@dataclass(frozen=True, slots=True)
class Yield:
    """Make ours, if it is pending, part of another. Answer: whether it was pending still."""

    story_id: str


@dataclass(frozen=True, slots=True)
class Confirm:
    """Confirm ours, if it is pending. Answer: whether it was pending still."""


Request = Add | Post | Read | Look | Absorb | Yield | Confirm
# Whether an article fits a story, by the story's id and its place.
Fits = Callable[[str, Place], bool]


@dataclass(frozen=True, slots=True)
class Founding:
    """Where a worker is. `known` are stories that it judged before: they do not fit.

    `next` is what it asks for now, None when it is done: `story_id` is then the story that its
    article is in. `through` is the story that fits, by which it came to the one it looks at.
    """

    own: str
    keys: tuple[str, ...]
    neighbours: tuple[str, ...]
    known: frozenset[str]
    next: Request | None
    seen: frozenset[str] = frozenset()
    through: str = ""
    story_id: str = ""


def begin(
    own: str, keys: tuple[str, ...], neighbours: tuple[str, ...], known: frozenset[str]
) -> Founding:
    """`neighbours` are keys that are only read: those of another bucket whose edge is near."""
    return Founding(own, keys, neighbours, known - {own}, Add())


def advance(at: Founding, answer: Any, fits: Fits) -> Founding:
    """`answer` is of the type that the request names."""
    match at.next:
        case Add():
            return _added(at, answer)
        case Post(key) | Read(key):
            return _posted(at, key, answer)
        case Look(story_id):
            return _looked(at, story_id, answer, fits)
        case Absorb():
            # Lost: it was confirmed, or yielded. Either way it is looked at again.
            return _look_on(at) if answer else replace(at, next=Look(at.through))
        case Yield(story_id):
            return replace(at, next=None, story_id=story_id) if answer else _look_at_own(at)
        case Confirm():
            return replace(at, next=None, story_id=at.own) if answer else _look_at_own(at)
    raise ValueError("this worker is done")


def _added(at: Founding, own: Place) -> Founding:
    return _post_on(at, 0) if own.state is StoryState.PENDING else _settled(at, own)


def _posted(at: Founding, key: str, there: frozenset[str]) -> Founding:
    met = replace(at, seen=at.seen | (there - at.known - {at.own}))
    return _post_on(met, (*at.keys, *at.neighbours).index(key) + 1)


def _post_on(at: Founding, number: int) -> Founding:
    """To the key of that number; once all are posted, to those who were met there."""
    if number < len(at.keys):
        return replace(at, next=Post(at.keys[number]))
    if number - len(at.keys) < len(at.neighbours):
        return replace(at, next=Read(at.neighbours[number - len(at.keys)]))
    return _look_on(replace(at, through=""))


def _look_on(at: Founding) -> Founding:
    """To the next one that was met, in the order of ids; after the last, ours is confirmed."""
    following = min((each for each in at.seen if each > at.through), default=None)
    if following is None:
        return replace(at, next=Confirm())
    return replace(at, next=Look(following), through=following)


def _looked(at: Founding, story_id: str, place: Place | None, fits: Fits) -> Founding:
    if place is None:
        return _look_on(at)
    if story_id == at.own:
        return _settled(at, place)
    if story_id == at.through and not fits(story_id, place):
        return _look_on(at)
    if place.state is StoryState.MERGED:
        # Into ours, perhaps: then there is nothing left to do about it.
        return _look_on(at) if place.into == at.own else replace(at, next=Look(place.into))
    if place.state is StoryState.PENDING and story_id > at.own:
        return replace(at, next=Absorb(story_id))
    return replace(at, next=Yield(story_id))


def _look_at_own(at: Founding) -> Founding:
    """Someone was first: a worker that absorbed ours, or another one with the same article."""
    return replace(at, next=Look(at.own))


def _settled(at: Founding, own: Place) -> Founding:
    """Our place is final: a story of its own, or part of another."""
    story_id = own.into if own.state is StoryState.MERGED else at.own
    return replace(at, next=None, story_id=story_id)
