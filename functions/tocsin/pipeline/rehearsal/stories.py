"""The Stories table in memory: places, keys, members, bells, and how busy topics are."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from tocsin.model.stories import HourCount, Member, Place, Ring, Story, StoryState
from tocsin.pipeline.rehearsal.rows import seconds

Bell = tuple[str, str]


class MemoryStories:
    def __init__(self) -> None:
        self.places: dict[str, Place] = {}
        self.founders: dict[str, Member] = {}
        self.members: dict[str, tuple[Member, ...]] = {}
        self.postings: dict[str, frozenset[str]] = {}
        self.rings: dict[Bell, tuple[Ring, datetime]] = {}  # and when it was claimed
        self.counted: dict[str, dict[datetime, tuple[frozenset[str], frozenset[str]]]] = {}

    # ── places and keys ──

    def find_place(self, article_id: str) -> Place | None:
        return self.places.get(article_id)

    def find_places(self, article_ids: Sequence[str]) -> dict[str, Place]:
        return {each: self.places[each] for each in article_ids if each in self.places}

    def add_place(self, member: Member, place: Place) -> Place:
        if member.article_id not in self.places:
            said = {"title": member.title, "publisher": member.publisher, "source": member.source}
            self.places[member.article_id] = place.model_copy(update=said)
            self.founders[member.article_id] = member
        return self.places[member.article_id]

    def begin_story(self, story_id: str, member: Member) -> None:
        """One that goes by the id of an article which is not here: `member` stands for it."""
        self.places[story_id] = Place(state=StoryState.CONFIRMED)
        self.founders[story_id] = member

    def confirm(self, story_id: str) -> bool:
        return self._leave(story_id, state=StoryState.CONFIRMED)

    def merge(self, story_id: str, into: str, kind: str, same_as: str) -> bool:
        return self._leave(story_id, state=StoryState.MERGED, into=into, kind=kind, same_as=same_as)

    def _leave(self, story_id: str, **changes: object) -> bool:
        place = self.places[story_id]
        if place.state is not StoryState.PENDING:
            return False
        self.places[story_id] = place.model_copy(update=changes)
        return True

    def save_head(
        self,
        story_id: str,
        was: Place,
        now: Place,
        seen_at: datetime,  # noqa: ARG002  nothing expires here
    ) -> bool:
        place = self.places[story_id]
        if place.edition != was.edition:
            return False
        learned = {"head": now.head, "learned": now.learned, "edition": was.edition + 1}
        self.places[story_id] = place.model_copy(update=learned)
        return True

    def find_postings(self, keys: Sequence[str]) -> dict[str, frozenset[str]]:
        return {key: self.postings[key] for key in keys if key in self.postings}

    def get_postings(self, key: str) -> frozenset[str]:
        return self.postings.get(key, frozenset())

    def post(self, key: str, story_id: str, at: datetime) -> frozenset[str]:  # noqa: ARG002
        self.postings[key] = self.get_postings(key) | {story_id}
        return self.postings[key]

    # ── members and volume ──

    def put_member(self, story_id: str, member: Member) -> None:
        others = [e for e in self.members.get(story_id, ()) if e.article_id != member.article_id]
        self.members[story_id] = (*others, member)

    def find_story(self, story_id: str) -> Story | None:
        place = self.places.get(story_id)
        if place is None:
            return None
        founder = self.founders[story_id].model_copy(update={"kind": "founder", "founded": True})
        found = [founder, *self.members.get(story_id, ())]
        for each in self.members.get(story_id, ()):
            brought = self.find_story(each.article_id) if each.founded else None
            found += brought.members if brought else ()
        known = {each.article_id: each for each in reversed(found)}
        ordered = sorted(known.values(), key=lambda each: (each.seen_at, each.article_id))
        return Story(id=story_id, state=place.state, into=place.into, members=tuple(ordered))

    def count(self, topic_id: str, story_id: str, publisher: str, at: datetime) -> None:
        hour = at.replace(minute=0, second=0, microsecond=0)
        hours = self.counted.setdefault(topic_id, {})
        stories, outlets = hours.get(hour, (frozenset(), frozenset()))
        hours[hour] = (stories | {story_id}, outlets | {publisher})

    def volume(self, topic_id: str, since: datetime, until: datetime) -> list[HourCount]:
        first = since.replace(minute=0, second=0, microsecond=0)
        hours = self.counted.get(topic_id, {})
        return [
            HourCount(at=hour, stories=len(stories), outlets=len(outlets))
            for hour, (stories, outlets) in sorted(hours.items())
            if first <= hour < until.replace(minute=0, second=0, microsecond=0)
        ]

    # ── bells ──

    def claim_ring(self, bell_id: str, ring: Ring, now: datetime, lease: timedelta) -> Ring:
        key = (bell_id, ring.topic_id)
        if key in self.rings:
            has, claimed_at = self.rings[key]
            is_own = has.article_id == ring.article_id
            if has.rung_at or not (is_own or claimed_at <= seconds(now - lease)):
                return has
        self.rings[key] = (ring, seconds(now))
        return ring

    def mark_rung(self, bell_id: str, ring: Ring, now: datetime, step: int = 0) -> bool:
        has, claimed_at = self.rings.get((bell_id, ring.topic_id), (None, now))
        if has is None or has.article_id != ring.article_id or has.rung_at:
            return False
        said = {"alert_id": ring.alert_id, "rung_at": seconds(now), "step": step}
        self.rings[bell_id, ring.topic_id] = (has.model_copy(update=said), claimed_at)
        return True

    def take_step(self, bell_id: str, topic_id: str, step: int, article_id: str) -> bool:
        has, claimed_at = self.rings.get((bell_id, topic_id), (None, None))
        if has is None or not has.rung_at or claimed_at is None:
            return False
        if not (has.step < step or (has.step == step and has.step_article == article_id)):
            return False
        taken = has.model_copy(update={"step": step, "step_article": article_id})
        self.rings[bell_id, topic_id] = (taken, claimed_at)
        return True
