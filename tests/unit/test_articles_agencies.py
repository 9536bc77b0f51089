"""Agencies, and who reported it."""

import pytest

from tests.effort import costs_at_most
from tocsin.articles.agencies import Credit, agency_named, credit_of

LINE = "The boats of the bay went out at dawn and came back at dusk."


@pytest.mark.parametrize(
    ("name", "agency"),
    [
        ("Reuters", "Reuters"),
        ("reuters", "Reuters"),
        ("The Associated Press", "AP"),
        ("Agence France-Presse", "AFP"),
        ("with AFP", "AFP"),
        ("mit dpa", "dpa"),
        ("Укрінформ", "Ukrinform"),
        ("Інтерфакс-Україна", "Interfax-Ukraine"),
        ("(dpa)", None),
        ("Ada Lind", None),
        ("Apolonia", None),
        ("Ani", None),
        ("THOMSON REUTERS", "Reuters"),
        ("", None),
    ],
)
def test_an_agency_goes_by_any_of_its_names(name: str, agency: str | None) -> None:
    assert agency_named(name) == agency


@pytest.mark.parametrize(
    ("text", "agency"),
    [
        (f"KYIV, March 5 (Reuters) - {LINE}", "Reuters"),
        (f"WASHINGTON (AP) — {LINE}", "AP"),
        (f"Berlin (dpa/lnw) - {LINE}", "dpa"),
        (f"Paris (AFP) – {LINE}", "AFP"),
        (f"Reuters - {LINE}", "Reuters"),
        (f"КИЇВ. 5 березня. ІНТЕРФАКС-УКРАЇНА. {LINE}", None),
        (f"КИЇВ. Інтерфакс-Україна - {LINE}", "Interfax-Ukraine"),
        (f"{LINE}\n{LINE} (AFP)", "AFP"),
        (f"{LINE}\n(dpa/AFP)", "dpa"),
        (f"{LINE}\n— Reuters", "Reuters"),
        (f"{LINE}\n© dpa-infocom, dpa:310305-99-123/4", "dpa"),
        (f"{LINE}\nSource: Ukrinform", "Ukrinform"),
        (f"{LINE}\nДжерело: Укрінформ", "Ukrinform"),
        (f"{LINE}\n{LINE} (Xinhua)\nAda Lind writes about boats.", "Xinhua"),
        (f"He told Reuters that {LINE}", None),
        (f"{LINE}\nThe club lost (AP class).", None),
        (f"{LINE}\nThey called for grand-pa.", None),
        ("", None),
    ],
)
def test_a_credit_stands_before_the_first_sentence_or_behind_the_last(
    text: str, agency: str | None
) -> None:
    assert credit_of(text).agency == agency


def test_authors_credit_an_agency_before_the_text_does() -> None:
    assert credit_of(f"(AFP) {LINE}", ("Ada Lind", "dpa")).agency == "dpa"


@pytest.mark.parametrize(
    "sentence",
    [
        "European countries are drafting a plan, Bloomberg reports.",
        "This was reported by Reuters.",
        "According to the BBC, the boats are back.",
        "Das berichtet die Nachrichtenagentur Reuters unter Berufung auf den Hafen.",
        "Про це повідомляє Укрінформ.",
        "Об этом сообщает Интерфакс.",
        "Selon l'AFP, les bateaux sont rentrés.",
        "Según informó EFE, los barcos volvieron.",
        "Jak podaje PAP, łodzie wróciły.",
    ],
)
def test_the_sentence_that_says_who_reported_it_is_found(sentence: str) -> None:
    assert credit_of(f"{LINE}\n{LINE} {sentence} {LINE}").sentence == sentence


@pytest.mark.parametrize(
    "text",
    [LINE, "Reuters moved into a new building.", f"{LINE}\n" * 9 + "Bloomberg reports that."],
)
def test_where_nobody_else_reported_it_there_is_none(text: str) -> None:
    assert credit_of(text).sentence is None


@pytest.mark.parametrize("bait", ["Reuters " * 20_000, "(" * 50_000, "AP, " * 40_000, "." * 50_000])
def test_no_text_holds_up_the_search(bait: str) -> None:
    assert costs_at_most(0.5, lambda: credit_of(f"{bait}\n{bait}"))


def test_a_text_without_lines_has_no_credit() -> None:
    assert credit_of("") == Credit()
