"""What anybody may call: the routes of subscribers, as API Gateway hands requests over."""

import base64
import hashlib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.builders import SITE, a_topic, an_article
from tests.functional.calls import Calls
from tests.functional.clock import Clock
from tests.functional.confirmations import Confirmations
from tests.functional.conftest import PutTopics
from tests.functional.events import read_event
from tests.functional.stack import API_URL, Stack
from tests.functional.test_handlers import Lines, _forget_loggers, metrics
from tocsin import wiring
from tocsin.alerts.signing import subscriber_id
from tocsin.aws.articles_table import ArticlesTable
from tocsin.aws.bucket import Bucket
from tocsin.handlers import reconcile
from tocsin.handlers.api import handler
from tocsin.model.lines import Cadence, Line, SnsProtocol
from tocsin.model.topics import AlertSettings
from tocsin.pipeline.manage import link_path
from tocsin.pipeline.subscribe import Wish, subscribe_for_operator, wish_of

ANNA, PHONE = "anna@example.org", "+380501234567"
JSON, FORM, HTML = "application/json", "application/x-www-form-urlencoded", "text/html"


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: str

    def json(self) -> Any:
        return json.loads(self.body)


Ask = Callable[..., Answer]


def request(
    method: str, path: str, body: str = "", ip: str = "203.0.113.7", **headers: str
) -> dict[str, Any]:
    """As a stranger's, recorded by API Gateway."""
    event = read_event("api_article")
    http = event["requestContext"]["http"]
    event["rawPath"] = http["path"] = path
    http["method"], http["sourceIp"] = method, ip
    event.pop("queryStringParameters", None)
    event["headers"].pop("authorization", None)
    event["requestContext"].pop("authorizer", None)
    event["headers"] |= {name.replace("_", "-"): value for name, value in headers.items()}
    return event | {"body": body, "isBase64Encoded": False}


