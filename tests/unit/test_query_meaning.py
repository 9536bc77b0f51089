"""A topic's plan finds the same articles as its tree does."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.queries import FORMS, asking, documents, plan_holds, rows_of, rules_broken, trees
from tocsin.query.document import Document
from tocsin.query.evaluate import satisfies
from tocsin.query.keys import accented_key, code_key, field_key, stem_key
from tocsin.query.meaning import plan_of
from tocsin.query.plan import Close, Either, Every, One, Plan, Sequence, Start, Within, Without
from tocsin.query.tree import Node
from tocsin.query.written import write


def plan(query: str, **changes: object) -> Plan:
    return plan_of(asking(query, **changes), FORMS)


def one(*keys: str) -> One:
    return One(frozenset(keys))


def test_a_word_means_its_form_and_its_stem_in_each_language() -> None:
    assert plan("troops") == one("troops", stem_key("en", "troop"), stem_key("uk", "troops"))


def test_where_a_dictionary_knows_a_word_its_stem_is_not_meant() -> None:
    assert plan("man") == one("man", "men", stem_key("uk", "man"))


def test_a_name_means_its_romanisations() -> None:
    assert plan("zelensky lang:fr") == Every((one("zelensky", "zelenskyy"), plan("lang:fr")))


def test_an_exact_word_means_its_form() -> None:
    assert plan("=Troops") == plan("Troops", inflection=False) == one("troops")


def test_where_accents_matter_a_word_means_what_is_written() -> None:
    assert plan("Café", accents=True) == one(accented_key("café"))


def test_a_word_of_several_tokens_is_a_phrase() -> None:
    assert plan("=peace-keeper") == Sequence((one("peace"), one("keeper")))
    assert plan("=日本") == Sequence((one("日"), one("本")))


def test_beside_lang_only_that_language_is_meant() -> None:
    assert plan("troops lang:en") == Every(
        (one("troops", stem_key("en", "troop")), one(code_key("lang", "en")))
    )


def test_a_field_is_asked_for_at_each_word() -> None:
    assert plan("title:(=a NOT =b)") == Every(
        (Within("title", one("a")), Without(Within("title", one("b"))))
    )
    assert plan("body:(=a NEAR/3 (=b OR troop*))") == Within(
        "body", Close(3, one("a"), Either((one("b"), Start("troop"))))
    )


def test_other_fields_have_keys_of_their_own() -> None:
    assert plan('author:"Anna Berg"') == Sequence(
        (one(field_key("author", "anna")), one(field_key("author", "berg")))
    )
    assert plan("publisher:harb*") == Start(field_key("publisher", "harb"))
    assert plan("country:UA") == one(code_key("country", "ua"))


def test_what_is_nested_for_nothing_is_one_level() -> None:
    assert plan("=a OR (=b OR (=c OR =a))") == Either((one("a"), one("b"), one("c")))
    assert plan("=a AND NOT NOT =b") == Every((one("a"), one("b")))


@given(trees(odd=True))
def test_plans_keep_their_promises(tree: Node) -> None:
    assert rules_broken(plan(write(tree))) == []


@settings(max_examples=250)
@given(trees(), documents(), st.booleans(), st.booleans())
def test_a_plan_finds_what_the_tree_finds(
    tree: Node, document: Document, accents: bool, inflection: bool
) -> None:
    topic = asking(write(tree), accents=accents, inflection=inflection)
    found = plan_holds(plan_of(topic, FORMS), rows_of(document))
    assert found == satisfies(topic, document, FORMS)
