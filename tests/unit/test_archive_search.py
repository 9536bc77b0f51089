"""A search finds what the language's definition says, in the documented order, and pages that stay
put. Held against the oracle of tests/archive.py."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.archive import BEGIN, FORMS, Archive, a_record, matching, reading, satisfied, scores
from tests.queries import leaves, nears, trees
from tests.unit.archive_strategies import TEXT, filters, groups, records
from tocsin.archive import layout, shard
from tocsin.archive import search as searching
from tocsin.archive.answers import Answer, Asked, Order
from tocsin.archive.filters import Filters
from tocsin.archive.layout import Head
from tocsin.archive.manifest import DELETED
from tocsin.archive.reading import Reader, Remembering
from tocsin.archive.records import Record, key_of
from tocsin.archive.search import search
from tocsin.archive.translate import EVERYTHING, Form, Leaf
from tocsin.errors import CorruptError, InputError, QueryError
from tocsin.model.archive import ShardEntry, Void
from tocsin.model.topics import Topic
from tocsin.query.analysis import Term
from tocsin.query.tree import Near, Node
from tocsin.query.written import write

FEW = settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture(scope="module")
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as made:
        yield made


@pytest.fixture
def archive(tmp_path: Path, threads: ThreadPoolExecutor) -> Archive:
    return Archive(tmp_path, threads)


def ids(answer: Answer) -> list[str]:
    return [hit.article_id for hit in answer.hits]


@pytest.fixture(params=["inline", "by ranges"])
def read(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Small shards come whole; others, as here the small ones too, by what a search needs."""
    if request.param == "by ranges":
        monkeypatch.setattr(layout, "INLINE", 0)
        monkeypatch.setattr(shard, "SMALL", 0)
    return str(request.param)


@pytest.mark.usefixtures("read")
@FEW
@given(groups(), trees(), filters())
def test_finds_what_satisfies_the_query_newest_first(
    tmp_path_factory: pytest.TempPathFactory,
    threads: ThreadPoolExecutor,
    parts: list[list[Record]],
    tree: Node,
    asked: Filters,
) -> None:
    archive = Archive(tmp_path_factory.mktemp("archive"), threads)
    for part in parts:
        archive.add(part)
    query = write(tree)
    expected = matching(query, [each for part in parts for each in part], asked)
    answer = archive.search(query, filters=asked, limit=100)
    assert ids(answer) == [each.id for each in expected]
    if answer.exact:
        assert answer.matches == len(expected)


@pytest.mark.usefixtures("read")
@FEW
@given(groups(), trees(), filters())
def test_ranks_as_documented(
    tmp_path_factory: pytest.TempPathFactory,
    threads: ThreadPoolExecutor,
    parts: list[list[Record]],
    tree: Node,
    asked: Filters,
) -> None:
    archive = Archive(tmp_path_factory.mktemp("archive"), threads)
    for part in parts:
        archive.add(part)
    query = write(tree)
    answer = archive.search(query, filters=asked, limit=100, order=Order.BEST)
    expected = matching(query, [each for part in parts for each in part], asked)
    if any(hit.score is None for hit in answer.hits):
        return  # nothing but codes is asked for: newest first
    of_all = scores(query, _searched(archive, parts, asked))
    wanted = {each.id: of_all[each.id] for each in expected}
    given_scores = {hit.article_id: hit.score for hit in answer.hits}
    assert given_scores == pytest.approx(wanted)
    in_order = [hit.score or 0.0 for hit in answer.hits]
    assert in_order == sorted(in_order, reverse=True)


def _searched(
    archive: Archive, parts: Sequence[Sequence[Record]], asked: Filters
) -> list[list[Record]]:
    """Shards that the dates do not rule out."""
    since, until = asked.seconds()
    spans = [(each.first, each.last) for each in archive.entries]
    return [
        list(part)
        for part, (first, last) in zip(parts, spans, strict=True)
        if since <= last and first < until
    ]


