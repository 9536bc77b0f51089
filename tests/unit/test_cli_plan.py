"""What applying a file will change."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import a_feed, a_topic
from tocsin.cli.apply import Plan, plan
from tocsin.model.feeds import Feed
from tocsin.model.topics import Topic

FEEDS = st.dictionaries(
    st.sampled_from(["a", "b", "c", "d"]), st.sampled_from([5, 10, 15]), max_size=4
).map(lambda minutes: [a_feed(each, poll_minutes=minutes[each]) for each in minutes])


def test_nothing_changes_where_the_file_says_what_is_in_force() -> None:
    nothing = plan([a_feed("a"), a_feed("b")], [a_feed("b"), a_feed("a")])
    assert nothing == Plan()
    assert not nothing


def test_what_is_new_is_added() -> None:
    assert plan([a_feed("a")], [a_feed("a"), a_feed("b")]) == Plan(add=(a_feed("b"),))


def test_what_the_file_no_longer_names_is_removed() -> None:
    assert plan([a_feed("a"), a_feed("b")], [a_feed("a")]) == Plan(remove=(a_feed("b"),))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (a_feed("a"), a_feed("a", poll_minutes=30)),
        (a_feed("a"), a_feed("a", url="https://other.example/")),
        (a_topic("a"), a_topic("a", name="Other")),
        (a_topic("a"), a_topic("a", none=("sport",))),
    ],
)
def test_what_differs_is_changed_and_shown_before_and_after(
    before: Feed | Topic, after: Feed | Topic
) -> None:
    assert plan([before], [after]) == Plan(change=((before, after),))


def test_another_id_is_another_thing() -> None:
    changed = plan([a_feed("a")], [a_feed("b", url=a_feed("a").url)])
    assert (changed.add, changed.remove) == ((a_feed("b", url=a_feed("a").url),), (a_feed("a"),))


def test_an_empty_file_removes_all() -> None:
    assert plan([a_feed("a"), a_feed("b")], []) == Plan(remove=(a_feed("a"), a_feed("b")))


def test_each_part_alone_makes_a_plan() -> None:
    assert Plan(add=(a_feed(),))
    assert Plan(change=((a_feed(), a_feed()),))
    assert Plan(remove=(a_feed(),))


@given(FEEDS, FEEDS)
def test_carrying_out_a_plan_leads_to_what_was_wanted(
    current: list[Feed], wanted: list[Feed]
) -> None:
    made = plan(current, wanted)
    in_force = {feed.id: feed for feed in current}
    for feed in made.remove:
        del in_force[feed.id]
    for before, after in made.change:
        assert in_force[before.id] == before
        in_force[after.id] = after
    for feed in made.add:
        assert feed.id not in in_force
        in_force[feed.id] = feed
    assert in_force == {feed.id: feed for feed in wanted}
    assert not plan(wanted, wanted)
