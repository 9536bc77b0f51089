"""What can go wrong, by subject. `retryable` says whether the same attempt can succeed later.

TocsinError
├── ConfigurationError     an operator's file, parameter or environment variable
├── InputError             a value that a caller gave
├── QueryError             a topic's words
│   └── QuerySyntaxError   a part of a query's text
├── CompiledTopicsError    a file of compiled topics that cannot be used
├── NotFoundError          something asked for by its id
│   └── Forgotten          an article that an operator had removed
├── TooManyRequests        one caller who asks too often                    (retryable)
├── Overloaded             a table that does not answer all it is asked  (retryable)
├── InvocationFailed       a function that gave no answer                 (retryable)
├── PartFailed             a part of the archive that was not searched   (retryable)
├── CorruptError           something stored that is not as it was stored
├── SqlFailed              a query in SQL that its engine does not answer
├── PublishRefused         a notification that SNS will never take
├── PublishFailed          a notification that it may take later               (retryable)
├── SnsFailed              a subscription that SNS did not change          (mostly retryable)
├── SendFailed             jobs that SQS did not take                      (retryable)
├── PageError              a page that holds no readable article
├── FeedError              a document that is not a feed
└── FetchError             one HTTP request
    ├── UrlRefused         the URL itself is not one we ask for
    ├── AddressRefused     the host is not on the public internet
    ├── RobotsRefused      the host's robots.txt asks us not to
    ├── RobotsUnknown      a robots.txt that cannot be had                  (retryable)
    ├── HostBusy           another asks the host now, or its pause is long  (retryable)
    ├── TooManyRedirects
    ├── TooLarge           more bytes than the limit, once decoded
    ├── TooSlow            not done within the total time                   (retryable)
    ├── Unreachable        no name, no connection, cut off midway           (retryable)
    └── HttpStatus         the server answered with 4xx or 5xx   (429 and 5xx: retryable)
"""

import unicodedata


class TocsinError(Exception):
    retryable = False


class ConfigurationError(TocsinError):
    """Names what is wrong and the remedy, for the operator to read."""


class InputError(TocsinError):
    """`field` names the value; the message says what is wrong with it and the remedy."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


class QueryError(TocsinError):
    """`term` is the part of the topic that cannot be used."""

    def __init__(self, term: str, reason: str) -> None:
        super().__init__(f"{term!r}: {reason}")
        self.term = term


class QuerySyntaxError(QueryError):
    """`start` and `end` are offsets into `query`, the end one past the last. As text it shows the
    line with a caret under the part, and the remedy."""

    def __init__(self, query: str, start: int, end: int, problem: str, remedy: str) -> None:
        super().__init__(query[start:end], f"{problem}; {remedy}")
        self.query = query
        self.start = start
        self.end = end
        self.problem = problem
        self.remedy = remedy

    def __str__(self) -> str:
        place, line, caret = pointed(self.query, self.start, self.end)
        return f"{place}: {self.problem}\n{line}\n{caret}\n{self.remedy}"


SHOWN = 60  # characters of a query on each side of a place in it: they fit a terminal's line
_INDENT = "    "


def pointed(query: str, start: int, end: int) -> tuple[str, str, str]:
    """A place in a query: its name, the line of the query around it, and carets below it."""
    begin = query.rfind("\n", 0, start) + 1
    before, part = query[begin:start], query[start:end].split("\n")[0][:SHOWN]
    after = query[start + len(part) :].split("\n")[0][: SHOWN - len(part)]
    if len(before) > SHOWN:
        before = "…" + before[-SHOWN:]
    line = "".join(" " if _is_control(each) else each for each in before + part + after)
    name = f"line {query.count(chr(10), 0, start) + 1}, " if "\n" in query else ""
    carets = _blank(before) + "^" * max(1, _width(part))
    return f"{name}column {start - begin + 1}", _INDENT + line.rstrip(), _INDENT + carets


def _is_control(letter: str) -> bool:
    return unicodedata.category(letter) == "Cc" and letter != "\t"


def _width(text: str) -> int:
    """Columns that a terminal gives it: two to East Asian letters, none to combining accents."""
    wide = sum(unicodedata.east_asian_width(each) in "WF" for each in text)
    none = sum(unicodedata.category(each) in ("Mn", "Me", "Cf") for each in text)
    return len(text) + wide - none


def _blank(text: str) -> str:
    return "".join("\t" if each == "\t" else " " * _width(each) for each in text)


class CompiledTopicsError(TocsinError):
    """`file` is another version's, or damaged: compiling the topics again makes a good one."""

    def __init__(self, file: str, reason: str) -> None:
        super().__init__(f"{file}: {reason}; run `tocsin apply` again")
        self.file = file


