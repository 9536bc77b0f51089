"""What the blocks of a page share: where its core is, what its boxes are named, who looks alike.

The core is the box whose paragraphs hold most prose. `features` describes each block by it.
"""

import math
import re
from dataclasses import dataclass
from functools import lru_cache

from tocsin.articles.blocks import HEADINGS, Block, Box, Layout
from tocsin.articles.wordings import BODY_NAME, GROUPS, WHOLE_WORDS

GROUP_NAMES = tuple(GROUPS)
_BY_START: dict[str, list[tuple[str, int]]] = {}
for _number, _beginnings in enumerate(GROUPS.values()):
    for _beginning in _beginnings.split():
        _BY_START.setdefault(_beginning[:2], []).append((_beginning, _number))
_NAME_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")
FAR = 6  # steps; farther is as far
ENDS = ".!?…。！？।؟\"”»“’'’)」』:"
_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Anchors:
    """What is said of the article elsewhere: by the page's head, for machines, and by its feed.
    `body` is its text as stated, often cut short, and seldom all that readers see."""

    title: str = ""
    summaries: tuple[str, ...] = ()
    body: str = ""


@lru_cache(maxsize=4096)
def groups_of(name: str) -> tuple[frozenset[int], bool]:
    """The numbers of the groups that a box's name speaks of, and whether it is a body by name."""
    words = _NAME_WORD.findall(name)
    return frozenset().union(*map(_groups_of_word, words)), bool(BODY_NAME.search(name))


@lru_cache(maxsize=8192)
def _groups_of_word(word: str) -> frozenset[int]:
    word = word.lower()
    return frozenset(
        group
        for beginning, group in _BY_START.get(word[:2], ())
        if word == beginning or (beginning not in WHOLE_WORDS and word.startswith(beginning))
    )


AROUND = (
    "article",
    "main",
    "aside",
    "nav",
    "footer",
    "header",
    "form",
    "figure",
    "list",
    "table",
    "blockquote",
)
_AROUND_OF = {
    **{tag: number for number, tag in enumerate(AROUND)},
    "ul": 8, "ol": 8, "dl": 8, "menu": 8, "figcaption": 7, "td": 9, "th": 9,
}  # fmt: skip

_STEP = [min(steps + 1, FAR) for steps in range(FAR + 1)]
_NOWHERE = [FAR] * (len(GROUP_NAMES) + 1)
PARAGRAPHS = frozenset(("p", "li", "blockquote", *HEADINGS))
_CHROME = sum(1 << _AROUND_OF[tag] for tag in ("nav", "footer", "figure"))

MIN_BODY = 200  # characters; shorter ones are summaries


