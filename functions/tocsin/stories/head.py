"""What a story is recognised by: one item, read for each article that may belong to it."""

import struct
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from heapq import nlargest
from operator import itemgetter

from tocsin.stories.fingerprint import Fingerprint, Key, Trace
from tocsin.stories.similarity import added, containment, mean, norm

# Unlike members that a story remembers, of each language and in all, at 500 bytes each.
FIRST_TRACES, MOST_TRACES = 3, 5
MOST_TRACES_IN_ALL = 8
# Of what the others were about, at six bytes each. 160 gain less than .001 on ECB+.
FORGOTTEN_TERMS = 40
_ONE = 255  # the length of one member's direction
_MOST_WEIGHT = 65_535  # 257 members' at least: then all are halved
MOST_KEYS = 24
# One that has half its words in another's adds nothing to remember.
COPY = 0.5
# A member's terms become keys where they are among this many of the story's own.
STORY_TERMS = 12
_VERSION = 2
_HEADER = struct.Struct("<BIIIBBB")
_FORGOTTEN = struct.Struct("<BB")
_TRACE = struct.Struct("<BIIIIHBBBB")
_SERIAL, _FULL = 1, 2


@dataclass(frozen=True, slots=True)
class Head:
    """`traces` are of members unlike each other, the first one first; `names` are the first one's.
    `forgotten` sums up, for each language, the directions of such members that are not remembered.
    `keys` are the hashes of the terms that it can be found by."""

    first_at: int
    last_at: int
    members: int
    names: Mapping[int, int]
    traces: tuple[Trace, ...]
    keys: frozenset[int]
    forgotten: Mapping[str, Mapping[int, int]] = field(default_factory=dict)

    def speaking(self, language: str) -> tuple[Trace, ...]:
        return tuple(trace for trace in self.traces if trace.language == language)

    def centre(self, language: str) -> dict[int, float]:
        """The direction between those of all members unlike each other, remembered or not."""
        remembered = mean(trace.vector for trace in self.speaking(language))
        return added(remembered, self.forgotten.get(language, {}), _ONE)


def head_of(fingerprint: Fingerprint) -> Head:
    """That of a story which this article begins."""
    at = fingerprint.seen_at
    keys = frozenset(_number(key) for key in fingerprint.keys)
    return Head(at, at, 1, fingerprint.names, (fingerprint.trace,), keys)


def joined(head: Head, fingerprint: Fingerprint) -> Head:
    """With one more member. Equal to `head` in all but `members` and `last_at` where it is a copy
    of one that is remembered: then a counter is all that has to be written."""
    keys = head.keys | {_number(key) for key in new_keys(head, fingerprint)}
    traces, forgotten = _remembered(head, fingerprint.trace)
    return replace(
        head,
        first_at=min(head.first_at, fingerprint.seen_at),
        last_at=max(head.last_at, fingerprint.seen_at),
        members=head.members + 1,
        traces=traces,
        keys=keys,
        forgotten=forgotten,
    )


def new_keys(head: Head, fingerprint: Fingerprint) -> tuple[Key, ...]:
    """What the story should be found by from now on, beyond what it already is."""
    if _is_known(head, fingerprint.trace) or len(head.keys) >= MOST_KEYS:
        return ()
    vector = fingerprint.trace.vector
    terms = added(head.centre(fingerprint.language), vector, norm(vector))
    own = set(nlargest(STORY_TERMS, terms, key=terms.__getitem__))
    return tuple(k for k in fingerprint.keys if _number(k) in own and _number(k) not in head.keys)


def without(head: Head, keys: Iterable[Key]) -> Head:
    """As found by fewer keys: a member that shares one of these with the story posts it then."""
    return replace(head, keys=head.keys - {_number(key) for key in keys})


def unlearned(head: Head, articles: Collection[int]) -> Head | None:
    """Without what it took from these members (`fingerprint.Trace.article`), who did not begin the
    story: None where nothing of others is left. What is summed up cannot be told apart, and goes
    where one of them may be in it."""
    kept = tuple(each for each in head.traces if each.article not in articles)
    if not kept:
        return None
    remembered = {each.article for each in head.traces}
    summed_up = {} if {*articles} - remembered else head.forgotten
    return replace(head, traces=kept, forgotten=summed_up)


def _is_known(head: Head, trace: Trace) -> bool:
    return any(
        each.text == trace.text or containment(each, trace) >= COPY
        for each in head.speaking(trace.language)
    )


def _remembered(
    head: Head, trace: Trace
) -> tuple[tuple[Trace, ...], Mapping[str, Mapping[int, int]]]:
    """The first ones of each language, and the latest: copies come soon after what they copy. And
    what is forgotten then."""
    if _is_known(head, trace):
        return head.traces, head.forgotten
    spoken = head.speaking(trace.language)
    if len(spoken) >= MOST_TRACES:
        dropped = spoken[FIRST_TRACES]
        kept = (*(each for each in head.traces if each is not dropped), trace)
        return kept, _forget(head, dropped)
    if len(head.traces) >= MOST_TRACES_IN_ALL:
        return head.traces, _forget(head, trace) if spoken else head.forgotten
    return (*head.traces, trace), head.forgotten


