"""The Stories table in memory: places, keys, members, bells, and how busy topics are."""

from tocsin.pipeline.rehearsal.stories import MemoryStories

STORIES = (
    "find_place",
    "find_places",
    "add_place",
    "confirm",
    "merge",
    "save_head",
    "find_postings",
    "get_postings",
    "post",
    "put_member",
    "count",
    "find_story",
    "claim_ring",
    "mark_rung",
    "take_step",
    "volume",
)

FakeStories = MemoryStories
