"""A tree is written such that it reads as the same tree."""

import pytest
from hypothesis import given

from tests.queries import trees
from tocsin.query.syntax import parse
from tocsin.query.tree import Node
from tocsin.query.written import write

WRITTEN = {
    "a b -c": "a AND b AND NOT c",
    "a (b OR c)": "a AND (b OR c)",
    "a b OR c": "(a AND b) OR c",
    "“safe harbour” =x": '"safe harbour" AND =x',
    'title:(a OR b) "AND" "x:y" ="-5"': 'title:(a OR b) AND "AND" AND "x:y" AND =-5',
    "NOT (a W/3 b) c": "NOT (a NEAR/3 b) AND c",
    'lang:uk feed:"x:y"': 'lang:uk AND feed:"x:y"',
}


@pytest.mark.parametrize(("query", "written"), WRITTEN.items(), ids=WRITTEN.keys())
def test_a_query_is_written_in_full(query: str, written: str) -> None:
    assert write(parse(query)) == written


@given(trees(odd=True))
def test_what_is_written_reads_as_the_same(tree: Node) -> None:
    assert parse(write(tree)) == tree