def _forget(head: Head, trace: Trace) -> Mapping[str, Mapping[int, int]]:
    """With the trace's direction added to what its language has forgotten."""
    before = head.forgotten.get(trace.language, {})
    total = added(before, trace.vector, norm(trace.vector) / _ONE)
    most = nlargest(FORGOTTEN_TERMS, total.items(), key=itemgetter(1))
    too_great = most[0][1] > _MOST_WEIGHT if most else False
    weights = {term: int(weight / 2) if too_great else round(weight) for term, weight in most}
    kept = {term: weight for term, weight in weights.items() if weight}
    return dict(head.forgotten) | {trace.language: kept}


def _number(key: Key) -> int:
    return int(key.name[-8:], 16)


def to_bytes(head: Head) -> bytes:
    parts = [
        _HEADER.pack(
            _VERSION,
            head.first_at,
            head.last_at,
            head.members,
            len(head.keys),
            len(head.traces),
            len(head.forgotten),
        ),
        _numbers(sorted(head.keys)),
        _weights_bytes(head.names),
        *(_trace_bytes(trace) for trace in head.traces),
        *(_forgotten_bytes(*each) for each in head.forgotten.items()),
    ]
    return b"".join(parts)


def from_bytes(data: bytes) -> Head:
    """The opposite of `to_bytes`; raises ValueError for what it did not write."""
    if not data or data[0] != _VERSION:
        raise ValueError(f"head of a story: version {data[:1].hex() or 'none'}, not {_VERSION}")
    try:
        return _read_head(_Reader(data))
    except (struct.error, UnicodeDecodeError) as error:
        raise ValueError(f"head of a story: {error}") from error


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def unpack(self, form: struct.Struct) -> tuple[int, ...]:
        values = form.unpack_from(self._data, self._at)
        self._at += form.size
        return values

    def take(self, size: int) -> bytes:
        if self._at + size > len(self._data):
            raise struct.error(f"ends at {len(self._data)} of {self._at + size} bytes")
        self._at += size
        return self._data[self._at - size : self._at]

    def numbers(self, count: int) -> tuple[int, ...]:
        return struct.unpack(f"<{count}I", self.take(4 * count))

    def weights(self) -> dict[int, int]:
        count = self.take(1)[0]
        terms = self.numbers(count)
        return dict(zip(terms, self.take(count), strict=True))


def _read_head(reader: _Reader) -> Head:
    _, first_at, last_at, members, keys, traces, forgotten = reader.unpack(_HEADER)
    found = frozenset(reader.numbers(keys))
    names = reader.weights()
    return Head(
        first_at,
        last_at,
        members,
        names,
        tuple(_read_trace(reader) for _ in range(traces)),
        found,
        dict(_read_forgotten(reader) for _ in range(forgotten)),
    )


def _read_trace(reader: _Reader) -> Trace:
    flags, seen_at, article, outlet, text, shingles, *sizes = reader.unpack(_TRACE)
    language, sketch, title, figures = sizes
    return Trace(
        language=reader.take(language).decode(),
        seen_at=seen_at,
        article=article,
        outlet=outlet,
        text=text,
        vector=reader.weights(),
        shingles=shingles,
        sketch=reader.numbers(sketch),
        title=reader.numbers(title),
        figures=reader.numbers(figures),
        serial=bool(flags & _SERIAL),
        full=bool(flags & _FULL),
    )


def _read_forgotten(reader: _Reader) -> tuple[str, dict[int, int]]:
    language, count = reader.unpack(_FORGOTTEN)
    code, terms = reader.take(language).decode(), reader.numbers(count)
    weights = struct.unpack(f"<{count}H", reader.take(2 * count))
    return code, dict(zip(terms, weights, strict=True))


def _forgotten_bytes(language: str, weights: Mapping[int, int]) -> bytes:
    code = language.encode()
    sizes = _FORGOTTEN.pack(len(code), len(weights))
    return sizes + code + _numbers([*weights]) + struct.pack(f"<{len(weights)}H", *weights.values())


def _trace_bytes(trace: Trace) -> bytes:
    language = trace.language.encode()
    flags = _SERIAL * trace.serial | _FULL * trace.full
    numbers = (trace.seen_at, trace.article, trace.outlet, trace.text, trace.shingles)
    sizes = (len(language), len(trace.sketch), len(trace.title), len(trace.figures))
    return b"".join(
        (
            _TRACE.pack(flags, *numbers, *sizes),
            language,
            _weights_bytes(trace.vector),
            _numbers(trace.sketch),
            _numbers(trace.title),
            _numbers(trace.figures),
        )
    )


def _weights_bytes(weights: Mapping[int, int]) -> bytes:
    return bytes((len(weights),)) + _numbers(list(weights)) + bytes(weights.values())


def _numbers(numbers: Sequence[int]) -> bytes:
    return struct.pack(f"<{len(numbers)}I", *numbers)
