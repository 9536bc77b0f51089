"""A search agrees with the oracle on real texts in their languages, where they are at hand."""

import gzip
import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import islice
from pathlib import Path

import pytest

from tests.archive import BEGIN, Archive, a_record, matching, scores
from tocsin.archive import layout, shard
from tocsin.archive.answers import Order
from tocsin.archive.filters import Filters
from tocsin.archive.records import Record
from tocsin.archive.words import Spelling, letter_of
from tocsin.query.analysis import terms_of

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("TOCSIN_DATA", ROOT.parent / "shared" / "data"))
TEXTS = DATA / "texts" / "news.jsonl.gz"
EVERY = 50  # of them all: 74, in six languages
SPELLED = 10  # every tenth: 370
QUERIES = (
    "government",
    '"prime minister" OR president',
    "company NEAR/8 (profit OR share*)",
    "econom* NOT bank",
    "title:(of OR in) -title:the",
    "Regierung OR lang:fr",
    "президент OR уряд*",
    "the NEAR/2 of",
    "=said =market",
)


def some_texts(every: int = EVERY) -> Iterator[Record]:
    with gzip.open(TEXTS, "rt", encoding="utf-8") as lines:
        for number, line in enumerate(islice(lines, 0, None, every)):
            row = json.loads(line)
            known = {"title": row["title"], "text": row["text"]}
            language = row["lang"] if row["lang"].isalpha() else None
            at = BEGIN + timedelta(seconds=number)
            yield a_record(number, language=language, seen_at=at, **known)


@pytest.fixture
def parts() -> list[list[Record]]:
    _require_texts()
    records = list(some_texts())
    return [records[::2], records[1::2]]


def _require_texts() -> None:
    if not TEXTS.is_file():
        pytest.skip(f"no real texts here: {TEXTS} is missing (TOCSIN_DATA names the folder)")


def test_words_of_real_texts_are_their_terms() -> None:
    _require_texts()
    spelling = Spelling()
    for record in some_texts(SPELLED):
        for letter in (letter_of("en"), letter_of(record.language)):
            words = [each for each in spelling.text(record.text, letter).split(" ") if each]
            assert words == [letter + term.text for term in terms_of(record.text)], record.id


def test_a_search_of_real_texts_agrees_with_the_oracle(
    parts: list[list[Record]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layout, "INLINE", 0)
    monkeypatch.setattr(shard, "SMALL", 0)
    with ThreadPoolExecutor(4) as threads:
        archive = Archive(tmp_path, threads)
        for part in parts:
            archive.add(part)
        for query in QUERIES:
            expected = matching(query, [*parts[0], *parts[1]], Filters())
            assert expected, query
            newest = archive.search(query, limit=1000)
            assert [hit.article_id for hit in newest.hits] == [each.id for each in expected], query
            best = archive.search(query, limit=1000, order=Order.BEST)
            of_all = scores(query, parts)
            wanted = {each.id: of_all[each.id] for each in expected}
            given = {hit.article_id: hit.score for hit in best.hits}
            assert given == pytest.approx(wanted), query
