"""How near an article comes to a topic, and the least that it lacks."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.queries import FORMS, asking, documents, leaves, nears, several, trees
from tocsin.query.document import Document
from tocsin.query.evaluate import satisfies
from tocsin.query.nearest import in_words, nearest, nearness
from tocsin.query.tree import And, In, Near, Node, Or, Phrase, Prefix, Word
from tocsin.query.written import write

ARTICLE = Document(
    title="Troops leave the harbour",
    body="Two men said that after the storm peace came to the café.",
    language="en",
)

LACKS = {
    "troop": [],
    "troop absent": [("absent", "not in the title or text")],
    "=troop": [("=troop", "not in the title or text")],
    "title:men": [("men", "not in the title")],
    "troop -men": [("NOT men", "“men” is there")],
    "troop lang:uk": [("lang:uk", "the language is en, and uk is asked for")],
    "troop feed:x": [("feed:x", "the feed is not known, and x is asked for")],
    "lost OR absent": [("lost OR absent", "none of them is in the title or text")],
    "(lost absent) OR (troop gone)": [("gone", "not in the title or text")],
    "(lost absent) OR gone": [("gone", "not in the title or text")],
    '"peace talks"': [('"peace talks"', "only “peace” of it is there")],
    '"the peace of absent men"': [
        ('"the peace of absent men"', "only “peace” and “men” of it is there")
    ],
    '"peace storm"': [('"peace storm"', "its words are there, but not one after the other")],
    '"for the lost"': [('"for the lost"', "not in the title or text")],
    '"peace talks" OR lost': [('"peace talks"', "only “peace” of it is there")],
    "two NEAR/3 peace": [("two NEAR/3 peace", "both are there, 7 words apart at the nearest")],
    "troop NEAR/3 peace": [("troop NEAR/3 peace", "both are there, but never apart in one field")],
    "troop NEAR/3 absent": [("troop NEAR/3 absent", "“absent” not in the title or text")],
    "lost NEAR/3 absent": [("lost NEAR/3 absent", "“lost” and “absent” not in the title or text")],
    "lost troop gone": [
        ("lost", "not in the title or text"),
        ("gone", "not in the title or text"),
    ],
}


@pytest.mark.parametrize("query", LACKS)
def test_the_least_that_an_article_lacks_is_named(query: str) -> None:
    found = nearness(asking(query), ARTICLE, FORMS)
    assert [(lack.clause, lack.reason) for lack in found.lacks] == LACKS[query]


SHARES = {
    "troop": 1.0,
    "troop peace": 1.0,
    "troop absent": 1 / 2,
    "lost OR absent": 0.0,
    "lost OR troop": 1.0,
    "(lost absent) OR (troop gone)": 1 / 2,
    "troop -golf": 1.0,
    "troop -men": 1 / 2,
    "-men": 0.0,
    "troop lang:en": 1.0,
    "troop lang:uk": 1 / 2,
    "absent -golf lang:en": 0.0,
    '"peace talks"': 1 / 4,
    '"peace storm"': 1 / 2,
    "troop NEAR/3 absent": 3 / 8,
    "two NEAR/3 peace": 3 / 4,
}


@pytest.mark.parametrize("query", SHARES)
def test_a_share_counts_what_is_looked_for_and_there(query: str) -> None:
    topic = asking("", any=("lost",), none=("men",)) if query == "-men" else asking(query)
    assert nearness(topic, ARTICLE, FORMS).share == pytest.approx(SHARES[query])


SENTENCES = {
    "troop": "it has all that the topic asks for",
    'troop "security guarantee"': "the phrase “security guarantee”: not in the title or text;"
    " “troop” is there",
    "troop peace absent -men": "“absent”: not in the title or text; “men” is there;"
    " “troop” and “peace” are there",
    "a1 OR a2 OR a3 OR a4 OR a5": "“a1”, “a2”, “a3” or one of 2 more: none of them is in the"
    " title or text",
    "troop leave harbour two lost": "“lost”: not in the title or text; “troop”, “leave”,"
    " “harbour” and 1 more are there",
    "troop lang:uk": "the language is en, and uk is asked for; “troop” is there",
}


@pytest.mark.parametrize("query", SENTENCES)
def test_it_is_said_in_words(query: str) -> None:
    assert in_words(nearness(asking(query), ARTICLE, FORMS)) == SENTENCES[query]


def test_the_nearest_topics_come_first_and_those_without_a_word_of_it_not_at_all() -> None:
    queries = {"all": "troop peace", "half": "troop lost", "more": "troop peace lost", "no": "lost"}
    topics = [asking(query, id=topic_id) for topic_id, query in queries.items()]
    found = nearest(topics, ARTICLE, FORMS, most=9)
    assert [topic.id for topic, _ in found] == ["all", "more", "half"]
    assert [topic.id for topic, _ in nearest(topics, ARTICLE, FORMS, most=1)] == ["all"]
    assert nearest([], ARTICLE, FORMS, most=9) == []


def test_of_many_topics_the_nearest_is_found_all_the_same() -> None:
    many = [asking(f"lost{n} absent{n} OR gone{n} -troop", id=f"far-{n}") for n in range(500)]
    near = asking('title:troops (lost OR "peace talks") lang:en', id="near")
    found = nearest([*many[:250], near, *many[250:]], ARTICLE, FORMS, most=3)
    assert [topic.id for topic, _ in found] == ["near"]


def test_each_topic_reads_words_in_its_own_way() -> None:
    topics = [asking("troop", id="forms"), asking("troop", id="written", inflection=False)]
    assert [topic.id for topic, _ in nearest(topics, ARTICLE, FORMS, most=9)] == ["forms"]


@given(trees(), documents())
def test_something_is_lacking_exactly_where_there_is_no_match(
    tree: Node, document: Document
) -> None:
    topic = asking(write(tree))
    found = nearness(topic, document, FORMS)
    assert found.matches == satisfies(topic, document, FORMS)
    assert 0 <= found.share <= 1
    assert (found.share == 1) == found.matches


def wanting() -> st.SearchStrategy[Node]:
    """Queries for words only: what is lacking is something to write."""
    places = leaves()
    words = places | nears(places)
    fields = st.sampled_from(("title", "body", "author", "publisher"))
    parts = words | st.builds(In, fields, words | st.builds(Or, several(words)))
    return st.recursive(
        parts,
        lambda part: st.builds(And, several(part)) | st.builds(Or, several(part)),
        max_leaves=6,
    )


def words_for(part: Node) -> str:
    """A text that satisfies it."""
    match part:
        case Word(text=text) | Prefix(text=text):
            return text
        case Phrase(words=words):
            return " ".join(words)
        case Near(left=left, right=right):
            return f"{words_for(left)} {words_for(right)}"
        case Or(parts=parts):
            return words_for(parts[0])
    raise AssertionError(part)


def with_words(document: Document, field: str, words: str) -> Document:
    if field == "author":
        return replace(document, authors=(*document.authors, words))
    return replace(document, **{field: f"{getattr(document, field)} {words}"})


@given(wanting(), documents())
def test_with_what_it_lacked_an_article_matches(tree: Node, document: Document) -> None:
    topic = asking(write(tree))
    for lack in nearness(topic, document, FORMS).lacks:
        document = with_words(document, lack.fields[0], words_for(lack.part))
    assert nearness(topic, document, FORMS).matches
    assert satisfies(topic, document, FORMS)


@given(wanting(), documents())
def test_each_part_that_is_added_leaves_less_to_lack(tree: Node, document: Document) -> None:
    topic = asking(write(tree))
    lacks = nearness(topic, document, FORMS).lacks
    for left, lack in zip(range(len(lacks) - 1, -1, -1), lacks, strict=True):
        document = with_words(document, lack.fields[0], words_for(lack.part))
        assert len(nearness(topic, document, FORMS).lacks) <= left