class Context:
    """What a page's blocks share: its core (the box of most prose), sums and places."""

    def __init__(self, layout: Layout, anchors: Anchors) -> None:
        self.layout = layout
        self.blocks = layout.blocks
        self.anchors = anchors
        self.title = words_of(anchors.title)
        self.plain_title = plain(anchors.title)
        self.summary = set().union(*map(words_of, anchors.summaries))
        self.summaries = {plain(each) for each in anchors.summaries}
        body = anchors.body if len(anchors.body) >= MIN_BODY else ""
        self.body = f" {plain(body)} " if body else ""
        self.total = sum(block.size for block in self.blocks) or 1
        self.prose = [_prose(block) for block in self.blocks]
        self.sum_up()
        self.heading = self.heading_place()
        self.core = self.core_of()
        self.root = self.root_of(0.85)
        self.above = _with_parents(self.core)
        self.signature_mass()
        self.places()
        self.walk_boxes()
        self.seen: dict[str, int] = {}
        for block in self.blocks:
            self.seen[block.text] = self.seen.get(block.text, 0) + 1

    def sum_up(self) -> None:
        for block, prose in zip(self.blocks, self.prose, strict=True):
            box = block.box
            box.blocks += 1
            box.size += block.size
            box.linked += block.size * block.linkage
            box.prose += prose
            if block.level and block.linkage > 0.8:
                box.linked_headings += 1
        siblings: dict[tuple[int, str, str], int] = {}
        for box in reversed(self.layout.boxes):
            if box.parent is None:
                continue
            parent = box.parent
            parent.blocks += box.blocks
            parent.size += box.size
            parent.linked += box.linked
            parent.prose += box.prose
            parent.images += box.images
            parent.linked_headings += box.linked_headings
            if box.blocks:
                key = (parent.number, box.tag, box.name)
                siblings[key] = siblings.get(key, 0) + 1
        for box in self.layout.boxes:
            if box.parent is not None:
                box.alike = siblings.get((box.parent.number, box.tag, box.name), 1)

    def core_of(self) -> Box:
        """The box whose paragraphs hold most prose: all of its own, half of one box deeper. Prose
        behind another heading of the first level counts half: the next article may be longer."""
        scores: dict[int, float] = {}
        until = self.next_title()
        for number, block in enumerate(self.blocks):
            prose = self.prose[number] / 2 if number >= until else self.prose[number]
            if not prose:
                continue
            box = holder_of(block)
            scores[box.number] = scores.get(box.number, 0) + prose
            if box.parent is not None:
                number = box.parent.number
                scores[number] = scores.get(number, 0) + prose / 2
        best = max(scores, key=lambda number: scores[number], default=0)
        return self.layout.boxes[best]

    def next_title(self) -> int:
        """Where a heading of the first level follows the title; behind the last block where none
        does."""
        count = len(self.blocks)
        after = range(self.heading + 1, count) if self.heading >= 0 else ()
        return next((number for number in after if self.blocks[number].level == 1), count)

    def root_of(self, share: float) -> Box:
        """The smallest box around the core that holds this share of the page's prose."""
        box = self.core
        while box.parent is not None and box.prose < share * self.layout.boxes[0].prose:
            box = box.parent
        return box

    def signature_mass(self) -> None:
        """How much prose has the same element, name and parent: what the text looks like."""
        self.looks: dict[tuple[str, ...], float] = {}
        self.tags: dict[tuple[str, ...], float] = {}
        self.alike: dict[tuple[str, ...], int] = {}
        self.alike_in_core: dict[tuple[str, ...], int] = {}
        for block, prose in zip(self.blocks, self.prose, strict=True):
            look, tag = look_of(block), (block.box.tag, block.box.name)
            self.alike[look] = self.alike.get(look, 0) + 1
            if holder_of(block) is self.core:
                self.alike_in_core[look] = self.alike_in_core.get(look, 0) + 1
            self.looks[look] = self.looks.get(look, 0) + prose
            self.tags[tag] = self.tags.get(tag, 0) + prose
        self.most = max(self.looks.values(), default=0) or 1
        self.most_tag = max(self.tags.values(), default=0) or 1

    def places(self) -> None:
        inside = [
            number
            for number, block in enumerate(self.blocks)
            if self.prose[number] and holder_of(block) is self.core
        ]
        self.first = inside[0] if inside else -1
        self.last = inside[-1] if inside else -1
        self.before: list[float] = []
        self.titles: list[int] = []  # headings of the first level so far, from the title's on
        so_far = 0.0
        titles = 0
        for number, block in enumerate(self.blocks):
            self.before.append(so_far / self.total)
            self.titles.append(titles)
            so_far += block.size
            titles += block.level == 1 and number > self.heading

    def heading_place(self) -> int:
        """Where the title stands: the heading nearest to the stated title, or the first h1."""
        best, place = 0.5, -1
        for number, block in enumerate(self.blocks):
            if not block.level:
                continue
            alike = _overlap(words_of(block.text), self.title) + (0.2 if block.level == 1 else 0)
            if alike > best or (place < 0 and block.level == 1 and not self.title):
                best, place = alike, number
        return place

    def walk_boxes(self) -> None:
        """What each box has from the boxes around it, parents first."""
        boxes = self.layout.boxes
        count = len(boxes)
        self.near: dict[int, list[int]] = {}
        self.holders: dict[int, list[float]] = {}
        self.below = [0] * count  # steps below the boxes that hold the core
        self.lift = [0] * count  # steps from the core up to where its branch begins
        self.branch = list(boxes)  # the highest box around it that does not hold the core
        self.around = [0] * count
        self.repeated = [1] * count  # most siblings that look alike, up to the branch
        self.in_root = [False] * count
        for box in boxes:
            if box.blocks or box.images:
                self.walk(box, box.number, box.parent.number if box.parent else 0)

    def walk(self, box: Box, number: int, parent: int) -> None:
        bit = _AROUND_OF.get(box.tag)
        self.around[number] = self.around[parent] | (1 << bit if bit is not None else 0)
        self.in_root[number] = self.in_root[parent] or box is self.root
        if number in self.above:
            self.lift[number] = self.core.depth - box.depth
            return
        self.lift[number] = self.lift[parent]
        self.below[number] = self.below[parent] + 1
        if parent not in self.above:
            self.branch[number] = self.branch[parent]
            self.repeated[number] = max(self.repeated[parent], box.alike)
        else:
            self.repeated[number] = box.alike if box.tag not in PARAGRAPHS else 1

    def hopeless(self, block: Block) -> bool:
        """Menus, footers and figures beside the core, links outside of its root, pointers."""
        number = block.box.number
        if self.around[number] & _CHROME & ~self.around[self.core.number]:
            return True
        return is_pointer(block) or (block.linkage > 0.9 and not self.in_root[number])

    def near_of(self, box: Box) -> list[int]:
        """For each group, in how many steps up a box of that name is met, below the boxes that hold
        the core: what these are named says nothing, the whole article is in them."""
        way = []
        at: Box | None = box
        while at is not None and at.number not in self.above and at.number not in self.near:
            way.append(at)
            at = at.parent
        known = _NOWHERE if at is None else self.near.get(at.number, _NOWHERE)
        for each in reversed(way):
            known = self.near[each.number] = self.named(each, known)
        return known

    def of_holder(self, box: Box) -> list[float]:
        known = self.holders.get(box.number)
        if known is None:
            known = self.holders[box.number] = _of_box(box)
        return known

    def of_branch(self, box: Box) -> list[float]:
        if box.number in self.above:  # it hangs in the core itself, or in a box around it
            return [-1, -1, -1, -1, -1, -1]
        return [box.size / self.total, *self.of_holder(box)[1:]]

    def named(self, box: Box, known: list[int]) -> list[int]:
        found = [_STEP[steps] for steps in known]
        groups, body = groups_of(box.name) if box.name else ((), False)
        for group in groups:
            found[group] = 0
        if body:
            found[-1] = 0
        return found