@settings(max_examples=300, deadline=None)
@given(
    query=st.text(max_size=40)
    | st.lists(
        st.sampled_from((*TEXT, "(", ")", '"', "*", "OR", "NEAR/3", "title:", "-")), max_size=8
    ).map(" ".join)
)
def test_nothing_that_anybody_types_is_an_error_of_the_engine(some: Archive, query: str) -> None:
    try:
        answer = some.search(query)
    except QueryError:
        return
    assert all(satisfied(query, some_record) for some_record in _found(answer))


def _found(answer: Answer) -> list[Record]:
    return [each for each in SOME if each.id in ids(answer)]


SOME = [a_record(number, text=" ".join(TEXT[number:])) for number in range(len(TEXT))]


@pytest.fixture(scope="module")
def some(tmp_path_factory: pytest.TempPathFactory, threads: ThreadPoolExecutor) -> Archive:
    archive = Archive(tmp_path_factory.mktemp("some"), threads)
    archive.add(SOME)
    return archive


# Pages


def pages(archive: Archive, order: Order, query: str = "troops", limit: int = 3) -> list[str]:
    found, cursor = [], None
    while True:
        answer = archive.search(query, order=order, limit=limit, cursor=cursor)
        found += ids(answer)
        if not (cursor := answer.cursor):
            return found


@pytest.mark.parametrize("order", Order)
def test_pages_follow_each_other_without_gap_or_repetition(archive: Archive, order: Order) -> None:
    for at in range(4):  # shards that overlap in time
        archive.add(a_record(n, text="troops " * (n % 5 + 1)) for n in range(40) if n % 4 == at)
    whole = archive.search("troops", order=order, limit=100)
    assert pages(archive, order) == ids(whole)
    assert len(ids(whole)) == 40


@pytest.mark.parametrize("order", Order)
def test_pages_stay_put_while_articles_arrive(archive: Archive, order: Order) -> None:
    archive.add(a_record(n, text="troops " * (n + 1)) for n in range(10))
    first = archive.search("troops", order=order, limit=4)
    archive.add([a_record(n, text="troops " * 90) for n in range(10, 20)])
    second = archive.search("troops", order=order, limit=4, cursor=first.cursor)
    expected = [a_record(n).id for n in range(9, -1, -1)]
    assert set(ids(first) + ids(second)) <= set(expected)
    assert len(set(ids(first) + ids(second))) == 8
    if order is Order.NEWEST:
        assert ids(first) + ids(second) == expected[:8]


@pytest.mark.parametrize("cursor", ["", "x", "e30", "WyJuZXdlc3QiLDEsMSwxXQ", "W1tbW1tb" * 400])
def test_a_cursor_that_no_search_gave_is_refused(archive: Archive, cursor: str) -> None:
    archive.add([a_record(1, text="troops")])
    if not cursor:
        assert ids(archive.search("troops", cursor=cursor))  # none at all
        return
    with pytest.raises(InputError, match="cursor"):
        archive.search("troops", cursor=cursor)


def test_a_cursor_of_the_other_order_is_refused(archive: Archive) -> None:
    archive.add(a_record(n, text="troops") for n in range(5))
    given_one = archive.search("troops", limit=2).cursor
    with pytest.raises(InputError, match="newest first"):
        archive.search("troops", limit=2, cursor=given_one, order=Order.BEST)


# What is void


def void(number: int, version: int) -> Void:
    second, article_id = key_of(a_record(number))
    return Void(second=second, article_id=article_id, version=version)


def test_of_an_article_in_two_shards_the_latest_version_is_found_once(archive: Archive) -> None:
    archive.add([a_record(1, text="troops march")])
    archive.add([a_record(1, text="troops stay", version=2)])
    (hit,) = archive.search("troops").hits
    assert (hit.version, hit.snippet.text) == (2, "troops stay")


