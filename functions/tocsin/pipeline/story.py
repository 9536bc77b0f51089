"""story: which story an article belongs to.

Most articles need three reads: their own place (they may have been here before), the stories under
their rarest terms, and the heads of the likeliest. An article joins the story that it fits, or
founds one by the protocol in `stories.protocol`. Every write can be done twice: a second run finds
the article's place, and completes what the first one left.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from tocsin.errors import CorruptError
from tocsin.model.articles import Article
from tocsin.model.stories import Member, Place, StoryState
from tocsin.stories.attribution import source_of
from tocsin.stories.decide import Candidate, Kind, decide, shortlist
from tocsin.stories.fingerprint import (
    ANY_LANGUAGE,
    Fingerprint,
    Key,
    bucket_of,
    lookup_keys,
    posting_keys,
)
from tocsin.stories.frequency import NOTHING_SEEN, RecentArticles, StreamFrequency
from tocsin.stories.head import Head, from_bytes, head_of, joined, new_keys, to_bytes, without
from tocsin.stories.protocol import (
    Absorb,
    Add,
    Confirm,
    Look,
    Post,
    Read,
    Request,
    Yield,
    advance,
    begin,
)
from tocsin.stories.reading import fingerprint_of
from tocsin.stories.similarity import containment, cosine
from tocsin.stories.terms import number_of
from tocsin.stories.translation import is_translation

# What the story of one article may cost. What its place and its head leave of it is for keys: the
# least rare of the terms lead to a story least often, and are looked up all the same.
WRITE_UNITS = 9
MOST_NAMES = 2  # posted, of more that are looked up
_UNIT_BYTES = 1_024
# Of a place: names of attributes, ids, times. Its head, what that learned, the founder come on top.
_PLACE_BYTES, _LEARNED_BYTES = 210, 13
MAX_TITLE_CHARACTERS = 160  # in 500 bytes of any script: a place stays within one unit of 1,024
TRANSLATION = "translation"  # how an article came into a story, beside the kinds of decisions
# Workers whose articles are in different buckets do not post under the same keys. This near to the
# edge of a bucket they read the neighbour's, too: jobs are seldom older at their first attempt.
EDGE = timedelta(minutes=15)
# A head that has learned enough is written only to say that its story goes on, once an hour.
FRESH_SECONDS = 3_600
MAX_LINKS = 16  # a story that became part of one that became part of one: each link is a lost race
_HEAD_TRIES = 3  # against workers that write it, too; after that it learns from the next article


class Stories(Protocol):
    def find_place(self, article_id: str) -> Place | None: ...
    def find_places(self, article_ids: Sequence[str]) -> dict[str, Place]: ...
    def add_place(self, member: Member, place: Place) -> Place: ...
    def confirm(self, story_id: str) -> bool: ...
    def merge(self, story_id: str, into: str, kind: str, same_as: str) -> bool: ...
    def save_head(self, story_id: str, was: Place, now: Place, seen_at: datetime) -> bool: ...
    def find_postings(self, keys: Sequence[str]) -> dict[str, frozenset[str]]: ...
    def get_postings(self, key: str) -> frozenset[str]: ...
    def post(self, key: str, story_id: str, at: datetime) -> frozenset[str]: ...
    def put_member(self, story_id: str, member: Member) -> None: ...


class Places(Protocol):
    def find_place(self, article_id: str) -> Place | None: ...


@dataclass(frozen=True)
class InStory:
    """The story that an article is in, and how it came there."""

    story_id: str
    kind: str


@dataclass(frozen=True)
class _Fit:
    """How an article fits a story. `same_as` is the member that it is so much the same as that one
    bell does for both, empty where there is none."""

    story_id: str
    kind: str
    same_as: str = ""


@dataclass
class _Newcomer:
    """An article on its way into a story, and how it fitted those that it met."""

    member: Member
    fingerprint: Fingerprint
    stories: Stories
    fits_of: dict[str, _Fit] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return self.member.article_id

    def best(self, places: Mapping[str, Place]) -> _Fit | None:
        """The story that it fits best."""
        heads = {story_id: _head(place) for story_id, place in places.items()}
        known = {story_id: head for story_id, head in heads.items() if head is not None}
        decision = decide(self.fingerprint, [Candidate(*each) for each in known.items()])
        best = _Fit(decision.story_id, decision.kind.value) if decision.story_id else None
        if best and decision.may_mute:
            same_as = _same_as(self.fingerprint, best.story_id, places, known)
            best = replace(best, same_as=same_as)
        else:
            best = self._translation(places, known) or best
        if best is not None:
            self.fits_of[best.story_id] = best
        return best

    def _translation(self, places: Mapping[str, Place], heads: Mapping[str, Head]) -> _Fit | None:
        """The story whose founder says the same in another language, beyond doubt."""
        for story_id, head in heads.items():
            one_source = places[story_id].source == self.member.source is not None
            if one_source and is_translation(self.fingerprint, head):
                return _Fit(story_id, TRANSLATION, story_id)
        return None

    def fits(self, story_id: str, place: Place) -> bool:
        return self.best({story_id: place}) is not None


def _head(place: Place) -> Head | None:
    """None where there is none, or one that another version of this program has written: within
    three days nobody asks for it any more."""
    try:
        return from_bytes(place.head) if place.head else None
    except ValueError:
        return None


def _same_as(
    fingerprint: Fingerprint,
    story_id: str,
    places: Mapping[str, Place],
    heads: Mapping[str, Head],
) -> str:
    """Of the members that the head remembers the one that the article is most like."""
    own, head = fingerprint.trace, heads[story_id]
    nearest = max(
        head.speaking(own.language) or head.traces[:1],
        key=lambda trace: (containment(own, trace), cosine(own.vector, trace.vector)),
    )
    learned = {number_of(each): each for each in places[story_id].learned}
    return learned.get(nearest.article, story_id)


def root_of(story_id: str, places: Places) -> tuple[str, Place | None]:
    """The story that a story has become, itself if it stands alone; None for what has expired."""
    return _follow(story_id, places, lambda place: place.into)


def bell_of(article_id: str, places: Places) -> tuple[str, Place | None]:
    """The article whose bell rings for this one: the one that it is the same as, and that one in
    turn. An article that is merely in another's story rings for itself."""
    return _follow(article_id, places, lambda place: place.same_as)


