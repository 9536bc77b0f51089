"""Archives and filters made up by hypothesis."""

from datetime import timedelta

from hypothesis import strategies as st

from tests.archive import BEGIN, a_record
from tests.queries import WORDS
from tocsin.archive.filters import Filters
from tocsin.archive.records import Record

# Words of the language's tests, and such as FTS5 has a use for.
TEXT = (*WORDS, "other", "NOT", "near", "peace-keeper", "O'Brien", "日本", "x:y", "--", "C++")


def texts() -> st.SearchStrategy[str]:
    return st.lists(st.sampled_from(TEXT), max_size=12).map(" ".join)


@st.composite
def records(draw: st.DrawFn, numbers: st.SearchStrategy[int]) -> Record:
    """Some seen in the same second."""
    number = draw(numbers)
    return a_record(
        number,
        title=draw(texts()),
        text=draw(texts()),
        language=draw(st.sampled_from(("en", "uk", "fr", "pt", None))),
        authors=tuple(draw(st.lists(texts(), max_size=2))),
        publisher=draw(st.sampled_from(("Harbour Post", "Troops & Men", ""))),
        feed_id=draw(st.sampled_from(("harbour-post", "x:y"))),
        country=draw(st.sampled_from(("de", None))),
        topics=tuple(draw(st.sets(st.sampled_from(("peace", "peace-2"))))),
        story_id=draw(st.sampled_from(("a1", None))),
        seen_at=BEGIN + timedelta(minutes=number // 3),
    )


def groups() -> st.SearchStrategy[list[list[Record]]]:
    """Each for a shard; an article is in one of them."""
    together = st.lists(
        records(st.integers(0, 99)), min_size=1, max_size=12, unique_by=lambda each: each.id
    )
    return st.tuples(together, st.integers(1, 3)).map(
        lambda made: [part for at in range(made[1]) if (part := made[0][at :: made[1]])]
    )


def filters() -> st.SearchStrategy[Filters]:
    some = st.one_of(st.just(()), st.just(()))
    return st.builds(
        Filters,
        topics=some | st.just(("peace",)) | st.just(("peace", "peace-2")),
        publishers=some | st.just(("harbour post",)) | st.just(("troops men",)),
        feeds=some | st.just(("x:y",)),
        languages=some | st.just(("EN", "fr")),
        countries=some | st.just(("de",)),
        authors=some | st.just(("troop",)),
        stories=some | st.just(("a1",)),
        since=st.none() | st.just(BEGIN + timedelta(minutes=9)),
        until=st.none() | st.just(BEGIN + timedelta(minutes=21)),
    )
