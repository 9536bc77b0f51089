"""The matcher against the judge of plans: topics made of real texts, on such texts, where they are
at hand."""

import gzip
import json
import os
import sys
from pathlib import Path

import pytest

from tests.unit.test_query_matcher_many import differences
from tocsin.query.document import Document
from tocsin.query.inflection import stem

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("TOCSIN_DATA", ROOT.parent / "shared" / "data"))
TEXTS = DATA / "texts" / "news.jsonl.gz"
TOPICS, DOCUMENTS = 400, 20


@pytest.mark.skipif(not TEXTS.is_file(), reason=f"no real texts here: {TEXTS} is missing")
def test_real_topics_on_real_texts_are_decided_as_the_judge_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", [str(ROOT / "benchmarks"), *sys.path])
    from topic_generator import Generator

    lines = gzip.decompress(TEXTS.read_bytes()).decode().splitlines()
    articles = [each for line in lines if (each := json.loads(line)).get("bench")]
    documents = [Document(a["title"] or "", a["text"], a["lang"]) for a in articles]
    texts = [(a["lang"], f"{a['title']}\n{a['text']}") for a in articles]
    topics = Generator(texts, texts).topics(TOPICS)
    assert differences(topics, documents[:DOCUMENTS], tmp_path, stem) == []
