"""What keeps a series from becoming one story: results of one company after another, a market's
daily figures, the weather. Their words are the same, and they are different news."""

from collections.abc import Sequence

from tocsin.stories.fingerprint import Fingerprint, Trace
from tocsin.stories.similarity import overlap
from tocsin.stories.terms import number_of

# Two texts of one template share this much; reports on one event by two authors hardly ever do.
TEMPLATE = 0.3
# Of the figures of the one with fewer: an updated report keeps most of them.
SAME_FIGURES = 0.5
FEW_FIGURES = 3
# A notice with fewer than this is a dividend's: the next fund's has all of its figures but one.
NOTICE_FIGURES = 6
# Figures that change within hours are an event that goes on; a series comes once a day.
DAILY_SECONDS = 12 * 3_600
ANCHORS = 2


def anchored(fingerprint: Fingerprint, traces: Sequence[Trace]) -> bool:
    """Whether what the article's title is about is in one of these, and the other way round."""
    own = any(term in trace.vector for trace in traces for term in anchors(fingerprint.trace))
    return own and any(term in fingerprint.terms for trace in traces for term in anchors(trace))


def same_subject(fingerprint: Fingerprint, trace: Trace) -> bool:
    """The same of one article. Of notices, two of which may be of one form: whether the rarest word
    of a title, a name as a rule, is in the other article."""
    own = fingerprint.trace
    if not (own.serial or trace.serial):
        return anchored(fingerprint, (trace,))
    known = {*trace.vector, *trace.title}
    return any(term in known for term in own.title[:1]) or any(
        term in fingerprint.terms for term in trace.title[:1]
    )


def anchors(trace: Trace) -> tuple[int, ...]:
    return trace.title[:ANCHORS]


def figures_differ(one: Trace, other: Trace) -> bool:
    """Whether both have figures, and not the same. One or two that change within hours are an
    event that goes on, but not in a notice that comes again and again."""
    fewer = min(len(one.figures), len(other.figures))
    if not fewer:
        return False
    alike = overlap(one.figures, other.figures)
    if fewer >= FEW_FIGURES:
        return alike < SAME_FIGURES
    if one.serial or other.serial:
        return alike <= SAME_FIGURES
    return alike < SAME_FIGURES and not soon(one, other)


def figures_missing(one: Trace, other: Trace) -> bool:
    """Whether less than half of all figures of the one with more are in both, of notices; of
    notices with few figures, whether any is not."""
    more = max(len(one.figures), len(other.figures))
    shared = len({*one.figures} & {*other.figures})
    least = more if more < NOTICE_FIGURES else SAME_FIGURES * more
    return (one.serial or other.serial) and shared < least


def headlines_differ(one: Trace, other: Trace) -> bool:
    """Whether both headlines tell a figure, and neither's is in the other article: the bank lends
    97 million in the morning, and 485 more in the afternoon."""
    ones, others = _told(one), _told(other)
    met = ones & {*other.figures} or others & {*one.figures}
    return bool(ones and others) and not met


def _told(trace: Trace) -> set[int]:
    """Figures of the headline that are one word; all, of an article that is little more."""
    told = (figure for figure in trace.figures if number_of(str(figure)) in trace.title)
    return set(told if trace.full else trace.figures)


def soon(one: Trace, other: Trace) -> bool:
    return abs(one.seen_at - other.seen_at) <= DAILY_SECONDS


def another_of_series(one: Trace, other: Trace) -> bool:
    """For two texts of one template."""
    return (one.serial or other.serial) and figures_differ(one, other)
