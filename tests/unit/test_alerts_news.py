"""Whether a change of an article that rang is told."""

import pytest

from tocsin.alerts.news import NEW_WORDS, news_in
from tocsin.model.articles import Change

WORDS = " ".join(f"word{number}" for number in range(NEW_WORDS))
OLD = "Peacekeepers leave for the bay on Monday"


@pytest.mark.parametrize(
    ("change", "title", "expected"),
    [
        (Change(version=1), OLD, ""),
        (Change(version=1, added=("A typing error was mended here.",)), OLD, ""),
        (Change(version=1, added=(WORDS,)), OLD, "80 words are new"),
        (Change(version=1, added=(WORDS,), removed=(WORDS,)), OLD, ""),
        (Change(version=1, added=(WORDS,), removed=("word1 word2",)), OLD, ""),
        (Change(version=1, removed=(WORDS,)), OLD, ""),
        (Change(version=1, title=OLD), f"UPDATE: {OLD}", ""),
        (Change(version=1, title=OLD), "Peacekeepers leave for the bay on Tuesday", ""),
        (Change(version=1, title=OLD), "Council calls ships back", f"the headline was “{OLD}”"),
        (
            Change(version=1, title="Three hurt, 12 missing at sea"),
            "Three hurt, 40 missing at sea",
            "the headline was “Three hurt, 12 missing at sea”",
        ),
        (Change(version=1, title="12 missing at sea"), "Missing at sea", ""),
        (Change(version=1, title=""), "Peacekeepers", ""),
    ],
)
def test_only_a_change_that_says_something_else_is_told(
    change: Change, title: str, expected: str
) -> None:
    assert news_in(change, title) == expected
