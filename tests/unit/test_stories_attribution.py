"""Whom a text names as its source."""

import pytest

from tests.rewrites import ORIGINAL, REWRITES, Report
from tocsin.stories.attribution import LAST_CHARACTERS, LEDE_CHARACTERS, source_of


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("BERLIN (Reuters) - The bridge is closed.", "Reuters"),
        ("The Associated Press reported the closure.", "AP"),
        ("It opens in May, the mayor told The Associated Press.", "AP"),
        ("За даними AP, міст закрито.", "AP"),
        ("Про це повідомляє Укрінформ.", "Ukrinform"),
        ("По данным агентства Рейтер, мост закрыт.", "Reuters"),
        ("Das berichtet die Nachrichtenagentur dpa.", "dpa"),
        ("Der Agentur AFP zufolge ist die Brücke zu.", "AFP"),
        ("Le pont est fermé, selon l'Agence France-Presse.", "AFP"),
        ("El puente está cerrado, según EFE.", "EFE"),
        ("Most jest zamknięty, podała PAP.", "PAP"),
        ("Die Brücke ist zu. (dpa)", "dpa"),
    ],
)
def test_an_agency_that_is_said_to_have_told_it_is_the_source(text: str, source: str) -> None:
    assert source_of(text) == source


@pytest.mark.parametrize(
    "text",
    [
        "Thomson Reuters opened an office in Ostend.",
        "The ap was closed, and so was the pap.",
        "Reporters of Bloomberg were not let in.",
        "",
    ],
)
def test_an_agency_that_is_merely_mentioned_is_none(text: str) -> None:
    assert source_of(text) is None


def test_what_stands_in_the_middle_of_a_long_text_is_about_something_else() -> None:
    around = "Nothing is said here. " * (LEDE_CHARACTERS // 20)
    assert source_of(around + "Reuters reported it." + around) is None
    assert source_of(around + "x" * LAST_CHARACTERS + " (dpa)") == "dpa"


@pytest.mark.parametrize("report", [ORIGINAL, *REWRITES], ids=lambda report: report.title)
def test_each_rewrite_names_where_it_is_from(report: Report) -> None:
    assert source_of("\n".join(report.paragraphs)) == "AP"
