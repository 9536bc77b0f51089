"""How often one caller may ask the HTTP API."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.functional.calls import Calls
from tests.functional.clock import Clock
from tests.functional.events import Event, read_event
from tests.functional.stack import Stack
from tocsin import wiring
from tocsin.api.limits import identity_of
from tocsin.api.routes import resolver

A_MINUTE = 3
Ask = Callable[..., dict[str, Any]]


def raised(error: Exception) -> None:
    raise error


def signed_by(caller_id: str | None, path: str = "/v1/articles") -> Event:
    event = read_event("api_articles")
    event["rawPath"] = event["requestContext"]["http"]["path"] = path
    event |= {"rawQueryString": "", "queryStringParameters": {}}
    iam = event["requestContext"]["authorizer"]["iam"]
    iam |= {"callerId": caller_id, "userId": caller_id}
    if caller_id is None:
        del event["requestContext"]["authorizer"]
    return event


@pytest.fixture
def container(enter: Callable[[str], None]) -> Callable[[], Ask]:
    """A new container of the function: it knows nobody who was refused."""
    enter("ApiFunction")

    def make() -> Ask:
        reading = wiring.reading()
        reading = replace(reading, limits=replace(reading.limits, a_minute=A_MINUTE, _refused={}))
        outside = reading, wiring.pushing(), wiring.self_service()
        app = resolver(*outside, lambda called: None, lambda outcome: None, raised)
        return lambda *who: app.resolve(signed_by(*who), None)

    return make


@pytest.fixture
def ask(container: Callable[[], Ask]) -> Ask:
    return container()


def test_each_caller_may_ask_so_often_a_minute(ask: Ask, clock: Clock) -> None:
    clock.advance(seconds=40)
    answers = [ask("AIDAONE") for _ in range(A_MINUTE + 1)]
    assert [each["statusCode"] for each in answers] == [200] * A_MINUTE + [429]
    left = [each["headers"]["RateLimit"] for each in answers]
    assert left == [f'"requests";r={number};t=20' for number in (2, 1, 0, 0)]
    assert answers[0]["headers"]["RateLimit-Policy"] == '"requests";q=3;w=60'
    refused = answers[-1]
    assert refused["headers"]["Content-Type"] == "application/problem+json"
    assert refused["headers"]["Retry-After"] == "20"
    detail = "more than 3 requests a minute; ask again in 20 seconds"
    assert json.loads(refused["body"]) == {
        "title": "Too Many Requests",
        "status": 429,
        "detail": detail,
    }
    assert ask("AIDATWO")["statusCode"] == 200
    clock.advance(seconds=20)
    assert ask("AIDAONE")["statusCode"] == 200


def test_containers_count_together(container: Callable[[], Ask]) -> None:
    one, other = container(), container()
    assert [one("AIDAONE")["statusCode"] for _ in range(A_MINUTE)] == [200] * A_MINUTE
    assert other("AIDAONE")["statusCode"] == 429


def test_who_was_refused_costs_nothing_more(ask: Ask, calls: Calls) -> None:
    for _ in range(A_MINUTE + 1):
        ask("AIDAONE")
    before = len(calls.of("dynamodb:UpdateItem")), len(calls.of("dynamodb:Query"))
    assert ask("AIDAONE")["statusCode"] == 429
    assert (len(calls.of("dynamodb:UpdateItem")), len(calls.of("dynamodb:Query"))) == before


def test_an_answer_costs_one_write(ask: Ask, calls: Calls) -> None:
    ask("AIDAONE")
    assert len(calls.writes()) == 1


def test_a_role_is_one_caller_whatever_its_session(ask: Ask) -> None:
    answers = [ask(f"AROAONE:session-{number}") for number in range(A_MINUTE + 1)]
    assert answers[-1]["statusCode"] == 429


def test_unchanged_answers_count_too(ask: Ask) -> None:
    assert ask("AIDAONE")["headers"]["RateLimit"].startswith('"requests";r=2')
    assert ask("AIDAONE")["headers"]["RateLimit"].startswith('"requests";r=1')


def test_what_nobody_signed_is_not_counted_here(ask: Ask, stack: Stack) -> None:
    assert identity_of(signed_by(None)) is None
    assert ask(None, "/a/x")["statusCode"] == 404
    assert stack.items("TopicsTable") == []


def test_counters_are_forgotten(ask: Ask, stack: Stack, clock: Clock) -> None:
    ask("AIDAONE")
    (counter,) = stack.items("TopicsTable")
    assert counter["pk"].startswith("QUOTA#requests#AIDAONE#")
    assert counter["forget_at"] > clock().timestamp()
