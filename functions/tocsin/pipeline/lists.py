"""lists: articles of a story, newest first, in pages that stay put while new ones join."""

import base64
import json
import re
from collections.abc import Sequence
from typing import Protocol

from tocsin.errors import InputError, NotFoundError
from tocsin.model.cards import Card, CardPage
from tocsin.model.stories import Place, Story
from tocsin.model.values import to_text
from tocsin.pipeline.story import root_of

MAX_CURSOR_CHARACTERS = 200  # ours have eighty
_KEY = re.compile(r"[\d:TZ-]{20}#[\w-]{1,64}", flags=re.ASCII)


class Archive(Protocol):
    def find_article_id(self, identity: str) -> str | None: ...
    def find_cards(self, article_ids: Sequence[str]) -> dict[str, Card]: ...


class Stories(Protocol):
    def find_place(self, article_id: str) -> Place | None: ...
    def find_story(self, story_id: str) -> Story | None: ...


def get_story(asked: str, archive: Archive, stories: Stories) -> Story:
    """The story that an article is in by now, or a story by its id. Raises NotFoundError."""
    known_id = archive.find_article_id(asked) or asked
    found = stories.find_story(root_of(known_id, stories)[0])
    if found is None:
        raise NotFoundError("story", asked)
    return found


def list_story(
    asked: str, limit: int, cursor: str | None, archive: Archive, stories: Stories
) -> CardPage:
    """Raises NotFoundError and InputError."""
    members = get_story(asked, archive, stories).members
    keys = sorted({(to_text(each.seen_at), each.article_id) for each in members}, reverse=True)
    if cursor:
        below = _from_cursor(cursor)
        keys = [key for key in keys if key < below]
    shown = keys[:limit]
    cards = archive.find_cards([article_id for _, article_id in shown])
    return CardPage(
        # An article that was deleted may still be named by its story.
        cards=tuple(cards[article_id] for _, article_id in shown if article_id in cards),
        cursor=_to_cursor(shown[-1]) if len(keys) > limit else None,
    )


def _to_cursor(key: tuple[str, str]) -> str:
    text = json.dumps(key, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _from_cursor(cursor: str) -> tuple[str, str]:
    try:
        if len(cursor) > MAX_CURSOR_CHARACTERS:
            raise ValueError("longer than any of ours")
        seen_at, article_id = json.loads(
            base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        )
        if not _KEY.fullmatch(f"{seen_at}#{article_id}"):
            raise ValueError("no key of ours")
    except (ValueError, TypeError, RecursionError) as error:
        raise InputError("cursor", "not one that a list gave; begin again without it") from error
    return seen_at, article_id
