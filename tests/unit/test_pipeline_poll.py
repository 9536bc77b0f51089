"""Entries to jobs that can be sent."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from tests.builders import NOW, a_feed, an_entry
from tocsin.feeds.entries import Item, make_entry
from tocsin.jobs import MAX_ENTRIES_PER_JOB, MAX_ENTRY_BYTES_PER_JOB
from tocsin.model.entries import Entry
from tocsin.pipeline.poll import ingest_jobs, parts


def size(entries: tuple[Entry, ...]) -> int:
    return sum(len(entry.model_dump_json().encode()) for entry in entries)


@given(st.lists(st.integers(0, 400_000), max_size=40))
def test_parts_hold_every_entry_in_order_and_stay_small(lengths: list[int]) -> None:
    entries = [an_entry(content_html="x" * length) for length in lengths]
    made = list(parts(entries))
    assert [entry for part in made for entry in part] == entries
    assert all(len(part) <= MAX_ENTRIES_PER_JOB for part in made)
    assert all(size(part) <= MAX_ENTRY_BYTES_PER_JOB for part in made)


def test_no_more_parts_than_needed() -> None:
    assert [len(part) for part in parts([an_entry()] * 25)] == [10, 10, 5]


def test_the_largest_entry_there_is_fits_a_part() -> None:
    """Control characters take six bytes each in JSON."""
    item = Item(
        link="https://post.example/" + "x" * 2_000,
        guid="\x01" * 10_000,
        title="\x01" * 10_000,
        content_html="\x01" * 100_000,
        authors=("\x01" * 1_000,) * 100,
    )
    entry = make_entry("https://post.example/feed", item)
    assert entry is not None
    assert size((entry,)) < MAX_ENTRY_BYTES_PER_JOB


def test_a_date_that_lies_days_ahead_is_not_sent_on() -> None:
    ahead = [an_entry(published_at=NOW + timedelta(hours=hours)) for hours in (2, 48)]
    (job,) = ingest_jobs(a_feed(), ahead, silent=False, seen_at=NOW)
    assert [entry.published_at for entry in job.entries] == [NOW + timedelta(hours=2), None]
