"""Whether an article that rang has been changed so much that subscribers hear of it again."""

import re
from collections import Counter
from collections.abc import Iterable

from tocsin.model.articles import Change

MAX_UPDATES = 2  # of an article and topic because its text changed: more is a live ticker
NEW_WORDS = 80  # two paragraphs; corrections and closing lines are shorter
COMMON_TITLE = 0.5  # of a headline's words: with fewer in common it says something else

_WORD = re.compile(r"\w+")


def news_in(change: Change, title: str) -> str:
    """What in a new version, whose title is `title`, subscribers would want to hear of, in words;
    empty for what they would not."""
    if change.title is not None and _says_something_else(change.title, title):
        return f"the headline was “{change.title}”"
    came, gone = _counted(change.added), _counted(change.removed)
    words = (came - gone).total()
    return f"{words} words are new" if words >= NEW_WORDS else ""


def _says_something_else(before: str, after: str) -> bool:
    old, new = set(_words(before)), set(_words(after))
    if _numbers(old) and _numbers(new) and _numbers(old) != _numbers(new):
        return True  # of victims, of votes
    return len(old & new) < COMMON_TITLE * min(len(old), len(new))


def _numbers(words: set[str]) -> set[str]:
    return {word for word in words if word.isdigit()}


def _counted(lines: Iterable[str]) -> Counter[str]:
    return Counter(word for line in lines for word in _words(line))


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())
