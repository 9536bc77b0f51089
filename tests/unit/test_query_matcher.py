"""Which topics an article satisfies, and where."""

import unicodedata
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import a_topic
from tocsin.model import Span, Topic
from tocsin.query.compiled import compile_topics
from tocsin.query.matcher import Found, Hit, Matcher


def match(topic: Topic, title: str = "", text: str = "") -> Found | None:
    found = Matcher.load(compile_topics([topic])).match(title, text)
    return found[0] if found else None


def shown(found: Found | None, title: str, text: str) -> list[str]:
    assert found is not None
    fields = (title, text)
    return [fields[hit.field][hit.span.start : hit.span.end] for hit in found.hits]


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("ai", "Rain again in Spain"),
        ("ai", "aid"),
        ("мир", "миротворці"),
        ("nato", "senator"),
        ("kyiv", "київ"),
        ("їжак", "іжак"),
        ("ґанок", "ганок"),
    ],
)
def test_a_word_inside_another_word_or_another_letter_does_not_match(word: str, text: str) -> None:
    assert match(a_topic(any=(word,)), text=text) is None


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("ai", "The AI-based forecast"),
        ("CAFE", "un café fermé"),
        ("київ", unicodedata.normalize("NFD", "У Київ прибули")),
        ("п'ять", "П’ЯТЬ держав"),
        ("troops", "tro\u00adops"),
        ("ukraine", "“Ukraine,” he said"),
    ],
)
def test_a_word_matches_whatever_its_spelling(word: str, text: str) -> None:
    assert match(a_topic(any=(word,)), text=text)


@pytest.mark.parametrize(
    "text", ["peace plan", "peace-plan", "Peace: Plan B", "for peace. Plan or none", "peace\nplan"]
)
def test_a_phrase_reaches_over_punctuation(text: str) -> None:
    assert match(a_topic(any=("peace plan",)), text=text)


@pytest.mark.parametrize("text", ["plan peace", "peace and plan", "peace", "peaceplan", ""])
def test_a_phrase_is_its_words_in_order_with_none_between(text: str) -> None:
    assert match(a_topic(any=("peace plan",)), text=text) is None


def test_a_phrase_does_not_reach_from_the_title_into_the_text() -> None:
    assert match(a_topic(any=("peace plan",)), title="A peace", text="plan is made") is None


def test_title_and_text_together_satisfy_a_topic() -> None:
    assert match(a_topic(any=(), all=("troops", "plan")), title="Troops", text="The plan")


@pytest.mark.parametrize("field", ["title", "text"])
def test_a_word_of_the_none_list_anywhere_refuses_the_article(field: str) -> None:
    topic = a_topic(any=("troops",), none=("storm troops",))
    assert match(topic, title="Troops", text="Troops")
    assert match(topic, **{"title": "Troops", "text": "Troops", field: "storm troops"}) is None


def test_any_and_all_are_both_required() -> None:
    topic = a_topic(any=("troops", "peacekeepers"), all=("ukraine",))
    assert match(topic, text="peacekeepers in Ukraine")
    assert match(topic, text="troops and peacekeepers") is None
    assert match(topic, text="Ukraine") is None


def test_hits_stand_in_reading_order_each_once() -> None:
    topic = a_topic(any=("plan", "peace plan", "PLAN"), all=("no",))
    title, text = "Plan", "No peace, no plan. A peace plan."
    assert shown(match(topic, title, text), title, text) == [
        "Plan",
        "No",
        "no",
        "plan",
        "peace plan",
        "plan",
    ]


def test_words_of_the_none_list_are_no_hits_of_other_topics() -> None:
    matcher = Matcher.load(
        compile_topics([a_topic("one", any=("a",), none=("b",)), a_topic("two", any=("c",))])
    )
    (found,) = matcher.match("", "a b c")
    assert (found.topic_id, found.hits) == ("two", (Hit(1, Span(start=4, end=5)),))


def test_no_topics_match_nothing() -> None:
    assert Matcher.load(compile_topics([])).match("Troops", "Troops") == []


# ── Against an evaluator that is too simple to be wrong ──────────────────────────────────────────

# A word as a topic has it, and how articles write it.
SPELLINGS = {
    "ai": ("ai", "AI", "A\u00adI"),
    "rain": ("rain", "Rain", "RAIN"),
    "cafe": ("café", "CAFÉ", "cafe\u0301"),
    "п'ять": ("п'ять", "П’ять", "пʼять"),
    "київ": ("Київ", "КИЇВ", unicodedata.normalize("NFD", "київ")),
    "миру": ("миру", "Миру"),
}
SEPARATORS = (" ", ", ", ". ", "\n", " — ", "-", "/", " «", "… ")

BASES = st.sampled_from(sorted(SPELLINGS))
PHRASE = st.lists(BASES, min_size=1, max_size=3).map(tuple)
PHRASES = st.lists(PHRASE, max_size=3).map(tuple)
Words = tuple[str, ...]


@dataclass(frozen=True)
class Written:
    """A text, which words it is made of, and where each of them lies."""

    text: str
    words: Words
    places: tuple[Span, ...]


@st.composite
def writing(draw: st.DrawFn) -> Written:
    text, words, places = draw(st.sampled_from(["", "«", " "])), [], []
    for base in draw(st.lists(BASES, max_size=8)):
        word = draw(st.sampled_from(SPELLINGS[base]))
        words.append(base)
        places.append(Span(start=len(text), end=len(text) + len(word)))
        text += word + draw(st.sampled_from(SEPARATORS))
    return Written(text, tuple(words), tuple(places))


def found_at(phrase: Words, written: Written) -> list[Span]:
    size = len(phrase)
    return [
        Span(start=written.places[at].start, end=written.places[at + size - 1].end)
        for at in range(len(written.words) - size + 1)
        if written.words[at : at + size] == phrase
    ]


@given(some=PHRASES, every=PHRASES, never=PHRASES, title=writing(), text=writing())
def test_the_matcher_means_what_any_all_and_none_say(
    some: tuple[Words, ...],
    every: tuple[Words, ...],
    never: tuple[Words, ...],
    title: Written,
    text: Written,
) -> None:
    if not some and not every:
        every = (("rain",),)
    topic = a_topic(
        any=tuple(map(" ".join, some)),
        all=tuple(map(" ".join, every)),
        none=tuple(map(" ".join, never)),
    )

    def there(phrase: Words) -> bool:
        return bool(found_at(phrase, title) or found_at(phrase, text))

    expected = (
        (any(there(phrase) for phrase in some) or not some)
        and all(there(phrase) for phrase in every)
        and not any(there(phrase) for phrase in never)
    )

    found = match(topic, title.text, text.text)

    assert (found is not None) == expected
    if found is not None:
        places = {
            Hit(field, span)
            for field, written in enumerate((title, text))
            for phrase in (*some, *every)
            for span in found_at(phrase, written)
        }
        assert set(found.hits) == places
        assert len(found.hits) == len(places)
        order = [(hit.field, hit.span.start) for hit in found.hits]
        assert order == sorted(order)


@given(st.lists(PHRASE, min_size=1, max_size=4), writing(), writing())
def test_a_topic_is_found_alike_alone_and_among_others(
    phrases: list[Words], title: Written, text: Written
) -> None:
    topics = [
        a_topic(f"topic-{number}", any=(" ".join(phrase),)) for number, phrase in enumerate(phrases)
    ]
    together = Matcher.load(compile_topics(topics)).match(title.text, text.text)
    alone = [match(topic, title.text, text.text) for topic in topics]
    assert together == [found for found in alone if found is not None]
