"""Which entries of a feed are new, and of which known ones it says something new."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import NOW, an_entry
from tocsin.feeds.addresses import comparable
from tocsin.feeds.entries import MAX_GUID_CHARACTERS
from tocsin.feeds.parser import MAX_ENTRIES
from tocsin.feeds.seen import (
    MAX_KEYS,
    MIN_OLDER_KEYS,
    keys_of,
    remember,
    restated,
    statement_of,
    unseen,
)
from tocsin.model.entries import SEEN_KEY_BYTES, Entry
from tocsin.model.feeds import FeedState

SITE = "https://a.example"
STORY = f"{SITE}/news/the-bay"
GUID = "urn:uuid:7f0c"
HOUR = timedelta(hours=1)
ENTRIES = st.lists(
    st.builds(
        an_entry,
        st.sampled_from([f"{SITE}/{n}" for n in range(4)]),
        guid=st.sampled_from(["", "1", f"{SITE}/?p=1001", f"{SITE}/?p=1002"]),
        title=st.sampled_from(["", "x"]),
    ),
    max_size=8,
)


def entries(count: int) -> list[Entry]:
    return [an_entry(f"{SITE}/{number}-story", guid="") for number in range(count)]


def known(*listed: Entry, seen: Sequence[bytes] = ()) -> tuple[bytes, ...]:
    return remember(listed, seen)


def test_all_is_new_to_a_feed_that_was_never_read() -> None:
    assert unseen(entries(3), ()) == entries(3)


def test_what_was_remembered_is_not_new() -> None:
    one, two, three = entries(3)
    assert unseen([one, two, three], known(one, three)) == [two]


def test_another_title_or_text_makes_no_new_entry() -> None:
    before = known(an_entry(title="Old", content_html="Old"))
    assert unseen([an_entry(title="New", content_html="New")], before) == []


def test_another_guid_makes_no_new_entry() -> None:
    before = known(an_entry(STORY, guid=GUID))
    assert unseen([an_entry(STORY, guid="tag:a.example,2031:bay")], before) == []


def test_another_url_makes_no_new_entry() -> None:
    before = known(an_entry(STORY, guid=GUID))
    assert unseen([an_entry(f"{SITE}/news/a-new-headline", guid=GUID)], before) == []


def test_another_guid_and_another_url_are_another_entry() -> None:
    other = an_entry(f"{SITE}/news/other", guid="urn:uuid:8a1d")
    assert unseen([other], known(an_entry(STORY, guid=GUID))) == [other]


@pytest.mark.parametrize(
    "version",
    [
        "http://a.example/news/the-bay",
        "https://www.a.example/news/the-bay/",
        "https://A.example:443/news/the-bay",
        f"{STORY}?utm_source=rss&utm_medium=feed",
        f"{STORY}?fbclid=x#xtor=RSS-1",
        f"{STORY}/amp",
        f"{STORY}/amp/?amp=1",
        f"{STORY}?outputType=amp",
        "https://amp.a.example/news/the-bay",
        "https://m.a.example/news/the-bay",
        "https://a-example.cdn.ampproject.org/c/s/a.example/news/the-bay",
        f"{SITE}/news/the%2Dbay",
    ],
)
def test_versions_of_one_url_are_one_entry(version: str) -> None:
    assert comparable(version) == comparable(STORY)
    assert unseen([an_entry(version, guid="")], known(an_entry(STORY, guid=""))) == []


@pytest.mark.parametrize(
    "other",
    [
        f"{SITE}/news/the-bay-2",
        f"{STORY}?id=2",
        f"{STORY}?ref=2",
        f"{STORY}?source=2&cid=3",
        f"{SITE}/news/amp",
        f"{STORY}#entry-2",
        "https://b.example/news/the-bay",
        "https://news.a.example/news/the-bay",
        f"{SITE}/news/The-Bay",
    ],
)
def test_other_urls_are_other_entries(other: str) -> None:
    assert comparable(other) != comparable(STORY)


def test_a_query_in_another_order_is_the_same() -> None:
    assert comparable(f"{STORY}?a=1&b=2") == comparable(f"{STORY}?b=2&utm_id=7&a=1")


def test_a_guid_that_all_entries_share_tells_nothing() -> None:
    shared = [an_entry(f"{SITE}/{n}-story", guid=GUID) for n in range(3)]
    assert unseen(shared, ()) == shared
    assert unseen(shared, known(*shared[:2])) == [shared[2]]
    more = an_entry(f"{SITE}/4-story", guid=GUID)
    assert unseen([*shared, more], known(*shared)) == [more]


def test_a_url_that_entries_of_a_live_blog_share_tells_nothing() -> None:
    posts = [an_entry(STORY, guid=f"urn:post:{n:05}") for n in range(3)]
    assert unseen(posts, ()) == posts
    assert unseen(posts, known(*posts[:2])) == [posts[2]]


def test_where_neither_tells_both_together_do() -> None:
    crossed = [
        an_entry(f"{SITE}/{n}-story", guid=f"urn:post:{guid:05}")
        for n, guid in ((1, 1), (1, 2), (2, 1), (2, 2))
    ]
    assert unseen(crossed, ()) == crossed
    assert unseen(crossed, known(*crossed)) == []


@pytest.mark.parametrize("place", ["7", "item-12", "top-1", "", "headline"])
def test_a_guid_that_may_be_a_place_in_a_list_never_decides_alone(place: str) -> None:
    next_one = an_entry(f"{SITE}/next-story", guid=place)
    assert unseen([next_one], known(an_entry(STORY, guid=place))) == [next_one]


def test_guid_and_link_cannot_be_mistaken_for_each_other() -> None:
    by_guid = an_entry(f"{SITE}/x", guid=f"{STORY}?id=1")
    by_url = an_entry(f"{STORY}?id=1", guid="")
    ((one, *_), (other, *_)) = keys_of([by_guid, by_url])
    assert one != other
    assert {len(one), len(other)} == {SEEN_KEY_BYTES}


def test_of_an_entry_listed_twice_the_first_is_taken() -> None:
    first, second = an_entry(title="First"), an_entry(title="Second")
    assert unseen([first, second], ()) == [first]


@given(ENTRIES, ENTRIES)
def test_new_entries_are_in_order_and_none_is_told_twice(
    before: list[Entry], now: list[Entry]
) -> None:
    seen = remember(before, ())
    new = unseen(now, seen)
    assert len(new) <= len({(entry.url, entry.guid) for entry in now})
    places = [next(at for at, each in enumerate(now) if each is entry) for entry in new]
    assert places == sorted(places)
    assert unseen(now, remember(now, seen)) == []


@given(ENTRIES, ENTRIES)
def test_an_article_that_was_never_listed_is_always_new(
    before: list[Entry], now: list[Entry]
) -> None:
    article = an_entry(f"{SITE}/never-before", guid="tag:never,2031:before")
    assert article in unseen([*now, article], remember(before, ()))


def test_what_a_feed_no_longer_lists_is_remembered_while_there_is_room() -> None:
    old, new = entries(2)
    assert unseen([old], known(new, seen=known(old))) == []


def test_of_what_is_no_longer_listed_the_most_recent_is_kept() -> None:
    """Two keys each: of a URL, and of what is stated. Of one that is listed there are two more."""
    seen: tuple[bytes, ...] = ()
    for entry in entries(MIN_OLDER_KEYS // 2 + 10):
        seen = known(entry, seen=seen)
    assert len(seen) == 1 + 2 + MIN_OLDER_KEYS
    assert unseen(entries(MIN_OLDER_KEYS // 2 + 10), seen) == entries(9)


def test_all_that_is_listed_is_remembered_before_anything_older() -> None:
    older = tuple(number.to_bytes(SEEN_KEY_BYTES) for number in range(MAX_KEYS))
    listed = entries(10)
    seen = remember(listed, older)
    assert unseen(listed, seen) == []
    assert len(seen) == 1 + 2 * 10 + MIN_OLDER_KEYS


def test_the_keys_of_a_feed_of_50_entries_take_less_than_four_kilobytes() -> None:
    listed = [an_entry(f"{SITE}/{n}-story", guid=f"urn:{n:05}") for n in range(500)]
    seen: tuple[bytes, ...] = ()
    for start in range(0, 450, 10):
        seen = known(*listed[start : start + 50], seen=seen)
    assert len(seen) * SEEN_KEY_BYTES < 4_000


def test_what_is_remembered_of_the_longest_feed_fits_its_item() -> None:
    listed = [
        an_entry(f"{SITE}/{number}-story", guid=f"urn:{number:05}") for number in range(MAX_ENTRIES)
    ]
    seen = remember(listed, remember(listed, ()))
    assert len(seen) == 1 + 3 * MAX_ENTRIES <= MAX_KEYS
    assert unseen(listed, seen) == restated(listed, seen) == []
    assert an_entry(guid="x" * MAX_GUID_CHARACTERS).guid


def test_keys_are_stored_end_to_end_and_a_stored_set_is_read() -> None:
    state = FeedState(seen=remember(entries(3), ()))
    stored = state.model_dump()["seen"]
    assert len(stored) == (1 + 2 * 3) * SEEN_KEY_BYTES
    assert FeedState(seen=stored) == state
    assert set(FeedState(seen=frozenset(state.seen)).seen) == set(state.seen)


def test_keys_of_guid_and_url_together_are_looked_up() -> None:
    """They were all that was kept of entries at first."""
    entry = an_entry(STORY, guid=GUID)
    assert unseen([entry], [keys_of([entry])[0][-1]]) == []


# ── What is said anew ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "changes",
    [{"title": "New"}, {"content_html": "New"}, {"updated_at": NOW + HOUR}, {"published_at": NOW}],
    ids=["title", "summary", "update", "date"],
)
def test_an_entry_of_which_the_feed_says_something_new_is_restated_once(
    changes: dict[str, Any],
) -> None:
    was = an_entry(title="Old", content_html="Old", updated_at=NOW)
    if "published_at" in changes:
        was = an_entry(title="Old", content_html="Old")
    changed = was.model_copy(update=changes)
    before = known(was)
    assert (unseen([changed], before), restated([changed], before)) == ([], [changed])
    assert restated([changed], known(changed, seen=before)) == []
    assert restated([was], before) == []


@pytest.mark.parametrize(
    "content", ["Old <img src='https://a.example/pixel?2'>", " Old\n", "<p>Old</p>"]
)
def test_markup_and_white_space_say_nothing_new(content: str) -> None:
    before = known(an_entry(content_html="Old <img src='https://a.example/pixel?1'>"))
    assert restated([an_entry(content_html=content)], before) == []


def test_what_is_stated_of_an_article_does_not_hang_on_the_url_that_states_it() -> None:
    tracked = an_entry(f"{STORY}?utm_source=feed", guid="other")
    assert statement_of(tracked) == statement_of(an_entry(STORY))


@pytest.mark.parametrize(
    "now",
    [an_entry(STORY, guid="urn:uuid:8a1d"), an_entry("http://www.a.example/news/the-bay?utm_id=7")],
    ids=["guid", "URL of the same article"],
)
def test_another_guid_or_spelling_of_the_url_says_nothing_new(now: Entry) -> None:
    assert restated([now], known(an_entry(STORY, guid=GUID))) == []


def test_a_new_entry_is_not_restated() -> None:
    new = an_entry(f"{SITE}/news/next", guid="urn:uuid:8a1d", title="Next")
    assert restated([new], known(an_entry(STORY, guid=GUID))) == []
    assert restated([new], ()) == []


def test_an_entry_with_another_url_is_never_restated_under_it() -> None:
    """The archive would take it for another article, and ring again."""
    moved = f"{SITE}/news/a-new-headline"
    seen = known(an_entry(STORY, guid=GUID, title="Old"))
    for title in ("New", "Newer", "Newest"):
        now = an_entry(moved, guid=GUID, title=title)
        assert unseen([now], seen) == restated([now], seen) == []
        seen = known(now, seen=seen)
    back = an_entry(STORY, guid=GUID, title="Newest")
    assert restated([back], seen) == [back]


def test_posts_of_a_live_blog_are_not_restated() -> None:
    """Each new one brings their page again."""
    posts = [an_entry(STORY, guid=f"urn:post:{n:05}", title="Old") for n in range(3)]
    edited = [post.model_copy(update={"title": "New"}) for post in posts]
    assert restated(edited, known(*posts)) == []


def test_of_an_entry_listed_twice_each_statement_is_known() -> None:
    first, second = an_entry(title="First"), an_entry(title="Second")
    before = known(first, second)
    assert restated([first, second], before) == restated([second, first], before) == []
    third = an_entry(title="Third")
    assert restated([third, second], before) == [third]


@given(ENTRIES)
def test_of_what_was_seen_before_statements_were_kept_nothing_is_restated(
    listed: list[Entry],
) -> None:
    old = [key for keys in keys_of(listed) for key in keys]
    changed = [entry.model_copy(update={"title": "Changed"}) for entry in listed]
    assert restated(changed, old) == []
    seen = remember(listed, old)
    assert restated(listed, seen) == []


def test_a_document_without_entries_leaves_nothing_to_remember() -> None:
    assert remember((), ()) == ()


@given(ENTRIES, ENTRIES)
def test_what_is_restated_is_known_in_order_and_told_once(
    before: list[Entry], now: list[Entry]
) -> None:
    seen = remember(before, ())
    changed = restated(now, seen)
    new = unseen(now, seen)
    assert not any(entry is each for entry in changed for each in new)
    urls = {comparable(entry.url) for entry in before}
    assert {comparable(entry.url) for entry in changed} <= urls
    places = [next(at for at, each in enumerate(now) if each is entry) for entry in changed]
    assert places == sorted(places)
    assert restated(now, remember(now, seen)) == []
