"""The shorter way through moto answers what the long way answers."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.core.botocore_stubber import BotocoreStubber

from tests.functional import shortened
from tests.functional.stack import Stack

KEY = {"pk": {"S": "A#1"}, "sk": {"S": "META"}}
OTHER = {"pk": {"S": "A#2"}, "sk": {"S": "META"}}
ITEM = KEY | {
    "count": {"N": "3"},
    "blob": {"B": b"\x00\xffbytes"},
    "blobs": {"BS": [b"one", b"\x01\x02"]},
    "names": {"SS": ["harbour", "quay"]},
    "nested": {"M": {"list": {"L": [{"NULL": True}, {"BOOL": False}, {"B": b"in"}]}}},
    "kind": {"S": "article"},
}
EMPTY = {":kind": {"S": "article"}}
TABLE = "ArticlesTable"


def asked(name: str, **parameters: Any) -> tuple[str, dict[str, Any]]:
    return name, {"TableName": TABLE, **parameters}


def changed(expression: str, **parameters: Any) -> tuple[str, dict[str, Any]]:
    return asked("update_item", Key=KEY, UpdateExpression=expression, **parameters)


def _request(operation: str, key: dict[str, Any], **parameters: Any) -> dict[str, Any]:
    return {operation: {"TableName": TABLE, "Key": key, **parameters}}


_ABSENT = {"ConditionExpression": "attribute_not_exists(pk)"}
# One after the other; what is refused is held against the long way as well.
CALLS = [
    asked("put_item", Item=ITEM, **_ABSENT),
    asked("put_item", Item=ITEM, **_ABSENT),
    asked("put_item", Item=ITEM, **_ABSENT, ReturnValuesOnConditionCheckFailure="ALL_OLD"),
    asked("put_item", Item=OTHER | {"kind": {"S": ""}}),
    asked("put_item", Item={"pk": {"S": ""}, "sk": {"S": "META"}}),
    asked("get_item", Key=KEY),
    asked("get_item", Key=KEY, ProjectionExpression="blob, nested"),
    asked("get_item", Key={"pk": {"S": "A#3"}, "sk": {"S": "META"}}),
    asked("get_item", Key={"pk": {"S": "A#3"}}),
    changed("SET #k = :k", ExpressionAttributeNames={"#k": "kind"}, ReturnValues="ALL_NEW"),
    changed(
        "SET #k = if_not_exists(#k, :k) REMOVE blobs ADD #c :n, names :s",
        ExpressionAttributeNames={"#k": "kind", "#c": "count"},
        ExpressionAttributeValues={
            ":k": {"S": "other"},
            ":n": {"N": "4"},
            ":s": {"SS": ["pier"]},
        },
        ReturnValues="ALL_NEW",
        ReturnConsumedCapacity="TOTAL",
    ),
    changed(
        "SET nested.again = list_append(nested.#l, :more), flag = :yes, #c = #c - :n"
        " DELETE names :s",
        ExpressionAttributeNames={"#l": "list", "#c": "count"},
        ExpressionAttributeValues={
            ":more": {"L": [{"B": b"\xfe"}]},
            ":yes": {"BOOL": True},
            ":n": {"N": "1"},
            ":s": {"SS": ["quay"]},
        },
        ReturnValues="UPDATED_NEW",
    ),
    changed("SET nowhere.at.all = :k", ExpressionAttributeValues={":k": {"S": "x"}}),
    changed("SET pk = :k", ExpressionAttributeValues={":k": {"S": "x"}}),
    changed(
        "SET seen = :k",
        ExpressionAttributeValues={":k": {"S": "now"}, ":old": {"N": "1"}},
        ConditionExpression="attribute_exists(pk) AND seen = :old",
        ReturnValuesOnConditionCheckFailure="ALL_OLD",
    ),
    changed("SET seen = :k", ExpressionAttributeValues={":k": {"S": "x"}, ":unused": {"S": "y"}}),
    changed("SET seen == :k", ExpressionAttributeValues={":k": {"S": "now"}}),
    asked(
        "query",
        KeyConditionExpression="pk = :p AND begins_with(sk, :m)",
        ExpressionAttributeValues={":p": {"S": "A#1"}, ":m": {"S": "ME"}},
    ),
    asked(
        "query",
        KeyConditionExpression="pk = :p",
        FilterExpression="kind = :k",
        ExpressionAttributeValues={":p": {"S": "A#1"}, ":k": {"S": "none"}},
        Limit=1,
    ),
    asked("query", IndexName="none", KeyConditionExpression="pk = :p"),
    asked("scan"),
    asked("scan", Limit=1),
    asked("scan", ExclusiveStartKey=KEY),
    ("batch_get_item", {"RequestItems": {TABLE: {"Keys": [KEY, OTHER]}}}),
    (
        "transact_write_items",
        {
            "TransactItems": [
                _request("Delete", KEY),
                _request("ConditionCheck", OTHER, ConditionExpression="attribute_not_exists(pk)"),
            ]
        },
    ),
    (
        "transact_write_items",
        {
            "TransactItems": [
                {"Put": {"TableName": TABLE, "Item": ITEM}},
                _request("ConditionCheck", OTHER, ConditionExpression="attribute_exists(nothing)"),
            ]
        },
    ),
    ("transact_get_items", {"TransactItems": [_request("Get", KEY), _request("Get", OTHER)]}),
    ("batch_write_item", {"RequestItems": {TABLE: [{"DeleteRequest": {"Key": OTHER}}]}}),
    asked("delete_item", Key=KEY, ReturnValues="ALL_OLD"),
    asked("delete_item", Key=KEY, ConditionExpression="attribute_exists(pk)"),
    asked("scan"),
    ("scan", {"TableName": "nowhere"}),
]


@pytest.fixture
def answers(stack: Stack) -> Callable[[], list[Any]]:
    """To all of `CALLS`, from an empty table."""

    def ask() -> list[Any]:
        stack.empty()
        return [_answer(stack, *_named(call, stack.ref(TABLE))) for call in CALLS]

    return ask


def _named(value: Any, table: str) -> Any:
    """With the table's name of the stack in place of the template's."""
    if isinstance(value, dict):
        return {_named(key, table): _named(each, table) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_named(each, table) for each in value)
    return table if isinstance(value, str) and value == TABLE else value


def _answer(stack: Stack, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
    try:
        answer = getattr(stack.client("dynamodb"), operation)(**parameters)
    except ClientError as error:
        answer = dict(error.response) | {"raised": str(error)}
    of_http = answer.pop("ResponseMetadata")
    return answer | {"status": of_http["HTTPStatusCode"], "tries": of_http["RetryAttempts"]}


def test_tables_answer_as_they_do_by_the_long_way(
    answers: Callable[[], list[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    by_the_short_way = answers()
    monkeypatch.undo()  # moto as it comes
    assert BotocoreStubber.process_request is shortened._long_way
    by_the_long_way = answers()
    for call, short, long in zip(CALLS, by_the_short_way, by_the_long_way, strict=True):
        assert short == long, call
    assert {each["status"] for each in by_the_long_way} == {200, 400}


def test_every_call_of_items_goes_the_short_way() -> None:
    asked_for = {"".join(part.title() for part in name.split("_")) for name, _ in CALLS}
    assert asked_for == shortened.OF_ITEMS


def test_what_a_test_writes_is_gone_for_the_next(stack: Stack) -> None:
    _write_and_look(stack)


def test_what_the_test_before_wrote_is_gone(stack: Stack) -> None:
    _write_and_look(stack)


def _write_and_look(stack: Stack) -> None:
    tables, s3, sqs, sns = (stack.client(each) for each in ("dynamodb", "s3", "sqs", "sns"))
    url = stack.ref("PollQueue")
    assert (stack.items(TABLE), stack.objects()) == ([], {})
    assert "Messages" not in sqs.receive_message(QueueUrl=url)
    before = len(sns.list_topics()["Topics"])
    tables.put_item(TableName=stack.ref(TABLE), Item=KEY)
    s3.put_object(Bucket=stack.ref("Bucket"), Key="raw/1", Body=b"1")
    sqs.send_message(QueueUrl=url, MessageBody="{}")
    sns.create_topic(Name="tocsin-made")
    assert len(stack.items(TABLE)) == len(stack.objects()) == 1
    assert len(sqs.receive_message(QueueUrl=url)["Messages"]) == 1
    assert len(sns.list_topics()["Topics"]) == before + 1 == 2
