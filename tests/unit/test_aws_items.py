"""DynamoDB items from and to plain values."""

from decimal import Decimal
from typing import Any

import pytest
from boto3.dynamodb.types import TypeSerializer
from hypothesis import given
from hypothesis import strategies as st

from tocsin.aws.items import from_attribute, from_item, to_attribute, to_item
from tocsin.model.matches import MatchStatus

BINARY_SETS = st.frozensets(st.binary(min_size=1, max_size=8), min_size=1, max_size=4)
LEAVES = st.text() | st.booleans() | st.integers() | st.binary() | BINARY_SETS
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(min_size=1), VALUES, max_size=5))
def test_an_item_comes_back_as_it_was(values: dict[str, Any]) -> None:
    assert from_item(to_item(values)) == values


SMALL = st.text() | st.booleans() | st.integers(-(10**30), 10**30) | BINARY_SETS


@given(SMALL | st.lists(SMALL, max_size=3) | st.dictionaries(st.text(), SMALL, max_size=3))
def test_an_attribute_is_what_the_sdk_makes_of_it(value: Any) -> None:
    theirs = TypeSerializer().serialize(value)
    assert ordered(to_attribute(value)) == ordered(theirs)


def ordered(attribute: Any) -> Any:
    """The SDK's sets have no order of their own."""
    if isinstance(attribute, dict):
        return {
            kind: sorted(map(bytes, value))
            if kind == "BS" and isinstance(value, list)
            else ordered(value)
            for kind, value in attribute.items()
        }
    return [ordered(each) for each in attribute] if isinstance(attribute, list) else attribute


@pytest.mark.parametrize("nothing", [None, frozenset(), set()])
def test_what_has_no_place_in_an_item_is_left_out(nothing: Any) -> None:
    assert to_item({"a": nothing, "b": {"c": nothing}}) == {"b": {"M": {}}}


@pytest.mark.parametrize("value", ["", 0, False, [], {}, b""])
def test_an_empty_value_is_a_value(value: Any) -> None:
    assert from_item(to_item({"a": value})) == {"a": value}


def test_a_tuple_is_a_list() -> None:
    assert from_attribute(to_attribute(("a", ("b",)))) == ["a", ["b"]]


def test_a_truth_value_is_no_number() -> None:
    assert to_attribute(True) == {"BOOL": True}
    assert from_attribute(to_attribute(True)) is True


def test_a_status_is_its_text() -> None:
    assert to_attribute(MatchStatus.DUE) == {"S": "due"}


@pytest.mark.parametrize("value", [1.5, Decimal(1), object(), [1.5], {"a": 1.5}, [None]])
def test_a_value_without_a_place_is_a_type_error(value: Any) -> None:
    with pytest.raises(TypeError, match="has no place in an item"):
        to_attribute(value)
    with pytest.raises(TypeError):
        to_item({"a": value})


def test_a_null_of_other_writers_is_none() -> None:
    assert from_attribute({"NULL": True}) is None


@pytest.mark.parametrize("attribute", [{"SS": ["a"]}, {"NS": ["1"]}, {"X": 1}])
def test_an_attribute_that_we_do_not_write_is_a_type_error(attribute: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match=next(iter(attribute))):
        from_attribute(attribute)
