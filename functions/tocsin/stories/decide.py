"""Which story an article belongs to, from fingerprints alone.

    version   the same article again                             mutes
    copy      the same words (containment), of another outlet    mutes
    update    the same event, beyond doubt                       mutes
    attach    the same running story, probably: shown, not muted
    new       a story of its own

Across languages there is `attach` only.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from tocsin.stories.fingerprint import BUCKET_SECONDS, Fingerprint, Trace, lookup_keys
from tocsin.stories.guards import (
    TEMPLATE,
    anchored,
    another_of_series,
    figures_differ,
    figures_missing,
    headlines_differ,
    same_subject,
    soon,
)
from tocsin.stories.head import COPY, Head
from tocsin.stories.similarity import containment, cosine, names_shared, overlap

CANDIDATES = 5
# Less alike than this and nothing else is looked at.
LEAST = 0.12
# To join. Words of news that the stream has not shown to be common yet make any two reports more
# alike: the one goes over into the other as it becomes known. Without it B-cubed F1 on ECB+ is best
# from .34 to .36, by all five folds; among a wire it is less at .26.
LOOSE = 0.19
LOOSE_UNSEASONED = 0.34
LOOSE_ARABIC = 0.15  # not measured: its stems are coarse, and no capital tells a name
LOOSE_HEADLINE = 0.15
# More is asked the longer a story has been quiet: another arrest two days later is another event,
# and what a story goes on with comes within hours.
QUIET_SECONDS = 2 * 3_600
LOOSE_A_DAY = 0.25
# To mute: set on joins that were read (benchmarks/story_labels.csv). Above it one copy in a hundred
# more rings; below, updates are what came of an event as often as not.
STRICT = 0.62
# With a quarter as before one update in five was of another event; no more copies ring for it.
PART = 0.3
PART_TITLE = 0.34
COPY_COSINE = 0.5
WHOLE = 0.8
LATE_COPY = 0.65
STRICT_HEADLINE = 0.9
# Half of a headline's 3-grams may be its form, "why A should pick B": then what is rare in it must
# be in the other one.
HEADLINE_COPY = 0.6
HEADLINE_TITLE = 0.8
SAME_TITLE = 0.5
FEWEST_SHARED = 3
# To join across languages: see `stories.names`.
NAMES = 0.4


class Kind(StrEnum):
    VERSION = "version"
    COPY = "copy"
    UPDATE = "update"
    ATTACH = "attach"
    NEW = "new"


MUTING = frozenset({Kind.VERSION, Kind.COPY, Kind.UPDATE})
_RANK = {kind: rank for rank, kind in enumerate(Kind)}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A story that may be it. `same_article` says that the look-up by URL or canonical URL led
    here: the article is in this story already."""

    story_id: str
    head: Head
    same_article: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """`story_id` is None for a new story. `cosine`, `containment` and `names` are how like the
    story the article is, each 0 to 1; `guard` names what kept it from joining or muting."""

    kind: Kind
    story_id: str | None = None
    cosine: float = 0.0
    containment: float = 0.0
    names: float = 0.0
    guard: str = ""

    @property
    def may_mute(self) -> bool:
        return self.kind in MUTING


def shortlist(fingerprint: Fingerprint, postings: Mapping[str, Collection[str]]) -> list[str]:
    """Ids of the stories worth reading, best first. `postings` holds what was found under the
    names of `lookup_keys`."""
    weights: Counter[str] = Counter()
    names = lookup_keys(fingerprint.keys, fingerprint.seen_at)
    for name, key in zip(names, fingerprint.keys * 2, strict=True):
        for story_id in postings.get(name, ()):
            weights[story_id] += key.weight  # type: ignore[assignment]
    return sorted(weights, key=lambda story_id: (-weights[story_id], story_id))[:CANDIDATES]


def decide(fingerprint: Fingerprint, candidates: Sequence[Candidate]) -> Decision:
    decisions = [judge(fingerprint, candidate) for candidate in candidates]
    return min(decisions, key=_preference, default=Decision(Kind.NEW))


def _preference(decision: Decision) -> tuple[int, float]:
    return _RANK[decision.kind], -max(decision.cosine, decision.containment, decision.names)


def judge(fingerprint: Fingerprint, candidate: Candidate) -> Decision:
    head, story_id = candidate.head, candidate.story_id
    if candidate.same_article or any(_is_same(fingerprint.trace, each) for each in head.traces):
        return Decision(Kind.VERSION, story_id, cosine=1.0, containment=1.0)
    if abs(fingerprint.seen_at - head.last_at) > BUCKET_SECONDS:
        return Decision(Kind.NEW, guard="too long ago")
    known = head.speaking(fingerprint.language)
    if not known:
        return _across_languages(fingerprint, candidate)
    return _within(fingerprint, candidate, known)


