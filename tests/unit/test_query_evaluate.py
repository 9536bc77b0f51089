"""What each part of the language means for an article."""

import pytest

from tests.queries import FORMS, asking
from tocsin.query.document import Document
from tocsin.query.evaluate import satisfies

ARTICLE = Document(
    title="Troops leave the harbour",
    body="Two men of the café said that Zelenskyy asked for peace-keepers after the storm.",
    language="en",
    authors=("Anna Berg", "Carl Dorn"),
    publisher="Harbour Post",
    feed="harbour-post",
    country="PL",
)

HOLDS = [
    "troop", "man", "zelensky", "cafe", "=troops", "troop*", "peace-keeper", '"peace keepers"',
    '"two man"', "troop harbour", "troop OR absent", "troop -absent", "leave NEAR/1 troop",
    "harbour NEAR/2 leave", "title:troop", "body:men", "title:(troop -men)", "author:berg",
    'author:"anna berg"', "author:(berg dorn)", "publisher:harbour", "feed:harbour-post",
    "lang:en", "lang:EN troop", "country:pl", "(=two OR absent) NEAR/2 of",
]  # fmt: skip
FAILS = [
    "=troop", '="two man"', '"men two"', "troop absent", "troop -man", "title:men", "body:troop",
    "harbour NEAR/50 two", "leave NEAR/1 harbour", '"anna berg"', 'author:"berg carl"',
    "author:bergs", "author:berg NOT author:dorn", "lang:uk", "leave NEAR leave", "troops lang:uk",
    "harbours lang:fr OR menn",
]  # fmt: skip


@pytest.mark.parametrize("query", HOLDS)
def test_it_holds(query: str) -> None:
    assert satisfies(asking(query), ARTICLE, FORMS)


@pytest.mark.parametrize("query", FAILS)
def test_it_fails(query: str) -> None:
    assert not satisfies(asking(query), ARTICLE, FORMS)


def test_accents_matter_if_the_topic_says_so() -> None:
    assert satisfies(asking("café", accents=True), ARTICLE, FORMS)
    assert not satisfies(asking("cafe", accents=True), ARTICLE, FORMS)


def test_without_inflection_a_word_means_itself() -> None:
    assert satisfies(asking("troops", inflection=False), ARTICLE, FORMS)
    assert not satisfies(asking("troop", inflection=False), ARTICLE, FORMS)


def test_a_stem_counts_only_in_its_own_language() -> None:
    article = Document(title="війна", body="", language="uk")
    assert satisfies(asking("війни"), article, FORMS)
    assert not satisfies(asking("війни"), Document("війна", "", "en"), FORMS)


def test_beside_lang_only_forms_of_that_language_are_meant() -> None:
    article = Document(title="men", body="", language="uk")
    assert satisfies(asking("man"), article, FORMS)
    assert not satisfies(asking("man lang:uk"), article, FORMS)
    assert not satisfies(asking("", queries={"uk": "man"}), article, FORMS)


def test_a_query_for_a_language_counts_only_there() -> None:
    topic = asking("absent", queries={"en": "troop", "uk": "harbour"})
    assert satisfies(topic, ARTICLE, FORMS)
    assert not satisfies(asking("absent", queries={"uk": "troop"}), ARTICLE, FORMS)