def _follow(
    article_id: str, places: Places, link: Callable[[Place], str]
) -> tuple[str, Place | None]:
    place = places.find_place(article_id)
    for _ in range(MAX_LINKS):
        if place is None or not link(place):
            break
        article_id = link(place)
        place = places.find_place(article_id)
    return article_id, place


def enter_story(
    article: Article, stories: Stories, recent: RecentArticles | None = None
) -> InStory:
    """Puts an article into its story; done again, it says the same. `recent` tells which words all
    articles have of late, and learns those of this one."""
    newcomer = _newcomer(article, stories, recent.frequency() if recent else NOTHING_SEEN)
    entered = _enter(newcomer, stories)
    if recent:  # only now: a job that comes again after a crash reads its article as it did before
        recent.add(newcomer.id, newcomer.fingerprint.terms)
    return entered


def _enter(newcomer: _Newcomer, stories: Stories) -> InStory:
    place = stories.find_place(newcomer.id)
    if place is None or place.state is StoryState.PENDING:
        place = _find_or_found(newcomer, place)
    if place.state is StoryState.CONFIRMED:
        return InStory(newcomer.id, Kind.NEW.value)
    story_id, root = root_of(place.into, stories)
    if root is not None:
        _teach(newcomer, story_id, root)
    stories.put_member(story_id, _as_member(newcomer, place, root))
    return InStory(story_id, place.kind)


def _newcomer(article: Article, stories: Stories, stream: StreamFrequency) -> _Newcomer:
    fingerprint = fingerprint_of(
        article.id,
        article.title,
        article.text,
        language=article.language,
        outlet=article.publisher,
        seen_at=int(article.seen_at.timestamp()),
        stream=stream,
    )
    member = Member(
        article_id=article.id,
        title=article.title[:MAX_TITLE_CHARACTERS],
        publisher=article.publisher,
        seen_at=article.seen_at,
        language=article.language,
        kind=Kind.NEW.value,
        source=source_of(article.text),
    )
    return _Newcomer(member, fingerprint, stories)


def _find_or_found(newcomer: _Newcomer, place: Place | None) -> Place:
    """The article's place, confirmed or in another story. `place` is pending where an earlier run
    began to found a story: only founding ends that, be it in another one."""
    stories, fingerprint = newcomer.stories, newcomer.fingerprint
    keys = lookup_keys(fingerprint.keys, fingerprint.seen_at)
    postings = stories.find_postings(keys)
    nearest = [each for each in shortlist(fingerprint, postings) if each != newcomer.id]
    found = stories.find_places(nearest)
    best = newcomer.best(found)
    if place is None and best is not None:
        story_id = found[best.story_id].into or best.story_id
        joining = Place(
            state=StoryState.MERGED, into=story_id, kind=best.kind, same_as=best.same_as
        )
        place = stories.add_place(newcomer.member, joining)
    if place is None or place.state is StoryState.PENDING:
        # Those whose head did not come may be new: they are looked at again if they are met.
        unread = {*nearest} - {*found} | ({best.story_id} if best else set())
        place = _found(newcomer, frozenset().union(*postings.values()) - unread)
    return place


def _found(newcomer: _Newcomer, known: frozenset[str]) -> Place:
    """Goes through the protocol; `known` are stories that do not fit."""
    at = newcomer.fingerprint.seen_at
    keys = _founding_keys(newcomer)
    own = posting_keys(keys, at)
    edge = int(EDGE.total_seconds())
    neighbours = {*posting_keys(keys, at - edge), *posting_keys(keys, at + edge)} - {*own}
    founding = begin(newcomer.id, tuple(own), tuple(sorted(neighbours)), known)
    while founding.next is not None:
        answer = _carry_out(founding.next, founding.through, newcomer)
        founding = advance(founding, answer, newcomer.fits)
    if founding.story_id == newcomer.id:
        return Place(state=StoryState.CONFIRMED)
    place = newcomer.stories.find_place(newcomer.id)
    if place is None:
        raise CorruptError("story", newcomer.id)
    return place


