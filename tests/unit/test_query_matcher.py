"""Which topics an article satisfies, and where."""

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.plan_oracle import BODY, holds, marks, rows_of
from tests.unit.plan_strategies import DOCUMENTS, PLANS, SEQUENCES, WORDS, first_letters
from tocsin.errors import NotFoundError
from tocsin.query import anchors, compiled, reading, recent, search
from tocsin.query.analysis import terms_of
from tocsin.query.compiled import compile_plans
from tocsin.query.document import Document
from tocsin.query.keys import accented_key, stem_key
from tocsin.query.matcher import Hit, Matcher
from tocsin.query.plan import Close, Either, Every, One, Plan, Sequence, Start, Within, Without

# Examples, each of up to 12 plans on up to 4 documents. A night's run takes 20,000.
EXAMPLES = int(os.environ.get("TOCSIN_MATCHER_EXAMPLES", "70"))
examples = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def matcher(plans: dict[str, Plan], *, pairs: bool | None = None) -> Matcher:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "topics"
        path.write_bytes(compile_plans(plans.items(), pairs=pairs))
        return Matcher.open(path, stem=first_letters)


def word(*keys: str) -> One:
    return One(frozenset(keys))


def words(text: str) -> Sequence:
    return Sequence(tuple(map(word, text.split())))


def matches(plan: Plan, document: Document) -> bool:
    return matcher({"t": plan}).match(document).topic_ids() == ["t"]


def shown(plan: Plan, document: Document) -> list[str]:
    fields = (document.title, document.body)
    hits = matcher({"t": plan}).spans(document, "t")
    return [fields[hit.field][hit.span.start : hit.span.end] for hit in hits]


# ── Requirements, one by one ─────────────────────────────────────────────────────────────────────


def test_a_word_inside_another_is_not_meant() -> None:
    assert not matches(word("ai"), Document("Rain in Spain", "aid"))


@pytest.mark.parametrize("text", ["peace plan", "peace-plan", "Peace: Plan B", "peace\nplan"])
def test_a_sequence_reaches_over_punctuation(text: str) -> None:
    assert matches(words("peace plan"), Document("", text))


@pytest.mark.parametrize("text", ["plan peace", "peace and plan", "peace", "peaceplan", ""])
def test_a_sequence_is_its_words_in_order_with_none_between(text: str) -> None:
    assert not matches(words("peace plan"), Document("", text))


@pytest.mark.parametrize("plan", [words("peace plan"), Close(50, word("peace"), word("plan"))])
def test_nothing_reaches_from_the_title_into_the_body(plan: Plan) -> None:
    assert not matches(plan, Document("A peace", "plan is made"))


def test_two_authors_are_two_rows() -> None:
    plan = Sequence((word("\x04author\x04b"), word("\x04author\x04anna")))
    assert matches(plan, Document("", "", authors=("B Anna",)))
    assert not matches(plan, Document("", "", authors=("B", "Anna")))


def test_one_occurrence_is_not_close_to_itself() -> None:
    plan = Close(3, word("plan"), word("plan"))
    assert not matches(plan, Document("plan", "plan"))
    assert matches(plan, Document("", "plan of a plan"))


def test_overlapping_places_are_not_close_to_each_other() -> None:
    plan = Close(3, words("a b"), words("b c"))
    assert not matches(plan, Document("", "a b c"))
    assert matches(plan, Document("", "a b c b c"))


def test_the_distance_of_close_places_counts_from_end_to_begin() -> None:
    plan = Close(2, words("a b"), word("c"))
    assert matches(plan, Document("", "a b x c"))
    assert not matches(plan, Document("", "a b x x c"))
    assert matches(plan, Document("", "c x a b"))


def test_a_stem_counts_in_articles_of_its_language_only() -> None:
    plan = word(stem_key("en", "p"))
    assert matches(plan, Document("", "plans", language="en"))
    assert not matches(plan, Document("", "plans", language="uk"))
    assert not matches(plan, Document("", "plans"))


