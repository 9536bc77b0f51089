"""DynamoDB items from and to plain Python values.

The SDK has this in boto3.dynamodb.types, which brings in all of boto3: 45 ms of a cold start that
the functions, which use botocore's clients, do without.
"""

from collections.abc import Mapping
from typing import Any

Item = dict[str, Any]


def to_item(values: Mapping[str, Any]) -> Item:
    """None and empty sets have no place in an item and are left out."""
    return {
        name: to_attribute(value)
        for name, value in values.items()
        if value is not None and value != frozenset()
    }


def from_item(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: from_attribute(attribute) for name, attribute in item.items()}


def to_attribute(value: Any) -> dict[str, Any]:
    """Takes str, bool, int, bytes, sets of bytes, lists, tuples and dicts; raises TypeError."""
    match value:
        case bool():
            return {"BOOL": value}
        case str():
            return {"S": value}
        case int():
            return {"N": str(value)}
        case bytes():
            return {"B": value}
        case frozenset() | set():
            return {"BS": sorted(value)}
        case list() | tuple():
            return {"L": [to_attribute(each) for each in value]}
        case dict():
            return {"M": to_item(value)}
    raise TypeError(f"{type(value).__name__} has no place in an item")


def from_attribute(attribute: Mapping[str, Any]) -> Any:
    ((kind, value),) = attribute.items()
    match kind:
        case "S" | "BOOL" | "B":
            return value
        case "N":
            return int(value)
        case "BS":
            return frozenset(value)
        case "L":
            return [from_attribute(each) for each in value]
        case "M":
            return from_item(value)
        case "NULL":
            return None
    raise TypeError(f"attribute type {kind} is not one we write")