class NotFoundError(TocsinError):
    def __init__(self, kind: str, identifier: str) -> None:
        super().__init__(f"no {kind} {identifier!r}")


class Forgotten(NotFoundError):
    def __init__(self, identifier: str, at: str) -> None:
        TocsinError.__init__(
            self, f"article {identifier!r} was forgotten on {at}: all of it was removed then"
        )


class CorruptError(TocsinError):
    """Something stored is not what was stored."""

    def __init__(
        self, kind: str, identifier: str, remedy: str = "run `tocsin apply` again"
    ) -> None:
        super().__init__(f"{kind} {identifier!r} cannot be read; {remedy}")


class SqlFailed(TocsinError):
    """`reason` is the engine's own."""

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(f"{reason}; {remedy}")
        self.reason = reason


class TooManyRequests(TocsinError):
    """It may be asked again after some time."""

    retryable = True


class Overloaded(TocsinError):
    """It may answer later: the job comes again."""

    retryable = True

    def __init__(self, what: str, reason: str) -> None:
        super().__init__(f"{what}: {reason}")


class InvocationFailed(TocsinError):
    retryable = True

    def __init__(self, function: str, reason: str) -> None:
        super().__init__(f"{function}: {reason}")


class PartFailed(TocsinError):
    """`part` names it. Without it an answer would look whole."""

    retryable = True

    def __init__(self, part: str, reason: str) -> None:
        super().__init__(f"{part} was not searched ({reason}); ask again, or for a shorter time")
        self.part = part
        self.reason = reason


class PublishRefused(TocsinError):
    """`code` is the one SNS gave."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class PublishFailed(TocsinError):
    """It may even have been taken, and the answer lost."""

    retryable = True


class SnsFailed(TocsinError):
    """`code` is the one SNS gave. What it said is left out: it may name who subscribes."""

    def __init__(self, operation: str, code: str) -> None:
        super().__init__(f"SNS, {operation}: {code}")
        self.code = code
        self.retryable = not code.startswith(("InvalidParameter", "NotFound", "Authorization"))


class SendFailed(TocsinError):
    retryable = True

    def __init__(self, jobs: int, code: str) -> None:
        super().__init__(f"{jobs} jobs were not taken, the first for {code}")


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


class RobotsRefused(FetchError):
    outcome = "robots_refused"


class RobotsUnknown(FetchError):
    """A host that cannot say what it allows allows nothing (RFC 9309, 2.3.1.4)."""

    outcome = "robots_unknown"
    retryable = True


class HostBusy(FetchError):
    """Nothing was asked: it is not yet our turn."""

    outcome = "host_busy"
    retryable = True


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
    """`retry_after_seconds` is what the server asked for, None if it did not ask; `redirects` are
    the statuses on the way to `url`, and where each led."""

    def __init__(
        self,
        url: str,
        status: int,
        retry_after_seconds: int | None,
        redirects: tuple[tuple[int, str], ...] = (),
    ) -> None:
        super().__init__(url, f"HTTP {status}")
        self.status = status
        self.retry_after_seconds = retry_after_seconds
        self.redirects = redirects
        self.outcome = f"http_{status}"
        self.retryable = status == 429 or status >= 500
