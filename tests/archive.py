"""Archives for tests: records made up, shards in memory, and what a search is to find, by the
language's definition and the documented ranking alone."""

import math
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.builders import SITE
from tocsin.archive import layout, words
from tocsin.archive.answers import Answer, Asked
from tocsin.archive.asking import ask
from tocsin.archive.builder import build
from tocsin.archive.fanout import Found, Part, find_in_part
from tocsin.archive.filters import Filters
from tocsin.archive.ranges import Ranges
from tocsin.archive.reading import document_of
from tocsin.archive.records import Record, key_of, newest_versions
from tocsin.archive.search import Shards, search
from tocsin.archive.shard import WEIGHTS
from tocsin.articles.urls import identity
from tocsin.model.archive import Manifest, ShardEntry, Void
from tocsin.model.topics import Topic
from tocsin.query.analysis import terms_of
from tocsin.query.evaluate import Reading, reading_of
from tocsin.query.inflection import StemsAlone
from tocsin.query.keys import STEM
from tocsin.query.meaning import Inflection, plan_of
from tocsin.query.plan import Close, Either, Every, One, Plan, Start, Within, Without
from tocsin.query.plan import Sequence as Row
from tocsin.query.syntax import parse

BEGIN = datetime(2031, 3, 1, tzinfo=UTC)


FORMS = StemsAlone()


def a_record(number: int, **changes: Any) -> Record:
    url = f"{SITE}/{number}"
    known = {
        "id": identity(url),
        "url": url,
        "title": f"Article {number}",
        "text": "Nothing happened.",
        "publisher": "Harbour Post",
        "feed_id": "harbour-post",
        "seen_at": BEGIN + timedelta(minutes=number),
        "language": "en",
    }
    return Record(**(known | changes))


@dataclass
class Memory:
    """Objects by key, that can be read by ranges; counts nothing itself."""

    objects: dict[str, bytes] = field(default_factory=dict)

    def read_range(self, key: str, offset: int, length: int) -> bytes:
        found = self.objects[key][offset : offset + length]
        assert len(found) == length, f"{key} ends before {offset + length}"
        return found


@dataclass
class Archive:
    """Shards of the records, and a search over them."""

    folder: Path
    threads: ThreadPoolExecutor
    inflection: Inflection = FORMS
    memory: Memory = field(default_factory=Memory)
    entries: list[ShardEntry] = field(default_factory=list)
    voids: list[Void] = field(default_factory=list)

    def add(self, records: Iterable[Record], page: int = layout.SMALL_PAGE) -> ShardEntry:
        number = len(self.entries)
        path = self.folder / f"{number}"
        entry = build(newest_versions(records), path, f"{number}", "micro", number, page)
        self.memory.objects[entry.key] = path.read_bytes()
        self.entries.append(ShardEntry.model_validate_json(entry.model_dump_json()))
        return entry

    @property
    def manifest(self) -> Manifest:
        return Manifest(shards=tuple(self.entries), voids=tuple(self.voids))

    def shards(self) -> Shards:
        """As a new container has them."""
        return Shards(Ranges(self.memory, self.threads, 64 << 20), self.threads)

    def search(self, query: str = "", **asked: Any) -> Answer:
        return search(Asked(query=query, **asked), self.manifest, self.shards(), self.inflection)

    def ask(self, query: str = "", aliases: Iterable[Sequence[str]] = (), **asked: Any) -> Answer:
        """Of everything each part by a container of its own."""

        def run(parts: Sequence[Part]) -> list[Found]:
            return [find_in_part(each, self.shards(), self.inflection) for each in parts]

        wanted = Asked(query=query, **asked)
        return ask(wanted, self.manifest, self.shards(), self.inflection, run, lambda: aliases)


# The oracle


def matching(query: str, records: Iterable[Record], filters: Filters) -> list[Record]:
    """Newest first."""
    found = [each for each in records if passes(filters, each) and satisfied(query, each)]
    return sorted(found, key=key_of, reverse=True)


def satisfied(query: str, record: Record, inflection: Inflection = FORMS) -> bool:
    return not query.strip() or reading(query, record, inflection).holds(parse(query))


def reading(query: str, record: Record, inflection: Inflection) -> Reading:
    return reading_of(Topic(id="a", name="", query=query), document_of(record), inflection)


