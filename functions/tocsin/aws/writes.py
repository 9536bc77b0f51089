"""DynamoDB writes with conditions."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast

from botocore.exceptions import ClientError

from tocsin.aws.items import to_item


def condition_failure(error: ClientError) -> dict[str, Any]:
    """The item as it was where the error is a failed condition (empty if none was asked for or
    none was there); any other error is raised on."""
    if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
        raise error
    item: dict[str, Any] = cast(dict[str, Any], error.response).get("Item", {})
    return item


def applied(write: Callable[..., Any], **arguments: Any) -> bool:
    """Does a conditional write and says whether its condition held. Other errors are raised."""
    try:
        write(**arguments)
    except ClientError as error:
        condition_failure(error)
        return False
    return True


def update(
    changes: Mapping[str, Any], remove: Iterable[str] = (), **more_values: Any
) -> dict[str, Any]:
    """Arguments of UpdateItem that set `changes` and remove the rest.

    A change to None removes, too. Attribute `x` is named `#x` in the expression, so that no name
    clashes with a reserved word; `more_values` (`name=value` is `:name`) serve a condition.
    """
    values = to_item({f":{name}": value for name, value in changes.items()})
    kept = [name for name in changes if f":{name}" in values]
    gone = [name for name in [*changes, *remove] if name not in kept]
    parts = []
    if kept:
        parts.append("SET " + ", ".join(f"#{name} = :{name}" for name in kept))
    if gone:
        parts.append("REMOVE " + ", ".join(f"#{name}" for name in dict.fromkeys(gone)))
    return {
        "UpdateExpression": " ".join(parts),
        "ExpressionAttributeNames": {f"#{name}": name for name in [*kept, *gone]},
        "ExpressionAttributeValues": values
        | to_item({f":{name}": value for name, value in more_values.items()}),
    }
