"""How well feeds are read: a parser's test feeds with their expected values, and the time it takes.

    python benchmarks/feeds.py CASES.tar.gz [--json FILE]

CASES holds small feeds, each with `Expect:` and an expression over `bozo`, `feed`, `entries` in its
first comment, and perhaps `Header:` lines: ../shared/data/feeds/feedparser-cases.tar.gz. An
expression is read as a tree and never run as code.

What applies: every expectation about a title, link, date, guid, content or author of an entry, and
about the feed's own title, link, language, ttl, kind, and number of entries. Anything else is left
out with its reason, as `EXCLUDED` and `Outside` say.

What is equal: titles are one line of text and contents HTML here, and not sanitised; so two texts
are equal if they are to the letter, or if they are once markup and references are undone. The first
kind is counted, too (`to_the_letter`). Dates are equal as instants; of several of an entry we keep
one. Of several texts of an entry we keep the longest.

Times are CPU milliseconds, interleaved with feedparser's over the same made-up feeds.
"""

import argparse
import ast
import html
import json
import operator
import re
import signal
import tarfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import FrameType
from typing import Any
from urllib.parse import urljoin

import feedparser
from feed_generator import STYLES

from tocsin.errors import FeedError
from tocsin.feeds import jsonfeed, lenient, xmlfeed
from tocsin.feeds.charsets import utf8
from tocsin.feeds.dates import stated_date
from tocsin.feeds.entries import Item, absolute, urljoin_or_none
from tocsin.feeds.parser import FeedFacts, parse

# Where the cases expect their documents to come from.
HOST = "http://127.0.0.1:8097/"
LIMIT_SECONDS = 10
ROUNDS = 12
ENTRIES = 50

# Folders and elements whose expectations are about what Tocsin does not keep.
EXCLUDED_FOLDERS = {
    "sanitize": "which markup is let through: none is, contents become text before they are shown",
}
EXCLUDED_FIELDS = {
    "bozo": "only whether it is well-formed, and nothing of what it says",
    "encoding": "the name of an encoding: its text counts, and is looked at elsewhere",
    "namespaces": "namespaces by prefix",
    "headers": "HTTP headers",
    "modified": "HTTP headers",
    "where": "places (GeoRSS)",
    **dict.fromkeys(("type", "base", "language", "src"), "a text's type, base or language"),
    **dict.fromkeys(("tags", "category"), "categories"),
    **dict.fromkeys(("contributors", "publisher", "publisher_detail"), "people but authors"),
    **dict.fromkeys(("email", "url", "href"), "addresses of people"),
    **dict.fromkeys(("rights", "copyright", "license", "rights_detail"), "rights"),
    **dict.fromkeys(("copyright_detail",), "rights"),
    "source": "the feed that an entry was copied from",
    **dict.fromkeys(("links", "enclosures", "comments"), "links but the one to the article"),
    **dict.fromkeys(("description", "subtitle", "tagline", "info"), "what a feed says of itself"),
    **dict.fromkeys(
        ("generator", "cloud", "docs", "image", "icon", "logo"), "the feed's own things"
    ),
    "guidislink": "how a link came about",
    "expired": "when an entry ends",
}


class Outside(Exception):
    """The expectation is about something that Tocsin does not keep."""


class NoAnswer(Exception):
    """The expectation is about something that was not read."""


class Hung(Exception):
    pass


@dataclass(frozen=True)
class Case:
    name: str
    body: bytes
    expectation: str
    headers: dict[str, str]

    @property
    def folder(self) -> str:
        return self.name.rpartition("/")[0]

    @property
    def url(self) -> str:
        place = urljoin(HOST, self.name)
        return urljoin(place, self.headers.get("content-location", ""))


@dataclass
class Outcome:
    """`fields` are those that the expectation names; `reason` why it failed or was left out."""

    name: str
    status: str
    reason: str = ""
    fields: set[str] = field(default_factory=set)
    to_the_letter: bool = True
    way: str = ""
    seconds: float = 0.0


# --- cases -------------------------------------------------------------------------------------


