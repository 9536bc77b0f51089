"""Which entries of a feed are new."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import an_entry
from tocsin.feeds.seen import KEY_BYTES, MAX_KEYS, entry_key, remember, unseen
from tocsin.model import Entry

ENTRIES = st.lists(
    st.builds(
        an_entry,
        st.sampled_from([f"https://a.example/{n}" for n in range(4)]),
        guid=st.sampled_from(["", "1", "2"]),
        title=st.sampled_from(["", "x"]),
    ),
    max_size=8,
)


def entries(count: int) -> list[Entry]:
    return [an_entry(f"https://a.example/{number}") for number in range(count)]


def test_all_is_new_to_a_feed_that_was_never_read() -> None:
    assert unseen(entries(3), frozenset()) == entries(3)


def test_what_was_remembered_is_not_new() -> None:
    one, two, three = entries(3)
    assert unseen([one, two, three], remember([one, three], frozenset())) == [two]


@pytest.mark.parametrize(
    "other",
    [an_entry("https://a.example/2", guid="g"), an_entry("https://a.example/1", guid="h")],
    ids=["same guid, other link", "same link, other guid"],
)
def test_an_entry_is_another_one_by_its_guid_or_its_link(other: Entry) -> None:
    known = remember([an_entry("https://a.example/1", guid="g")], frozenset())
    assert unseen([other], known) == [other]


def test_another_title_or_text_makes_no_new_entry() -> None:
    known = remember([an_entry(title="Old", content_html="Old")], frozenset())
    assert unseen([an_entry(title="New", content_html="New")], known) == []


def test_guid_and_link_cannot_be_mistaken_for_each_other() -> None:
    assert entry_key(an_entry("b", guid="a")) != entry_key(an_entry("", guid="ab"))
    assert len(entry_key(an_entry())) == KEY_BYTES


def test_of_an_entry_listed_twice_the_first_is_taken() -> None:
    first, second = an_entry(title="First"), an_entry(title="Second")
    assert unseen([first, second], frozenset()) == [first]


@given(ENTRIES, ENTRIES)
def test_new_entries_are_in_order_each_once_and_none_known(
    before: list[Entry], now: list[Entry]
) -> None:
    known = remember(before, frozenset())
    new = unseen(now, known)
    keys = [entry_key(entry) for entry in new]
    assert len(keys) == len(set(keys))
    assert {*keys} == {entry_key(entry) for entry in now} - known
    places = [next(at for at, each in enumerate(now) if each is entry) for entry in new]
    assert places == sorted(places)
    assert unseen(now, remember(now, known)) == []


def test_what_a_feed_no_longer_lists_is_remembered_while_there_is_room() -> None:
    old, new = entries(2)
    assert unseen([old], remember([new], remember([old], frozenset()))) == []


def test_all_that_is_listed_is_remembered_before_anything_older() -> None:
    older = frozenset(number.to_bytes(KEY_BYTES) for number in range(MAX_KEYS))
    listed = entries(10)
    known = remember(listed, older)
    assert len(known) == MAX_KEYS
    assert unseen(listed, known) == []


def test_what_is_listed_again_takes_no_room_from_what_is_not() -> None:
    known = remember(entries(MAX_KEYS), frozenset())
    assert remember(entries(10), known) == known


def test_a_list_longer_than_the_limit_is_remembered_whole() -> None:
    listed = entries(MAX_KEYS + 1)
    assert unseen(listed, remember(listed, frozenset({b"old"}))) == []
    assert b"old" not in remember(listed, frozenset({b"old"}))
