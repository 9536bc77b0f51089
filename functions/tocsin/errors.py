"""What can go wrong, by subject. `retryable` says whether the same attempt can succeed later.

TocsinError
├── ConfigurationError     an operator's file, parameter or environment variable
├── InputError             a value that a caller gave
├── QueryError             a topic's words
├── NotFoundError          something asked for by its id
├── PublishRefused         a notification that SNS will never take
├── PublishFailed          a notification that it may take later               (retryable)
├── PageError              a page that holds no readable article
├── FeedError              a document that is not a feed
└── FetchError             one HTTP request
    ├── UrlRefused         the URL itself is not one we ask for
    ├── AddressRefused     the host is not on the public internet
    ├── TooManyRedirects
    ├── TooLarge           more bytes than the limit, once decoded
    ├── TooSlow            not done within the total time                   (retryable)
    ├── Unreachable        no name, no connection, cut off midway           (retryable)
    └── HttpStatus         the server answered with 4xx or 5xx   (429 and 5xx: retryable)
"""


class TocsinError(Exception):
    retryable = False


class ConfigurationError(TocsinError):
    """Names what is wrong and the remedy, for the operator to read."""


class InputError(TocsinError):
    """`field` names the value; the message says what is wrong with it and the remedy."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field


class QueryError(TocsinError):
    """`term` is the part of the topic that cannot be used."""

    def __init__(self, term: str, reason: str) -> None:
        super().__init__(f"{term!r}: {reason}")
        self.term = term


class NotFoundError(TocsinError):
    def __init__(self, kind: str, identifier: str) -> None:
        super().__init__(f"no {kind} {identifier!r}")


class PublishRefused(TocsinError):
    """`code` is the one SNS gave."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class PublishFailed(TocsinError):
    """It may even have been taken, and the answer lost."""

    retryable = True


class PageError(TocsinError):
    """`reason` is a short name that is stored and counted."""

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(f"{url}: {reason}")
        self.url = url
        self.reason = reason


class FeedError(TocsinError):
    """`outcome` is the name under which the feed's health shows it."""

    def __init__(self, url: str, outcome: str, reason: str) -> None:
        super().__init__(f"{url}: {reason}")
        self.url = url
        self.outcome = outcome
        self.reason = reason


class FetchError(TocsinError):
    """`outcome` is the name under which feeds and articles show it; `url` the one that failed,
    which after a redirect is not the one that was asked for."""

    outcome = "fetch_failed"

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(f"{url}: {reason}")
        self.url = url
        self.reason = reason


class UrlRefused(FetchError):
    outcome = "url_refused"


class AddressRefused(FetchError):
    outcome = "address_refused"


class TooManyRedirects(FetchError):
    outcome = "too_many_redirects"


class TooLarge(FetchError):
    outcome = "too_large"


class TooSlow(FetchError):
    outcome = "too_slow"
    retryable = True


class Unreachable(FetchError):
    outcome = "unreachable"
    retryable = True


class HttpStatus(FetchError):
    """`retry_after_seconds` is what the server asked for, None if it did not ask."""

    def __init__(self, url: str, status: int, retry_after_seconds: int | None) -> None:
        super().__init__(url, f"HTTP {status}")
        self.status = status
        self.retry_after_seconds = retry_after_seconds
        self.outcome = f"http_{status}"
        self.retryable = status == 429 or status >= 500