def default_cases() -> Path:
    return Path(__file__).parents[2] / "shared" / "data" / "feeds" / "feedparser-cases.tar.gz"


def read_cases(path: Path) -> list[Case]:
    with tarfile.open(path) as archive:
        files = [member for member in archive.getmembers() if member.isfile()]
        named = ((member.name, archive.extractfile(member)) for member in files)
        cases = [_case(name, file.read()) for name, file in named if file is not None]
    return sorted(cases, key=lambda case: case.name)


def _case(name: str, body: bytes) -> Case:
    text = utf8(body, "").decode(errors="replace")[:20_000]
    expectation = re.search(r"Expect:[ \t]*(.*)", text)
    headers = re.findall(r"Header:[ \t]*([\w-]+):[ \t]*(.*)", text)
    stated = expectation[1].partition("-->")[0].strip() if expectation else ""
    return Case(name, body, stated, {name.lower(): value.strip() for name, value in headers})


# --- what was read, as the expectations name it ------------------------------------------------


@dataclass(frozen=True)
class Text:
    """Equal to a text by its letters or its meaning; tells `seen` which."""

    value: str
    seen: list[bool]
    is_html: bool = True

    def equals(self, expected: Any) -> bool:
        if not isinstance(expected, str):
            return False
        exactly = self.value == expected
        self.seen.append(exactly)
        ours = meaning(self.value) if self.is_html else self.value
        meant = {meaning(other) for other in (expected, html.escape(expected), meaning(expected))}
        return exactly or ours in meant


@dataclass(frozen=True)
class Date:
    value: datetime | None

    def equals(self, expected: Any) -> bool:
        if isinstance(expected, tuple):
            return self.value is not None and self.value.timetuple()[:6] == expected[:6]
        return self.value is not None and self.value == stated_date(expected)


@dataclass(frozen=True)
class Kind:
    value: str

    def equals(self, expected: Any) -> bool:
        name = {"rss090": "rdf", "rss10": "rdf"}.get(expected) or expected.rstrip("0123456789unt")
        return self.value == name


_HIDDEN = re.compile(r"<(script|style)\b.*?</\1\s*>|<!--.*?-->", re.DOTALL | re.IGNORECASE)
_MARKUP = re.compile(r"</?[a-zA-Z][^<>]*>")


def meaning(text: str) -> str:
    """Without markup and references, in single spaces; what an <img> shows is its alt."""
    shown = re.sub(r"<img\b[^<>]*?\balt=\"([^\"]*)\"[^<>]*>", r" \1 ", _HIDDEN.sub(" ", text))
    return " ".join(html.unescape(_MARKUP.sub(" ", shown)).split())


PEOPLES = ("url", "email")
CONTENTS = {"summary", "description", "content", "summary_detail", "description_detail"}
DATES = {
    f"{name}{end}"
    for name in ("published", "updated", "created", "issued", "modified", "date")
    for end in ("", "_parsed")
}


@dataclass
class Read:
    """A document as the product reads it, before items without a link are left out."""

    items: list[Item]
    facts: FeedFacts
    damage: str
    way: str


