"""Bylines to names of people."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.articles.names import (
    MAX_AUTHORS,
    MAX_NAME_CHARACTERS,
    authors_of,
    looks_like_person,
    signatures_of,
)


@pytest.mark.parametrize(
    ("byline", "names"),
    [
        ("Ada Lind", ("Ada Lind",)),
        ("By Ada Lind", ("Ada Lind",)),
        ("BY ADA LIND", ("ADA LIND",)),
        ("Written by: Ada Lind", ("Ada Lind",)),
        ("Text: von Ada Lind", ("Ada Lind",)),
        ("Von Ada Lind", ("Ada Lind",)),
        ("Par Ada Lind et Bo Ek", ("Ada Lind", "Bo Ek")),
        ("Por Ada Lind y Bo Ek", ("Ada Lind", "Bo Ek")),
        ("Автор: Ада Лінд", ("Ада Лінд",)),
        ("Ada Lind and Bo Ek", ("Ada Lind", "Bo Ek")),
        ("Ada Lind, Bo Ek & Cy Holm", ("Ada Lind", "Bo Ek", "Cy Holm")),
        ("Ada Lind, Bo Ek, and Cy Holm", ("Ada Lind", "Bo Ek", "Cy Holm")),
        ("Ada Lind; Bo Ek | Cy Holm", ("Ada Lind", "Bo Ek", "Cy Holm")),
        ("Ada Lind und Bo Ek", ("Ada Lind", "Bo Ek")),
        ("Ада Лінд та Бо Ек", ("Ада Лінд", "Бо Ек")),
        ("Ada Lind, senior correspondent", ("Ada Lind",)),
        ("Ada Lind, Reuters", ("Ada Lind",)),
        ("Ada Lind (dpa)", ("Ada Lind",)),
        ("Ada Lind in Odesa", ("Ada Lind",)),
        ("Ada Lind for Harbour Post", ("Ada Lind",)),
        ("Ada Lind, Ph.D., MD", ("Ada Lind, Ph.D., MD",)),
        ("Ada Lind, Jr.", ("Ada Lind, Jr.",)),
        ("Ada von der Lind", ("Ada von der Lind",)),
        ("Di Wu", ("Di Wu",)),
        ("By Madonna", ("Madonna",)),
        ("ada@post.example", ()),
        ("https://post.example/ada", ()),
        ("<a href='/ada'>Ada Lind</a>", ("Ada Lind",)),
        ("Ada&nbsp;Lind", ("Ada Lind",)),
        ("AFP", ()),
        ("With AFP", ()),
        ("Agence France-Presse", ()),
        ("Укрінформ", ()),
        ("Staff", ()),
        ("Редакція", ()),
        ("News Desk", ()),
        ("", ()),
        ("x" * 700, ()),
        ("Ada Lind Ada Lind " * 5, ()),
        ("5 March 2031", ()),
    ],
)
def test_a_byline_is_taken_apart(byline: str, names: tuple[str, ...]) -> None:
    assert authors_of([byline]) == names


def test_each_name_is_given_once_in_the_order_stated() -> None:
    assert authors_of(["Bo Ek and Ada Lind", "ADA LIND"]) == ("Bo Ek", "Ada Lind")


def test_the_site_is_no_person() -> None:
    assert authors_of(["Harbour-Post", "Ada Lind"], ["Harbour Post"]) == ("Ada Lind",)


def test_no_page_names_more_authors_than_a_row_has_room_for() -> None:
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    assert len(authors_of([f"Ada {one}{two}" for one in letters for two in "ab"])) == MAX_AUTHORS


def test_who_signs_for_nobody_is_taken_as_stated() -> None:
    stated = ["Harbour Post", "harbour post", "null", "https://post.example", "The news desk"]
    assert signatures_of(stated) == ("Harbour Post", "The news desk")


@pytest.mark.parametrize(
    "name",
    [
        "Ada Lind",
        "Ada M. Lind",
        "Ludwig van der Bo",
        "Ада Лінд",
        "李明",
        "O'Neil Ek",
        "Ada Lind, MD",
    ],
)
def test_a_name_looks_like_a_persons(name: str) -> None:
    assert looks_like_person(name)


@pytest.mark.parametrize(
    "name",
    ["Ada", "ada lind", "Read more about boats", "5 min", "", "A B C D E F", "Boats and Ada"],
)
def test_other_words_do_not(name: str) -> None:
    assert not looks_like_person(name)


@given(st.lists(st.text(max_size=80), max_size=4))
def test_any_byline_gives_names_of_bounded_length(bylines: list[str]) -> None:
    for name in (*authors_of(bylines), *signatures_of(bylines)):
        assert name == name.strip()
        assert len(name.partition(",")[0]) <= MAX_NAME_CHARACTERS