def _prose(block: Block) -> float:
    """Its size where it reads like a paragraph, else 0."""
    if block.size < 60 or block.linkage > 0.4 or block.level or block.box.hidden:
        return 0
    return block.size if block.text[-1] in ENDS else block.size / 4


def holder_of(block: Block) -> Box:
    """The box that holds it as a paragraph: a paragraph's own is its parent's."""
    box = block.box
    return box.parent if box.parent is not None and box.tag in ("p", "li", "blockquote") else box


def look_of(block: Block) -> tuple[str, ...]:
    """What it looks like, as far as the page's markup tells: element and name, its own and its
    parent's."""
    box = block.box
    parent = box.parent
    return (box.tag, box.name, parent.tag if parent else "", parent.name if parent else "")


def _with_parents(box: Box) -> set[int]:
    numbers = set()
    while box.parent is not None:
        numbers.add(box.number)
        box = box.parent
    numbers.add(box.number)
    return numbers


def words_of(text: str) -> set[str]:
    return set(_WORD.findall(text.lower()))


def plain(text: str) -> str:
    return " ".join(_WORD.findall(text.lower()))


def _overlap(one: set[str], other: set[str]) -> float:
    both = len(one | other)
    return len(one & other) / both if both else 0.0


MAX_POINTER_LEAD = 30  # characters: "Read also our interview with"


def is_pointer(block: Block) -> bool:
    """A paragraph that is a link and little else points to another article. Dropping all of them
    changes nothing on pages of all kinds (cross-validated F1 +.001), and "read also" is no longer
    let in, whatever its words."""
    if block.level or block.box.tag == "li" or not block.links:
        return False
    return block.linkage >= 0.5 and block.plain <= MAX_POINTER_LEAD


def _of_box(box: Box) -> list[float]:
    size = box.size or 1
    return [
        math.log1p(box.size),
        min(box.blocks, 50),
        box.linked / size,
        box.prose / size,
        min(box.images, 10),
        min(box.linked_headings, 10),
    ]