def test_a_former_version_is_not_found_by_words_that_it_alone_had(archive: Archive) -> None:
    archive.add([a_record(1, text="troops march"), a_record(2, text="troops march")])
    archive.add([a_record(1, text="troops stay", version=2)])
    archive.voids.append(void(1, 2))
    found = archive.search("march", facets=("publisher",))
    assert ids(found) == [a_record(2).id]
    assert found.matches == 1
    assert found.facets == {"publisher": {"Harbour Post": 1}}
    assert ids(archive.search("march", order=Order.BEST)) == [a_record(2).id]
    assert len(ids(archive.search("troops"))) == 2


def test_what_was_deleted_is_found_by_nothing(archive: Archive) -> None:
    archive.add([a_record(1, text="troops", version=7), a_record(2)])
    archive.voids.append(void(1, DELETED))
    for order in Order:
        assert ids(archive.search("troops", order=order)) == []
    assert ids(archive.search()) == [a_record(2).id]


# How far back


def test_newest_first_opens_no_shard_that_it_does_not_need(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "_FIRST_LOOK", 16)
    for number in range(40):
        archive.add([a_record(number, text="troops")])
    shards = archive.shards()
    answer = search(Asked(query="troops", limit=3), archive.manifest, shards, archive.inflection)
    assert ids(answer) == [a_record(n).id for n in (39, 38, 37)]
    assert shards.ranges.effort.requests == 16
    assert answer.searched_back_to == BEGIN + timedelta(minutes=23, seconds=1)


def test_a_search_for_the_best_says_how_far_back_its_budget_went(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "_FIRST_LOOK", 16)
    for number in range(40):
        archive.add([a_record(number, text="troops")])
    some = archive.search("troops", order=Order.BEST, budget=5)
    assert (some.matches, some.searched_back_to) == (5, BEGIN + timedelta(minutes=34, seconds=1))
    whole = archive.search("troops", order=Order.BEST)
    assert (whole.matches, whole.searched_back_to) == (40, None)


def test_of_one_shard_no_more_than_the_budget_is_ranked(archive: Archive) -> None:
    archive.add(a_record(n, text="troops " * (40 - n)) for n in range(40))
    some = archive.search("troops", order=Order.BEST, budget=10, limit=3)
    assert ids(some) == [a_record(n).id for n in (30, 31, 32)]
    assert (some.matches, some.searched_back_to) == (10, BEGIN + timedelta(minutes=30, seconds=1))
    second = archive.search("troops", order=Order.BEST, budget=10, limit=3, cursor=some.cursor)
    assert ids(second) == [a_record(n).id for n in (33, 34, 35)]


@pytest.mark.parametrize("order", Order)
def test_everything_is_looked_at_where_that_is_asked(
    archive: Archive, monkeypatch: pytest.MonkeyPatch, order: Order
) -> None:
    monkeypatch.setattr(searching, "_FIRST_LOOK", 16)
    for number in range(40):
        archive.add([a_record(number, text="troops")])
    whole = archive.search("troops", order=order, budget=5, limit=3, everything=True)
    assert (whole.matches, whole.searched_back_to) == (40, None)


# Facets and snippets


def test_facets_count_every_article_that_matches(archive: Archive) -> None:
    archive.add(
        [
            a_record(1, text="troops", topics=("peace", "war")),
            a_record(2, text="troops", topics=("war",), publisher="Bote", language="de"),
            a_record(3, text="other", topics=("war",)),
        ]
    )
    archive.add([a_record(4, text="troops", country="de")])
    found = archive.search("troops", limit=1, facets=layout.FACETS).facets
    assert found == {
        "topic": {"war": 2, "peace": 1},
        "publisher": {"Harbour Post": 2, "Bote": 1},
        "feed": {"harbour-post": 3},
        "language": {"en": 2, "de": 1},
        "country": {"de": 1},
        "day": {"2031-03-01": 3},
    }


def test_an_unknown_facet_is_refused_by_name(archive: Archive) -> None:
    with pytest.raises(InputError, match="topic, publisher"):
        archive.search("troops", facets=("colour",))


