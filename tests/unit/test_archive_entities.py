"""Names in articles: what is counted as one, and what is not. Texts are made up."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.archive import Archive, a_record
from tocsin.archive import entity_facet
from tocsin.archive.answers import Asked
from tocsin.archive.entities import Text, entities
from tocsin.archive.entity_facet import ENTITY, search_with_names
from tocsin.archive.search import search
from tocsin.errors import InputError


def named(*texts: str, language: str = "en", **more: object) -> dict[str, int]:
    return dict(entities([Text(each, language) for each in texts], **more))  # type: ignore[arg-type]


def test_names_are_counted_by_articles_most_frequent_first() -> None:
    texts = [
        "A ship of Marit Hollander left Ostend. Then Marit Hollander slept.",
        "He met Marit Hollander in Ostend and not in Bruges.",
        "She saw Marit Hollander, who was in Bruges.",
    ]
    assert entities([Text(each, "en") for each in texts]) == [
        ("Marit Hollander", 3),
        ("Bruges", 2),
        ("Ostend", 2),
    ]


def test_what_only_begins_a_sentence_is_no_name() -> None:
    assert named("Ferries sail. The ferries sail.", "Ferries wait. Many ferries do.") == {}


def test_a_name_at_the_beginning_of_a_sentence_is_one() -> None:
    texts = ["Ostend sleeps. We love Ostend.", "However Marit Hollander left Ostend."]
    more = "Marit Hollander is here. However, they saw Marit Hollander."
    assert named(*texts, more) == {"Ostend": 2, "Marit Hollander": 2}


def test_small_words_join_the_parts_of_a_name() -> None:
    texts = ["They asked the Bank of Ostend for the money."] * 2
    assert named(*texts) == {"Bank of Ostend": 2}


def test_titles_days_and_nationalities_are_no_part_of_it() -> None:
    texts = ["On Tuesday the Belgian Defence Minister Marit Hollander met British sailors."] * 2
    assert named(*texts) == {"Marit Hollander": 2}


def test_initials_do_not_end_a_sentence() -> None:
    assert named(*["We met Marit J. Hollander and Mr. Lindqvist, as Lindqvist said."] * 2) == {
        "Marit J Hollander": 2,
        "Lindqvist": 2,
    }


def test_a_short_form_is_the_one_longer_form_that_it_stands_for() -> None:
    texts = ["They met Marit Hollander. It was what Hollander wanted, said Hollander."] * 3
    assert named(*texts) == {"Marit Hollander": 3}


def test_a_short_form_of_several_is_itself() -> None:
    texts = [
        "They met Marit Hollander and then Hollander.",
        "They met Sixten Hollander and then Hollander.",
    ] * 2
    assert named(*texts) == {"Hollander": 4, "Marit Hollander": 2, "Sixten Hollander": 2}


def test_romanisations_and_aliases_are_one_name() -> None:
    assert named("We met Taras Bilosky here.", "We met Taras Biloskyy here.") == {
        "Taras Biloskyy": 2
    }
    groups = [("Ostend Paper", "Paper of Ostend")]
    texts = ["They read the Ostend Paper now.", "They read the Paper of Ostend now."]
    assert list(named(*texts, aliases=groups).values()) == [2]
    assert named(*texts) == {}


def test_cyrillic_names_are_one_in_all_their_cases() -> None:
    texts = ["Учора бачили Тараса Білокіня у місті.", "Учора Тараса Білокіня чули в порту."]
    assert named(*texts, language="uk") == {"Тараса Білокіня": 2}


def test_german_nouns_are_no_names() -> None:
    texts = ["Der Hafen und die Fähre: Marit Hollander sah das Meer bei der EU."] * 2
    assert named(*texts, language="de") == {"Marit Hollander": 2, "EU": 2}


def test_contractions_and_plain_initials_are_no_names() -> None:
    assert named(*["So I'm here, they've a TV and PCs, and AI-driven things."] * 2) == {}


@given(st.lists(st.text(max_size=200), max_size=4), st.sampled_from(("en", "de", "uk", "xx")))
def test_any_text_can_be_read(texts: list[str], language: str) -> None:
    for name, count in entities([Text(each, language) for each in texts]):
        assert name.strip()
        assert 2 <= count <= len(texts)


# As a facet


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with ThreadPoolExecutor(2) as threads:
        yield Archive(tmp_path, threads)


def facets(archive: Archive, query: str, *names: str) -> dict[str, dict[str, int]]:
    asked = Asked(query=query, facets=names, limit=1)
    given = archive.manifest, archive.shards(), archive.inflection
    return search_with_names(asked, *given, (), lambda asked: search(asked, *given)).facets


def test_names_are_a_facet_beside_the_others(archive: Archive) -> None:
    texts = [
        "The ferry of Marit Hollander.",
        "A ferry for Marit Hollander.",
        "For Marit Hollander.",
    ]
    archive.add([a_record(number, text=text) for number, text in enumerate(texts)])
    found = facets(archive, "ferry", ENTITY, "publisher")
    assert found == {"publisher": {"Harbour Post": 2}, ENTITY: {"Marit Hollander": 2}}
    assert ENTITY not in facets(archive, "ferry", "publisher")
    with pytest.raises(InputError):
        facets(archive, "ferry", "entities")


def test_only_the_newest_are_read_and_only_languages_that_are_right_often_enough(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "The ferry of Marit Hollander."
    archive.add([a_record(number, text=text) for number in range(4)])
    archive.add([a_record(number, text=text, language="fr") for number in range(10, 14)])
    assert facets(archive, "ferry", ENTITY)[ENTITY] == {"Marit Hollander": 4}
    monkeypatch.setattr(entity_facet, "MOST_TEXTS", 6)
    assert facets(archive, "ferry", ENTITY)[ENTITY] == {"Marit Hollander": 2}
