"""What a query may say, and how it is told what is wrong with it."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.errors import QueryError, QuerySyntaxError
from tocsin.query.syntax import MAX_CHARACTERS, MAX_DEPTH, MAX_WORDS, parse
from tocsin.query.tree import And, In, Is, Near, Node, Not, Or, Phrase, Prefix, Word

A, B, C = Word("a"), Word("b"), Word("c")

READ = {
    "peace": Word("peace"),
    "a b": And((A, B)),
    "a AND b c": And((A, B, C)),
    "a b OR c": Or((And((A, B)), C)),
    "a AND (b OR c)": And((A, Or((B, C)))),
    "a NOT b": And((A, Not(B))),
    "a -b": And((A, Not(B))),
    "a –b": And((A, Not(B))),
    "(-b a)": And((Not(B), A)),
    "a AND NOT (b OR c)": And((A, Not(Or((B, C))))),
    "peace-keeper": Word("peace-keeper"),
    '"peace talks"': Phrase(("peace", "talks")),
    '"peace"': Word("peace"),
    "„Frieden jetzt“": Phrase(("Frieden", "jetzt")),
    "«мир у світі»": Phrase(("мир", "у", "світі")),
    "“peace talks”": Phrase(("peace", "talks")),
    "”fred nu”": Phrase(("fred", "nu")),
    "「平和」": Word("平和"),
    '"AND"': Word("AND"),
    "=Poles": Word("Poles", exact=True),
    '="Poles"': Word("Poles", exact=True),
    '="peace talks"': Phrase(("peace", "talks"), exact=True),
    "troop*": Prefix("troop"),
    "a NEAR b": Near(10, A, B),
    "a NEAR/3 b": Near(3, A, B),
    "a W/50 b": Near(50, A, B),
    "a w/5 b": Near(5, A, B),
    "(a OR troop*) NEAR/3 b": Near(3, Or((A, Prefix("troop"))), B),
    "a -b NEAR/2 c": And((A, Not(Near(2, B, C)))),
    "title:a b": And((In("title", A), B)),
    "title: a": In("title", A),
    "Title:(a NOT b)": In("title", And((A, Not(B)))),
    "title:(a NEAR/2 b)": In("title", Near(2, A, B)),
    'publisher:"harbour post"': In("publisher", Phrase(("harbour", "post"))),
    "lang:uk": Is("lang", "uk"),
    "feed:harbour-post": Is("feed", "harbour-post"),
    "country:(ua OR pl)": Or((Is("country", "ua"), Is("country", "pl"))),
    "and or not": And((Word("and"), Word("or"), Word("not"))),
    "12:30": Word("12:30"),
}


@pytest.mark.parametrize(("query", "tree"), READ.items(), ids=READ.keys())
def test_a_query_is_read(query: str, tree: Node) -> None:
    assert parse(query) == tree


def test_each_part_knows_its_place() -> None:
    query = 'peace AND ("safe harbour" OR title:storm) lang:en'
    tree = parse(query)
    assert isinstance(tree, And)
    shown = [query[slice(*part.at)] for part in tree.parts]
    assert shown == ["peace", '"safe harbour" OR title:storm', "lang:en"]


SHOWN = {
    "tit:merger": """
column 1: unknown field 'tit'
    tit:merger
    ^^^
did you mean title:? (for a colon in the text put quotes around it)""",
    "NOT war": """
column 1: only says what must not be there, and matches nearly every article
    NOT war
    ^^^^^^^
add a word that must be there, as in merger NOT rumour""",
    'peace "safe harbour': """
column 7: a quote is never closed
    peace "safe harbour
          ^
add " after the phrase""",
    "peace AND\nw*r AND talks": """
line 2, column 1: a wildcard at the start of a word, inside it, or other than *
    w*r AND talks
    ^^^
a * ends a word, as in troop*; put quotes around a sign that belongs to the text""",
    "平和 AND 戦*": """
column 8: a prefix needs at least 3 letters
    平和 AND 戦*
             ^^^
write more of the word, or the words that are meant with OR""",
    "title:peace NEAR/3 talks": """
column 1: NEAR joins words, phrases, prefixes, and those with OR between
    title:peace NEAR/3 talks
    ^^^^^^^^^^^
put fields around it, as in title:(a NEAR/5 b), and AND and NOT beside it""",
}


@pytest.mark.parametrize(("query", "shown"), SHOWN.items(), ids=SHOWN.keys())
def test_an_error_shows_the_place_and_the_remedy(query: str, shown: str) -> None:
    with pytest.raises(QuerySyntaxError) as refused:
        parse(query)
    assert "\n" + str(refused.value) == shown


