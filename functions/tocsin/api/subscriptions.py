"""What anybody may call to subscribe, and to change what they are subscribed to.

POST /v1/subscriptions             topic, email or sms, cadence: asks the address to confirm
POST /v1/subscriptions/confirm     sms, code: confirms a number
GET  /subscriptions                a form for the link at the end of an e-mail
POST /subscriptions                link: leads to the signed link
GET  /subscriptions/{token}        what the link's owner is subscribed to
POST /subscriptions/{token}        action (pause, resume, cadence, stop), topic, cadence
GET  /a/{code}                     a short link to an article

Only POST changes anything: mail scanners open every link of an e-mail. Bodies are JSON or forms;
answers are HTML where the caller accepts that, else JSON.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Protocol
from urllib.parse import urlsplit

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response

from tocsin.alerts.shortlinks import article_id_of
from tocsin.api import pages
from tocsin.api.forms import fields_of
from tocsin.api.problems import problem
from tocsin.errors import InputError, NotFoundError, Overloaded, SnsFailed, TooManyRequests
from tocsin.model.articles import Article
from tocsin.model.lines import Cadence, SnsProtocol
from tocsin.model.subscribers import Subscriber
from tocsin.model.topics import Topic, TopicRow
from tocsin.pipeline import manage
from tocsin.pipeline.manage import find_owner, find_pasted, link_path, overview
from tocsin.pipeline.subscribe import Subscribing, ask, confirm, take_try, wish_of

MAX_ID_CHARACTERS = 64  # of a topic; DynamoDB fails on a key of more than 2,048 bytes
RETRY_SECONDS = 3_600  # quotas are of an hour and more
# The same whether the address is new, known, listens already or was asked too often.
_ASKED = (
    "If this address may be asked, it is sent a message now: do what it says. If there is none "
    "within an hour, look into the spam folder, or try again tomorrow."
)


class Topics(Protocol):
    def find(self, topic_id: str) -> TopicRow | None: ...


class Archive(Protocol):
    def find_article_id(self, identity: str) -> str | None: ...


class Store(Protocol):
    def get_article(self, article_id: str) -> Article: ...


@dataclass(frozen=True)
class SelfService:
    """What these routes need from outside. `sms_countries` is empty where SMS is off; `is_public`
    says whether the routes are there at all (short links always are)."""

    subscribing: Subscribing
    topics: Topics
    sns_prefix: str
    api_url: str
    sms_countries: str
    is_public: bool


# Hears how each request ended: a short name.
Note = Callable[[str], None]


def add_routes(
    app: APIGatewayHttpResolver, outside: SelfService, archive: Archive, store: Store, note: Note
) -> None:
    _add_subscribing(app, outside, note)
    _add_pasting(app, outside, note)
    _add_changing(app, outside, note)
    _add_errors(app, note)

    @app.get("/a/<code>")
    def article(code: str) -> Response[str]:
        return _redirect(HTTPStatus.FOUND, article_url(code, archive, store))


def _add_subscribing(app: APIGatewayHttpResolver, outside: SelfService, note: Note) -> None:
    @app.post("/v1/subscriptions")
    def subscribe() -> Response[str]:
        event = _open(app, outside)
        given = fields_of(event, ("topic", "email", "sms", "cadence"))
        protocol, address = _address_in(given, outside)
        countries = outside.sms_countries if protocol is SnsProtocol.SMS else None
        topic = _topic(given.get("topic", ""), outside)
        cadence = given.get("cadence") or topic.alert.cadence
        wish = wish_of(topic.id, protocol, address, cadence, countries)
        note(ask(wish, source_ip(event), outside.subscribing))
        return _answer(event, HTTPStatus.ACCEPTED, {"status": "asked", "message": _ASKED})

    @app.post("/v1/subscriptions/confirm")
    def confirm_code() -> Response[str]:
        event = _open(app, outside)
        given = fields_of(event, ("sms", "code"))
        if not outside.sms_countries:
            raise InputError("sms", "not offered here")
        take_try(source_ip(event), outside.subscribing)
        row = confirm(given.get("sms", ""), given.get("code", ""), outside.subscribing)
        note("confirmed")
        told = {"status": "confirmed", "message": "You are subscribed."}
        return _answer(event, HTTPStatus.OK, told | {"manage": _link(row.id, outside)})


def _add_pasting(app: APIGatewayHttpResolver, outside: SelfService, note: Note) -> None:
    @app.get("/subscriptions")
    def paste() -> Response[str]:
        event = _open(app, outside)
        if _wants_json(event):
            return _json(HTTPStatus.OK, {"link": "the one at the end of an e-mail: POST it here"})
        return _page(HTTPStatus.OK, pages.paste_page())

    @app.post("/subscriptions")
    def pasted() -> Response[str]:
        event = _open(app, outside)
        given = fields_of(event, ("link",))
        take_try(source_ip(event), outside.subscribing)
        owner = find_pasted(given.get("link", ""), outside.sns_prefix, outside.subscribing)
        note("link_unknown" if owner is None else "link_found")
        if owner is None:
            return _failed(event, HTTPStatus.NOT_FOUND, "no subscription is named there")
        link = _link(owner, outside)
        if _wants_html(event):
            return _redirect(HTTPStatus.SEE_OTHER, link)
        return _answer(event, HTTPStatus.OK, {"manage": link})


def _add_changing(app: APIGatewayHttpResolver, outside: SelfService, note: Note) -> None:
    @app.get("/subscriptions/<token>")
    def show(token: str) -> Response[str]:
        event = _open(app, outside)
        owner = find_owner(token, outside.subscribing)
        if owner is None:
            return _ended(event)
        return _overview(event, outside.subscribing.subscribers.find(owner), outside)

    @app.post("/subscriptions/<token>")
    def change(token: str) -> Response[str]:
        event = _open(app, outside)
        owner = find_owner(token, outside.subscribing)
        if owner is None:
            return _ended(event)
        given = fields_of(event, ("action", "topic", "cadence"))
        row, done = act(owner, given, outside.subscribing)
        note(f"changed_{given['action']}")
        return _overview(event, row, outside, done)


def _add_errors(app: APIGatewayHttpResolver, note: Note) -> None:
    @app.exception_handler(TooManyRequests)  # type: ignore[untyped-decorator]
    def too_many(error: TooManyRequests) -> Response[str]:
        note("network_limit")
        return _failed(_event(app), HTTPStatus.TOO_MANY_REQUESTS, str(error))

    @app.exception_handler([SnsFailed, Overloaded])  # type: ignore[untyped-decorator]
    def busy(error: SnsFailed | Overloaded) -> Response[str]:
        note(f"failed: {error}")
        return _failed(_event(app), HTTPStatus.SERVICE_UNAVAILABLE, "try again in a minute")


def act(
    subscriber: str, given: dict[str, str], outside: Subscribing
) -> tuple[Subscriber | None, str]:
    """Does what a form asks for, and says so in words. Raises InputError, TooManyRequests."""
    topic_id = given.get("topic")
    match given.get("action"):
        case "pause":
            return manage.pause(subscriber, topic_id, outside), "Paused for a week."
        case "resume":
            return manage.resume(subscriber, topic_id, outside), "You hear of it again."
        case "stop":
            return manage.stop(subscriber, topic_id, outside), "Stopped."
        case "cadence" if topic_id:
            cadence = _cadence(given.get("cadence", ""))
            row = manage.change_cadence(subscriber, topic_id, cadence, outside)
            return row, "Changed, once you have confirmed the e-mail where one was sent to you."
    raise InputError("action", "one of pause, resume, stop, or cadence with a topic")


def _cadence(text: str) -> Cadence:
    try:
        return Cadence(text)
    except ValueError as error:
        raise InputError("cadence", f"one of {', '.join(Cadence)}") from error


def article_url(code: str, archive: Archive, store: Store) -> str:
    """Where a short link leads. Raises NotFoundError."""
    try:
        article_id = archive.find_article_id(article_id_of(code))
    except ValueError:  # no code
        article_id = None
    url = store.get_article(article_id).url if article_id else ""
    # Only what was fetched is stored, and so is http(s): a row of another origin must not lead on.
    if urlsplit(url).scheme not in ("http", "https"):
        raise NotFoundError("article", code[:16])
    return url


def _topic(topic_id: str, outside: SelfService) -> Topic:
    row = outside.topics.find(topic_id) if 0 < len(topic_id) <= MAX_ID_CHARACTERS else None
    if row is None:
        raise NotFoundError("topic", topic_id[:MAX_ID_CHARACTERS])
    return row.topic


def _address_in(given: dict[str, str], outside: SelfService) -> tuple[SnsProtocol, str]:
    if ("email" in given) == ("sms" in given):
        raise InputError("email", "give either email or sms")
    if "email" in given:
        return SnsProtocol.EMAIL, given["email"]
    if not outside.sms_countries:
        raise InputError("sms", "not offered here")
    return SnsProtocol.SMS, given["sms"]


def source_ip(event: dict[str, Any]) -> str:
    """Whom API Gateway saw. Headers say what the caller likes."""
    return str(event["requestContext"]["http"].get("sourceIp", ""))


def _open(app: APIGatewayHttpResolver, outside: SelfService) -> dict[str, Any]:
    if not outside.is_public:
        raise NotFoundError("path", app.current_event.path[:40])
    return _event(app)


def _event(app: APIGatewayHttpResolver) -> dict[str, Any]:
    event: dict[str, Any] = app.current_event.raw_event
    return event


def _link(subscriber: str, outside: SelfService) -> str:
    return outside.api_url + link_path(subscriber, outside.subscribing)


def _wants_html(event: dict[str, Any]) -> bool:
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    return "text/html" in headers.get("accept", "")


def _overview(
    event: dict[str, Any], row: Subscriber | None, outside: SelfService, done: str = ""
) -> Response[str]:
    shown = overview(row, outside.topics)
    if not _wants_json(event):
        return _page(HTTPStatus.OK, pages.overview_page(shown, done))
    listed = [
        {
            "topic": each.topic_id,
            "name": each.topic_name,
            "cadence": each.cadence.value,
            "state": each.state.value,
            "paused_until": each.paused_until.isoformat() if each.paused_until else None,
        }
        for each in shown.standings
    ]
    told = {"message": done} if done else {}
    return _json(HTTPStatus.OK, {"subscriptions": listed, **told})


def _wants_json(event: dict[str, Any]) -> bool:
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    return "application/json" in headers.get("accept", "") and not _wants_html(event)


def _answer(event: dict[str, Any], status: HTTPStatus, told: dict[str, str]) -> Response[str]:
    if not _wants_html(event):
        return _json(status, told)
    return _page(status, pages.message_page("News alerts", told["message"]))


def _failed(event: dict[str, Any], status: HTTPStatus, detail: str) -> Response[str]:
    later = {"Retry-After": str(RETRY_SECONDS)} if status is HTTPStatus.TOO_MANY_REQUESTS else {}
    if not _wants_html(event):
        return problem(status, detail, pages.HEADERS | later)
    return _page(status, pages.message_page(status.phrase, detail), later)


def _ended(event: dict[str, Any]) -> Response[str]:
    return _failed(
        event, HTTPStatus.NOT_FOUND, "this link has ended or was cut off; ask for a new one"
    )


def _json(status: HTTPStatus, told: dict[str, Any]) -> Response[str]:
    body = json.dumps(told, ensure_ascii=False)
    return Response(status.value, "application/json", body, headers=dict(pages.HEADERS))


def _page(status: HTTPStatus, html: str, more: dict[str, str] | None = None) -> Response[str]:
    headers = pages.HEADERS | (more or {})
    return Response(status.value, "text/html; charset=utf-8", html, headers=headers)


def _redirect(status: HTTPStatus, url: str) -> Response[str]:
    return Response(
        status.value, "text/plain; charset=utf-8", "", headers=pages.HEADERS | {"Location": url}
    )
