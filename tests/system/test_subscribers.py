"""Subscribers on the deployed template: by the open routes, as a browser calls them."""

import json
import re
import urllib.error
import urllib.request
import uuid
from datetime import UTC, datetime

from tests.system.conftest import Bell, wait_for
from tocsin.alerts.signing import subscriber_id
from tocsin.cli.subscribers import subscribing
from tocsin.model.excerpts import Excerpt
from tocsin.model.lines import SnsProtocol
from tocsin.model.matches import Match
from tocsin.pipeline.manage import link_path

TOPIC = "munich-security-conference"  # no other test rings for it: ten in ten minutes are most


def call(bell: Bell, path: str, fields: dict[str, str] | None = None) -> tuple[int, str]:
    """Without any identity; a POST of the fields where there are some."""
    body = json.dumps(fields).encode() if fields else None
    headers = {"content-type": "application/json", "accept": "application/json"}
    request = urllib.request.Request(bell.api_url(path), body, headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def news(bell: Bell) -> str:
    """Something that rings; what to find it by."""
    title = f"Guarantees {uuid.uuid4().hex}"
    match = Match(
        article_id=uuid.uuid4().hex[:24],
        topic_id=TOPIC,
        title=title,
        url="https://example.org/guarantees",
        publisher="Trial",
        seen_at=datetime.now(UTC),
        excerpt=Excerpt(text="A trial"),
    )
    bell.account.articles.add_match(match, datetime.now(UTC))
    return title


def has(bell: Bell, endpoint: str, title: str) -> bool:
    return any(title in delivery.body for delivery in bell.inbox(endpoint))


def rings_for(bell: Bell, endpoint: str) -> str:
    """News, once it has reached an endpoint."""
    title = news(bell)
    wait_for(lambda: bell.ring() is not None and has(bell, endpoint, title))
    return title


def test_a_mailbox_subscribes_hears_pauses_and_stops(bell: Bell) -> None:
    email, other = (f"{uuid.uuid4().hex}@example.org" for _ in range(2))
    assert call(bell, "/v1/subscriptions", {"topic": TOPIC, "email": email})[0] == 202
    bell.subscribe(TOPIC, email=other)
    assert has(bell, email, rings_for(bell, other))

    outside = subscribing(bell.account)
    subscriber = subscriber_id(outside.pepper(), SnsProtocol.EMAIL, email)
    link = link_path(subscriber, outside)
    status, page = call(bell, link)
    assert (status, json.loads(page)["subscriptions"][0]["topic"]) == (200, TOPIC)

    assert call(bell, link, {"action": "pause"})[0] == 200
    assert not has(bell, email, rings_for(bell, other))
    assert call(bell, link, {"action": "resume"})[0] == 200
    assert has(bell, email, rings_for(bell, other))

    assert call(bell, link, {"action": "stop"})[0] == 200
    assert not has(bell, email, rings_for(bell, other))
    assert outside.subscribers.find(subscriber) is None


def test_a_number_subscribes_by_the_code_in_its_sms(bell: Bell) -> None:
    number = f"+38050{uuid.uuid4().int % 10**7:07d}"
    assert call(bell, "/v1/subscriptions", {"topic": TOPIC, "sms": number})[0] == 202
    wait_for(lambda: bell.inbox(number))
    (sms,) = bell.inbox(number)
    code = re.match(r"\d{6}", sms.body)
    assert code is not None
    status, answer = call(bell, "/v1/subscriptions/confirm", {"sms": number, "code": code[0]})
    assert (status, json.loads(answer)["status"]) == (200, "confirmed")
    row = bell.account.topics.find(TOPIC)
    assert row is not None
    (listener,) = [
        each
        for each in bell.account.sns_topics.subscriptions(row.sns_topic_arns["instant-sms"])
        if each.endpoint == number
    ]
    assert listener.confirmed
