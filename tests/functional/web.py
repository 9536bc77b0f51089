"""A web of answers that a test writes down, in place of the one way out to the internet."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tocsin.errors import FetchError, HttpStatus, TooLarge
from tocsin.web.fetcher import Redirect, Response


@dataclass(frozen=True)
class Asked:
    url: str
    headers: Mapping[str, str]


class FakeWeb:
    """Keeps the contract of `Fetcher.fetch`: gives 2xx and 304, raises a FetchError for the rest,
    never more than `max_bytes`. A URL that nobody wrote down is a 404."""

    def __init__(self) -> None:
        self._answers: dict[str, Response | FetchError] = {}
        self.asked: list[Asked] = []

    def serve(
        self,
        url: str,
        body: str | bytes = "",
        status: int = 200,
        redirected_to: str | None = None,
        redirects: tuple[Redirect, ...] = (),
        **headers: str,
    ) -> None:
        """Header names are written with underscores; a page is HTML where none says otherwise."""
        stated = {name.replace("_", "-"): value for name, value in headers.items()}
        stated.setdefault("content-type", "text/html; charset=utf-8")
        content = body.encode() if isinstance(body, str) else body
        if redirects:
            redirected_to = redirects[-1].url
        self._answers[url] = Response(redirected_to or url, status, stated, content, redirects)

    def fail(self, url: str, error: FetchError) -> None:
        self._answers[url] = error

    def urls_asked(self) -> list[str]:
        """Without each host's robots.txt."""
        return [each.url for each in self.asked if not each.url.endswith("/robots.txt")]

    def fetch(
        self,
        url: str,
        max_bytes: int,
        headers: Mapping[str, str] | None = None,
        follow: Callable[[str], None] | None = None,
    ) -> Response:
        self.asked.append(Asked(url, dict(headers or {})))
        answer = self._answers.get(url, HttpStatus(url, 404, None))
        if isinstance(answer, FetchError):
            raise answer
        if answer.status >= 400:
            after = answer.headers.get("retry-after")
            raise HttpStatus(answer.url, answer.status, int(after) if after else None)
        if len(answer.body) > max_bytes:
            raise TooLarge(answer.url, f"more than {max_bytes:,} bytes")
        if follow is not None and answer.url != url:
            follow(answer.url)
        return answer