def test_stems_are_made_for_languages_of_the_topics_only(tmp_path: Path) -> None:
    def refuse(form: str, language: str) -> str:
        raise AssertionError(f"{form} in {language}")

    path = tmp_path / "topics"
    path.write_bytes(compile_plans([("t", word("plan", stem_key("en", "p")))]))
    found = Matcher.open(path, stem=refuse).match(Document("", "a plan", language="uk"))
    assert found.topic_ids() == ["t"]


def test_accents_count_where_a_topic_keeps_them() -> None:
    kept = word(accented_key("café"))
    assert matches(kept, Document("", "un CAFÉ fermé"))
    assert not matches(kept, Document("", "a cafe"))
    assert matches(word("cafe"), Document("", "un café"))


def test_a_phrase_is_found_by_any_of_the_keys_of_its_words() -> None:
    plans = {"a": words("peace plan"), "b": word("plan", "plans"), "c": word("plan")}
    plans["d"] = Sequence((word("peace"), word("plan", "plans")))
    for pairs in (False, True):
        among = matcher(plans, pairs=pairs)
        assert among.match(Document("", "peace plans")).topic_ids() == ["b", "d"]
        assert among.match(Document("", "peace plan")).topic_ids() == ["a", "b", "c", "d"]


def test_a_plan_that_needs_no_word_is_decided_all_the_same() -> None:
    plan = Without(word("war"))
    assert matches(plan, Document("", "peace"))
    assert matches(plan, Document("", ""))
    assert not matches(plan, Document("", "war"))


def test_plans_that_mean_the_same_match_alike() -> None:
    plans = {"a": Every((word("a"), word("b"))), "b": Every((word("b"), word("a"), word("b")))}
    assert matcher(plans).match(Document("", "a b")).topic_ids() == ["a", "b"]


def test_a_topic_found_by_several_paths_is_there_once() -> None:
    found = matcher({"t": Either((word("a"), word("b"), words("a b")))}).match(Document("", "a b"))
    assert len(found) == 1
    assert found.topic_ids() == ["t"]


def test_a_long_list_of_words_is_found_by_each() -> None:
    names = [f"name{number}" for number in range(256)]
    plan = Every((Either(tuple(map(word, names))), word("plan")))
    among = matcher({"t": plan})
    assert all(len(among.match(Document(name, "plan"))) == 1 for name in names)
    assert len(among.match(Document("name256", "plan"))) == 0


def test_no_topics_match_nothing() -> None:
    assert matcher({}).match(Document("Troops", "Troops")).topic_ids() == []


def test_topics_are_numbered_by_the_thousand() -> None:
    plans: dict[str, Plan] = {f"t-{number:04}": word(f"w{number}") for number in range(1_000)}
    among = matcher(plans)
    article = Document("", " ".join(f"w{number}" for number in range(0, 1_000, 7)))
    assert among.match(article).topic_ids() == [f"t-{number:04}" for number in range(0, 1_000, 7)]
    assert [hit.field for hit in among.spans(article, "t-0994")] == [1]


# ── Where ────────────────────────────────────────────────────────────────────────────────────────


def test_hits_are_the_words_themselves_in_reading_order() -> None:
    plan = Every((Either((words("peace plan"), Start("tro"))), Without(word("war"))))
    article = Document("“Troops”", "A Peace—Plan, and troops.")
    assert shown(plan, article) == ["Troops", "Peace—Plan", "troops"]


def test_hits_within_a_field_are_of_that_field() -> None:
    article = Document("plan", "plan")
    assert [
        hit.field for hit in matcher({"t": Within("body", word("plan"))}).spans(article, "t")
    ] == [1]


def test_a_topic_that_does_not_match_has_no_hits() -> None:
    assert shown(Every((word("a"), word("b"))), Document("", "a")) == []


def test_hits_of_an_unknown_topic_are_an_error() -> None:
    with pytest.raises(NotFoundError, match="topic 'x'"):
        matcher({"t": word("a")}).spans(Document("", "a"), "x")


# ── Base, delta and what was removed ─────────────────────────────────────────────────────────────


