"""JSON-LD as pages write it."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from tests.effort import costs_at_most
from tocsin.articles.jsonld import (
    MAX_CHARACTERS,
    MAX_DEPTH,
    by_id,
    load,
    names_of,
    objects_in,
    text_of,
    types_of,
    url_of,
)

PEACE = {"headline": "Peace", "author": "Ada"}


@pytest.mark.parametrize(
    "written",
    [
        '{"headline": "Peace", "author": "Ada"}',
        '{"headline": "Peace", "author": "Ada",}',
        '{"headline": "Peace", "author": "Ada"};',
        '<!-- {"headline": "Peace", "author": "Ada"} -->',
        '//<![CDATA[\n{"headline": "Peace", "author": "Ada"}\n//]]>',
        '/*<![CDATA[*/{"headline": "Peace", "author": "Ada"}/*]]>*/',
        '{"headline": "Peace", /* who */ "author": "Ada"}',
        '{"headline": "Peace", "author": "Ada", // who\n}',
        '{"headline": "Peace", // who\n "author": "Ada"}',
        "{&quot;headline&quot;: &quot;Peace&quot;, &quot;author&quot;: &quot;Ada&quot;}",
    ],
)
def test_what_is_nearly_json_is_read(written: str) -> None:
    assert load(written) == [PEACE]


@pytest.mark.parametrize(
    "text", ["http://a.example/x", "a, ] b", "/* no comment */", "// nor this"]
)
def test_mending_leaves_strings_alone(text: str) -> None:
    assert load(json.dumps({"headline": text})[:-1] + ",}") == [{"headline": text}]


def test_line_breaks_and_control_characters_may_stand_in_strings() -> None:
    (found,) = load('{"headline": "Pea\nce\tand \x01quiet"}')
    assert text_of(found["headline"]) == "Pea ce and \x01quiet"


def test_several_documents_in_one_block_are_all_read() -> None:
    assert load('{"a": 1}\n{"b": 2};[3]') == [{"a": 1}, {"b": 2}, [3]]


@pytest.mark.parametrize(
    "broken", ["{", "[" * 100_000, '{"a":' * 60_000, "<!-- nothing", "x" * (MAX_CHARACTERS + 1)]
)
def test_what_no_mending_makes_json_states_nothing(broken: str) -> None:
    assert load(broken) is None


@pytest.mark.parametrize("bait", ['"\\' * 100_000, "/*" * 200_000, ", " * 200_000, '"' * 300_001])
def test_broken_json_is_given_up_in_time(bait: str) -> None:
    assert load(bait) is None
    assert costs_at_most(5, lambda: load(bait))


def blocks(*texts: str) -> Any:
    page = "".join(f"<script type='application/ld+json'>{each}</script>" for each in texts)
    return html.document_fromstring(f"<html><head>{page}</head></html>")


def test_one_broken_block_spoils_no_other() -> None:
    assert objects_in(blocks("{", json.dumps(PEACE))) == [PEACE]


def test_deep_nesting_ends_the_search_and_no_more() -> None:
    def nested(levels: int) -> str:
        return "[" * levels + json.dumps(PEACE) + "]" * levels

    assert objects_in(blocks(nested(MAX_DEPTH - 2))) == [PEACE]
    assert objects_in(blocks(nested(MAX_DEPTH))) == []


@pytest.mark.parametrize(
    ("stated", "types"),
    [
        ("NewsArticle", {"NewsArticle"}),
        (["Thing", "https://schema.org/NewsArticle"], {"Thing", "NewsArticle"}),
        ("schema:NewsArticle", {"NewsArticle"}),
        (None, set()),
        ([{"a": 1}, 7], set()),
    ],
)
def test_a_type_may_be_written_with_its_vocabulary(stated: Any, types: set[str]) -> None:
    assert types_of({"@type": stated}) == types


@pytest.mark.parametrize(
    ("stated", "text"),
    [
        (" Peace  at\nlast ", "Peace at last"),
        ("Fish &amp;amp; chips", "Fish & chips"),
        ("1 < 2 <i>and</i> 3", "1 < 2 and 3"),
        ({"@value": "Мир", "@language": "uk"}, "Мир"),
        (["", "Peace", "War"], "Peace"),
        ("Peace \ud83d", "Peace ?"),
        (7, None),
        ("", None),
    ],
)
def test_text_is_a_line_without_markup(stated: Any, text: str | None) -> None:
    assert text_of(stated) == text


@pytest.mark.parametrize(
    ("stated", "names"),
    [
        ("Ada Lind", ["Ada Lind"]),
        ({"name": " Ada Lind "}, ["Ada Lind"]),
        ({"name": ["Ada Lind", "Bo Ek"]}, ["Ada Lind", "Bo Ek"]),
        ([{"name": "Ada Lind"}, "Bo Ek", None, 7, ""], ["Ada Lind", "Bo Ek"]),
        ({"@id": "#bo"}, ["Bo Ek"]),
        ({"@id": "#nobody"}, []),
        ("https://post.example/ada", []),
        ({"name": {"name": {"name": {"name": "Too deep"}}}}, []),
    ],
)
def test_names_are_found_however_they_are_stated(stated: Any, names: list[str]) -> None:
    known = by_id([{"@id": "#bo", "name": "Bo Ek"}, {"@id": "#x"}])
    assert list(names_of(stated, known)) == names


@pytest.mark.parametrize(
    ("stated", "url"),
    [
        ("/a.jpg", "/a.jpg"),
        ({"url": "/a.jpg"}, "/a.jpg"),
        ([{"contentUrl": "/a.jpg"}, "/b.jpg"], "/a.jpg"),
        ({"@id": "/a"}, "/a"),
        ([], None),
        (7, None),
    ],
)
def test_a_url_is_found_however_it_is_stated(stated: Any, url: str | None) -> None:
    assert url_of(stated) == url


@given(st.text(st.sampled_from('{}[]",:/*<>!-\\\n ab1'), max_size=60))
def test_any_text_is_read_or_given_up(text: str) -> None:
    load(text)
