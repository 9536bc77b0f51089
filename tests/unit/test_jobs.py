"""What travels between stages."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.builders import NOW, an_entry, an_ingest_job
from tocsin.feeds.entries import MAX_CONTENT_CHARACTERS
from tocsin.jobs import MAX_ENTRIES_PER_JOB, IngestJob, PollJob, host_of
from tocsin.model.entries import Entry

SQS_BYTES = 1024 * 1024  # the largest message SQS takes
STORABLE = st.text(st.characters(exclude_categories=["Cs"]))


def test_a_poll_job_comes_back_as_it_was_sent() -> None:
    job = PollJob(host="post.example", feed_ids=("a", "b"))
    assert PollJob.model_validate_json(job.model_dump_json()) == job


@given(st.lists(st.builds(an_entry, STORABLE, title=STORABLE, guid=STORABLE), max_size=3))
def test_an_ingest_job_comes_back_as_it_was_sent(entries: list[Entry]) -> None:
    job = an_ingest_job(an_entry(published_at=NOW, authors=("Ada",)), *entries, silent=True)
    assert IngestJob.model_validate_json(job.model_dump_json()) == job


def test_the_largest_ingest_job_fits_a_message() -> None:
    longest = an_entry(content_html="ж" * MAX_CONTENT_CHARACTERS)
    job = an_ingest_job(*[longest] * MAX_ENTRIES_PER_JOB)
    assert len(job.model_dump_json().encode()) < SQS_BYTES


def test_a_job_of_a_newer_version_is_refused_not_misread() -> None:
    newer = json.loads(an_ingest_job().model_dump_json()) | {"priority": 1}
    with pytest.raises(ValidationError, match="priority"):
        IngestJob.model_validate_json(json.dumps(newer))


def test_a_first_attempt_is_counted_as_one() -> None:
    assert an_ingest_job().attempt == 1
    assert not an_ingest_job().silent


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://Post.Example:8099/a", "post.example"),
        ("https://[::1]/a", "::1"),
        ("/a", ""),
        ("", ""),
        ("http://[", ""),
        ("javascript:alert(1)", ""),
    ],
)
def test_the_host_of_a_url_is_whom_it_asks(url: str, host: str) -> None:
    assert host_of(url) == host


@given(st.text())
def test_any_text_has_a_host_or_none(url: str) -> None:
    assert isinstance(host_of(url), str)