def test_a_hit_shows_the_sentence_with_the_words_marked(archive: Archive) -> None:
    text = "Nobody came. The troops left Kyiv near noon. Troops are cats, said Ann. Rain fell."
    archive.add([a_record(1, title="Troop notes", text=text)])
    (hit,) = archive.search('troop AND (noon NEAR/3 kyiv OR "said Ann") NOT dogs').hits
    marks = [hit.snippet.text[mark.start : mark.end] for mark in hit.snippet.marks]
    assert hit.snippet.text == "The troops left Kyiv near noon."
    assert marks == ["troops", "Kyiv", "noon"]
    assert [hit.title.text[m.start : m.end] for m in hit.title.marks] == ["Troop"]


def test_a_list_shows_how_texts_begin(archive: Archive) -> None:
    archive.add([a_record(1, text="word " * 200)])
    (hit,) = archive.search().hits
    assert hit.snippet.marks == ()
    assert len(hit.snippet.text) < 300


# Effort


def test_a_cold_search_takes_five_rounds_and_a_warm_one_none(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing that the plan did not foresee."""
    monkeypatch.setattr(layout, "INLINE", 0)
    monkeypatch.setattr(shard, "SMALL", 0)
    archive.add(
        a_record(n, text=f"troops of {n} march on {n % 7}", title=f"Men {n}") for n in range(2_000)
    )
    for query in ("troop march", '"march on 5" NOT 123*', "troops NEAR/3 march", "title:men mar*"):
        asked = Asked(query=query, order=Order.BEST, filters=Filters(feeds=("harbour-post",)))
        shards = archive.shards()
        cold = search(asked, archive.manifest, shards, archive.inflection)
        assert cold.hits
        assert shards.ranges.effort.rounds <= 5, query
        rounds = shards.ranges.effort.rounds
        assert search(asked, archive.manifest, shards, archive.inflection) == cold
        assert shards.ranges.effort.rounds == rounds


@pytest.mark.parametrize(
    ("field", "language", "words"),
    [
        ("title", "en", {"anna"}),
        ("title", "de", {"_danna"}),
        ("title", None, {"_nanna"}),
        ("author", "en", {"_nanna"}),
        ("publisher", "de", {"_nanna"}),
    ],
)
def test_a_word_is_looked_for_as_its_column_spells_it(
    archive: Archive, field: str, language: str | None, words: set[str]
) -> None:
    """Each other spelling makes the engine's work on the leaf longer."""
    archive.add([a_record(1, language=language)])
    (opened,) = archive.shards().open(archive.entries, EVERYTHING)
    (rendered,) = opened.rendered([Leaf((field,), (frozenset([Form("anna")]),))])
    assert {word for choice in rendered.words.values() for word in choice} == words


# Queries as large as the language allows

DEEP = "(" * 31 + "troops" + " NOT dogs)" * 31
DEEP_OR = "troops AND (cats OR " * 15 + "NOT dogs" + ")" * 15
LONG = " OR ".join(f"word{number}" for number in range(255)) + " OR troops"
BEGINNINGS = " OR ".join(f"w{number}xx*" for number in range(60))
PAIRS = " OR ".join(f'"a{number} b{number}"' for number in range(60))
NEARS = f"({BEGINNINGS} OR troop*) NEAR/5 ({PAIRS} OR march)"
PHRASE = '"' + "troops march " * 120 + '"'
WIDE = "x" * 9_000 + " OR troops"


@pytest.mark.parametrize(
    ("query", "order"),
    [
        *((query, Order.BEST) for query in (DEEP, DEEP_OR, LONG, PHRASE, WIDE)),
        *((query, Order.NEWEST) for query in (DEEP, LONG, NEARS)),
    ],
)
def test_the_largest_queries_are_answered(archive: Archive, query: str, order: Order) -> None:
    archive.add([a_record(1, text="troops march " * 150), a_record(2, text="troops and dogs")])
    expected = [n for n in (1, 2) if satisfied(query, a_record(n, text=TEXTS[n]))]
    found = archive.search(query, order=order)
    assert sorted(ids(found)) == sorted(a_record(n).id for n in expected)


TEXTS = {1: "troops march " * 150, 2: "troops and dogs"}


# Marks


@given(records(st.just(1)), nears(leaves()))
def test_what_is_near_is_found_as_the_language_defines_it(record: Record, node: Near) -> None:
    defined = reading("a", record, FORMS)
    fast = Reader(Topic(id="a", name="", query="a"), FORMS).read(record)
    for row in defined.asked_rows():
        expected = {(min(pair), max(pair)) for pair in defined.near(node, row)}
        assert {(min(pair), max(pair)) for pair in fast.near(node, row)} == expected


def test_a_side_of_near_is_looked_for_once_in_a_row_however_often_the_other_stands_there(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[str] = []
    real = Remembering._positions

    def count(self: Remembering, word: Term, *rest: Any) -> list[int]:
        looked.append(word.text)
        return real(self, word, *rest)

    monkeypatch.setattr(Remembering, "_positions", count)
    archive.add([a_record(1, text="troops march " * 150)])
    assert len(archive.search('(troops OR "cats dogs") NEAR/5 (march OR "dogs cats")').hits) == 1
    rows, uses = 2, 2  # title and text, to tell whether it is a hit and what to mark
    assert looked.count("troops") <= rows * uses
    assert looked.count("march") <= rows * uses


@pytest.mark.usefixtures("read")
@FEW
@given(groups(), trees())
def test_words_are_marked_as_if_articles_were_read_whole(
    tmp_path_factory: pytest.TempPathFactory,
    threads: ThreadPoolExecutor,
    parts: list[list[Record]],
    tree: Node,
) -> None:
    archive = Archive(tmp_path_factory.mktemp("archive"), threads)
    for part in parts:
        archive.add(part)
    spotted = archive.search(write(tree), limit=100)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(searching, "can_spot", lambda _question: False)
        read_whole = archive.search(write(tree), limit=100)
    assert spotted == read_whole


DAMAGED: dict[str, Callable[[Head, ShardEntry], tuple[int, int]]] = {
    "pages of words": lambda head, _: (0, head.page_ends[len(head.word_pages) - 1]),
    "pages of lengths": lambda head, _: (
        head.page_ends[len(head.word_pages) - 1],
        head.page_ends[-1],
    ),
    "articles": lambda head, _: (
        head.articles_begin,
        head.articles_begin + head.articles[-1],
    ),
    "columns": lambda head, _: (head.columns["topic"][0], sum(head.columns["topic"])),
    "forms": lambda _, entry: (entry.forms[0][1], entry.forms[-1][1] + entry.forms[-1][2]),
    "head": lambda _, entry: (entry.head, entry.size),
}


@pytest.mark.parametrize("part", DAMAGED)
def test_a_damaged_shard_is_named_whatever_of_it_is_damaged(
    part: str, archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layout, "INLINE", 0)
    monkeypatch.setattr(shard, "SMALL", 0)
    words = (hashlib.sha256(b"%d" % number).hexdigest() for number in range(300))
    texts = (f"Troops, {word}" for word in words)
    entry = archive.add(a_record(n, text=text) for n, text in enumerate(texts))
    asked: dict[str, Any] = {"order": Order.BEST, "facets": ("topic",)}
    assert archive.search("troops", **asked).matches == 300

    whole = archive.memory.objects[entry.key]
    begin, end = DAMAGED[part](layout.unpack_head(entry.key, whole[entry.head :]), entry)
    assert begin < end
    archive.memory.objects[entry.key] = whole[:begin] + bytes(end - begin) + whole[end:]
    with pytest.raises(CorruptError, match=f"shard '{entry.key}' cannot be read; rebuild"):
        archive.search("troops", **asked)
