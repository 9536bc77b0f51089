"""Events as Lambda hands them over, in JSON files beside this one."""

import json
from pathlib import Path
from typing import Any

Event = dict[str, Any]


def read_event(name: str) -> Event:
    event: Event = json.loads((Path(__file__).parent / f"{name}.json").read_text())
    return event


def sqs_event(*bodies: str) -> Event:
    """A batch of messages."""
    event = read_event("sqs")
    (record,) = event["Records"]
    return {"Records": [record | {"body": body} for body in bodies]}


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
