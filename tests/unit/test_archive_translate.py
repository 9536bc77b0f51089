"""What a query becomes in the index, and when that says all."""

import pytest

from tests.archive import FORMS
from tocsin.archive.translate import (
    AllOf,
    AnyOf,
    Everything,
    Exactly,
    Expression,
    Form,
    Leaf,
    Minus,
    Nearby,
    Question,
    Stem,
    render,
    translate,
)
from tocsin.model.topics import Topic
from tocsin.query.meaning import plan_of


def question(query: str, **changes: object) -> Question:
    topic = Topic.model_validate({"id": "a", "name": "", "query": query} | changes)
    return translate(plan_of(topic, FORMS), FORMS)


def test_a_word_is_its_form_in_any_language_and_its_stem_in_each() -> None:
    leaf = question("troops").expression
    assert isinstance(leaf, Leaf)
    assert leaf.columns == ("body", "title")
    (choice,) = leaf.choices
    assert {Form("troops"), Stem("", "troop")} <= choice
    assert len(choice) == 1 + 8


def test_an_exact_word_is_its_form_only() -> None:
    assert question("=Troops").expression == Leaf(("body", "title"), (frozenset({Form("troops")}),))


def test_a_language_beside_a_word_leaves_other_stems_out() -> None:
    ranked = question("troops lang:de").ranked
    assert ranked == (
        Leaf(("body", "title"), (frozenset({Form("troops"), Stem("_d", "troops")}),)),
    )


def test_fields_are_columns_and_codes_words_of_one() -> None:
    assert question("author:anna").expression == Leaf(
        ("author",), (frozenset({Exactly("_nanna")}),)
    )
    assert question("feed:Harbour-Post").expression == Leaf(
        ("code",), (frozenset({Exactly("d_harbour-post")}),)
    )


def test_what_is_under_not_and_codes_are_not_ranked_by() -> None:
    asked = question("=troops NOT =dogs lang:en")
    assert isinstance(asked.expression, Minus)
    assert asked.ranked == (Leaf(("body", "title"), (frozenset({Form("troops")}),)),)


@pytest.mark.parametrize(
    ("query", "exact"),
    [
        ("troops march", True),
        ('"troops march" NOT title:dog*', True),
        ("=troops NEAR/3 =march", True),
        ("troops NEAR/3 march", True),
        ("troops NEAR/3 troop", False),  # FTS5: a word is near itself
        ("=troops NEAR/3 troop", False),
        ("tro* NEAR/3 =troops", False),
        ("tro* NEAR/3 march", False),  # whether march has such forms the shard knows only
        ("author:(anna NEAR/3 berg)", False),  # each author is a row of its own
    ],
)
def test_it_says_whether_the_index_can_say_it_all(query: str, exact: bool) -> None:
    assert question(query).exact is exact


def test_accents_are_beyond_the_index() -> None:
    assert not question("café", accents=True).exact


def test_single_words_of_near_become_one_choice() -> None:
    near = question("(=a1 OR =b1) NEAR/4 =c1").expression
    assert isinstance(near, Nearby)
    assert near.left.choices == (frozenset({Form("a1"), Form("b1")}),)


def test_too_many_pairs_of_near_are_verified_instead() -> None:
    sides = " OR ".join(f'"a{number} b"' for number in range(6))
    asked = question(f"({sides}) NEAR/4 ({sides.replace('a', 'c')})")
    assert not asked.exact
    assert not isinstance(asked.expression, AnyOf | Nearby)


def test_no_letter_of_a_query_is_in_what_the_engine_reads() -> None:
    query = '"NEAR(x" OR "col: y" OR "q^+" NOT title:"{z}"'
    asked = question(query)
    (rendered,) = render([asked.expression], lambda word, _: [f"<{word}>"], ["l_en"])
    letters = rendered.text
    for part in ("{body title}", "{title}", " NOT ", " OR ", " : "):
        letters = letters.replace(part, "")
    assert set(letters) <= set('()"w0123456789 ')


def parts_of(part: Expression) -> list[Expression]:
    inner = part.parts if isinstance(part, AllOf | AnyOf) else ()
    return [part, *(each for one in inner for each in parts_of(one))]


def test_what_the_index_would_say_too_often_takes_nothing_away() -> None:
    """Else articles would be lost that the query is satisfied by."""
    kept = question("march NOT (tro* NEAR/2 tro*)")
    assert (kept.expression, kept.exact) == (question("march").expression, False)
    either = question("march OR (peace AND (war OR NOT (tro* NEAR/2 tro*)))").expression
    assert isinstance(either, AnyOf)
    assert Everything() in [leaf for part in either.parts for leaf in parts_of(part)]
    both = question("march NOT (tro* NEAR/2 tro*) NOT =peace")
    assert (both.expression, both.exact) == (question("march NOT =peace").expression, False)
