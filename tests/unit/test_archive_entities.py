"""Names in articles: what is counted as one, and what is not. Texts are made up."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.archive import Archive, a_record
from tocsin.archive import entity_facet, fanout, search
from tocsin.archive.answers import ENTITY, Order
from tocsin.archive.entities import Text, entities
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


def facets(archive: Archive, query: str, *names: str, **asked: Any) -> dict[str, dict[str, int]]:
    return archive.ask(query, facets=names, limit=1, **asked).facets


MARIT = "The ferry of Marit Hollander."


def test_names_are_a_facet_beside_the_others(archive: Archive) -> None:
    texts = [MARIT, "A ferry for Marit Hollander.", "For Marit Hollander."]
    archive.add([a_record(number, text=text) for number, text in enumerate(texts)])
    found = facets(archive, "ferry", ENTITY, "publisher")
    assert found == {"publisher": {"Harbour Post": 2}, ENTITY: {"Marit Hollander": 2}}
    assert ENTITY not in facets(archive, "ferry", "publisher")
    with pytest.raises(InputError):
        facets(archive, "ferry", "entities")


def test_only_the_newest_are_read_and_only_languages_that_are_right_often_enough(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive.add([a_record(number, text=MARIT) for number in range(4)])
    archive.add([a_record(number, text=MARIT, language="fr") for number in range(10, 14)])
    assert facets(archive, "ferry", ENTITY)[ENTITY] == {"Marit Hollander": 4}
    monkeypatch.setattr(entity_facet, "MOST_TEXTS", 6)
    answer = archive.ask("ferry", facets=(ENTITY,))
    assert (answer.facets[ENTITY], answer.names_from) == ({"Marit Hollander": 2}, 2)


@pytest.mark.parametrize("language", ["uk", "ru", "pl", "fr", None])
def test_in_other_languages_no_names_are_counted_and_the_answer_says_so(
    archive: Archive, language: str | None
) -> None:
    archive.add([a_record(number, text=MARIT, language=language) for number in range(3)])
    answer = archive.ask("ferry", facets=(ENTITY,))
    assert (answer.matches, answer.facets[ENTITY], answer.names_from) == (3, {}, 0)
    assert archive.ask("ferry").names_from is None


@pytest.mark.parametrize("order", Order)
def test_names_are_the_same_on_every_page(archive: Archive, order: Order) -> None:
    archive.add([a_record(number, text=MARIT) for number in range(4)])
    asked = {"order": order, "facets": (ENTITY,), "limit": 3}
    first = archive.ask("ferry", **asked)
    second = archive.ask("ferry", **asked, cursor=first.cursor)
    assert (len(first.hits), len(second.hits)) == (3, 1)
    assert first.facets == second.facets == {ENTITY: {"Marit Hollander": 4}}


def test_names_are_looked_for_no_further_back_than_a_page_of_hits(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unless everything is asked for, then in parts."""
    for begin in range(0, 24, 2):
        archive.add([a_record(number, text=MARIT) for number in (begin, begin + 1)])
    monkeypatch.setattr(search, "_FIRST_LOOK", 4)
    monkeypatch.setattr(search, "MAX_LOOKED", 8)
    near = archive.ask("ferry", facets=(ENTITY,), limit=1)
    assert near.facets[ENTITY] == {"Marit Hollander": near.names_from}
    assert 8 <= (near.names_from or 0) < 24
    monkeypatch.setattr(fanout, "PART_SHARDS", 3)
    far = archive.ask("ferry", facets=(ENTITY,), limit=1, everything=True)
    assert (far.matches, far.names_from) == (24, 24)
    assert far.facets[ENTITY] == {"Marit Hollander": 24}


def test_of_everything_the_newest_are_the_newest_of_all_parts(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    for at in range(3):  # shards that overlap in time
        texts = {n: MARIT if n >= 24 else "The ferry of Ada Bruyn." for n in range(30)}
        archive.add([a_record(n, text=text) for n, text in texts.items() if n % 3 == at])
    monkeypatch.setattr(fanout, "PART_SHARDS", 1)
    monkeypatch.setattr(entity_facet, "MOST_TEXTS", 10)
    answer = archive.ask("ferry", facets=(ENTITY,), everything=True)
    assert answer.facets[ENTITY] == {"Marit Hollander": 6, "Ada Bruyn": 4}


def test_articles_that_the_index_only_suspects_are_read_in_no_greater_number_than_for_a_page(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To the index a word is near itself."""
    archive.add([a_record(number, text=f"A ferry, no ferry. {MARIT}") for number in range(3)])
    archive.add([a_record(number, text=MARIT) for number in range(10, 50)])
    answer = archive.ask("ferry NEAR/2 ferry", facets=(ENTITY,))
    assert (answer.exact, answer.names_from) == (False, 3)
    monkeypatch.setattr(entity_facet, "MOST_TEXTS", 3)
    monkeypatch.setattr(search, "MAX_VERIFIED", 8)
    assert archive.ask("ferry NEAR/2 ferry", facets=(ENTITY,)).names_from == 0


def test_of_an_article_as_long_as_a_book_the_beginning_is_read(archive: Archive) -> None:
    late = "The ferry sails. " * 1_000 + MARIT
    archive.add([a_record(number, text=late) for number in range(3)])
    assert len(late) > entity_facet.MOST_CHARACTERS
    assert facets(archive, "hollander", ENTITY)[ENTITY] == {}


def test_topics_tell_the_spellings_of_a_name(archive: Archive) -> None:
    texts = [MARIT, "The ferry of Marit Hollander. It was Maryt Holländer."]
    archive.add([a_record(number, text=text) for number, text in enumerate(texts)])
    archive.add([a_record(10, text="The ferry that Maryt Holländer has.")])
    alone = archive.ask("ferry", facets=(ENTITY,)).facets[ENTITY]
    assert alone == {"Marit Hollander": 2, "Maryt Holländer": 2}
    aliases = [("Marit Hollander", "Maryt Holländer")]
    together = archive.ask("ferry", aliases, facets=(ENTITY,)).facets[ENTITY]
    assert list(together.values()) == [3]