class Names:
    """Resolves the names of an expectation; notes which fields it asks for."""

    def __init__(self, read: Read, url: str) -> None:
        self._read = read
        self._url = url
        self.fields: set[str] = set()
        self.letters: list[bool] = []

    def root(self, name: str) -> Any:
        if name == "entries":
            self.fields.add("entries")
            return self._read.items
        if name == "feed":
            return self._read.facts
        if name == "version":
            self.fields.add("kind")
            return Kind(self._read.facts.kind)
        raise Outside(EXCLUDED_FIELDS.get(name, f"`{name}`"))

    def get(self, value: Any, key: Any) -> Any:
        if isinstance(value, Item):
            return self._of_item(value, key)
        if isinstance(value, FeedFacts):
            return self._of_feed(value, key)
        if isinstance(value, list):
            if key and value and isinstance(value[0], dict) and "href" in value[0]:
                raise Outside(EXCLUDED_FIELDS["links"])
            if not isinstance(key, int) or not -len(value) <= key < len(value):
                raise NoAnswer(f"no {key}")
            return value[key]
        if isinstance(value, dict):
            if key not in value:
                raise Outside(EXCLUDED_FIELDS.get(key, f"`{key}`"))
            return value[key]
        raise Outside(f"`{key}` of a {type(value).__name__}")

    def has(self, value: Any, key: Any) -> bool:
        found = self.get(value, key)
        return bool(getattr(found, "value", found))

    def _text(self, kind: str, value: str) -> Text:
        self.fields.add(kind)
        return Text(value, self.letters, is_html=kind == "content")

    def _of_item(self, item: Item, key: str) -> Any:
        if key in ("title", "title_detail"):
            text = self._text("title", item.title)
            return text if key == "title" else {"value": text}
        if key in CONTENTS:
            text = self._text("content", item.content_html)
            detail = {"value": text}
            return [detail] if key == "content" else detail if key.endswith("_detail") else text
        if key in DATES:
            self.fields.add("date")
            return Date(item.published_at)
        if key in ("id", "guid"):
            self.fields.add("guid")
            return item.guid
        return self._of_item_more(item, key)

    def _of_item_more(self, item: Item, key: str) -> Any:
        if key in ("link", "links"):
            self.fields.add("link")
            base = urljoin_or_none(self._url, item.base) or self._url
            link = absolute(base, item.link) if "//" not in item.link else item.link
            return link if key == "link" else [{"href": link}]
        if key in ("author", "authors", "author_detail"):
            self.fields.add("author")
            people = [{"name": name} for name in item.authors]
            first = people[0] if people else {"name": ""}
            return {"author": Author(first["name"]), "author_detail": first}.get(key, people)
        raise Outside(EXCLUDED_FIELDS.get(key, f"`{key}`"))

    def _of_feed(self, facts: FeedFacts, key: str) -> Any:
        if key in ("title", "title_detail"):
            text = self._text("feed's title", facts.title)
            return text if key == "title" else {"value": text}
        known = {
            "link": ("feed's link", facts.site_url),
            "language": ("feed's language", facts.language),
            "ttl": ("feed's ttl", str(facts.ttl_minutes)),
        }
        if key not in known:
            raise Outside(EXCLUDED_FIELDS.get(key, f"the feed's `{key}`"))
        self.fields.add(known[key][0])
        return known[key][1]


@dataclass(frozen=True)
class Author:
    """feedparser adds the mail address in brackets, which we do not keep."""

    value: str

    def equals(self, expected: Any) -> bool:
        return bool(self.value == re.sub(r"\s*\(\S+@\S+\)$", "", expected))


# --- expectations ------------------------------------------------------------------------------

_COMPARISONS: dict[type, Callable[[Any, Any], Any]] = {
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.Gt: operator.gt,
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
    ast.In: lambda one, other: one in other,
    ast.NotIn: lambda one, other: one not in other,
}


