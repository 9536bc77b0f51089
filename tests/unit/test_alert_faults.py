"""Every article that matches is told of, and once, whatever goes wrong: a small run of what
benchmarks/faults.py does at length."""

from contextlib import nullcontext

import pytest

from tests.faults.bugs import BUGS, Bug, caught
from tests.faults.injector import Fault
from tests.faults.news import News, make_news
from tests.faults.oracle import judge
from tests.faults.sweep import sweep
from tests.faults.world import CALM, CALM_APART, World, random_world


@pytest.fixture(scope="module")
def news() -> News:
    return make_news(1_000)


@pytest.fixture(scope="module")
def few() -> News:
    return make_news(150)


@pytest.fixture(scope="module")
def worlds(news: News) -> list[World]:
    made = [random_world(news, seed, scale) for seed, scale in ((1, 1.0), (2, 1.0), (3, 3.0))]
    for world in made:
        world.run()
    return made


def test_the_worlds_were_troubled(worlds: list[World]) -> None:
    """Nothing else would show anything."""
    for world in worlds:
        assert set(world.alert_injector.trace.faults) >= {Fault.THROTTLE, Fault.LOST, Fault.OTHERS}
        assert world.alert_injector.trace.crashed
        assert judge(world).alerts > 200


def test_nothing_is_lost_and_nothing_unsent(worlds: list[World]) -> None:
    verdicts = [judge(world) for world in worlds]
    assert [each.wrong for each in verdicts] == [[]] * len(worlds)
    assert [(each.lost, each.unsent, each.told_twice) for each in verdicts] == [(0, 0, 0)] * 3


def test_only_a_crash_a_lost_answer_or_a_lost_lease_lets_an_alert_be_told_again(
    worlds: list[World],
) -> None:
    verdicts = [judge(world) for world in worlds]
    assert sum(each.extra for each in verdicts) > 0
    assert all(each.extra == each.extra_explained for each in verdicts)


def test_poison_is_given_up_with_its_reason_and_nothing_else_is(worlds: list[World]) -> None:
    for world in worlds[:2]:
        verdict = judge(world)
        assert verdict.poison == verdict.poison_in_dlq > 0
        assert verdict.good_in_dlq == 0


def test_nothing_is_told_twice_where_no_answer_is_lost(news: News) -> None:
    """Among throttles, errors, duplicates and reordering."""
    world = random_world(news, 1, 1.0, (CALM, CALM), CALM_APART)
    world.run()
    verdict = judge(world)
    assert (verdict.violations, verdict.extra, verdict.good_in_dlq) == (0, 0, 0)


@pytest.mark.parametrize("same", [False, True], ids=["two articles", "two that are the same"])
def test_no_single_fault_breaks_a_rule(same: bool) -> None:
    made = sweep(1, same)
    assert made.wrong == []
    assert made.plans > 200


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.__name__)
def test_a_seeded_bug_is_seen(bug: Bug, few: News) -> None:
    assert caught(bug, few)


def test_without_a_bug_there_is_nothing_to_see(few: News) -> None:
    assert caught(nullcontext, few) == ""
