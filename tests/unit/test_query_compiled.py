"""Plans to the file that the functions map into memory, and files that cannot be used."""

import random
import struct
import subprocess
import sys
from itertools import accumulate, pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.plan_strategies import PLANS, first_letters
from tocsin.errors import CompiledTopicsError, QueryError
from tocsin.query import compiled, fileformat
from tocsin.query.compiled import compile_plans
from tocsin.query.document import Document
from tocsin.query.fileformat import FORMAT, MAGIC, verify
from tocsin.query.matcher import Matcher
from tocsin.query.offsets import Offsets, written
from tocsin.query.plan import Close, Every, One, Plan, Sequence, Start

WORDS = [One(frozenset({f"word{number}"})) for number in range(50)]
TOPICS: list[tuple[str, Plan]] = [
    *((f"one-{number}", word) for number, word in enumerate(WORDS)),
    *((f"two-{n}", Sequence(pair)) for n, pair in enumerate(pairwise(WORDS))),
    ("start", Every((Start("word1"), WORDS[3]))),
    ("close", Close(3, WORDS[1], WORDS[2])),
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "topics"
    path.write_bytes(compile_plans(TOPICS))
    return path


def opened(path: Path) -> Matcher:
    return Matcher.open(path, stem=first_letters)


def overwrite(path: Path, at: int, content: bytes) -> None:
    whole = bytearray(path.read_bytes())
    whole[at : at + len(content)] = content
    path.write_bytes(whole)


@given(st.lists(PLANS, max_size=8), st.randoms())
def test_the_order_of_topics_does_not_change_the_bytes(
    plans: list[Plan], chance: random.Random
) -> None:
    topics = [(f"t{number}", plan) for number, plan in enumerate(plans)]
    shuffled = chance.sample(topics, len(topics))
    assert compile_plans(topics) == compile_plans(shuffled)


def test_another_process_compiles_the_same_bytes() -> None:
    script = (
        "import sys, tests.unit.test_query_compiled as t;"
        "sys.stdout.buffer.write(t.compile_plans(t.TOPICS))"
    )
    made = [
        subprocess.run(
            [sys.executable, "-c", script],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert made[0] == made[1]


def test_frequencies_change_nothing_that_is_found(tmp_path: Path) -> None:
    path = tmp_path / "topics"
    path.write_bytes(compile_plans(TOPICS, {f"word{n}": 1 / (n + 1) for n in range(40)}))
    article = Document("", "word1 word2 word3 word10")
    expected = ["close", "one-1", "one-10", "one-2", "one-3", "start", "two-1", "two-2"]
    assert opened(path).match(article).topic_ids() == expected


def test_the_same_plan_takes_its_room_once() -> None:
    plan = Every((*WORDS[:5], Close(3, WORDS[6], WORDS[7])))
    few = len(compile_plans([("a", plan)]))
    many = len(compile_plans([(f"a{number:03}", plan) for number in range(100)]))
    assert many - few < 100 * 16


def test_an_id_that_comes_twice_is_refused() -> None:
    with pytest.raises(QueryError, match="'storms': is the id of two topics"):
        compile_plans([("storms", WORDS[0]), ("tides", WORDS[0]), ("storms", WORDS[1])])


@pytest.mark.parametrize("most", [1, 10, 30])
def test_more_words_than_there_are_characters_are_told_apart_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    whole = tmp_path / "whole"
    whole.write_bytes(compile_plans(TOPICS))
    monkeypatch.setattr(compiled, "MAX_FEATURES", most)
    parted = tmp_path / "parted"
    parted.write_bytes(compile_plans(TOPICS))
    verify(parted)
    assert len(fileformat.opened(whole)) == 1
    assert len(fileformat.opened(parted)) > 50 // most
    one, several = opened(whole), opened(parted)
    for text in (" ".join(f"word{n}" for n in range(50)), "word1 word3", "word4 word5", "nothing"):
        article = Document("", text)
        assert one.match(article).topic_ids() == several.match(article).topic_ids()
        for topic_id in several.match(article).topic_ids():
            assert one.spans(article, topic_id) == several.spans(article, topic_id)


def test_a_file_cut_between_its_parts_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "topics"
    monkeypatch.setattr(compiled, "MAX_FEATURES", 30)
    content = compile_plans(TOPICS)
    path.write_bytes(content[: content.rindex(MAGIC)])
    with pytest.raises(CompiledTopicsError, match="bytes of"):
        opened(path)


def test_a_whole_file_is_verified(path: Path) -> None:
    verify(path)
    assert opened(path).match(Document("", "word1")).topic_ids() == ["one-1"]


@pytest.mark.parametrize("size", [0, 7, 30, 100, -1])
def test_a_file_cut_short_is_refused(path: Path, size: int) -> None:
    path.write_bytes(path.read_bytes()[:size])
    for read in (opened, verify):
        with pytest.raises(CompiledTopicsError, match="run `tocsin apply` again") as refused:
            read(path)
        assert refused.value.file == str(path)


@pytest.mark.parametrize(
    ("at", "content", "reason"),
    [
        (0, b"{", "is no file of compiled topics"),
        (8, struct.pack("<H", FORMAT + 1), f"format {FORMAT + 1}, this version reads {FORMAT}"),
        (10, b"\2\7", r"was compiled by Python 2\.7, this is 3\."),
        (12, struct.pack("<I", 999), "has analysis 999"),
        (40, b"\0\0\0\0", "corrupt in its header"),
    ],
)
def test_a_file_of_another_kind_is_refused(
    path: Path, at: int, content: bytes, reason: str
) -> None:
    overwrite(path, at, content)
    with pytest.raises(CompiledTopicsError, match=reason):
        opened(path)


@given(st.data())
def test_any_byte_that_changed_is_noticed(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = tmp_path_factory.getbasetemp() / "changed"
    content = compile_plans(TOPICS)
    path.write_bytes(content)
    at = data.draw(st.integers(0, len(content) - 1))
    overwrite(path, at, bytes([content[at] ^ data.draw(st.integers(1, 255))]))
    with pytest.raises(CompiledTopicsError):
        verify(path)


@given(st.lists(st.integers(0, 40), max_size=40), st.sampled_from([0, 1 << 16]))
def test_blocks_of_any_size_are_found_where_they_begin(sizes: list[int], large: int) -> None:
    blocks = [bytes(size) for size in (*sizes, large)]
    sections = {name: memoryview(each) for name, each in written("block", blocks).items()}
    ends = [*accumulate(map(len, blocks))]
    span = Offsets(sections, "block", len(blocks)).span
    found = [span(number) for number in range(len(blocks))]
    assert found == [*zip([0, *ends], ends, strict=False)]


def test_small_blocks_take_little_more_than_two_bytes_each_to_find() -> None:
    sections = written("block", [b"some thirty bytes of a block...."] * 1600)
    assert sum(map(len, sections.values())) < 1600 * 2.3


def test_a_block_that_was_not_verified_is_an_error_not_a_crash(path: Path) -> None:
    content = path.read_bytes()
    blocks = fileformat.opened(path)[0].sections["blocks"]
    overwrite(path, content.index(bytes(blocks)), bytes(len(blocks)))
    article = Document("", " ".join(f"word{number}" for number in range(50)))
    with pytest.raises(CompiledTopicsError, match=r"block .* is corrupt"):
        opened(path).match(article)
