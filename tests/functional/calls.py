"""Every AWS call that a test's clients make: recorded, and crashed or interrupted on demand."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ReadTimeoutError
from botocore.session import Session
from moto.core.models import botocore_stubber

WRITES = ("Put", "Update", "Delete", "Send", "Create", "Subscribe", "Publish")


class Crash(BaseException):
    """The process ends here. No `except Exception` stands in its way."""


def crash() -> None:
    raise Crash


@dataclass(frozen=True)
class Call:
    """`name` as in `dynamodb:PutItem`; `params` as the SDK was given them."""

    name: str
    params: dict[str, Any]

    @property
    def writes(self) -> bool:
        return self.name.partition(":")[2].startswith(WRITES)


@dataclass
class _Interruption:
    """Runs `action` once, at the nth call that it is told of."""

    name: str | None
    calls_left: int
    action: Callable[[], object]

    def meet(self, name: str) -> bool:
        if self.name is None or self.name == name:
            self.calls_left -= 1
            return self.calls_left == 0
        return False


class Calls:
    def __init__(self, session: Session) -> None:
        self.reset()
        session.register("before-parameter-build", self._begins)
        session.register("after-call", self._ended)
        # Before moto, whose answer would end the search for one.
        session.get_component("event_emitter").register_first("before-send", self._sends)

    def reset(self) -> None:
        self.made: list[Call] = []
        self._before: list[_Interruption] = []
        self._after: list[_Interruption] = []
        self._lost: list[str] = []

    def before(self, name: str | None, action: Callable[[], object], nth: int = 1) -> None:
        """Runs `action` before the nth call from now on (of that name, where it is given)."""
        self._before.append(_Interruption(name, nth, action))

    def after(self, name: str | None, action: Callable[[], object], nth: int = 1) -> None:
        """Likewise once the call has had its effect."""
        self._after.append(_Interruption(name, nth, action))

    def lose_answer(self, name: str) -> None:
        """The next call of that name has its effect, and its answer never arrives."""
        self._lost.append(name)

    def pending(self) -> int:
        """Interruptions that were asked for and never met."""
        return len(self._before) + len(self._after) + len(self._lost)

    def of(self, name: str) -> list[dict[str, Any]]:
        """The parameters of each call of that name."""
        return [call.params for call in self.made if call.name == name]

    def names(self) -> list[str]:
        return [call.name for call in self.made]

    def writes(self) -> list[str]:
        return [call.name for call in self.made if call.writes]

    def _begins(self, params: dict[str, Any], event_name: str, **_: Any) -> None:
        name = _name(event_name)
        self.made.append(Call(name, dict(params)))
        _interrupt(self._before, name)

    def _ended(self, event_name: str, **_: Any) -> None:
        _interrupt(self._after, _name(event_name))

    def _sends(self, request: Any, event_name: str, **_: Any) -> None:
        name = _name(event_name)
        if name in self._lost:
            self._lost.remove(name)
            botocore_stubber(event_name, request)
            raise ReadTimeoutError(endpoint_url=request.url)


def _name(event_name: str) -> str:
    _, service, operation = event_name.split(".")
    return f"{service}:{operation}"


def _interrupt(interruptions: list[_Interruption], name: str) -> None:
    """Those that are met are taken out first: what they run makes calls, too."""
    met = [each for each in interruptions if each.meet(name)]
    for each in met:
        interruptions.remove(each)
    for each in met:
        each.action()