def layered(
    tmp_path: Path, base: dict[str, Plan], delta: dict[str, Plan], removed: set[str]
) -> Matcher:
    paths = []
    for name, plans in (("base", base), ("delta", delta)):
        paths.append(tmp_path / name)
        paths[-1].write_bytes(compile_plans(plans.items()))
    return Matcher.layered(paths[0], paths[1], frozenset(removed), stem=first_letters)


def test_a_delta_replaces_adds_and_removes(tmp_path: Path) -> None:
    base = {"changed": word("old"), "gone": word("old"), "kept": word("old")}
    delta = {"changed": word("new"), "added": word("new")}
    among = layered(tmp_path, base, delta, {"gone", "never-there"})
    assert among.match(Document("", "old")).topic_ids() == ["kept"]
    assert among.match(Document("", "new")).topic_ids() == ["added", "changed"]
    assert among.spans(Document("", "old"), "changed") == []
    assert len(among.spans(Document("", "new"), "changed")) == 1
    with pytest.raises(NotFoundError):
        among.spans(Document("", "old"), "gone")


def test_a_delta_replaces_topics_in_every_part_of_the_base(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base: dict[str, Plan] = {f"t{n}": Every((word("old"), word(f"w{n}"))) for n in range(8)}
    delta: dict[str, Plan] = {f"t{n}": word("new") for n in (1, 7)}
    article = Document("", "old w0 w1 w2 w3 w4 w5 w6 w7")
    monkeypatch.setattr(compiled, "MAX_FEATURES", 6)
    among = layered(tmp_path, base, delta, {"t0", "t6"})
    assert among.match(article).topic_ids() == ["t2", "t3", "t4", "t5"]
    assert among.match(Document("", "new")).topic_ids() == ["t1", "t7"]
    assert [hit.field for hit in among.spans(article, "t5")] == [1, 1]


def test_a_base_alone_is_a_set_of_topics_too(tmp_path: Path) -> None:
    path = tmp_path / "base"
    path.write_bytes(compile_plans([("a", word("a")), ("b", word("a"))]))
    among = Matcher.layered(path, None, frozenset({"b"}), stem=first_letters)
    assert among.match(Document("", "a")).topic_ids() == ["a"]


# ── Against an evaluator that is too simple to be wrong ──────────────────────────────────────────


@examples
@given(
    st.lists(PLANS, min_size=1, max_size=12),
    st.lists(DOCUMENTS, min_size=1, max_size=4),
    st.booleans(),
    st.sampled_from([1, 4, 64]),
)
def test_the_matcher_means_what_plans_say(
    plans: list[Plan], documents: list[Document], pairs: bool, product: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(anchors, "MAX_PRODUCT", product)
        among = matcher({f"t{n:02}": plan for n, plan in enumerate(plans)}, pairs=pairs)
    for document in documents:
        rows = rows_of(document, first_letters)
        expected = [f"t{n:02}" for n, plan in enumerate(plans) if holds(plan, rows)]
        assert among.match(document).topic_ids() == expected


@examples
@given(
    st.lists(st.one_of(SEQUENCES, WORDS), min_size=4, max_size=12),
    st.lists(DOCUMENTS, min_size=3, max_size=6),
    st.booleans(),
)
def test_phrases_are_found_in_words_of_several_meanings(
    plans: list[Plan], documents: list[Document], pairs: bool
) -> None:
    among = matcher({f"t{n:02}": plan for n, plan in enumerate(plans)}, pairs=pairs)
    for document in documents:
        rows = rows_of(document, first_letters)
        expected = [f"t{n:02}" for n, plan in enumerate(plans) if holds(plan, rows)]
        assert among.match(document).topic_ids() == expected


PLAIN = st.sampled_from("abcd").map(word)
PLAIN_SEQUENCES = st.lists(PLAIN, min_size=2, max_size=4).map(lambda parts: Sequence(tuple(parts)))
PLAIN_SIDES = st.one_of(PLAIN, PLAIN_SEQUENCES)
PLAIN_CLOSE = st.builds(Close, st.integers(1, 5), PLAIN_SIDES, PLAIN_SIDES)
PLAIN_PLANS = st.one_of(
    PLAIN_SEQUENCES,
    PLAIN_CLOSE,
    st.builds(Every, st.tuples(PLAIN_SEQUENCES, PLAIN_CLOSE)),
    st.builds(lambda one, other: Every((one, Without(other))), PLAIN, PLAIN_CLOSE),
    st.builds(Within, st.sampled_from(["title", "body"]), PLAIN_CLOSE),
)
PLAIN_TEXTS = st.text(alphabet="abcde", max_size=14).map(" ".join)


@examples
@given(
    st.lists(PLAIN_PLANS, min_size=1, max_size=12),
    st.lists(st.builds(Document, PLAIN_TEXTS, PLAIN_TEXTS), min_size=1, max_size=4),
    st.booleans(),
)
def test_order_and_distance_are_those_of_words_of_one_meaning(
    plans: list[Plan], documents: list[Document], pairs: bool
) -> None:
    among = matcher({f"t{n:02}": plan for n, plan in enumerate(plans)}, pairs=pairs)
    for document in documents:
        rows = rows_of(document, first_letters)
        expected = [f"t{n:02}" for n, plan in enumerate(plans) if holds(plan, rows)]
        assert among.match(document).topic_ids() == expected


@pytest.mark.parametrize("pairs", [False, True])
def test_a_chunk_without_a_letter_stands_between_no_two_words(pairs: bool) -> None:
    among = matcher({"t": words("peace plan"), "u": words("plan b")}, pairs=pairs)
    assert among.match(Document("", "peace — plan … ’ b")).topic_ids() == ["t", "u"]


@examples
@given(PLANS, DOCUMENTS)
def test_hits_are_the_places_that_a_plan_speaks_of(plan: Plan, document: Document) -> None:
    rows = rows_of(document, first_letters)
    terms = [terms_of(document.title), terms_of(document.body)]
    places = sorted(marks(plan, rows)) if holds(plan, rows) else []
    expected = [
        (row, terms[row][first].start, terms[row][last].end)
        for row, first, last in places
        if row <= BODY
    ]
    hits: list[Hit] = matcher({"t": plan}).spans(document, "t")
    assert [(hit.field, hit.span.start, hit.span.end) for hit in hits] == expected


@examples
@given(st.lists(PLANS, min_size=1, max_size=8), st.lists(DOCUMENTS, min_size=2, max_size=6))
def test_a_matcher_that_forgets_all_the_time_finds_the_same(
    plans: list[Plan], documents: list[Document]
) -> None:
    named = {f"t{n}": plan for n, plan in enumerate(plans)}
    fresh = [matcher(named).match(document).topic_ids() for document in documents]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "MAX_CHUNKS", 2)
        patch.setattr(reading, "MAX_WORDS", 1)
        patch.setattr(reading, "MAX_CHUNK", 3)
        patch.setattr(search, "MAX_DECODED", 100)
        forgetful = matcher(named)
        assert [forgetful.match(each).topic_ids() for each in documents * 2] == fresh * 2


@given(st.lists(st.integers(0, 30), max_size=200), st.integers(1, 10))
def test_what_is_remembered_is_bounded_and_right(asked: list[int], limit: int) -> None:
    remembered = recent.Recent[int, int](lambda key: key * key, limit)
    for key in asked:
        assert remembered[key] == key * key
        assert len(remembered) <= limit


def test_combinations_that_run_out_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "COMBINATIONS", 8)
    monkeypatch.setattr(reading, "_RESERVE", 4)
    plans: dict[str, Plan] = {
        f"t{n}": word(*(f"w{k}" for k in range(30) if k >> n & 1)) for n in range(5)
    }
    among = matcher(plans)
    for k in range(30):
        expected = [f"t{n}" for n in range(5) if k >> n & 1]
        assert among.match(Document("", f"w{k}")).topic_ids() == expected
