"""Spellings of names, as one item of a table holds them."""

import random

from hypothesis import given
from hypothesis import strategies as st

from tests.builders import a_topic
from tocsin.aws import aliases
from tocsin.aws.aliases import MAX_BYTES, fitting, groups_of

spellings = st.lists(st.text(min_size=1, max_size=20), max_size=4).map(tuple)


def test_a_group_that_several_topics_have_counts_once_in_whatever_order_they_come() -> None:
    ports, towns = ("Ostend", "Ostende"), ("Kyiv", "Kiev")
    topics = [a_topic("b", aliases=(towns, ports)), a_topic("a", aliases=(ports,)), a_topic("c")]
    assert groups_of(topics) == groups_of(reversed(topics)) == (ports, towns)


@given(st.lists(spellings, max_size=6).map(tuple))
def test_what_is_put_is_found(groups: aliases.Groups) -> None:
    assert fitting(groups) == groups
    assert aliases._unpacked(aliases._packed(groups)) == groups


def test_there_are_no_more_than_an_item_takes() -> None:
    chance = random.Random(1)
    groups = tuple((f"{chance.getrandbits(256):x}", f"{number}") for number in range(14_000))
    kept = fitting(groups)
    assert kept == groups[: len(kept)]
    assert 5_000 < len(kept) < len(groups)
    assert len(aliases._packed(kept)) <= MAX_BYTES < 400 * 1024 - 1_000
