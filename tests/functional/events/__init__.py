"""Events as Lambda hands them over, in JSON files beside this one."""

import base64
import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

Event = dict[str, Any]


def read_event(name: str) -> Event:
    event: Event = json.loads((Path(__file__).parent / f"{name}.json").read_text())
    return event


def sqs_event(*bodies: str, receives: int = 1) -> Event:
    """A batch of messages, each received so many times."""
    event = read_event("sqs")
    (record,) = event["Records"]
    attributes = record["attributes"] | {"ApproximateReceiveCount": str(receives)}
    return {"Records": [record | {"body": body, "attributes": attributes} for body in bodies]}


def api_event(path: str, **query: str) -> Event:
    """A GET, from the recorded request that went the same route."""
    route = {"/health": "health", "/v1/articles": "articles"}.get(path, "article")
    event = read_event(f"api_{route}")
    event["rawPath"] = event["requestContext"]["http"]["path"] = path
    event.pop("queryStringParameters", None)
    event["rawQueryString"] = "&".join(f"{name}={value}" for name, value in query.items())
    if query:
        event["queryStringParameters"] = query
    return event


def hub_event(method: str, path: str, body: bytes = b"", **headers: str) -> Event:
    """A call without an identity, as API Gateway hands over one whose body is no plain text."""
    event = read_event("api_article")
    route = event["requestContext"]["http"]
    event["rawPath"] = route["path"] = path.partition("?")[0]
    route["method"] = method
    event["rawQueryString"] = path.partition("?")[2]
    event["queryStringParameters"] = dict(parse_qsl(event["rawQueryString"]))
    del event["headers"]["authorization"], event["requestContext"]["authorizer"]
    event["headers"] |= {name.replace("_", "-"): value for name, value in headers.items()}
    return event | {"body": base64.b64encode(body).decode(), "isBase64Encoded": True}
