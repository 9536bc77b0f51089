"""Dictionaries give a word's forms. In the languages whose tables load fast: others work alike."""

import ast
from pathlib import Path

import pytest

from tocsin.query.analysis import fold, terms_of
from tocsin.query.dictionary import LANGUAGES, forms

FUNCTIONS = Path(__file__).parents[2] / "functions" / "tocsin"


@pytest.mark.parametrize(
    ("language", "word", "among"),
    [
        ("uk", "Україна", "України Україні Україну Україною"),
        ("uk", "Київ", "Києва Києву Києвом"),
        ("uk", "війна", "війни війну війною воєн війнах"),
        ("ru", "Путин", "Путина Путину Путиным"),
        ("ru", "ёлка", "елки ёлок ёлками"),
        ("en", "troop", "troops"),
        ("en", "mouse", "mice"),
        ("fr", "cheval", "chevaux"),
        ("fr", "réfugié", "réfugiés"),
    ],
)
def test_a_headword_finds_its_forms(language: str, word: str, among: str) -> None:
    assert {fold(each) for each in among.split()} | {fold(word)} <= forms(fold(word), [language])


def test_any_form_finds_the_others() -> None:
    assert {"sanction", "sanctions"} <= forms("sanctions", ["en"])
    assert {"ракета", "ракет"} <= forms("ракетами", ["uk"])


def test_a_headword_is_not_taken_for_a_form_of_another_word() -> None:
    assert fold("кий") not in forms(fold("Київ"), ["uk"])  # київ: cues, of which there are many


@pytest.mark.parametrize("language", ["uk", "en", "xx"])
def test_an_unknown_word_has_no_forms(language: str) -> None:
    assert forms("зеленскийович", [language]) == frozenset()


def test_languages_add_up() -> None:
    assert forms("sanction", ["en", "fr"]) == forms("sanction", ["en"]) | forms("sanction", ["fr"])
    assert forms("sanction", []) == frozenset()


@pytest.mark.parametrize(("language", "word"), [("uk", "зеленський"), ("en", "say"), ("fr", "loi")])
def test_forms_are_folded_single_words(language: str, word: str) -> None:
    for form in forms(word, [language]):
        assert [term.text for term in terms_of(form)] == [form]


def test_the_languages_of_the_news_have_dictionaries() -> None:
    assert {"uk", "ru", "pl", "de", "fr", "en", "es", "it"} <= LANGUAGES


def test_no_function_ever_loads_a_dictionary() -> None:
    """Nor can it: the packages come with the command line only."""
    users = {
        path.relative_to(FUNCTIONS).as_posix()
        for path in FUNCTIONS.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Import | ast.ImportFrom)
        and {"simplemma", "pymorphy3"} & {name.split(".")[0] for name in _modules(node)}
    }
    assert users == {"query/dictionary.py"}


def _modules(node: ast.Import | ast.ImportFrom) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module or ""]
