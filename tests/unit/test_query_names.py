"""Spellings of one name meet, and other words stay as they are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.query.analysis import fold, terms_of
from tocsin.query.names import variants

ZELENSKY = {"zelensky", "zelenskyy", "zelenskiy", "zelenskij", "zelenski"}


@pytest.mark.parametrize("spelling", sorted(ZELENSKY))
def test_every_spelling_of_zelensky_finds_all_others(spelling: str) -> None:
    assert variants(spelling) | {spelling} >= ZELENSKY


def test_navalny_has_other_spellings_too() -> None:
    assert {"navalnyy", "navalnyj"} <= variants("navalny")


@pytest.mark.parametrize(
    "word",
    ["ski", "sky", "husky", "risky", "any", "deny", "ukraine", "troops", "київ", "зеленський"],
)
def test_a_word_that_is_no_such_name_has_one_spelling(word: str) -> None:
    assert variants(word) == frozenset()


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("müller", {"mueller"}),
        ("österreich", {"oesterreich"}),
        ("århus", {"aarhus"}),
        ("jürgen", {"juergen"}),
        ("größenwahn", {"groessenwahn"}),
    ],
)
def test_a_letter_may_be_spelled_in_two(written: str, found: set[str]) -> None:
    (term,) = terms_of(written)
    assert variants(term.text, term.accented) == found


def test_without_the_accents_nobody_knows_of_another_letter() -> None:
    assert variants("muller") == frozenset()


@given(st.text(st.sampled_from("azskyijnäöüßøå"), min_size=1, max_size=12))
def test_variants_are_forms_and_never_the_word_itself(word: str) -> None:
    form, accented = fold(word), terms_of(word)[0].accented
    for each in variants(form, accented):
        assert fold(each) == each != form