class Expectation(ast.NodeVisitor):
    """Evaluates the few kinds of expressions that expectations are made of."""

    def __init__(self, names: Names, damage: str) -> None:
        self._names = names
        self._damage = damage

    def holds(self, expression: str) -> bool:
        tree = ast.parse(expression, mode="eval").body
        if _is_bozo(tree) or _is_not_bozo(tree):
            raise Outside(EXCLUDED_FIELDS["bozo"])
        if any(isinstance(node, ast.Constant) and node.value in PEOPLES for node in ast.walk(tree)):
            raise Outside(EXCLUDED_FIELDS["email"])
        return bool(self.visit(tree))

    def generic_visit(self, node: ast.AST) -> Any:
        raise Outside(f"an expression of {type(node).__name__}")

    def visit_BoolOp(self, node: ast.BoolOp) -> Any:
        """All parts are looked at, so that one that does not apply is seen."""
        if all(_is_bozo(part) or _is_not_bozo(part) for part in node.values):
            raise Outside(EXCLUDED_FIELDS["bozo"])
        values = [self.visit(part) for part in node.values]
        return all(values) if isinstance(node.op, ast.And) else any(values)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> Any:
        if _is_not_bozo(node):
            return not self._damage
        if isinstance(node.op, ast.USub):
            return -self.visit(node.operand)
        return not self.visit(node.operand)

    def visit_BinOp(self, node: ast.BinOp) -> Any:
        return self.visit(node.left) + self.visit(node.right)

    def visit_Compare(self, node: ast.Compare) -> Any:
        values = [self.visit(part) for part in (node.left, *node.comparators)]
        pairs = zip(node.ops, values, values[1:], strict=False)
        compared = [_compared(op, one, other) for op, one, other in pairs]
        return all(compared)

    def visit_Name(self, node: ast.Name) -> Any:
        # A document that only others find broken is not worse for being read.
        return True if node.id == "bozo" else self._names.root(node.id)

    def visit_Constant(self, node: ast.Constant) -> Any:
        return node.value

    def visit_Tuple(self, node: ast.Tuple) -> Any:
        return tuple(self.visit(part) for part in node.elts)

    def visit_Subscript(self, node: ast.Subscript) -> Any:
        return self._names.get(self.visit(node.value), self.visit(node.slice))

    def visit_Attribute(self, node: ast.Attribute) -> Any:
        return self._names.get(self.visit(node.value), node.attr)

    def visit_Call(self, node: ast.Call) -> Any:
        if isinstance(node.func, ast.Attribute) and node.func.attr == "has_key":
            return self._names.has(self.visit(node.func.value), self.visit(node.args[0]))
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if name not in ("len", "ord"):
            raise Outside("a call")
        value = self.visit(node.args[0])
        text = html.unescape(value.value) if isinstance(value, Text) else value
        return len(text) if name == "len" else ord(text)


def _compared(op: ast.cmpop, one: Any, other: Any) -> bool:
    if isinstance(op, ast.Eq):
        if hasattr(other, "equals"):
            one, other = other, one
        if hasattr(one, "equals") and hasattr(other, "equals"):
            return one.value == other.value
        return bool(one.equals(other)) if hasattr(one, "equals") else bool(one == other)
    return bool(_COMPARISONS[type(op)](getattr(one, "value", one), getattr(other, "value", other)))


def _is_bozo(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and node.id == "bozo"


def _is_not_bozo(node: ast.AST) -> bool:
    return isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not) and _is_bozo(node.operand)


# --- running -----------------------------------------------------------------------------------


def read(case: Case) -> Read:
    content_type = case.headers.get("content-type", "")
    if case.body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        document = jsonfeed.parse(case.body, case.url)
        items = jsonfeed.items(json.loads(case.body))
        return Read(items, document.facts, document.damage, "json")
    reading = xmlfeed.read(case.body, content_type, case.url)
    return Read(reading.items, reading.facts, reading.damage, reading.way)


def judge(case: Case) -> Outcome:
    """Reads the case as the product does; a FeedError is a document without entries."""
    begin = time.process_time()
    try:
        with limited(LIMIT_SECONDS):
            found = _read_or_refused(case)
    except Hung:
        return Outcome(case.name, "hung", f"more than {LIMIT_SECONDS} s")
    except Exception as error:  # noqa: BLE001 (a crash is what is counted)
        return Outcome(case.name, "crashed", repr(error))
    outcome = _judged(case, found)
    outcome.way, outcome.seconds = found.way, time.process_time() - begin
    return outcome


def _read_or_refused(case: Case) -> Read:
    try:
        parse(case.body, case.headers.get("content-type", ""), case.url)
        return read(case)
    except FeedError as error:
        return Read([], FeedFacts(), f"{error.outcome}: {error.reason}", "refused")


def _judged(case: Case, found: Read) -> Outcome:
    folder = next((part for part in case.folder.split("/") if part in EXCLUDED_FOLDERS), "")
    names = Names(found, case.url)
    try:
        holds = Expectation(names, found.damage).holds(case.expectation)
    except Outside as outside:
        return Outcome(case.name, "outside", str(outside))
    except NoAnswer as missing:
        return Outcome(case.name, "failed", str(missing), names.fields or {"entries"})
    except SyntaxError:
        return Outcome(case.name, "outside", "no expectation")
    if folder:
        return Outcome(case.name, "outside", EXCLUDED_FOLDERS[folder])
    fields = names.fields - {"entries"} or names.fields
    reason = "" if holds else f"{case.expectation[:150]} {found.damage}"
    status = "passed" if holds else "failed"
    return Outcome(case.name, status, reason, fields, all(names.letters))