def _founding_keys(newcomer: _Newcomer) -> tuple[Key, ...]:
    """What there is room for: the place is written twice, added and confirmed."""
    whole = _pending(newcomer.id, head_of(newcomer.fingerprint))
    room = WRITE_UNITS - 2 * _units(whole, newcomer.member)
    return _to_post(newcomer.fingerprint.keys, room)


def _units(place: Place, member: Member) -> int:
    """What it costs to write a place, be it one attribute of it."""
    says = len(f"{member.title}{member.publisher}".encode())
    size = _PLACE_BYTES + len(place.head) + _LEARNED_BYTES * len(place.learned) + says
    return -(-size // _UNIT_BYTES)


def _to_post(keys: tuple[Key, ...], room: int) -> tuple[Key, ...]:
    """Some names always: they are all that leads to a story from another language."""
    names = [key for key in keys if key.name.startswith(ANY_LANGUAGE)]
    terms = [key for key in keys if key not in names]
    posted = names[: min(room, MOST_NAMES)]
    return (*terms[: room - len(posted)], *posted)


def _carry_out(request: Request, through: str, newcomer: _Newcomer) -> Any:
    """What the table answers."""
    stories, own = newcomer.stories, newcomer.id
    match request:
        case Add():
            left_out = {*newcomer.fingerprint.keys} - {*_founding_keys(newcomer)}
            head = without(head_of(newcomer.fingerprint), left_out)
            return stories.add_place(newcomer.member, _pending(own, head))
        case Post(key):
            return stories.post(key, own, newcomer.member.seen_at)
        case Read(key):
            return stories.get_postings(key)
        case Look(story_id):
            return stories.find_place(story_id)
        case Absorb(story_id):
            fit = newcomer.fits_of[through]
            return stories.merge(story_id, own, fit.kind, own if fit.same_as else "")
        case Yield(story_id):
            fit = newcomer.fits_of[through]
            return stories.merge(own, story_id, fit.kind, fit.same_as)
        case Confirm():
            return stories.confirm(own)


def _pending(article_id: str, head: Head) -> Place:
    learned = frozenset({article_id})
    return Place(state=StoryState.PENDING, head=to_bytes(head), learned=learned)


def _as_member(newcomer: _Newcomer, place: Place, root: Place | None) -> Member:
    """What the outlet of the founder publishes again is a version of it, with what changed."""
    said: dict[str, Any] = {"kind": place.kind, "founded": bool(place.head)}
    again = place.kind in (Kind.VERSION, Kind.COPY) and place.same_as == place.into
    if root is not None and again and root.publisher == newcomer.member.publisher:
        retitled = root.title != newcomer.member.title
        rewritten = place.kind == Kind.COPY and not retitled
        changed = ("title",) * retitled + ("text",) * rewritten
        said |= {"kind": Kind.VERSION.value, "changed": changed}
    return newcomer.member.model_copy(update=said)


def _teach(newcomer: _Newcomer, story_id: str, root: Place) -> None:
    """Lets a story be found by what its new member adds, and be recognised by it."""
    for _ in range(_HEAD_TRIES):
        head = _head(root)
        if head is None or newcomer.id in root.learned:
            return
        now, keys = _learned(root, head, newcomer)
        # First the keys: a head that has them is not asked to post them again.
        for key in keys:
            newcomer.stories.post(key, story_id, newcomer.member.seen_at)
        if now is root or newcomer.stories.save_head(story_id, root, now, newcomer.member.seen_at):
            return
        again = newcomer.stories.find_place(story_id)
        if again is None:
            return
        root = again


def _learned(root: Place, head: Head, newcomer: _Newcomer) -> tuple[Place, list[str]]:
    """The head with one more member, itself where that need not be written, and the keys to post:
    those that add something, and those of which it is the first member in their bucket."""
    fingerprint = newcomer.fingerprint
    more, new = joined(head, fingerprint), new_keys(head, fingerprint)
    moved_on = _moved_on(fingerprint.keys, head.last_at, more.last_at)
    learns = replace(more, members=head.members, last_at=head.last_at) != head
    if not (learns or moved_on or more.last_at - head.last_at >= FRESH_SECONDS):
        return root, []
    learned = root.learned | ({fingerprint.article_id} if learns else frozenset())
    now = root.model_copy(update={"head": to_bytes(more), "learned": learned})
    # Beside the head the newcomer's place and its row among the members.
    room = max(0, WRITE_UNITS - 2 - _units(now, newcomer.member))
    posted = _to_post(tuple(dict.fromkeys(new + moved_on)), room)
    known = without(more, {*new} - {*posted})
    now = now.model_copy(update={"head": to_bytes(known)})
    return now, posting_keys(posted, fingerprint.seen_at)


def _moved_on(keys: tuple[Key, ...], before: int, now: int) -> tuple[Key, ...]:
    """Those whose bucket is another one now."""
    return tuple(key for key in keys if bucket_of(key, now) > bucket_of(key, before))
