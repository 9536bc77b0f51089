"""How often one caller may ask: who has an identity by that, who has a feed's link by the link.

Counters are of fixed windows, one write a request. Who was refused is refused again in the same
container without one, so that a loop without pauses costs nothing but its own calls. Answers say
how much is left (draft-ietf-httpapi-ratelimit-headers).
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus
from math import ceil
from typing import Any, Protocol

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response

from tocsin.alerts.quotas import Quota, turn
from tocsin.api.problems import problem
from tocsin.model.quotas import Turn

WINDOW = timedelta(minutes=1)  # who paused for it may go on
_MOST_REMEMBERED = 1_000  # callers that a container knows as refused

Next = Callable[[APIGatewayHttpResolver], Response[Any]]


class Counters(Protocol):
    def count(self, turn: Turn) -> int | None: ...


@dataclass
class Limits:
    """`a_minute` requests of each caller, counted under `name`; at zero nothing is counted."""

    counters: Counters
    name: str
    a_minute: int
    clock: Callable[[], datetime]
    _refused: dict[str, float] = field(default_factory=dict)

    def answer(self, caller: str, answer: Callable[[], Response[Any]]) -> Response[Any]:
        """Counts a request, and answers it unless there were too many."""
        if not self.a_minute:
            return answer()
        now = self.clock()
        left = ceil(_end(now) - now.timestamp())
        remaining = self._take(caller, now)
        response = self._refusal(left) if remaining is None else answer()
        response.headers |= self._headers(remaining or 0, left)
        return response

    def _take(self, caller: str, now: datetime) -> int | None:
        """How many more requests there may be; None where this is one too many."""
        if self._refused.get(caller, 0) > now.timestamp():
            return None
        taken = self.counters.count(turn(Quota(self.name, self.a_minute, WINDOW), caller, now))
        if taken is None:
            self._remember(caller, _end(now))
            return None
        return self.a_minute - taken

    def _remember(self, caller: str, until: float) -> None:
        if len(self._refused) >= _MOST_REMEMBERED:
            self._refused.clear()
        self._refused[caller] = until

    def _headers(self, remaining: int, left: int) -> dict[str, str]:
        seconds = int(WINDOW.total_seconds())
        return {
            "RateLimit-Policy": f'"{self.name}";q={self.a_minute};w={seconds}',
            "RateLimit": f'"{self.name}";r={remaining};t={left}',
        }

    def _refusal(self, left: int) -> Response[str]:
        said = f"more than {self.a_minute} requests a minute; ask again in {left} seconds"
        return problem(HTTPStatus.TOO_MANY_REQUESTS, said, {"Retry-After": str(left)})


def _end(now: datetime) -> float:
    """Of the window, in seconds."""
    size = WINDOW.total_seconds()
    return (now.timestamp() // size + 1) * size


def limited(limits: Limits) -> Callable[[APIGatewayHttpResolver, Next], Response[Any]]:
    """A middleware: requests that somebody signed. Open routes have limits of their own."""

    def count(app: APIGatewayHttpResolver, answer: Next) -> Response[Any]:
        caller = identity_of(app.current_event.raw_event)
        if caller is None:
            return answer(app)
        return limits.answer(caller, lambda: answer(app))

    return count


def identity_of(event: dict[str, Any]) -> str | None:
    """Who signed the request: a user or a role, whatever its session; None if nobody did."""
    authorizer = event.get("requestContext", {}).get("authorizer") or {}
    iam = authorizer.get("iam") or {}
    name = iam.get("callerId") or iam.get("userId") or iam.get("accessKey")
    return str(name).partition(":")[0] if name else None