@pytest.fixture
def settings(enter: Callable[[str], None], monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Parameters of the template, as a container of the function has them."""

    def give(**parameters: str) -> None:
        enter("ApiFunction")
        for name, value in parameters.items():
            monkeypatch.setenv(name, value)
        wiring.self_service.cache_clear()

    return give


@pytest.fixture
def ask(settings: Callable[..., None], put_topics: PutTopics, confirmations: Confirmations) -> Ask:
    put_topics(a_topic("peace"), a_topic("harbour", name="<Harbour> & bay"))
    settings(ENABLE_SMS="true", SMS_COUNTRIES="UA,DE")

    def run(method: str, path: str, body: Any = "", **more: str) -> Answer:
        if isinstance(body, dict):
            kind = more.setdefault("content_type", JSON)
            body = json.dumps(body) if kind == JSON else urlencode(body)
        more.setdefault("accept", "*/*")
        raw = handler(request(method, path, body, **more), None)
        return Answer(raw["statusCode"], raw["headers"], raw["body"])

    return run


@pytest.fixture
def link(ask: Ask) -> Callable[..., str]:
    """The path of the signed link of a number that listens to topics."""

    def make(*topics: str) -> str:
        outside = wiring.self_service().subscribing
        for topic in topics:
            wish = wish_of(topic, SnsProtocol.SMS, PHONE, "instant", None)
            subscribe_for_operator(wish, True, outside)
        return link_path(subscriber_id(outside.pepper(), SnsProtocol.SMS, PHONE), outside)

    return make


def listed(ask: Ask, path: str) -> dict[str, Any]:
    answer = ask("GET", path, accept=JSON)
    assert answer.status == 200
    return {each["topic"]: each for each in answer.json()["subscriptions"]}


def assert_problem(answer: Answer, status: int, *words: str) -> None:
    assert (answer.status, answer.headers["Content-Type"]) == (status, "application/problem+json")
    assert answer.json()["status"] == status
    assert all(word in answer.json()["detail"] for word in words), answer.json()


@pytest.mark.parametrize("kind", [JSON, FORM, FORM + "; charset=utf-8"])
def test_anybody_may_subscribe_an_address(
    kind: str, ask: Ask, confirmations: Confirmations
) -> None:
    answer = ask("POST", "/v1/subscriptions", {"topic": "peace", "email": ANNA}, content_type=kind)
    assert answer.status == 202
    assert answer.json()["status"] == "asked"
    assert confirmations.mails == [ANNA]


OTHERS = [
    ("peace", ANNA),
    ("harbour", ANNA),
    ("peace", "anna+x@example.org"),
    ("peace", "bo@example.org"),
]


def test_the_answer_is_the_same_whatever_is_known_of_an_address(ask: Ask) -> None:
    first = ask("POST", "/v1/subscriptions", {"topic": "peace", "email": ANNA}, ip="2001:db8::1")
    others = [
        ask("POST", "/v1/subscriptions", {"topic": topic, "email": email}, ip=f"2001:db8:0:{n}::")
        for n, (topic, email) in enumerate(
            [
                ("peace", ANNA),
                ("harbour", ANNA),
                ("peace", "anna+x@example.org"),
                ("peace", "b@c.de"),
            ]
        )
    ]
    assert all(other == first for other in others)


def test_a_network_that_asks_too_often_is_told_so(ask: Ask) -> None:
    for number in range(5):
        ask("POST", "/v1/subscriptions", {"topic": "peace", "email": f"a{number}@example.org"})
    answer = ask("POST", "/v1/subscriptions", {"topic": "peace", "email": ANNA})
    assert_problem(answer, 429, "too many requests from your network")
    assert int(answer.headers["Retry-After"]) > 0


def test_a_network_is_what_api_gateway_saw_and_not_what_a_header_says(ask: Ask) -> None:
    for number in range(6):
        answer = ask(
            "POST",
            "/v1/subscriptions",
            {"topic": "peace", "email": f"a{number}@example.org"},
            x_forwarded_for=f"198.51.100.{number}",
            forwarded=f"for=198.51.100.{number}",
        )
    assert answer.status == 429


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({"topic": "peas", "email": ANNA}, 404, "no topic 'peas'"),
        ({"email": ANNA}, 404, "no topic ''"),
        ({"topic": "x" * 3_000, "email": ANNA}, 404, "no topic"),
        ({"topic": "peace"}, 400, "either email or sms"),
        ({"topic": "peace", "email": ANNA, "sms": PHONE}, 400, "either email or sms"),
        ({"topic": "peace", "email": "anna"}, 400, "email: an address has an @"),
        ({"topic": "peace", "sms": "+12015550123"}, 400, "only numbers of DE, UA"),
        ({"topic": "peace", "email": ANNA, "cadence": "yearly"}, 400, "one of instant, hourly"),
        ({"topic": "peace", "https": "https://example.org/"}, 400, "no such field"),
        ({"topic": "peace", "sqs": "arn:aws:sqs:a:123456789012:b"}, 400, "no such field"),
        ({"topic": "peace", "email": ["anna@example.org"]}, 400, "values are texts"),
        ("{", 400, "a JSON object"),
        ("[" * 2_000, 400, "a JSON object"),
        ("[]", 400, "a JSON object"),
        ("x" * 5_000, 400, "4096 bytes"),
        ("x" * 50_000, 400, "4096 bytes"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_a_word(
    body: Any, status: int, words: str, ask: Ask, confirmations: Confirmations
) -> None:
    assert_problem(ask("POST", "/v1/subscriptions", body, content_type=JSON), status, words)
    assert confirmations.mails == []


def test_a_body_of_another_kind_or_that_is_no_text_is_refused(ask: Ask) -> None:
    assert_problem(
        ask("POST", "/v1/subscriptions", "<a/>", content_type="text/xml"), 400, "or a form"
    )
    event = request("POST", "/v1/subscriptions", "/w==", content_type=JSON)
    answer = handler(event | {"isBase64Encoded": True}, None)
    assert answer["statusCode"] == 400
    twice = "topic=peace&topic=harbour&email=a@example.org"
    assert_problem(ask("POST", "/v1/subscriptions", twice, content_type=FORM), 400, "each field")


def test_the_cadence_is_the_topics_own_unless_another_is_asked_for(
    ask: Ask, stack: Stack, put_topics: PutTopics
) -> None:
    put_topics(a_topic("weekly", alert=AlertSettings(cadence=Cadence.WEEKLY)))
    ask("POST", "/v1/subscriptions", {"topic": "weekly", "email": ANNA})
    ask(
        "POST",
        "/v1/subscriptions",
        {"topic": "weekly", "email": "b@example.org", "cadence": "daily"},
    )
    rows = [each for each in stack.items("TopicsTable") if each["pk"].startswith("SUB#")]
    cadences = {row["endpoint"]: row["subscriptions"][0]["line"]["cadence"] for row in rows}
    assert cadences == {ANNA: "weekly", "b@example.org": "daily"}


def test_a_number_is_subscribed_by_its_code_and_given_its_link(ask: Ask, calls: Calls) -> None:
    asked = ask("POST", "/v1/subscriptions", {"topic": "peace", "sms": PHONE})
    assert asked.status == 202
    code = calls.of("sns:Publish")[0]["Message"][:6]
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    refused = ask("POST", "/v1/subscriptions/confirm", {"sms": PHONE, "code": wrong})
    assert_problem(refused, 400, "code: wrong, or it has ended")
    done = ask("POST", "/v1/subscriptions/confirm", {"sms": PHONE, "code": code})
    assert done.json()["status"] == "confirmed"
    path = done.json()["manage"].removeprefix(API_URL)
    assert listed(ask, path)["peace"]["state"] == "confirmed"


def test_numbers_are_refused_where_sms_is_off(
    ask: Ask, settings: Callable[..., None], calls: Calls
) -> None:
    settings(ENABLE_SMS="false", SMS_COUNTRIES="UA")
    assert_problem(ask("POST", "/v1/subscriptions", {"topic": "peace", "sms": PHONE}), 400, "not")
    answer = ask("POST", "/v1/subscriptions/confirm", {"sms": PHONE, "code": "000000"})
    assert_problem(answer, 400, "not offered here")
    assert calls.of("sns:Publish") == []


ROUTES = [
    ("POST", "/v1/subscriptions"),
    ("POST", "/v1/subscriptions/confirm"),
    ("GET", "/subscriptions"),
    ("POST", "/subscriptions"),
]


def test_nobody_finds_these_routes_where_the_operator_subscribes_people(
    ask: Ask, settings: Callable[..., None], link: Callable[..., str]
) -> None:
    path = link("peace")
    settings(PUBLIC_SUBSCRIPTIONS="false", ENABLE_SMS="true", SMS_COUNTRIES="UA")
    for method, route in [*ROUTES, ("GET", path), ("POST", path)]:
        answer = ask(method, route, {"topic": "peace", "email": ANNA} if method == "POST" else "")
        assert_problem(answer, 404)


STRICT = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


def test_pages_load_nothing_are_framed_by_nobody_and_are_not_kept(
    ask: Ask, link: Callable[..., str]
) -> None:
    for path in ("/subscriptions", link("peace")):
        answer = ask("GET", path, accept=HTML)
        assert answer.status == 200
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
        assert answer.headers.items() >= STRICT.items()
        policy = answer.headers["Content-Security-Policy"]
        for part in ("default-src 'none'", "form-action 'self'", "frame-ancestors 'none'"):
            assert part in policy
        assert "<script" not in answer.body
        assert not re.search(r"\son\w+=|javascript:|style=", answer.body)


def test_the_style_is_the_one_that_the_policy_names(ask: Ask) -> None:
    answer = ask("GET", "/subscriptions")
    (style,) = re.findall(r"<style>(.*?)</style>", answer.body)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in answer.headers["Content-Security-Policy"]


def test_a_page_can_be_read_by_everybody(ask: Ask, link: Callable[..., str]) -> None:
    for path in ("/subscriptions", link("peace", "harbour")):
        body = ask("GET", path, accept=HTML).body
        assert '<html lang="en">' in body
        assert body.count("<h1>") == 1
        fields = re.findall(r"<(?:input|select)(?![^>]*hidden)[^>]*>", body)
        labels = re.findall(r'<label for="(\w+)">', body)
        for field in fields:
            assert "aria-label" in field or any(f'id="{each}"' in field for each in labels)


def test_what_operators_write_is_text_and_not_markup(ask: Ask, link: Callable[..., str]) -> None:
    body = ask("GET", link("harbour"), accept=HTML).body
    assert "&lt;Harbour&gt; &amp; bay" in body
    assert "<Harbour>" not in body


def test_a_page_does_not_show_the_whole_address(ask: Ask, link: Callable[..., str]) -> None:
    for accept in (HTML, JSON):
        assert PHONE[1:] not in ask("GET", link("peace"), accept=accept).body


def test_only_post_changes_anything(
    ask: Ask, link: Callable[..., str], calls: Calls, stack: Stack
) -> None:
    """Mail scanners open every link, and ask for its head first."""
    path = link("peace")
    before = stack.items("TopicsTable")
    calls.reset()
    for method in ("GET", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH"):
        for query in ("", "?action=stop", "?action=stop&topic=peace"):
            event = request(method, path)
            event["rawQueryString"] = query.removeprefix("?")
            handler(event, None)
    assert calls.writes() == []
    assert stack.items("TopicsTable") == before


def test_a_subscriber_pauses_goes_on_changes_and_stops(
    ask: Ask, link: Callable[..., str], clock: Clock
) -> None:
    path = link("peace", "harbour")
    ask("POST", path, {"action": "pause", "topic": "peace"}, content_type=FORM)
    assert listed(ask, path)["peace"]["paused_until"] == "2031-03-12T14:30:00+00:00"
    assert listed(ask, path)["harbour"]["paused_until"] is None
    ask("POST", path, {"action": "resume"})
    assert listed(ask, path)["peace"]["paused_until"] is None
    ask("POST", path, {"action": "cadence", "topic": "peace", "cadence": "daily"})
    assert listed(ask, path)["peace"]["cadence"] == "daily"
    ask("POST", path, {"action": "stop", "topic": "peace"})
    assert set(listed(ask, path)) == {"harbour"}
    gone = ask("POST", path, {"action": "stop"}, accept=HTML)
    assert "You are subscribed to nothing." in gone.body
    assert listed(ask, path) == {}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"action": "explode"},
        {"action": "cadence", "cadence": "daily"},
        {"action": "cadence", "topic": "peace", "cadence": "yearly"},
        {"action": "cadence", "topic": "unheard-of", "cadence": "daily"},
        {"action": "stop", "subscriber": "other"},
    ],
)
def test_a_change_that_cannot_be_meant_is_refused(
    body: dict[str, str], ask: Ask, link: Callable[..., str]
) -> None:
    path = link("peace")
    assert_problem(ask("POST", path, body), 400)
    assert listed(ask, path)["peace"]["state"] == "confirmed"


def test_a_link_that_has_ended_or_was_changed_leads_nowhere(
    ask: Ask, link: Callable[..., str], clock: Clock
) -> None:
    path = link("peace")
    for wrong in (path[:-1], path[:-1] + ("A" if path[-1] != "A" else "B"), "/subscriptions/x"):
        assert_problem(ask("GET", wrong), 404, "ask for a new one")
        assert_problem(ask("POST", wrong, {"action": "stop"}), 404)
    clock.advance(days=30)
    assert_problem(ask("GET", path), 404, "ask for a new one")


def test_a_pasted_footer_leads_to_the_signed_link(ask: Ask, confirmations: Confirmations) -> None:
    confirmations.on = False
    outside = wiring.self_service().subscribing
    wish = Wish("peace", Line.of_key("instant"), SnsProtocol.EMAIL, ANNA)
    subscribe_for_operator(wish, True, outside)
    (arn,) = [
        each["SubscriptionArn"]
        for each in wiring._client("sns").list_subscriptions()["Subscriptions"]
    ]
    answer = ask("POST", "/subscriptions", {"link": arn}, content_type=FORM, accept=HTML)
    assert answer.status == 303
    path = answer.headers["Location"].removeprefix(API_URL)
    assert set(listed(ask, path)) == {"peace"}
    assert ask("POST", "/subscriptions", {"link": arn}).json()["manage"].startswith(API_URL)
    assert_problem(ask("POST", "/subscriptions", {"link": arn[:-1]}), 404, "no subscription")


def test_a_short_link_leads_to_the_articles_own_page(
    ask: Ask, articles: ArticlesTable, bucket: Bucket
) -> None:
    article = an_article(f"{SITE}/news/ferry")
    bucket.put_article(article)
    articles.add_article(article)
    code = base64.urlsafe_b64encode(bytes.fromhex(article.id)).decode()
    assert len(code) == 16
    answer = ask("GET", f"/a/{code}")
    assert (answer.status, answer.headers["Location"]) == (302, article.url)
    assert answer.headers["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize("code", ["A" * 16, "a", "A" * 15, "A" * 17, "https:", "%2e%2e", "é" * 16])
def test_a_short_link_leads_nowhere_else(code: str, ask: Ask) -> None:
    answer = ask("GET", f"/a/{code}")
    assert_problem(answer, 404)
    assert "Location" not in answer.headers


def test_a_stored_address_of_another_kind_is_not_led_to(
    ask: Ask, articles: ArticlesTable, bucket: Bucket
) -> None:
    article = an_article("javascript:alert(1)", id="0" * 24)
    bucket.put_article(article)
    articles.add_article(article)
    code = base64.urlsafe_b64encode(bytes(12)).decode()
    assert_problem(ask("GET", f"/a/{code}"), 404, "no article")


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Iterator[Lines]:
    _forget_loggers()
    yield Lines(capsys)
    _forget_loggers()


def test_each_request_is_counted_by_how_it_ended(ask: Ask, lines: Lines) -> None:
    ask("POST", "/v1/subscriptions", {"topic": "peace", "email": ANNA})
    assert metrics(lines.read())["SubscriptionsAsked"] == 1
    ask("POST", "/v1/subscriptions", {"topic": "peace", "email": ANNA})
    assert metrics(lines.read())["SubscriptionsLimited"] == 1


def test_no_log_and_no_queue_holds_an_address_a_number_or_a_code(
    ask: Ask,
    link: Callable[..., str],
    confirmations: Confirmations,
    capfd: pytest.CaptureFixture[str],
    enter: Callable[[str], None],
    stack: Stack,
    calls: Calls,
) -> None:
    _forget_loggers()
    for email in (ANNA, ANNA, "not an address anna@example.org", "anna@example.org\n"):
        ask("POST", "/v1/subscriptions", {"topic": "peace", "email": email})
    ask("POST", "/v1/subscriptions", {"topic": "peace", "sms": PHONE})
    code = calls.of("sns:Publish")[0]["Message"][:6]
    ask("POST", "/v1/subscriptions/confirm", {"sms": PHONE, "code": "000000"})
    done = ask("POST", "/v1/subscriptions/confirm", {"sms": PHONE, "code": code})
    path = done.json()["manage"].removeprefix(API_URL)
    ask("POST", "/subscriptions", {"link": f"arn:aws:sns:... Endpoint={ANNA}"})
    for action in ("pause", "resume", "stop", ANNA):
        ask("POST", path, {"action": action})
    ask("GET", path)
    for _ in range(7):
        ask("POST", "/v1/subscriptions", {"topic": "peace", "email": ANNA})
    stack.client("sns").delete_topic(
        TopicArn=f"{stack.ref('OperatorTopic').rpartition(':')[0]}:tocsin-harbour"
    )
    ask("POST", "/v1/subscriptions", {"topic": "harbour", "email": "zoe@example.org"}, ip="1.2.3.4")
    confirmations.confirm(ANNA)
    enter("ReconcileFunction")
    reconcile.handler({}, None)
    _forget_loggers()
    written = capfd.readouterr()
    text = written.out + written.err
    assert "subscription request" in text
    assert "failed: SNS, " in text
    token = path.rpartition("/")[2]
    for secret in ("anna", "zoe", "example.org", PHONE[1:], code, token, "203.0.113.7", "1.2.3.4"):
        assert secret not in text, secret
    for queue in ("PollDeadLetterQueue", "IngestDeadLetterQueue", "PollQueue", "IngestQueue"):
        answer = stack.client("sqs").receive_message(QueueUrl=stack.ref(queue))
        assert "Messages" not in answer
