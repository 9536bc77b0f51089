"""A story's head can unlearn an article that is to be forgotten."""

from functools import reduce

from tests.unit.test_stories_decide import AT, HOUR, read
from tocsin.stories.fingerprint import Fingerprint
from tocsin.stories.head import (
    FIRST_TRACES,
    MOST_TRACES,
    from_bytes,
    head_of,
    joined,
    to_bytes,
    unlearned,
)

FIRST = read(article="a", outlet="Post", at=AT)


def another(number: int) -> Fingerprint:
    """With words of its own."""
    words = " ".join(f"{chr(97 + number)}{chr(97 + at)}omething" for at in range(20))
    return read(words.title(), words, article=f"other-{number}", at=AT + number * HOUR)


def test_what_an_article_has_taught_it_is_gone_and_the_rest_stays() -> None:
    one, two = another(1), another(2)
    whole = reduce(joined, [one, two], head_of(FIRST))
    left = unlearned(whole, {one.trace.article})
    assert left
    assert left.traces == (FIRST.trace, two.trace)
    assert (left.names, left.keys, left.members) == (whole.names, whole.keys, whole.members)
    assert from_bytes(to_bytes(left)) == left


def test_what_is_summed_up_goes_where_the_article_may_be_in_it() -> None:
    others = [another(number) for number in range(1, MOST_TRACES + 2)]
    whole = reduce(joined, others, head_of(FIRST))
    assert whole.forgotten
    dropped = others[FIRST_TRACES - 1]
    assert dropped.trace not in whole.traces
    left = unlearned(whole, {dropped.trace.article})
    assert left
    assert (left.traces, left.forgotten) == (whole.traces, {})
    remembered = unlearned(whole, {whole.traces[1].article})
    assert remembered
    assert remembered.forgotten == whole.forgotten


def test_of_its_only_article_nothing_is_left() -> None:
    assert unlearned(head_of(FIRST), {FIRST.trace.article}) is None