def passes(filters: Filters, record: Record) -> bool:
    def name(text: str) -> list[str]:
        return [term.text for term in terms_of(text)]

    asked: list[tuple[Sequence[str], Sequence[str | None], Callable[[str], Any]]] = [
        (filters.topics, record.topics, str.casefold),
        (filters.feeds, (record.feed_id,), str.casefold),
        (filters.languages, (record.language or "",), str.casefold),
        (filters.countries, (record.country,), str.casefold),
        (filters.stories, (record.story_id,), str.casefold),
        (filters.publishers, (record.publisher,), name),
        (filters.authors, record.authors, name),
    ]
    for wanted, has, folded in asked:
        own = [folded(each) for each in has if each is not None]
        if wanted and not any(folded(each) in own for each in wanted):
            return False
    since, until = filters.since, filters.until
    return not (since and record.seen_at < since) and not (until and record.seen_at >= until)


def scores(query: str, groups: Sequence[Sequence[Record]]) -> dict[str, float]:
    """By article. The mean length is that of the article's group, all else of all groups."""
    plan = plan_of(Topic(id="a", name="", query=query), FORMS)
    leaves = list(dict.fromkeys(_leaves(plan, ("body", "title"))))
    records = [record for group in groups for record in group]
    counted = {r.id: [_count(leaf, fields, r) for leaf, fields in leaves] for r in records}
    total: dict[str, float] = dict.fromkeys(counted, 0.0)
    for group in groups:
        mean = sum(map(_length, group)) / len(group)
        for at in range(len(leaves)):
            n = sum(1 for each in counted.values() if any(each[at].values()))
            idf = max(1e-6, math.log((len(records) - n + 0.5) / (n + 0.5)))
            for record in group:
                f = sum(WEIGHTS[name] * count for name, count in counted[record.id][at].items())
                norm = 1.2 * (1 - 0.75 + 0.75 * _length(record) / mean)
                total[record.id] += idf * f * 2.2 / (f + norm)
    return total


def _leaves(plan: Plan, fields: tuple[str, ...]) -> Iterable[tuple[Plan, tuple[str, ...]]]:
    match plan:
        case Every(parts=parts) | Either(parts=parts):
            for part in parts:
                yield from _leaves(part, fields)
        case Without():
            return
        case Within(field=name, part=part):
            yield from _leaves(part, (name,))
        case Close(left=left, right=right):
            yield from _sides(left, fields)
            yield from _sides(right, fields)
        case One(keys=keys) if next(iter(keys)).startswith("\x03"):
            return
        case _:
            yield plan, fields


def _sides(side: Plan, fields: tuple[str, ...]) -> Iterable[tuple[Plan, tuple[str, ...]]]:
    """One word or another near something is one leaf."""
    parts = side.parts if isinstance(side, Either) else (side,)
    ones = [part.keys for part in parts if isinstance(part, One)]
    others = [part for part in parts if not isinstance(part, One)]
    if ones:
        yield One(frozenset().union(*ones)), fields
    for part in others:
        yield part, fields


def _count(leaf: Plan, fields: tuple[str, ...], record: Record) -> dict[str, int]:
    """At how many places of each field it stands."""
    rows = {"title": [record.title], "body": [record.text]}
    rows |= {"author": list(record.authors), "publisher": [record.publisher]}
    key = _any_key(leaf)
    if key.startswith("\x04"):
        fields = (key.split("\x04")[1],)
    return {name: sum(_places(leaf, row, record) for row in rows[name]) for name in fields}


def _any_key(leaf: Plan) -> str:
    match leaf:
        case One(keys=keys):
            return next(iter(keys))
        case Row(parts=parts):
            return next(iter(parts[0].keys))
        case Start(prefix=prefix):
            return prefix
    raise AssertionError(leaf)


def _places(leaf: Plan, text: str, record: Record) -> int:
    forms = [term.text for term in terms_of(text)]
    tokens = [_keys(form, record) for form in forms]
    match leaf:
        case One(keys=keys):
            return sum(1 for token in tokens if keys & token)
        case Start(prefix=prefix):
            begin = prefix.rpartition("\x04")[2]
            return sum(1 for form in forms if form.startswith(begin))
        case Row(parts=parts):
            runs = (tokens[at : at + len(parts)] for at in range(len(tokens) - len(parts) + 1))
            return sum(
                all(one.keys & token for one, token in zip(parts, run, strict=True)) for run in runs
            )
    raise AssertionError(leaf)


def _keys(form: str, record: Record) -> frozenset[str]:
    language = record.language or ""
    stem = f"{STEM}{language}{STEM}{FORMS.stem(form, language)}"
    stems = {stem} if language in FORMS.languages else set()
    return frozenset({form, f"\x04author\x04{form}", f"\x04publisher\x04{form}", *stems})


def _length(record: Record) -> int:
    """Words of everything in the index; a sign stands between two authors."""
    texts = (record.title, record.text, record.publisher, *record.authors)
    between = max(len(record.authors) - 1, 0)
    return sum(len(terms_of(t)) for t in texts) + between + len(words.codes_of(record).split())