class limited:  # noqa: N801 (reads as a word: with limited(10))
    """Raises Hung in its block after so many seconds."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def __enter__(self) -> None:
        signal.signal(signal.SIGALRM, _hung)
        signal.setitimer(signal.ITIMER_REAL, self._seconds)

    def __exit__(self, *_: object) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _hung(_signum: int, _frame: FrameType | None) -> None:
    raise Hung


# --- agreement with feedparser -----------------------------------------------------------------

COMPARED = ("title", "link", "guid", "published_at", "content_html", "authors")


def agreement(documents: dict[str, bytes]) -> dict[str, Any]:
    """Fields of entries that both read the same, of those that either has, over documents that are
    XML. Both go through the same last steps (`entries.py`), so that only reading is compared."""
    same: Counter[str] = Counter()
    all_: Counter[str] = Counter()
    differ, lost = [], 0
    for name, body in documents.items():
        for ours, theirs in _both(body):
            if ours is None or theirs is None:
                lost += ours is None
                continue
            for key in COMPARED:
                one, other = _compared_value(ours, key), _compared_value(theirs, key)
                if (not one and not other) or (key == "link" and not _leads(theirs.link)):
                    continue
                all_[key] += 1
                same[key] += _same(key, one, other)
                if not _same(key, one, other):
                    differ.append(
                        f"{name} {key}: {str(one)[:80]!r} feedparser: {str(other)[:80]!r}"
                    )
    shares = {key: same[key] / all_[key] for key in COMPARED if all_[key]}
    total = sum(same.values()) / max(1, sum(all_.values()))
    return {"fields": sum(all_.values()), "share": total, **shares, "lost": lost, "differ": differ}


def _compared_value(item: Item, key: str) -> Any:
    if key != "link":
        return getattr(item, key)
    return absolute(urljoin_or_none(HOST, item.base) or HOST, item.link)


def _both(body: bytes) -> Iterator[tuple[Item | None, Item | None]]:
    try:
        ours = xmlfeed.read(body, "", HOST)
        if ours.way != xmlfeed.FAST or ours.damage:
            return
        theirs, _, damage = lenient.read(utf8(body, "").decode(errors="replace"), HOST)
    except FeedError:
        return
    if damage:
        return
    count = max(len(ours.items), len(theirs))
    for number in range(count):
        yield (
            ours.items[number] if number < len(ours.items) else None,
            theirs[number] if number < len(theirs) else None,
        )


def _same(key: str, one: Any, other: Any) -> bool:
    if key == "content_html":
        return meaning(one) == meaning(other)
    return bool(one == other)


def _leads(link: str) -> bool:
    """feedparser gives guids as links, also those that are no URL."""
    return not link or "/" in link


# --- time --------------------------------------------------------------------------------------


def measure() -> dict[str, dict[str, float]]:
    """CPU milliseconds of 50 entries, by style: the product's, feedparser's as it is used by
    default, and as `lenient` uses it. The least disturbed of interleaved rounds."""
    bodies = {name: write(ENTRIES).encode() for name, write in STYLES.items()}
    return {name: times_of(body) | {"kB": len(body) / 1_000} for name, body in bodies.items()}


def times_of(body: bytes, rounds: int = ROUNDS) -> dict[str, float]:
    headers = {"content-type": "application/xml"}
    ways: dict[str, Callable[[], object]] = {
        "tocsin": lambda: parse(body, "application/xml", HOST),
        "feedparser": lambda: feedparser.parse(body, response_headers=headers),
        "feedparser, raw": lambda: lenient.read(body.decode(), HOST),
    }
    taken: dict[str, list[float]] = defaultdict(list)
    for _ in range(rounds):
        for name, way in ways.items():
            begin = time.process_time()
            way()
            taken[name].append(1_000 * (time.process_time() - begin))
    return {name: min(times) for name, times in taken.items()}


# --- report ------------------------------------------------------------------------------------


def judge_all(cases: list[Case]) -> dict[str, Any]:
    outcomes = [judge(case) for case in cases]
    counted = Counter(outcome.status for outcome in outcomes)
    judged = [outcome for outcome in outcomes if outcome.status in ("passed", "failed")]
    return {
        "cases": len(outcomes),
        "applicable": len(judged) + counted["crashed"] + counted["hung"],
        "passed": counted["passed"],
        "to_the_letter": sum(o.status == "passed" and o.to_the_letter for o in judged),
        "crashed": counted["crashed"],
        "hung": counted["hung"],
        "failures": {
            o.name: o.reason for o in outcomes if o.status in ("failed", "crashed", "hung")
        },
        "by_field": _table(judged, lambda outcome: sorted(outcome.fields)),
        "by_folder": _table(judged, lambda outcome: [outcome.name.rpartition("/")[0]]),
        "outside": dict(Counter(o.reason for o in outcomes if o.status == "outside").most_common()),
        "ways": dict(Counter(outcome.way for outcome in outcomes)),
        "slowest_seconds": max(outcome.seconds for outcome in outcomes),
    }


def _table(
    outcomes: list[Outcome], keys: Callable[[Outcome], list[str]]
) -> dict[str, dict[str, int]]:
    table: dict[str, dict[str, int]] = defaultdict(lambda: {"applicable": 0, "passed": 0})
    for outcome in outcomes:
        for key in keys(outcome):
            table[key]["applicable"] += 1
            table[key]["passed"] += outcome.status == "passed"
    return dict(sorted(table.items()))


def show(figures: dict[str, Any]) -> None:
    passed, applicable = figures["passed"], figures["applicable"]
    print(f"{figures['cases']} cases, {applicable} apply, {passed} passed", end="")
    print(f" ({passed / max(1, applicable):.1%}; {figures['to_the_letter']} to the letter)")
    print(f"crashed {figures['crashed']}, hung {figures['hung']}, ways {figures['ways']}")
    for title in ("by_field", "by_folder"):
        print(f"\n{title.replace('_', ' ')}")
        for name, row in figures[title].items():
            print(f"  {name:32} {row['passed']:4} of {row['applicable']:4}")
    print("\nleft out")
    for reason, count in figures["outside"].items():
        print(f"  {count:4} {reason}")
    print("\nfailed")
    for name, reason in figures["failures"].items():
        print(f"  {name}: {reason}")
    for name in ("agreement_on_cases", "agreement_on_made_up"):
        part = figures[name]
        print(f"\n{name}: {part['share']:.2%} of {part['fields']} fields, lost {part['lost']}")
        print("\n".join(f"  {line}" for line in part["differ"][:40]))
    print("\nCPU ms for 50 entries")
    for style, row in figures["times"].items():
        print(f"  {style:10} " + "  ".join(f"{name} {value:.2f}" for name, value in row.items()))
    print(f"ms_per_50_entries {figures['ms_per_50_entries']:.2f}", end="")
    print(f", feedparser's {figures['feedparser_ms_per_50_entries']:.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("cases", type=Path)
    parser.add_argument("--json", type=Path, dest="file")
    asked = parser.parse_args()
    cases = read_cases(asked.cases)
    figures = judge_all(cases)
    figures["agreement_on_cases"] = agreement({case.name: case.body for case in cases})
    made_up = {name: write(200).encode() for name, write in STYLES.items()}
    figures["agreement_on_made_up"] = agreement(made_up)
    figures["times"] = measure()
    for name, way in (("ms", "tocsin"), ("feedparser_ms", "feedparser")):
        times = [row[way] for row in figures["times"].values()]
        figures[f"{name}_per_50_entries"] = sum(times) / len(times)
    show(figures)
    if asked.file:
        asked.file.write_text(json.dumps(figures, indent=1, ensure_ascii=False))


if __name__ == "__main__":
    main()
