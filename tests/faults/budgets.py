"""What alerts may use up, in memory."""

from tocsin.pipeline.rehearsal.budgets import MemoryBudgets

BUDGETS = (
    "published",
    "put_published",
    "take_places",
    "take_segments",
    "tell_once",
    "is_done",
    "begin_hour",
    "end_hour",
)

FakeBudgets = MemoryBudgets
