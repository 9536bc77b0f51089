"""What makes a new version of an article."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import an_article
from tocsin.articles.versions import MATERIAL_WORDS, change_between
from tocsin.model.articles import Change

ONE = "The council asked for peacekeepers on Tuesday, after 3 boats were set adrift."
TWO = "Nobody voted against the motion of the council."
THREE = "The ships that guard the bay are going to stay until the end of the month."


def change(
    before: str, after: str, title: str = "Peace", new_title: str = "Peace"
) -> Change | None:
    return change_between(
        an_article(title=title, text=before), an_article(title=new_title, text=after)
    )


def test_the_same_article_has_not_changed() -> None:
    assert change(f"{ONE}\n{TWO}", f"{ONE}\n{TWO}") is None


@pytest.mark.parametrize(
    "after",
    [
        ONE.upper(),
        ONE.replace(",", ""),
        ONE.replace("Tuesday", "Teusday"),
        ONE.replace("asked", "has asked"),
        ONE.replace(" ", "  "),
        f"{ONE}\n12 comments",
        f"{ONE}\nRead also: boats",
    ],
)
def test_typing_errors_and_counters_are_not_material(after: str) -> None:
    assert change(ONE, after) is None


@pytest.mark.parametrize(
    "after",
    [f"{ONE}\n{TWO}", "", ONE.replace("3 boats", "4 boats"), f"{THREE}\n{ONE}", TWO],
    ids=["a paragraph more", "nothing left", "a number", "a paragraph before", "another text"],
)
def test_paragraphs_and_numbers_are(after: str) -> None:
    assert change(ONE, after) is not None


def test_a_headline_that_says_something_else_is() -> None:
    found = change(ONE, ONE, "Peace for the bay", "Peace for the whole bay")
    assert found == Change(version=1, title="Peace for the bay")
    assert change(ONE, ONE, "Peace – for the bay", "PEACE for the bay!") is None


def test_a_change_says_which_paragraphs_came_and_went_in_their_order() -> None:
    found = change(f"{ONE}\n{TWO}", f"{THREE}\n{TWO}")
    assert found == Change(version=1, removed=(ONE,), added=(THREE,))


def test_paragraphs_that_only_moved_are_no_change() -> None:
    assert change(f"{ONE}\n{TWO}\n{THREE}", f"{THREE}\n{ONE}\n{TWO}") is None


def test_the_words_of_a_clause_are_material() -> None:
    words = [f"word{letter}" for letter in "abcdefghijklmnop"]
    assert change(ONE, f"{ONE} {' '.join(words[: MATERIAL_WORDS - 1])}") is None
    assert change(ONE, f"{ONE} {' '.join(words[:MATERIAL_WORDS])}") is not None


LINES = st.lists(st.sampled_from([ONE, TWO, THREE, "x", ""]), max_size=6).map("\n".join)


@given(LINES, LINES)
def test_what_came_and_went_leads_from_the_one_to_the_other(before: str, after: str) -> None:
    found = change(before, after)
    if found is None:
        return
    kept = [line for line in before.splitlines() if line]
    for line in found.removed:
        kept.remove(line)
    assert sorted([*kept, *found.added]) == sorted(line for line in after.splitlines() if line)
