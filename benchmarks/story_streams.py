"""The streams that stories are measured on, from ../shared/data/stories: as they came, mixed, and
with copies made of them by rule. All choices come from a seed."""

import gzip
import json
import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

DAY = 86_400
# When the reports on one event come: half of them within eight hours.
MEAN_DELAY = 12 * 3_600
COPY_DELAY = 4 * 3_600
LONGEST_DELAY = 2.9 * DAY
FEWEST_WORDS = 60  # of an original: a quarter of it is still a text
BOILERPLATE = (
    "Follow us for more on this and sign up to our newsletter to get the day's top stories in "
    "your inbox every morning. By signing up you agree to our terms of use and our privacy policy.",
    "All rights reserved. This material may not be published, broadcast, rewritten or "
    "redistributed without permission. To license this content contact our syndication desk.",
    "Read more: what we know so far, in pictures. Share this article with your friends. "
    "Reporting by our staff, editing by the night desk. Comments are closed for this article.",
)


@dataclass(frozen=True)
class Row:
    """`story` is the gold one, where there is any."""

    id: str
    title: str
    text: str
    language: str
    outlet: str
    at: int
    story: str = ""
    topic: str = ""
    tickers: frozenset[str] = frozenset()


def read(path: Path) -> list[Row]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [_row(json.loads(line)) for line in lines]


def _row(line: dict[str, object]) -> Row:
    return Row(
        id=str(line["id"]),
        title=str(line["title"]),
        text=re.sub(r"\s+", " ", str(line["text"])),
        language=str(line["lang"]),
        outlet=str(line.get("host") or line.get("source") or ""),
        at=int(float(str(line.get("at") or 0))),
        story=str(line.get("story") or ""),
        topic=str(line.get("topic") or line.get("pair") or ""),
        tickers=frozenset(map(str, line.get("tickers") or ())),  # type: ignore[call-overload]
    )


def from_zero(rows: Sequence[Row]) -> list[Row]:
    """In order of time, which begins with the first one; what has no time comes first."""
    first = min(row.at for row in rows if row.at)
    return sorted((replace(row, at=max(row.at, first) - first) for row in rows), key=_when)


def _when(row: Row) -> tuple[int, str]:
    return row.at, row.id


def mixed(stream: Sequence[Row], events: Sequence[Row], seed: int) -> list[Row]:
    """Events without times among a stream: each begins at some time, and its reports follow."""
    rng = random.Random(seed)
    last = stream[-1].at - 3 * DAY
    begins: dict[str, float] = {}
    placed = []
    for row in events:
        begin = begins.setdefault(row.story, rng.uniform(0, last))
        delay = min(rng.expovariate(1 / MEAN_DELAY), LONGEST_DELAY)
        placed.append(replace(row, at=int(begin + delay)))
    return sorted([*stream, *placed], key=_when)


# ── copies ──


@dataclass(frozen=True)
class Draft:
    """An article that a rule makes a copy of, with chance and words of other articles."""

    title: str
    text: str
    rng: random.Random
    words: Sequence[str]

    def first(self, share: float) -> str:
        words = self.text.split()
        return " ".join(words[: int(len(words) * share)])

    def replaced(self, text: str, share: float) -> str:
        return " ".join(
            self.rng.choice(self.words) if self.rng.random() < share else word
            for word in text.split()
        )


Edit = Callable[[Draft], tuple[str, str]]


def sentences(text: str) -> list[str]:
    return re.split(r"(?<=[.!?]) +", text)


def syndicated(draft: Draft) -> tuple[str, str]:
    return draft.title, f"{draft.rng.choice(draft.words).capitalize()}, Agency - {draft.text}"


def with_boilerplate(draft: Draft) -> tuple[str, str]:
    before, after = draft.rng.choice(BOILERPLATE), draft.rng.choice(BOILERPLATE)
    return draft.title, f"{before} {draft.text} {after}"


def half(draft: Draft) -> tuple[str, str]:
    return draft.title, draft.first(0.5)


def quarter(draft: Draft) -> tuple[str, str]:
    return draft.title, draft.first(0.25)


def teaser(draft: Draft) -> tuple[str, str]:
    return draft.title, " ".join(draft.text.split()[:25]) + " ..."


def lightly_rewritten(draft: Draft) -> tuple[str, str]:
    return draft.title, draft.replaced(draft.text, 0.1)


def heavily_rewritten(draft: Draft) -> tuple[str, str]:
    """A fifth of the words are others, sentences are in another order, and so is the title."""
    parts = sentences(draft.text)
    draft.rng.shuffle(parts)
    return draft.replaced(draft.title, 0.3), draft.replaced(" ".join(parts), 0.2)


def updated(draft: Draft) -> tuple[str, str]:
    """A new lead, one number changed, an end cut off."""
    lead = " ".join(draft.rng.choice(draft.words) for _ in range(15)).capitalize() + "."
    changed = re.sub(r"\d+", lambda found: str(int(found.group()[:6]) + 1), draft.text, count=1)
    return f"UPDATE - {draft.title}", f"{lead} {Draft('', changed, draft.rng, ()).first(0.85)}"


def retitled(draft: Draft) -> tuple[str, str]:
    return " ".join(sentences(draft.text)[0].split()[:9]), draft.first(0.8)


EDITS: dict[str, Edit] = {
    edit.__name__: edit
    for edit in (
        syndicated,
        with_boilerplate,
        half,
        quarter,
        teaser,
        lightly_rewritten,
        heavily_rewritten,
        updated,
        retitled,
    )
}


def with_copies(stream: Sequence[Row], count: int, seed: int) -> list[Row]:
    """Copies, whose id is `<edit>:<id of the original>`, by another outlet within two days."""
    rng = random.Random(seed)
    originals = [row for row in stream if len(row.text.split()) >= FEWEST_WORDS]
    words = sorted({word for row in rng.sample(originals, 200) for word in row.text.split()})
    copies = []
    for number in range(count):
        row = rng.choice(originals)
        name = list(EDITS)[number % len(EDITS)]
        title, text = EDITS[name](Draft(row.title, row.text, rng, words))
        delay = 60 + min(int(rng.expovariate(1 / COPY_DELAY)), 2 * DAY)
        copies.append(
            replace(
                row,
                id=f"{name}:{number}:{row.id}",
                title=title,
                text=text,
                outlet=f"copier {number % 50}",
                at=row.at + delay,
                tickers=frozenset(),
            )
        )
    return sorted([*stream, *copies], key=_when)


def original_of(row: Row) -> str:
    """Of a copy; empty for any other."""
    return row.id.rsplit(":", 1)[1] if row.id.count(":") == 2 else ""
