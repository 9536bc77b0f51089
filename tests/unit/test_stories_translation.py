"""Across languages only what is the same beyond doubt keeps anybody from being told."""

from dataclasses import replace

import pytest

from tests.rewrites import GERMAN, ORIGINAL, REWRITES, Report
from tocsin.articles.urls import identity
from tocsin.stories.fingerprint import Fingerprint
from tocsin.stories.frequency import NOTHING_SEEN
from tocsin.stories.head import head_of
from tocsin.stories.reading import fingerprint_of
from tocsin.stories.translation import is_translation


def fingerprint(report: Report) -> Fingerprint:
    return fingerprint_of(
        identity(report.title),
        report.title,
        "\n".join(report.paragraphs),
        language=report.language,
        outlet=report.outlet,
        seen_at=1_900_000_000,
        stream=NOTHING_SEEN,
    )


FOUNDER = head_of(fingerprint(ORIGINAL))
TRANSLATIONS = [report for report in REWRITES if report.language != "en"]
GERMAN_REPORT = next(report for report in TRANSLATIONS if report.language == "de")


@pytest.mark.parametrize("report", TRANSLATIONS, ids=lambda report: report.title)
def test_a_translation_is_known_by_its_names_and_figures_however_it_was_shortened(
    report: Report,
) -> None:
    assert is_translation(fingerprint(report), FOUNDER)


@pytest.mark.parametrize("report", [r for r in REWRITES if r.language == "en"])
def test_what_is_in_the_same_language_is_not_one(report: Report) -> None:
    assert not is_translation(fingerprint(report), FOUNDER)


def test_the_same_names_with_other_figures_are_another_report() -> None:
    def changed(text: str) -> str:
        return text.replace("26.400", "31.900").replace("45", "60").replace("3.800", "2.500")

    other = replace(
        GERMAN_REPORT, title=changed(GERMAN_REPORT.title), paragraphs=tuple(map(changed, GERMAN))
    )
    assert not is_translation(fingerprint(other), FOUNDER)


def test_the_same_figures_with_other_names_are_another_report() -> None:
    figures = ("26.400 Kühe gaben in 45 Tagen 3.800 Liter Milch, in 14 Dörfern für 310 Euro.",) * 3
    report = replace(GERMAN_REPORT, title="Viel Milch im Kesseltal", paragraphs=figures)
    assert not is_translation(fingerprint(report), FOUNDER)


def test_too_few_figures_prove_nothing() -> None:
    few = tuple(text for text in GERMAN if "26.400" not in text and "3.800" not in text)
    report = replace(GERMAN_REPORT, title="Papier von Ostende", paragraphs=few)
    assert not is_translation(fingerprint(report), FOUNDER)