def _is_same(one: Trace, other: Trace) -> bool:
    return one.article == other.article or (one.text == other.text and one.outlet == other.outlet)


def _across_languages(fingerprint: Fingerprint, candidate: Candidate) -> Decision:
    names = names_shared(fingerprint.names, candidate.head.names)
    if names >= NAMES:
        return Decision(Kind.ATTACH, candidate.story_id, names=names, guard="another language")
    return Decision(Kind.NEW, names=names)


@dataclass(frozen=True, slots=True)
class _Likeness:
    """To the member of a story that it is most like."""

    trace: Trace
    cosine: float
    containment: float
    title: float
    anchored: bool
    soon: bool


def _likeness(fingerprint: Fingerprint, trace: Trace) -> _Likeness:
    own = fingerprint.trace
    return _Likeness(
        trace,
        cosine(own.vector, trace.vector),
        1.0 if own.text == trace.text else containment(own, trace),
        overlap(own.title, trace.title),
        same_subject(fingerprint, trace),
        soon(own, trace),
    )


def _within(fingerprint: Fingerprint, candidate: Candidate, known: Sequence[Trace]) -> Decision:
    own = fingerprint.trace
    close = cosine(own.vector, candidate.head.centre(own.language))
    if close < LEAST:
        return Decision(Kind.NEW, cosine=close)
    members = [_likeness(fingerprint, trace) for trace in known]
    nearest = max(members, key=lambda like: like.cosine + like.containment)
    least = _loose(fingerprint) + _after_quiet(own.seen_at - candidate.head.last_at)
    kind, guard = _kind(fingerprint, known, nearest, joins=close >= least)
    story_id = None if kind is Kind.NEW else candidate.story_id
    return Decision(kind, story_id, close, nearest.containment, guard=guard)


def _kind(
    fingerprint: Fingerprint, known: Sequence[Trace], nearest: _Likeness, *, joins: bool
) -> tuple[Kind, str]:
    """`joins`: whether the article is like enough to the story's centre."""
    own = fingerprint.trace
    if nearest.containment >= TEMPLATE and another_of_series(own, nearest.trace):
        return Kind.NEW, "series"
    serial = own.serial or known[0].serial
    if serial and nearest.containment < WHOLE and not anchored(fingerprint, known):
        return Kind.NEW, "template"
    if nearest.containment < COPY and not joins:
        return Kind.NEW, ""
    if _other_figures(own, nearest):
        return Kind.ATTACH, "figures"
    if _is_copy(own, nearest):
        return Kind.COPY, ""
    return (Kind.UPDATE, "") if _is_update(own, nearest) else (Kind.ATTACH, "")


def _other_figures(own: Trace, like: _Likeness) -> bool:
    if figures_differ(own, like.trace):
        return True
    other = figures_missing(own, like.trace) or headlines_differ(own, like.trace)
    return other and like.containment < WHOLE


def _is_copy(own: Trace, like: _Likeness) -> bool:
    if not (own.full and like.trace.full) and _is_form(like):
        return False
    alike = like.cosine >= COPY_COSINE
    if like.soon:
        enough = like.containment >= (COPY if like.anchored else WHOLE)
        return enough and (alike or (like.containment >= WHOLE and like.anchored))
    return like.containment >= LATE_COPY and alike and not own.serial


def _is_form(like: _Likeness) -> bool:
    """Whether two headlines may have no more than their form in common."""
    return like.containment < HEADLINE_COPY and like.title < HEADLINE_TITLE


def _is_update(own: Trace, like: _Likeness) -> bool:
    if not (like.soon and like.anchored):
        return False
    if not own.full:
        shared = len(set(own.title) & set(like.trace.title))
        same_title = like.title >= SAME_TITLE and shared >= FEWEST_SHARED
        return like.cosine >= STRICT_HEADLINE and same_title
    part = like.containment >= PART and like.title >= PART_TITLE
    return part and like.cosine >= STRICT


def _loose(fingerprint: Fingerprint) -> float:
    if not fingerprint.trace.full:
        return LOOSE_HEADLINE
    if fingerprint.language == "ar":
        return LOOSE_ARABIC
    return LOOSE_UNSEASONED + (LOOSE - LOOSE_UNSEASONED) * fingerprint.seasoned


def _after_quiet(seconds: int) -> float:
    """What is asked beyond that where a story has been quiet for so long; what comes late may be of
    a time before its last report."""
    return LOOSE_A_DAY * max(0, abs(seconds) - QUIET_SECONDS) / 86_400
