"""Stories in memory behind the calls of the table, counting what DynamoDB would charge for them."""

import math
from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from tocsin.model.stories import Member, Place, StoryState

MOST_POSTINGS = 40  # as aws/stories_table.py
READ_BYTES, WRITE_BYTES = 4_096, 1_024
# Names of attributes, key, time of expiry; of a founder and of a member also what it shows.
_ITEM, _ARTICLE, _ID = 60, 160, 16


class CountedStories:
    def __init__(self) -> None:
        self.places: dict[str, Place] = {}
        self.postings: dict[str, frozenset[str]] = {}
        self.members: Counter[str] = Counter()
        self.reads = self.writes = 0.0

    def find_place(self, article_id: str) -> Place | None:
        self.reads += self._read_units(article_id)
        return self.places.get(article_id)

    def find_places(self, article_ids: Sequence[str]) -> dict[str, Place]:
        self.reads += sum(self._read_units(each) / 2 for each in article_ids)
        return {each: self.places[each] for each in article_ids if each in self.places}

    def find_founder(self, story_id: str) -> Member | None:
        self.reads += self._read_units(story_id) / 2
        return None

    def add_place(self, member: Member, place: Place) -> Place:
        kept = self.places.setdefault(member.article_id, place)
        self._write(member.article_id)
        return kept

    def confirm(self, story_id: str) -> bool:
        return self._leave(story_id, Place(state=StoryState.CONFIRMED))

    def merge(self, story_id: str, into: str, kind: str, same_as: str) -> bool:
        merged = Place(state=StoryState.MERGED, into=into, kind=kind, same_as=same_as)
        return self._leave(story_id, merged)

    def save_head(
        self,
        story_id: str,
        was: Place,  # noqa: ARG002 (nobody else writes)
        now: Place,
        seen_at: datetime,  # noqa: ARG002 (nothing expires)
    ) -> bool:
        self.places[story_id] = now
        self._write(story_id)
        return True

    def find_postings(self, keys: Sequence[str]) -> dict[str, frozenset[str]]:
        self.reads += len(keys) / 2
        return {key: self.postings[key] for key in keys if key in self.postings}

    def get_postings(self, key: str) -> frozenset[str]:
        self.reads += 1
        return self.postings.get(key, frozenset())

    def post(
        self,
        key: str,
        story_id: str,
        at: datetime,  # noqa: ARG002
    ) -> frozenset[str]:
        there = self.postings.get(key, frozenset())
        if len(there) < MOST_POSTINGS:
            there = self.postings[key] = there | {story_id}
        self.writes += math.ceil((_ITEM + _ID * len(there)) / WRITE_BYTES)
        return there

    def put_member(self, story_id: str, member: Member) -> None:  # noqa: ARG002
        self.members[story_id] += 1
        self.writes += 1

    def state_bytes(self) -> int:
        """Of all items."""
        places = sum(self._size(each) for each in self.places)
        postings = sum(_ITEM + _ID * len(ids) for ids in self.postings.values())
        return places + postings + self.members.total() * (_ITEM + _ARTICLE)

    def _leave(self, story_id: str, to: Place) -> bool:
        was = self.places[story_id]
        if was.state is not StoryState.PENDING:
            return False
        change = to.model_dump(include={"state", "into", "kind", "same_as"})
        self.places[story_id] = was.model_copy(update=change)
        self._write(story_id)
        return True

    def _size(self, article_id: str) -> int:
        place = self.places.get(article_id)
        if place is None:
            return 0
        return _ITEM + _ARTICLE + len(place.head) + _ID * len(place.learned) + len(place.into)

    def _read_units(self, article_id: str) -> int:
        return max(1, math.ceil(self._size(article_id) / READ_BYTES))

    def _write(self, article_id: str) -> None:
        self.writes += math.ceil(self._size(article_id) / WRITE_BYTES)
