"""Tries every order in which workers can take the steps of `tocsin.stories.protocol`.

A state is where each worker is and what the table holds. From each state, each worker that is not
done takes its next step, in every way in which it can end: its first look at the keys, which is
not strongly consistent, finds everything or nothing. A worker may crash between any two steps; its
job is then delivered again, and it begins anew. What was seen before is not tried again.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from tocsin.model.stories import Place, StoryState
from tocsin.stories.protocol import (
    Absorb,
    Add,
    Confirm,
    Founding,
    Look,
    Post,
    Read,
    Yield,
    advance,
    begin,
)

PENDING = Place(state=StoryState.PENDING, head=b"head")
CONFIRMED = Place(state=StoryState.CONFIRMED, head=b"head")


def merged(into: str) -> Place:
    """The same value each time: making one costs more than a step."""
    return _MERGED.setdefault(into, Place(state=StoryState.MERGED, into=into, head=b"head"))


_MERGED: dict[str, Place] = {}


@dataclass(frozen=True, slots=True)
class Start:
    """A job was delivered."""


@dataclass(frozen=True, slots=True)
class Joining:
    """The first look found a story that fits; what it has become is looked up, then joined."""

    story_id: str
    rooted: bool = False


@dataclass(frozen=True, slots=True)
class Done:
    story_id: str


Local = Start | Joining | Founding | Done


@dataclass(frozen=True, slots=True)
class Table:
    places: frozenset[tuple[str, Place]] = frozenset()
    postings: frozenset[tuple[str, str]] = frozenset()

    def place(self, story_id: str) -> Place | None:
        return next((place for each, place in self.places if each == story_id), None)

    def under(self, key: str) -> frozenset[str]:
        return frozenset(story_id for each, story_id in self.postings if each == key)

    def with_place(self, story_id: str, place: Place) -> "Table":
        others = {pair for pair in self.places if pair[0] != story_id}
        return Table(frozenset(others | {(story_id, place)}), self.postings)

    def with_posting(self, key: str, story_id: str) -> "Table":
        return Table(self.places, self.postings | {(key, story_id)})


@dataclass(frozen=True)
class Scene:
    """Which article each worker has, under which keys it posts, which it only reads, and which
    articles fit each other. `stale`: the first look may find nothing of what is there."""

    articles: tuple[str, ...]
    keys: dict[str, tuple[str, ...]]
    neighbours: dict[str, tuple[str, ...]] = field(default_factory=dict)
    unlike: frozenset[frozenset[str]] = frozenset()
    crashes: int = 0
    looks_first: bool = False

    def fit(self, one: str, other: str) -> bool:
        return frozenset({one, other}) not in self.unlike


State = tuple[tuple[Local, ...], Table, int]


@dataclass
class Findings:
    """`doubles`: pairs that fit, both confirmed in the end. `stuck`: articles that end in no
    confirmed story, and states that lead back to themselves. `early`: workers that were done, so
    that their article could ring, before their story was settled. `undone`: stories that were
    confirmed, so that they may have rung, and are not any more."""

    states: int = 0
    ends: int = 0
    doubles: int = 0
    stuck: int = 0
    early: int = 0
    undone: int = 0

    @property
    def is_sound(self) -> bool:
        return self.ends > 0 and not (self.doubles or self.stuck or self.early or self.undone)


class Explorer:
    """The protocol as it is. Subclasses make mistakes."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.found = Findings()

    # ── what a worker does ──

    def steps(self, own: str, local: Local, table: Table) -> Iterator[tuple[Local, Table]]:
        match local:
            case Start():
                yield from self.start(own, table)
            case Joining(story_id, rooted):
                yield self.join(own, story_id, rooted, table)
            case Founding():
                answer, after = self.carry_out(own, local, table)
                yield self.settled(own, self.advance(local, answer, self.fits(own))), after

    def start(self, own: str, table: Table) -> Iterator[tuple[Local, Table]]:
        place = table.place(own)
        if place is not None and place.state is not StoryState.PENDING:
            yield Done(place.into or own), table
            return
        yield self.begin(own, frozenset()), table
        if not self.scene.looks_first:
            return
        keys = self.scene.keys[own] + self.scene.neighbours.get(own, ())
        seen = {each for key in keys for each in table.under(key)} - {own}
        fitting = [each for each in sorted(seen) if self.scene.fit(own, each)]
        if fitting and place is None:
            yield Joining(fitting[0]), table
        else:
            yield self.begin(own, frozenset(seen) - {*fitting[:1]}), table

    def join(self, own: str, story_id: str, rooted: bool, table: Table) -> tuple[Local, Table]:
        if not rooted:
            place = table.place(story_id)
            assert place is not None
            return Joining(place.into or story_id, not place.into), table
        if (there := table.place(own)) is None:
            return Done(story_id), table.with_place(own, merged(story_id))
        if there.state is StoryState.PENDING:
            return self.begin(own, frozenset()), table
        return Done(there.into or own), table

    def begin(self, own: str, known: frozenset[str]) -> Founding:
        keys, neighbours = self.scene.keys[own], self.scene.neighbours.get(own, ())
        return begin(own, keys, neighbours, known)

    def advance(self, at: Founding, answer: object, fits: Callable[[str, Place], bool]) -> Founding:
        return advance(at, answer, fits)

    def fits(self, own: str) -> Callable[[str, Place], bool]:
        return lambda story_id, place: bool(place.head) and self.scene.fit(own, story_id)

    def settled(self, own: str, at: Founding) -> Local:
        return Done(at.story_id) if at.next is None else at

    # ── what the table does ──

    def carry_out(self, own: str, at: Founding, table: Table) -> tuple[object, Table]:
        match at.next:
            case Add():
                there = table.place(own)
                return (there, table) if there else (PENDING, table.with_place(own, PENDING))
            case Post(key):
                after = table.with_posting(key, own)
                return after.under(key), after
            case Read(key):
                return table.under(key), table
            case Look(story_id):
                return table.place(story_id), table
            case Absorb(story_id):
                return self.leave_pending(story_id, merged(own), table)
            case Yield(story_id):
                return self.leave_pending(own, merged(story_id), table)
            case Confirm():
                return self.leave_pending(own, CONFIRMED, table)
        raise AssertionError(at)

    def leave_pending(self, story_id: str, to: Place, table: Table) -> tuple[bool, Table]:
        place = table.place(story_id)
        if place is None or place.state is not StoryState.PENDING:
            return False, table
        return True, table.with_place(story_id, to)

    # ── every order ──

    def explore(self) -> Findings:
        """Depth first. A state that is met on the way to itself is one that workers can go round
        in for ever."""
        first: State = (tuple(Start() for _ in self.scene.articles), Table(), self.scene.crashes)
        seen, on_the_way = {first}, {first}
        stack = [(first, self._next(first))]
        self.found.states = 1
        while stack:
            state, following = stack[-1]
            after = next(following, None)
            if after is None:
                on_the_way.discard(state)
                stack.pop()
            elif after in on_the_way:
                self.found.stuck += 1
            elif after not in seen:
                seen.add(after)
                on_the_way.add(after)
                stack.append((after, self._next(after)))
        self.found.states = len(seen)
        return self.found

    def _next(self, state: State) -> Iterator[State]:
        locals_, table, crashes = state
        live = [n for n, local in enumerate(locals_) if not isinstance(local, Done)]
        if not live:
            self._judge(table)
            return
        for number in live:
            own, local = self.scene.articles[number], locals_[number]
            for now, after in self.steps(own, local, table):
                if isinstance(now, Done):
                    self._judge_done(own, now, after)
                self.found.undone += len(_confirmed(table) - _confirmed(after))
                yield (*locals_[:number], now, *locals_[number + 1 :]), after, crashes
            if crashes and not isinstance(local, Start):
                yield (*locals_[:number], Start(), *locals_[number + 1 :]), table, crashes - 1

    def _judge_done(self, own: str, done: Done, table: Table) -> None:
        place = table.place(own)
        assert place is not None
        settled = StoryState.CONFIRMED if done.story_id == own else StoryState.MERGED
        self.found.early += place.state is not settled

    def _judge(self, table: Table) -> None:
        self.found.ends += 1
        articles = sorted({*self.scene.articles})
        self.found.stuck += sum(not self._is_in_a_story(each, table) for each in articles)
        confirmed = _confirmed(table)
        self.found.doubles += sum(
            self.scene.fit(one, other) for one in confirmed for other in confirmed if one < other
        )

    def _is_in_a_story(self, article: str, table: Table) -> bool:
        for _ in self.scene.articles:
            place = table.place(article)
            if place is None or place.state is not StoryState.MERGED:
                break
            article = place.into
        return table.place(article) == CONFIRMED


def _confirmed(table: Table) -> frozenset[str]:
    return frozenset(each for each, place in table.places if place is CONFIRMED)


def with_next(at: Founding, request: object) -> Founding:
    return replace(at, next=request)  # type: ignore[arg-type]
