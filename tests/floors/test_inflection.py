"""What benchmarks/inflection.py measures may only get better. Needs its texts, else skips."""

from typing import Any

import pytest

from benchmarks.inflection import (
    default_texts,
    measure_all_forms,
    measure_languages,
    measure_stems,
    read_articles,
    read_families,
)

needs_texts = pytest.mark.skipif(
    not default_texts().exists(), reason=f"no texts at {default_texts()}; set TOCSIN_DATA"
)

# Recall and precision of topics, a little under what was measured. Languages that load in a second.
FLOORS = {
    ("uk", "names"): (0.99, 0.90),
    ("uk", "words"): (0.99, 0.90),
    ("ru", "names"): (0.99, 0.95),
    ("ru", "words"): (0.99, 0.95),
    ("en", "words"): (0.97, 0.90),
    ("fr", "words"): (0.99, 0.90),
}


# Of stems, judged by the dictionaries over words drawn from the texts.
STEM_FLOORS = {"uk": (0.86, 0.78), "ru": (0.89, 0.91), "en": (0.93, 0.82)}


@pytest.fixture(scope="module")
def articles() -> list[dict[str, Any]]:
    return read_articles(default_texts())


@pytest.fixture(scope="module")
def forms(articles: list[dict[str, Any]]) -> dict[str, Any]:
    marked = [article for article in articles if article.get("bench")]
    return measure_all_forms(marked, sorted({language for language, _ in FLOORS}))


@needs_texts
@pytest.mark.parametrize(("language", "kind"), FLOORS)
def test_topics_find_the_forms_of_words_and_little_else(
    forms: dict[str, Any], language: str, kind: str
) -> None:
    figures = forms[language][kind]["topics"]
    recall, precision = FLOORS[language, kind]
    assert figures["recall"] >= recall
    assert figures["precision"] >= precision


@needs_texts
def test_ukrainian_words_that_no_dictionary_knows_are_found_by_their_stem(
    forms: dict[str, Any],
) -> None:
    assert forms["uk"]["names"]["stem"]["recall"] >= 0.85
    assert forms["uk"]["words"]["stem"]["recall"] >= 0.97


@needs_texts
@pytest.mark.parametrize("language", STEM_FLOORS)
def test_stems_find_the_forms_of_words_as_texts_have_them(
    articles: list[dict[str, Any]], language: str
) -> None:
    marked = [article for article in articles if article.get("bench")]
    figures = measure_stems(marked, [language])[language]["stem"]
    recall, precision = STEM_FLOORS[language]
    assert figures["recall"] >= recall
    assert figures["precision"] >= precision


@needs_texts
def test_languages_are_told_by_titles_and_by_beginnings(articles: list[dict[str, Any]]) -> None:
    told = measure_languages(articles)
    assert told["title"]["all"] >= 0.975
    assert told["400 characters"]["all"] >= 0.995


def test_every_language_has_forty_families() -> None:
    for kinds in read_families().values():
        assert sum(map(len, kinds.values())) >= 40
