"""moto's answers by a shorter way.

Nine tenths of these tests' processor time went into moto's way from a request to its table and
back: it looks for the service among 180 patterns, makes a WSGI request of what is none, reads an
expression five times, picks an answer's members by reflection, and lists every error that DynamoDB
has to name one. What answers is moto's own code still. `test_shortened.py` holds the answers
against those of the long way.
"""

import pickle
from functools import cache
from typing import Any

import moto.core.responses
import pytest
from botocore import xform_name
from botocore.awsrequest import AWSPreparedRequest
from moto import backend_index
from moto.core.base_backend import AccountSpecificBackend, BaseBackend
from moto.core.botocore_stubber import BotocoreStubber
from moto.core.errors import ErrorLookup, ErrorLookupFactory
from moto.core.exceptions import HTTPException
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.utils import get_service_model, method_names_from_class
from moto.dynamodb.models.dynamo_type import Item
from moto.dynamodb.models.utilities import dynamo_json_dump
from moto.dynamodb.parsing.ast_nodes import DepthFirstTraverser, Node
from moto.dynamodb.parsing.expressions import UpdateExpressionParser
from moto.dynamodb.responses import DynamoHandler

from tests.functional.stack import ACCOUNT, REGION

SERVICES = ("dynamodb", "s3", "sns", "sqs", "iam", "sts")
# Of items, and of nothing else: their answers hold neither times nor what a table is made of.
OF_ITEMS = {
    *("GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "Scan"),
    *("BatchGetItem", "BatchWriteItem", "TransactGetItems", "TransactWriteItems"),
}
_TABLES = f"https://dynamodb.{REGION}.amazonaws.com/"

_all_regions = AccountSpecificBackend._generate_regions.__wrapped__
# Texts and classes do not change, and what is read of them is copied before it is used.
_method_names = cache(method_names_from_class)
_parsed = cache(UpdateExpressionParser.make)
_KNOWN_REGIONS: dict[str, list[str]] = {}
_KNOWN_URLS: dict[type[BaseBackend], Any] = {}

Answer = tuple[int, dict[str, str], str | bytes]
_long_way = BotocoreStubber.process_request
_all_urls = BaseBackend.urls.fget


def shorten(patch: pytest.MonkeyPatch) -> None:
    ours = [each for each in backend_index.backend_url_patterns if each[0] in SERVICES]
    patch.setattr(backend_index, "backend_url_patterns", ours)
    patch.setattr(BotocoreStubber, "process_request", _process_request)
    # Read anew at every request, and the same at each.
    patch.setattr(moto.core.responses, "method_names_from_class", _method_names)
    patch.setattr(BaseBackend, "urls", property(_urls))
    patch.setattr(AccountSpecificBackend, "_generate_regions", _regions)
    patch.setattr(UpdateExpressionParser, "make", _parsed)
    patch.setattr(DepthFirstTraverser, "traverse", _traverse)
    patch.setattr(ErrorLookupFactory, "for_service", staticmethod(_errors_of))
    for plain in (Node, Item):
        patch.setattr(plain, "__deepcopy__", _copied, raising=False)


def _process_request(stubber: BotocoreStubber, request: AWSPreparedRequest) -> Any:
    if request.url == _TABLES:
        operation = _text(request.headers["X-Amz-Target"]).partition(".")[2]
        if operation in OF_ITEMS:
            return _of_items(operation, request.body)
    return _long_way(stubber, request)


def _of_items(operation: str, body: Any) -> Answer:
    handler = DynamoHandler()
    handler.region, handler.current_account, handler.partition = REGION, ACCOUNT, "aws"
    handler.body = handler.params = _parser(operation).parse({"headers": {}, "body": body})
    try:
        result = getattr(handler, xform_name(operation))()
    except HTTPException as error:
        return error.code or 400, dict(error.get_headers()), error.description or ""
    return 200, {}, dynamo_json_dump(result.result)


@cache
def _parser(operation: str) -> Any:
    return PROTOCOL_PARSERS["json"](get_service_model("dynamodb").operation_model(operation))


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value


def _urls(backend: BaseBackend) -> Any:
    kind = type(backend)
    if kind not in _KNOWN_URLS:
        _KNOWN_URLS[kind] = _all_urls(backend)
    return _KNOWN_URLS[kind]


def _regions(account: AccountSpecificBackend[Any], service: str) -> list[str]:
    if service not in _KNOWN_REGIONS:
        _KNOWN_REGIONS[service] = _all_regions(account, service)
    return _KNOWN_REGIONS[service]


def _traverse(traverser: DepthFirstTraverser, root: Node) -> Node:
    """Bottom up, as moto's does, which asks of each node anew whether its class is one of those."""
    kinds, steps = traverser._processing_map(), dict[type, Any]()
    before = traverser.pre_processing_of_child
    if type(traverser).pre_processing_of_child is DepthFirstTraverser.pre_processing_of_child:
        before = None  # it does nothing

    def walk(node: Any, place: int) -> Any:
        parent, kind = node.parent, type(node)
        for number, child in enumerate(node.children or ()):
            if before:
                before(node, number)
            if _is_node(type(child)):
                walk(child, number)
        if kind not in steps:
            steps[kind] = next((kinds[each] for each in kinds if issubclass(kind, each)), None)
        return _put(steps[kind](node), parent, place) if steps[kind] else node

    return walk(root, -1)


def _put(node: Any, parent: Any, place: int) -> Any:
    node.parent = parent
    if parent:
        parent.children[place] = node
    return node


@cache
def _is_node(kind: type) -> bool:
    return issubclass(kind, Node)


@cache
def _errors_of(service_model: Any) -> ErrorLookup:
    return ErrorLookupFactory._create_error_lut(service_model)


def _copied(value: Any, memo: dict[int, Any]) -> Any:
    return pickle.loads(pickle.dumps(value, pickle.HIGHEST_PROTOCOL))
