"""The matcher against the judge of plans, many times over: 100,000 made-up pairs of plan and
article. tests/floors has real topics on real texts."""

import random
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.unit.plan_oracle import holds, rows_of
from tocsin.query.compiled import compile_plans
from tocsin.query.document import Document
from tocsin.query.keys import code_key, field_key, stem_key
from tocsin.query.matcher import Matcher
from tocsin.query.plan import (
    Close,
    Either,
    Every,
    One,
    Plan,
    Start,
    Within,
    Without,
)
from tocsin.query.plan import (
    Sequence as Phrase,
)

WORDS = ("troop", "troops", "peace", "plan", "plans", "bay", "harbour", "ship", "ships", "ukraine")
PLANS, DOCUMENTS, SEED = 1_000, 100, 20261122


def stem(form: str, language: str) -> str:
    return form.removesuffix("s") if language == "en" else form


class Chance:
    """Plans and articles out of few words, so that they meet."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def one(self) -> One:
        word, other = self.random.choices(WORDS, k=2)
        keys = self.random.choice(
            [
                {word},
                {word},
                {word, other},
                {stem_key("en", stem(word, "en"))},
                {field_key("author", word)},
                {code_key("lang", self.random.choice(("en", "uk")))},
            ]
        )
        return One(frozenset(keys))

    def word(self) -> One:
        return One(frozenset(self.random.choices(WORDS, k=self.random.randint(1, 2))))

    def leaf(self) -> Plan:
        if self.random.random() < 0.5:
            return self.one()
        if self.random.random() < 0.3:
            return Start(self.random.choice(WORDS)[: self.random.randint(3, 4)])
        return Phrase(tuple(self.word() for _ in range(self.random.randint(2, 3))))

    def place(self) -> Plan:
        places: list[Plan] = [self.word(), Phrase((self.word(), self.word()))]
        return self.random.choice([*places, Either(tuple(places))])

    def special(self) -> Plan:
        if self.random.random() < 0.5:
            return Close(self.random.randint(1, 6), self.place(), self.place())
        return Within(self.random.choice(("title", "body")), self.place())

    def plan(self, depth: int = 3) -> Plan:
        way = self.random.random()
        if depth == 0 or way < 0.25:
            return self.leaf()
        if way < 0.45:
            return self.special()
        parts = tuple(self.plan(depth - 1) for _ in range(self.random.randint(2, 3)))
        if way < 0.7:
            return Either(parts)
        if way < 0.85:
            return Every(parts)
        return Every((*parts, Without(self.plan(depth - 1))))

    def text(self, most: int) -> str:
        return " ".join(self.random.choices(WORDS, k=self.random.randint(0, most)))

    def document(self) -> Document:
        language = self.random.choice(("en", "uk", None))
        authors = tuple(self.text(2) for _ in range(self.random.randint(0, 2)))
        return Document(self.text(4), self.text(25), language, authors)


def differences(
    plans: Sequence[tuple[str, Plan]],
    documents: Sequence[Document],
    folder: Path,
    stem: Callable[[str, str], str],
) -> list[tuple[str, Document]]:
    """Pairs of which the matcher and the judge say different things."""
    file = folder / "topics"
    file.write_bytes(compile_plans(plans))
    matcher = Matcher.open(file, stem=stem)
    found = []
    for document in documents:
        rows, matched = rows_of(document, stem), set(matcher.match(document).topic_ids())
        found += [(i, document) for i, plan in plans if holds(plan, rows) != (i in matched)]
    return found


def test_a_hundred_thousand_made_up_pairs_are_decided_as_the_judge_does(tmp_path: Path) -> None:
    chance = Chance(SEED)
    plans = [(f"{number:04}", chance.plan()) for number in range(PLANS)]
    documents = [chance.document() for _ in range(DOCUMENTS)]
    assert len(plans) * len(documents) == 100_000
    assert differences(plans, documents, tmp_path, stem) == []
