"""The HTTP API does what its description says, and nothing else that a caller could provoke."""

import json
import os
import re
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.specs.openapi.checks import ignored_auth, positive_data_acceptance
from urllib3 import HTTPResponse

from infra.local.template import load_template
from tests.builders import a_match, a_topic, an_article
from tests.functional.conftest import PutTopics
from tests.functional.events import Event, read_event
from tocsin import wiring
from tocsin.api import searching
from tocsin.api.description import describe, operations
from tocsin.api.routes import resolver
from tocsin.aws.articles_table import ArticlesTable
from tocsin.aws.bucket import Bucket
from tocsin.aws.stories_table import StoriesTable
from tocsin.model.stories import Member, Place, StoryState

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "docs" / "openapi.json"
EXAMPLES = 40  # of each operation; what a caller may vary is little

# Identities are API Gateway's work; a cursor that no list gave, and two lists at once, are refused
# although each parameter is as described.
REQUIRED = {"/v1/volume": "topic=peace"}
SEARCHES = ("/v1/search",)  # another function's
NOT_ASKED = [ignored_auth, positive_data_acceptance]


def raised(error: Exception) -> None:
    raise error


@pytest.fixture
def ask(enter: Callable[[str], None]) -> Callable[[Event], dict[str, Any]]:
    enter("ApiFunction")
    outside = wiring.reading(), wiring.pushing(), wiring.self_service()
    app = resolver(*outside, lambda called: None, lambda outcome: None, raised)
    enter("SearchFunction")
    search = searching.resolver(wiring.searching(), wiring.feeding(), raised)

    def answer(event: Event) -> dict[str, Any]:
        return (search if event["rawPath"] in SEARCHES else app).resolve(event, None)

    return answer


@pytest.fixture
def article_id(
    articles: ArticlesTable, bucket: Bucket, stories: StoriesTable, put_topics: PutTopics
) -> str:
    """One article with everything: a match, a story, a capture."""
    put_topics(a_topic("peace"))
    article = an_article(authors=("Anna",), language="en", origins={"title": "og:title"})
    stories.count("peace", article.id, article.publisher, article.seen_at)
    bucket.put_article(article)
    articles.add_match(a_match(article.url, story_id=article.id), article.seen_at)
    articles.add_article(article)
    founder = Member(
        article_id=article.id,
        title=article.title,
        publisher=article.publisher,
        seen_at=article.seen_at,
        kind="founder",
    )
    stories.add_place(founder, Place(state=StoryState.CONFIRMED))
    return article.id


def test_the_document_in_docs_is_what_is_served(ask: Callable[[Event], dict[str, Any]]) -> None:
    """TOCSIN_WRITE_DOCS=1 writes it."""
    text = json.dumps(describe(), indent=2) + "\n"
    if "TOCSIN_WRITE_DOCS" in os.environ:
        DOCUMENT.write_text(text)
    assert DOCUMENT.read_text() == text
    assert json.loads(ask(event_of("GET", "/v1/openapi.json"))["body"]) == json.loads(text)


def test_every_route_of_an_identity_is_described_and_no_other() -> None:
    resources = load_template(ROOT / "template.yaml")["Resources"].values()
    routes = [each["Properties"] for each in resources if each["Type"].endswith("::Route")]
    asked = {each["RouteKey"] for each in routes if each["AuthorizationType"] == "AWS_IAM"}
    assert asked == {f"GET {each.path}" for each in operations()}


@pytest.mark.parametrize("path", [each.path for each in operations()])
def test_what_it_answers_is_what_it_says(
    path: str, article_id: str, ask: Callable[[Event], dict[str, Any]]
) -> None:
    operation = schemathesis.openapi.from_dict(describe())[path]["GET"]
    url = path.replace("{id}", article_id)
    response = as_response(ask(event_of("GET", url, REQUIRED.get(path, ""))), "GET", url)
    assert response.status_code == 200
    operation.validate_response(response)


@pytest.mark.parametrize("path", [each.path for each in operations()])
def test_no_request_that_can_be_made_up_finds_a_fault(
    path: str, article_id: str, ask: Callable[[Event], dict[str, Any]]
) -> None:
    operation = schemathesis.openapi.from_dict(describe())[path]["GET"]

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def try_it(case: Any) -> None:
        request = requests.Request(**case.as_transport_kwargs(base_url="https://api.example"))
        prepared = request.prepare()
        parts = urlsplit(str(prepared.url))
        answer = ask(event_of("GET", unquote(parts.path), parts.query))
        response = as_response(answer, "GET", str(prepared.url))
        case.validate_response(response, excluded_checks=NOT_ASKED)

    try_it()


def event_of(method: str, path: str, query: str = "") -> Event:
    """As API Gateway hands over a request: values of a repeated parameter joined by commas."""
    event = read_event("api_articles")
    event["rawPath"] = event["requestContext"]["http"]["path"] = path
    event["requestContext"]["http"]["method"] = method
    event["rawQueryString"] = query
    values: dict[str, str] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        values[name] = f"{values[name]},{value}" if name in values else value
    return event | {"queryStringParameters": values}


def as_response(answer: dict[str, Any], method: str, url: str) -> requests.Response:
    request = requests.Request(method, re.sub("^/", "https://api.example/", url)).prepare()
    raw = HTTPResponse(
        BytesIO(answer["body"].encode()),
        answer["headers"],
        answer["statusCode"],
        preload_content=False,
    )
    return requests.adapters.HTTPAdapter().build_response(request, raw)
