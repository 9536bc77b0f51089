"""When a change of topics is a delta, and when a new base."""

from tocsin.model.publication import TopicsInForce
from tocsin.query.publication import MAX_DELTA_SHARE, MIN_BASE_FOR_DELTA, Publication, publication

MANY = 100 * MIN_BASE_FOR_DELTA
IN_FORCE = TopicsInForce(base="topics/1", analysis=1, changed=("storms",), removed=("tides",))


def test_the_first_topics_are_a_base() -> None:
    assert publication(None, ["storms"], [], 1, analysis=1).new_base


def test_few_topics_are_always_a_base() -> None:
    assert publication(IN_FORCE, ["storms"], [], MIN_BASE_FOR_DELTA - 1, analysis=1).new_base


def test_one_topic_more_among_many_is_a_delta() -> None:
    assert publication(IN_FORCE, ["ferries"], [], MANY, analysis=1) == Publication(
        new_base=False, delta=frozenset({"storms", "ferries"}), removed=frozenset({"tides"})
    )


def test_a_removed_topic_leaves_the_delta_and_is_removed_from_the_base() -> None:
    made = publication(IN_FORCE, [], ["storms"], MANY, analysis=1)
    assert (made.delta, made.removed) == (frozenset(), frozenset({"storms", "tides"}))


def test_a_topic_that_comes_back_is_not_removed_any_more() -> None:
    made = publication(IN_FORCE, ["tides"], [], MANY, analysis=1)
    assert (made.delta, made.removed) == (frozenset({"storms", "tides"}), frozenset())


def test_a_delta_that_has_grown_becomes_a_base() -> None:
    many = [f"topic-{number}" for number in range(int(MANY * MAX_DELTA_SHARE) + 1)]
    assert publication(IN_FORCE, many, [], MANY, analysis=1).new_base


def test_another_analysis_makes_a_new_base() -> None:
    assert publication(IN_FORCE, ["ferries"], [], MANY, analysis=2).new_base
