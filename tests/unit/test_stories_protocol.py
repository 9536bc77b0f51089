"""However the steps of workers fall, one event makes one story."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from tests.unit.protocol_explorer import (
    CONFIRMED,
    PENDING,
    Done,
    Explorer,
    Findings,
    Local,
    Scene,
    Table,
    merged,
    with_next,
)
from tocsin.model.stories import Place
from tocsin.stories.protocol import (
    Absorb,
    Add,
    Confirm,
    Founding,
    Post,
    Yield,
    advance,
)

Fits = Callable[[str, Place], bool]

TWO = Scene(("a", "b"), {"a": ("x", "y"), "b": ("y", "z")})
THREE = Scene(("a", "b", "c"), {"a": ("x", "y"), "b": ("y", "z"), "c": ("z", "x")})
SAME_KEYS = Scene(("a", "b", "c"), dict.fromkeys("abc", ("x", "y")))
# b fits both a and c, which do not fit each other.
CHAIN = Scene(
    ("a", "b", "c"),
    {"a": ("x",), "b": ("x", "y"), "c": ("y",)},
    unlike=frozenset({frozenset("ac")}),
)
MIDDLE_FIRST = Scene(
    ("a", "b", "c"),
    {"a": ("x", "y"), "b": ("x",), "c": ("y",)},
    unlike=frozenset({frozenset("bc")}),
)
SCENES = {
    "two": TWO,
    "two, in opposite order": Scene(("a", "b"), {"a": ("x", "y"), "b": ("y", "x")}, crashes=1),
    "two, each looks first": replace(TWO, looks_first=True, crashes=1),
    "two, two crashes": replace(TWO, crashes=2),
    "two, across the edge of a bucket": Scene(
        ("a", "b"),
        {"a": ("1.x",), "b": ("2.x",)},
        neighbours={"a": ("2.x",), "b": ("1.x",)},
        crashes=1,
    ),
    "one article, delivered twice": Scene(("a", "a"), {"a": ("x", "y")}, crashes=2),
    "one article, delivered twice, and another": Scene(
        ("a", "b", "a"), {"a": ("x",), "b": ("x",)}, looks_first=True
    ),
    "three, in a ring of keys": THREE,
    "three, one crash": replace(THREE, keys=dict.fromkeys("abc", ("x",)), crashes=1),
    "three, the same keys": SAME_KEYS,
    "three, each looks first": replace(
        SAME_KEYS, keys=dict.fromkeys("abc", ("x",)), looks_first=True
    ),
    "three in a chain": replace(CHAIN, crashes=1),
    "three in a chain from its middle": replace(MIDDLE_FIRST, crashes=1),
    "three in a chain, each looks first": replace(CHAIN, looks_first=True),
    "four": Scene(tuple("abcd"), dict.fromkeys("abcd", ("x",))),
}


@pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES)
def test_no_order_of_steps_confirms_two_stories_of_one_event_or_leaves_an_article_without(
    scene: Scene,
) -> None:
    found = Explorer(scene).explore()
    assert found.is_sound, found


class NoSecondLook(Explorer):
    """Posts, and trusts its first look: does not heed who else has posted."""

    def carry_out(self, own: str, at: Founding, table: Table) -> tuple[object, Table]:
        answer, after = super().carry_out(own, at, table)
        return (frozenset() if isinstance(at.next, Post) else answer), after


class ReadsBeforeItPosts(Explorer):
    """Takes the answer of a key from before its own id was there, and posts in a later step."""

    def carry_out(self, own: str, at: Founding, table: Table) -> tuple[object, Table]:
        if isinstance(at.next, Post):
            return table.under(at.next.key), table
        if isinstance(at.next, Confirm):
            for key in self.scene.keys[own]:
                table = table.with_posting(key, own)
        return super().carry_out(own, at, table)


class PostsBeforeItAdds(Explorer):
    """Posts its id while nobody can read its place yet."""

    def begin(self, own: str, known: frozenset[str]) -> Founding:
        return with_next(super().begin(own, known), Post(self.scene.keys[own][0]))

    def carry_out(self, own: str, at: Founding, table: Table) -> tuple[object, Table]:
        if isinstance(at.next, Confirm) and table.place(own) is None:
            table = table.with_place(own, PENDING)
        return super().carry_out(own, at, table)


class ConfirmsWithoutCondition(Explorer):
    """Writes that its story is confirmed whatever it has become."""

    def carry_out(self, own: str, at: Founding, table: Table) -> tuple[object, Table]:
        if isinstance(at.next, Confirm):
            return True, table.with_place(own, CONFIRMED)
        return super().carry_out(own, at, table)


class AbsorbsWithoutCondition(Explorer):
    """Makes a story part of its own that may have been confirmed since it was looked at."""

    def carry_out(self, own: str, at: Founding, table: Table) -> tuple[object, Table]:
        if isinstance(at.next, Absorb):
            return True, table.with_place(at.next.story_id, merged(own))
        return super().carry_out(own, at, table)


class ForgetsWhatItFailedToAbsorb(Explorer):
    """Goes on to confirm where the story it wanted was confirmed first."""

    def advance(self, at: Founding, answer: object, fits: Fits) -> Founding:
        return advance(at, True if isinstance(at.next, Absorb) else answer, fits)


class YieldsToAnyone(Explorer):
    """Becomes part of pending stories with greater ids, too, while they become part of it."""

    def advance(self, at: Founding, answer: object, fits: Fits) -> Founding:
        after = advance(at, answer, fits)
        if isinstance(after.next, Absorb):
            return with_next(after, Yield(after.next.story_id))
        return after


class RingsBeforeItConfirms(Explorer):
    """Is done as soon as its story is there."""

    def settled(self, own: str, at: Founding) -> Local:
        return Done(own) if isinstance(at.next, Confirm) else super().settled(own, at)


class TakesALostConfirmationForOne(Explorer):
    """Does not look what its story became when it could not confirm it."""

    def advance(self, at: Founding, answer: object, fits: Fits) -> Founding:
        return advance(at, True if isinstance(at.next, Confirm) else answer, fits)


class LeavesKeysUnanswered(Explorer):
    """Takes the last key that DynamoDB left out of its answer for an empty one."""

    def carry_out(self, own: str, at: Founding, table: Table) -> tuple[object, Table]:
        answer, after = super().carry_out(own, at, table)
        lost = isinstance(at.next, Post) and at.next.key == self.scene.keys[own][-1]
        return (frozenset() if lost else answer), after


class IgnoresNeighbours(Explorer):
    """Reads its own bucket only."""

    def begin(self, own: str, known: frozenset[str]) -> Founding:
        return replace(super().begin(own, known), neighbours=())


class JoinsAlthoughItHasFounded(Explorer):
    """Once redelivered, becomes part of what it finds now, and leaves its own story pending."""

    def start(self, own: str, table: Table) -> Iterator[tuple[Local, Table]]:
        others = frozenset(pair for pair in table.places if pair != (own, PENDING))
        for local, _ in super().start(own, Table(others, table.postings)):
            yield local, table

    def join(self, own: str, story_id: str, rooted: bool, table: Table) -> tuple[Local, Table]:
        if rooted and table.place(own) is PENDING:
            return Done(story_id), table
        return super().join(own, story_id, rooted, table)


MISTAKES: list[tuple[type[Explorer], str, Callable[[Findings], int]]] = [
    (NoSecondLook, "two", lambda found: found.doubles),
    (ReadsBeforeItPosts, "two", lambda found: found.doubles),
    (PostsBeforeItAdds, "two", lambda found: found.doubles),
    (ConfirmsWithoutCondition, "two", lambda found: found.doubles),
    (AbsorbsWithoutCondition, "two", lambda found: found.undone),
    (ForgetsWhatItFailedToAbsorb, "two", lambda found: found.doubles),
    (YieldsToAnyone, "two, in opposite order", lambda found: found.stuck),
    (RingsBeforeItConfirms, "two", lambda found: found.early),
    (TakesALostConfirmationForOne, "two", lambda found: found.early),
    (LeavesKeysUnanswered, "two", lambda found: found.doubles),
    (IgnoresNeighbours, "two, across the edge of a bucket", lambda found: found.doubles),
    (JoinsAlthoughItHasFounded, "two, each looks first", lambda found: found.stuck),
]


@pytest.mark.parametrize(
    ("mistake", "scene", "shows"), MISTAKES, ids=[each.__name__ for each, _, _ in MISTAKES]
)
def test_the_explorer_finds_each_mistake(
    mistake: type[Explorer], scene: str, shows: Callable[[Findings], int]
) -> None:
    found = mistake(SCENES[scene]).explore()
    assert shows(found) > 0, found


def test_a_story_is_added_before_it_is_posted_and_confirmed_last() -> None:
    """And costs, where nobody else is there, nothing more."""
    asked, at = [], Explorer(TWO).begin("a", frozenset())
    table = Table()
    while at.next is not None:
        asked.append(at.next)
        answer, table = Explorer(TWO).carry_out("a", at, table)
        at = advance(at, answer, lambda story_id, place: True)
    assert asked == [Add(), Post("x"), Post("y"), Confirm()]
    assert at.story_id == "a"
