"""The operator's files: feeds.yaml and topics.yaml. An error names file, line, key and remedy."""

import difflib
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import yaml
from pydantic import BaseModel, ValidationError

from tocsin.alerts.settings_check import problem_of
from tocsin.errors import ConfigurationError, QueryError
from tocsin.model.feeds import Feed
from tocsin.model.topics import AlertSettings, Topic
from tocsin.model.values import Value
from tocsin.query.topics import tree_of

Model = TypeVar("Model", bound=BaseModel)
Location = tuple[str | int, ...]
MAX_FILE_BYTES = 5_000_000  # some 20,000 feeds
MAX_PARTS = 500_000  # of such a file
MAX_DEPTH = 8  # ours are three deep

_REMEDIES = {
    "missing": "add it",
    "string_type": "write text, in quotes if it looks like a number or a date",
    "string_pattern_mismatch": "use lower-case letters, digits and hyphens, as in my-topic",
    "tuple_type": "write a list, one item a line, each after a hyphen",
    "dict_type": "write keys and values, as `feeds:` and below it a list",
    "model_type": "write keys and values, as `id: my-topic`",
}


_ALERT_PATTERNS = {
    "languages": "write a language as en or uk",
    "times": 'write a time of day as "08:00"',
}


class FeedsFile(Value):
    feeds: tuple[Feed, ...]


class TopicsFile(Value):
    topics: tuple[Topic, ...]


def read_feeds(path: Path) -> tuple[Feed, ...]:
    """Raises ConfigurationError."""
    document, lines = _load(path)
    feeds = _validated(FeedsFile, document, lines, path).feeds
    _require_unique([feed.id for feed in feeds], "feeds", lines, path)
    for number, feed in enumerate(feeds):
        if not _is_web_url(feed.url):
            raise _error(
                path, lines, ("feeds", number, "url"), f"{feed.url!r} is no http or https URL"
            )
    return feeds


def _is_web_url(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def read_topics(path: Path) -> tuple[Topic, ...]:
    """Raises ConfigurationError, also for words that no query can be made of."""
    return _topics(path, *_load(path))


def read_some_topics(path: Path) -> tuple[Topic, ...]:
    """Of a file of topics, or of one that holds a single topic. Raises ConfigurationError."""
    document, lines = _load(path)
    if isinstance(document, dict) and "id" in document and "topics" not in document:
        document = {"topics": [document]}
        lines = {("topics", 0, *at): line for at, line in lines.items()}
    return _topics(path, document, lines)


def _topics(path: Path, document: Any, lines: dict[Location, int]) -> tuple[Topic, ...]:
    topics = _validated(TopicsFile, document, lines, path).topics
    _require_unique([topic.id for topic in topics], "topics", lines, path)
    for number, topic in enumerate(topics):
        try:
            tree_of(topic)
        except QueryError as error:
            raise _error(path, lines, ("topics", number), str(error)) from error
        if problem := problem_of(topic.alert):
            key, why = problem
            raise _error(path, lines, ("topics", number, "alert", key), why)
    return topics


def _load(path: Path) -> tuple[Any, dict[Location, int]]:
    """The document, and the line of each part of it."""
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise ConfigurationError(f"{path}: larger than {MAX_FILE_BYTES:,} bytes; split it")
        text = path.read_text(encoding="utf-8")
        lines: dict[Location, int] = {}
        if node := yaml.compose(text, Loader=yaml.SafeLoader):
            _add_lines(node, (), lines)
        return yaml.safe_load(text), lines
    except OSError as error:
        raise ConfigurationError(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path}: not UTF-8; save it in that encoding") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        problem = getattr(error, "problem", None) or str(error)
        raise ConfigurationError(f"{path}{where}: no valid YAML: {problem}") from error
    except ValueError as error:  # YAML reads 2026-99-99 as a date, and there is none
        raise ConfigurationError(f"{path}: {error}; put quotes around dates and numbers") from error


def _add_lines(node: yaml.Node, at: Location, found: dict[Location, int]) -> None:
    """Parts that an alias shares stand at several places; one that holds itself stands at endless
    ones, and a few lines can make millions of them."""
    if len(at) > MAX_DEPTH or len(found) > MAX_PARTS:
        raise _problem("nested too deep or too large; write it out without aliases", node)
    found.setdefault(at, node.start_mark.line + 1)
    if isinstance(node, yaml.SequenceNode):
        for number, child in enumerate(node.value):
            _add_lines(child, (*at, number), found)
    elif isinstance(node, yaml.MappingNode):
        for key, child in node.value:
            if (*at, key.value) in found:
                raise _problem(f"{key.value!r} is there twice; keep one", key)
            found[(*at, key.value)] = key.start_mark.line + 1
            _add_lines(child, (*at, key.value), found)


def _problem(words: str, node: yaml.Node) -> yaml.YAMLError:
    mark: Any = node.start_mark
    return yaml.MarkedYAMLError(problem=words, problem_mark=mark)


def _validated(model: type[Model], document: Any, lines: dict[Location, int], path: Path) -> Model:
    try:
        return model.model_validate(document)
    except ValidationError as error:
        first = error.errors()[0]
        raise _error(path, lines, first["loc"], _words(model, first)) from error


def _words(model: type[BaseModel], error: Any) -> str:
    if error["type"] == "extra_forbidden":
        return f"unknown key; {_nearest(model, error['loc'])}"
    remedy = _remedy(error["type"], error["loc"])
    message = str(error["msg"])
    message = message[:1].lower() + message[1:]
    return f"{message}; {remedy}" if remedy else message


def _remedy(kind: str, at: Location) -> str | None:
    if kind == "string_pattern_mismatch" and "alert" in at:
        return _ALERT_PATTERNS["languages" if "languages" in str(at[3]) else "times"]
    return _REMEDIES.get(kind)


def _nearest(model: type[BaseModel], at: Location) -> str:
    """The known key that looks most like it, else all there are."""
    parts: dict[object, type[BaseModel]] = {"feeds": Feed, "topics": Topic}
    of = model if len(at) == 1 else parts[at[0]]
    if "alert" in at[2:-1]:
        of = AlertSettings
    known = list(of.model_fields)
    near = difflib.get_close_matches(str(at[-1]), known, n=1)
    return f"did you mean `{near[0]}`?" if near else f"there are {', '.join(known)}"


def _require_unique(ids: list[str], key: str, lines: dict[Location, int], path: Path) -> None:
    for number, identifier in enumerate(ids):
        if identifier in ids[:number]:
            first = lines[(key, ids.index(identifier))]
            raise _error(
                path,
                lines,
                (key, number, "id"),
                f"{identifier!r} is taken by the entry in line {first}; give each its own",
            )


def _error(
    path: Path, lines: dict[Location, int], at: Location, problem: str
) -> ConfigurationError:
    """The line of the nearest part that is in the file: a missing key has none of its own."""
    part = at
    while part and part not in lines:
        part = part[:-1]
    line = f", line {lines[part]}" if part in lines else ""
    key = ".".join(str(each) for each in at)
    return ConfigurationError(f"{path}{line}, {key}: {problem}" if key else f"{path}: {problem}")
