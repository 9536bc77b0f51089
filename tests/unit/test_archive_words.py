"""What the index is given is what `query.analysis` says, however it was come by."""

from collections import defaultdict
from contextlib import closing
from itertools import count
from pathlib import Path

import apsw
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.archive import a_record
from tocsin.archive import layout
from tocsin.archive.builder import build
from tocsin.archive.forms import block_of, find_forms, form_blocks
from tocsin.archive.packing import pack
from tocsin.archive.records import from_stored, key_of, stored, to_stored
from tocsin.archive.vocabulary import words_of
from tocsin.archive.words import (
    BETWEEN,
    LETTERS,
    OTHER,
    Spelling,
    code,
    letter_in,
    letter_of,
    name_code,
)
from tocsin.query.analysis import terms_of
from tocsin.query.inflection import stem

_ENGLISH = (
    "The ministers' talks — O'Brien’s, isn't, ROCK'N'ROLL 3,000 (U.S.) end_to-end I\u0307 \u00a0"
)
_OTHERS = "п'ять П’ЯТЬ Łódź Straße naïve l'Ukraine ½ x² ㎏ ﬁn 東京 ブ ブ\u3099 so\u00adft é"
_MARKED = "e\u0301 ё й ʼn ”„"
_PIECES = [
    *_ENGLISH.split(" "),
    *_OTHERS.split(" "),
    *_MARKED.split(" "),
    " ",
    "\n",
    "\x00",
    "\x7f",
    "'",
    "’",
    "\u3099",
]
PLAIN = st.lists(st.sampled_from(["troops", "Peace", "2031", ",", ". ", "it's"]), min_size=30)
MIXED = st.lists(st.sampled_from(_PIECES) | st.characters(exclude_categories=("Cs",)))
TEXTS = st.builds(lambda parts, apart: apart.join(parts), PLAIN | MIXED, st.sampled_from(["", " "]))
WORDS = st.text("abcyz09éйž東", min_size=1, max_size=9)


@given(st.lists(st.tuples(TEXTS, st.sampled_from(sorted({*LETTERS.values(), OTHER})))))
def test_words_of_a_text_are_its_terms_each_with_its_languages_letter(
    texts: list[tuple[str, str]],
) -> None:
    spelling = Spelling()
    for text, letter in texts:
        words = spelling.text(text, letter).split(" ")
        assert [w for w in words if w] == [letter + term.text for term in terms_of(text)]


def test_texts_with_few_special_signs_and_with_many_are_spelled_alike() -> None:
    special = "L'été d'O'Brien’s"
    for rest in ("", " and so it went, on and ON" * 100):
        words = Spelling().text(special + rest, "").split()
        assert words == [term.text for term in terms_of(special + rest)]


@given(TEXTS, st.sampled_from(sorted({*LETTERS.values(), OTHER})))
def test_a_word_is_told_from_those_of_other_languages_and_from_codes(
    text: str, letter: str
) -> None:
    for word in Spelling().text(text, letter).split():
        assert letter_in(word) == letter
    for kind in "ldptacs":
        assert letter_in(code(kind, text)) is None
        assert letter_in(name_code(kind, text)) is None
    assert letter_in(BETWEEN) is None


def test_pieces_are_forgotten_when_they_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tocsin.archive.words._MEMORY", 2)
    spelling = Spelling()
    for text in ("один два три", "чотири п'ять", "один"):
        letter = letter_of("uk")
        assert spelling.text(text, letter).split() == [letter + t.text for t in terms_of(text)]


def _index(rows: list[str], page: int) -> apsw.Connection:
    connection = apsw.Connection("")
    connection.execute(f"pragma page_size={page}")
    connection.execute(layout.SCHEMA)
    sql = "insert into words(words, rank) values('pgsz', ?)"
    connection.execute(sql, (layout.FTS_PAGES[page],))
    connection.executemany("insert into words(rowid, body) values (?, ?)", zip(count(1), rows))
    connection.execute("insert into words(words) values('optimize')")
    return connection


def _read(connection: apsw.Connection) -> list[str]:
    segment = connection.execute("select max(segid) from words_idx").get
    return list(words_of(connection, segment))


@pytest.mark.parametrize("page", [layout.SMALL_PAGE, layout.PAGE])
@given(st.lists(st.lists(WORDS, min_size=1), min_size=1))
def test_the_vocabulary_read_off_pages_is_that_of_the_engine(
    page: int, rows: list[list[str]]
) -> None:
    with closing(_index([" ".join(row) for row in rows], page)) as connection:
        connection.execute("create virtual table temp.v using fts5vocab('main', 'words', 'row')")
        assert _read(connection) == [term for (term,) in connection.execute("select term from v")]


def test_words_of_many_pages_and_of_many_articles_are_all_in_the_vocabulary() -> None:
    words = [f"{number:x}" * 3 for number in range(20_000)]
    # One is in every article, often: its list fills pages that begin no word, and has an index.
    rows = [" ".join([*words[at : at + 5], *["often"] * 40]) for at in range(0, len(words), 5)]
    rows.append("long" * 2_000)
    with closing(_index(rows, layout.SMALL_PAGE)) as connection:
        assert _read(connection) == sorted({*words, "often", "long" * 2_000})
        (skips,) = connection.execute(
            "select count(*) from words_data where id & ?", (1 << 36,)
        ).fetchone()
        assert skips > 0


@given(st.dictionaries(st.sampled_from(sorted(LETTERS)), st.sets(WORDS)))
def test_the_forms_of_a_stem_are_the_words_that_have_it_in_its_language(
    words: dict[str, set[str]],
) -> None:
    wanted: dict[tuple[str, str], list[str]] = defaultdict(list)
    for language, forms in words.items():
        for form in sorted(forms):
            wanted[language, stem(form, language)].append(form)
    spelled = [letter_of(language) + form for language, forms in words.items() for form in forms]
    blocks = list(form_blocks(sorted([*spelled, code("l", "en"), OTHER + "anna", BETWEEN])))
    firsts = [first for first, _ in blocks]
    for (language, stemmed), forms in wanted.items():
        letter = letter_of(language)
        at = block_of(letter + stemmed, firsts)
        packed = blocks[at][1] if at is not None else pack(b"")
        assert find_forms(letter, stemmed, packed) == forms


def test_a_stored_article_has_the_facts_it_is_found_by() -> None:
    plain = a_record(1)
    full = a_record(
        2,
        authors=("Anna Łoś", "Q"),
        topics=("peace",),
        country="de",
        story_id="a1",
        version=3,
        language=None,
        seen_at=plain.seen_at.replace(microsecond=123_000),
    )
    for record in (plain, full):
        line = stored(to_stored(record))
        facts = {name: getattr(line, name) for name in line._fields if name != "line"}
        assert facts == {name: getattr(record, name) for name in facts}
        assert key_of(line) == key_of(record)
        assert from_stored(line.line) == record


def test_a_shard_of_stored_articles_is_that_of_the_articles_themselves(tmp_path: Path) -> None:
    records = [a_record(number, text=f"Troops {number}", version=number) for number in range(1, 40)]
    made = []
    for name, given_ in (("a", records), ("b", [stored(to_stored(each)) for each in records])):
        entry = build(given_, tmp_path / name, "key", "day", 0, layout.SMALL_PAGE)
        made.append((entry, (tmp_path / name).read_bytes()))
    assert made[0] == made[1]