REFUSED = {
    "": ("is empty", ""),
    "  ": ("is empty", "  "),
    "a OR NOT b": ("must not be there", "NOT b"),
    "-a -b": ("must not be there", "-a -b"),
    "*r": ("wildcard", "*r"),
    "wom?n": ("wildcard", "wom?n"),
    "tr*": ("at least 3 letters", "tr*"),
    "peace-kee*": ("beginning of one word", "peace-kee*"),
    "=troop*": ("no other endings", "=troop*"),
    '"troop* moved"': ("no wildcard", '"troop* moved"'),
    '""': ("no letter or digit", '""'),
    "peace & war": ("no letter or digit", "&"),
    "(a OR b": ("never closed", "("),
    "(a OR": ("after OR", "OR"),
    "(": ("never closed", "("),
    "a OR b)": ("closes no parenthesis", ")"),
    "a ()": ("empty parentheses", "()"),
    "a AND": ("after AND", "AND"),
    "OR a": ("before OR", "OR"),
    "a AND OR b": ("after AND", "AND"),
    "a NOT": ("after NOT", "NOT"),
    "title:": ("after title:", "title:"),
    "a NEAR": ("after NEAR", "NEAR"),
    "NEAR/3 a": ("before NEAR/3", "NEAR/3"),
    "a NEAR/0 b": ("no distance", "NEAR/0"),
    "a NEAR/51 b": ("no distance", "NEAR/51"),
    "a NEAR/x b": ("no distance", "NEAR/x"),
    "a W/" + "9" * 5000 + " b": ("no distance", "W/" + "9" * 5000),
    "a NEAR (b c)": ("NEAR joins", "b c"),
    "a NEAR NOT b": ("no meaning", "NOT"),
    "a NEAR b NEAR c": ("two sides", "NEAR"),
    "a NEAR lang:uk": ("NEAR joins", "lang:uk"),
    "publishr:a": ("did you mean publisher:?", "publishr"),
    "http://a.example": ("put quotes around", "http"),
    "title:(a OR author:b)": ("inside title:", "author:"),
    "title:NOT a": ("no meaning", "NOT"),
    "title:(NOT a)": ("must be there", "NOT a"),
    "lang:(uk ru)": ("takes codes", "uk ru"),
    "(" * (MAX_DEPTH + 1) + "a" + ")" * (MAX_DEPTH + 1): ("nested more than", "("),
    "NOT " * 5000: ("longer than", "NOT " * 2500),
    "a " * (MAX_WORDS + 1): ("more than 256 words", "a"),
    "語" * (MAX_WORDS + 1): ("more than 256 words", "語" * (MAX_WORDS + 1)),
    "a" * (MAX_CHARACTERS + 1): ("longer than", "a"),
}


@pytest.mark.parametrize("query", REFUSED, ids=lambda query: query[:20])
def test_what_cannot_be_meant_is_refused_at_its_place(query: str) -> None:
    says, part = REFUSED[query]
    with pytest.raises(QuerySyntaxError) as refused:
        parse(query)
    assert says in str(refused.value)
    assert query[refused.value.start : refused.value.end] == part


def test_limits_can_be_reached() -> None:
    assert parse("(" * MAX_DEPTH + "a" + ")" * MAX_DEPTH) == A
    assert parse("a " * MAX_WORDS) == And((A,) * MAX_WORDS)


def test_a_long_query_is_shown_around_the_error() -> None:
    query = "peace " * 100 + "tit:storm" + " peace" * 100
    with pytest.raises(QuerySyntaxError) as refused:
        parse(query)
    lines = str(refused.value).splitlines()
    caret = lines[2].index("^")
    assert len(lines[1]) < 140
    assert lines[1][caret : caret + 3] == "tit"


def test_a_syntax_error_is_a_query_error_about_that_part() -> None:
    with pytest.raises(QueryError) as refused:
        parse("peace tit:merger")
    assert refused.value.term == "tit"


BITS = re.split(
    " +",
    "\" “ ” « ( ) AND OR NOT NEAR/ NEAR W/3 - = * : title lang author troop a ? ' 語 \x00 \u0301",
)


@given(st.text() | st.lists(st.sampled_from([*BITS, " ", "\n"]), max_size=20).map("".join))
def test_any_text_is_read_or_refused(query: str) -> None:
    refused = refusal_of(query)
    if refused:
        assert 0 <= refused.start <= refused.end <= len(query)
        assert refused.remedy in str(refused)


def refusal_of(query: str) -> QuerySyntaxError | None:
    try:
        parse(query)
    except QuerySyntaxError as refused:
        return refused
    return None
