"""What is known of each block of a page, as numbers that the weights are learned over.

`NAMES` says each in words. Nothing here knows a site.
"""

import math
import re
from dataclasses import dataclass
from functools import lru_cache

from tocsin.articles.blocks import HEADINGS, Block, Box, Layout
from tocsin.articles.wordings import (
    BODY_NAME,
    BYLINES,
    CONSENT,
    CREDITS,
    GROUPS,
    OFFERS,
    READ_ALSO,
    RIGHTS,
    WHOLE_WORDS,
)

GROUP_NAMES = tuple(GROUPS)
_BY_START: dict[str, list[tuple[str, int]]] = {}
for _number, _beginnings in enumerate(GROUPS.values()):
    for _beginning in _beginnings.split():
        _BY_START.setdefault(_beginning[:2], []).append((_beginning, _number))
_NAME_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")
FAR = 6  # steps; farther is as far
_TIMED = re.compile(r"\d{1,2}[:.]\d{2}\b|\d+ min")
_ENDS = ".!?…。！？।؟\"”»“’'’)」』:"
_STOPS = re.compile(r"[.!?…。！？।؟](?=\s|$|[\"”»“’)」』])|[。！？]")
_WORD = re.compile(r"\w+")
_DIGIT = re.compile(r"\d")
_DATELINE = 80  # characters; lines that name a time are short
_MARKS = " -–—•»«›>▶►→*[(:|"
MAX_PHRASED = 400  # characters; longer blocks are no notices, and phrases there say nothing


@dataclass(frozen=True)
class Anchors:
    """What is said of the article elsewhere: by the page's head, for machines, and by its feed.
    `body` is its text as stated, often cut short, and seldom all that readers see."""

    title: str = ""
    summaries: tuple[str, ...] = ()
    body: str = ""


@lru_cache(maxsize=4096)
def _groups_of(name: str) -> tuple[frozenset[int], bool]:
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


_TAGS = ("p", "li", "div", "td", "figcaption", "blockquote", "section", "dd", "pre", "span")
_AROUND = (
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
    **{tag: number for number, tag in enumerate(_AROUND)},
    "ul": 8, "ol": 8, "dl": 8, "menu": 8, "figcaption": 7, "td": 9, "th": 9,
}  # fmt: skip


_STEP = [min(steps + 1, FAR) for steps in range(FAR + 1)]
_NOWHERE = [FAR] * (len(GROUP_NAMES) + 1)
PARAGRAPHS = frozenset(("p", "li", "blockquote", *HEADINGS))


_CHROME = sum(1 << _AROUND_OF[tag] for tag in ("nav", "footer", "figure"))


MIN_BODY = 200  # characters; shorter ones are summaries
EDGE = 60  # characters of a block that are looked for in a stated body, at either end


class Context:
    """What a page's blocks share: its core (the box of most prose), sums and places."""

    def __init__(self, layout: Layout, anchors: Anchors) -> None:
        self.layout = layout
        self.blocks = layout.blocks
        self.anchors = anchors
        self.title = _words(anchors.title)
        self.plain_title = _plain(anchors.title)
        self.summary = set().union(*map(_words, anchors.summaries))
        self.summaries = {_plain(each) for each in anchors.summaries}
        body = anchors.body if len(anchors.body) >= MIN_BODY else ""
        self.body = f" {_plain(body)} " if body else ""
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
            box = _holder(block)
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
            if _holder(block) is self.core:
                self.alike_in_core[look] = self.alike_in_core.get(look, 0) + 1
            self.looks[look] = self.looks.get(look, 0) + prose
            self.tags[tag] = self.tags.get(tag, 0) + prose
        self.most = max(self.looks.values(), default=0) or 1
        self.most_tag = max(self.tags.values(), default=0) or 1

    def places(self) -> None:
        inside = [
            number
            for number, block in enumerate(self.blocks)
            if self.prose[number] and _holder(block) is self.core
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
            alike = _overlap(_words(block.text), self.title) + (0.2 if block.level == 1 else 0)
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
        groups, body = _groups_of(box.name) if box.name else ((), False)
        for group in groups:
            found[group] = 0
        if body:
            found[-1] = 0
        return found


def _prose(block: Block) -> float:
    """Its size where it reads like a paragraph, else 0."""
    if block.size < 60 or block.linkage > 0.4 or block.level or block.box.hidden:
        return 0
    return block.size if block.text[-1] in _ENDS else block.size / 4


def _holder(block: Block) -> Box:
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


def _words(text: str) -> set[str]:
    return set(_WORD.findall(text.lower()))


def _plain(text: str) -> str:
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


NAMES: tuple[str, ...] = (
    "logarithm of its size",
    "share of it that is linked",
    "number of links",
    "characters outside links (logarithm)",
    "characters before the first link",
    "it begins with a link",
    "it ends with a link",
    "share of it that is bold",
    "it ends like a sentence",
    "it ends with a colon",
    "it ends with an ellipsis",
    "sentences in it",
    "commas for its size",
    "share of digits",
    "share of capitals",
    "share of words that begin in lower case",
    "it begins in lower case",
    "it holds a bar or a bullet",
    "it holds an at sign",
    "lines in it",
    "it says: read also",
    "it makes an offer",
    "it speaks of rights and rules",
    "it credits a picture",
    "it names an author, a time or a button",
    "it speaks of cookies, consent or the browser",
    "level of heading",
    *(f"it is a {tag}" for tag in _TAGS),
    *(f"it stands in a {tag}" for tag in _AROUND),
    *(f"steps up to a box named like {group}" for group in GROUP_NAMES),
    "steps up to a box named like the body of an article",
    "its inline element is named like none, caption, byline, offer or other",
    "it is hidden",
    "steps below the boxes that hold the core",
    "steps from the core up to its branch",
    "it stands in the root",
    "it is a paragraph of the core",
    "its look is that of the most prose",
    "share of the most prose that has its look",
    "share of the most prose that has its element and name",
    "blocks of its look",
    "share of the blocks of its look that are the core's own",
    "siblings that look alike, up to its branch",
    "its box: siblings that look alike",
    "its holder: logarithm of size",
    "its holder: blocks",
    "its holder: share linked",
    "its holder: share prose",
    "its holder: pictures",
    "its holder: headings that are links",
    "its branch: share of the page",
    "its branch: blocks",
    "its branch: share linked",
    "its branch: share prose",
    "its branch: pictures",
    "its branch: headings that are links",
    "the core's share of the page's prose",
    "share of the page before it",
    "blocks since the title",
    "blocks since the core's first paragraph",
    "blocks until the core's last paragraph",
    "headings of the first level between the title and it",
    *(
        f"{place}: {what}"
        for place in ("3 before", "2 before", "1 before", "1 after", "2 after", "3 after")
        for what in ("size", "share linked", "same holder", "ends like a sentence", "level")
    ),
    "times its text is on the page",
    "share of the title's words in it",
    "share of its words that are the title's",
    "it is the title",
    "share of its words that are the summary's",
    "it is a summary",
    "how much of it is in the stated body",
    "size of the stated body for the core's",
)


def features_of(layout: Layout, anchors: Anchors) -> list[list[float] | None]:
    """A row for each block of the page, in the order of NAMES; None for what is surely no text."""
    context = Context(layout, anchors)
    around = [_seen_from_beside(block) for block in context.blocks]
    holders = [_holder(block).number for block in context.blocks]
    return [
        None
        if context.hopeless(block)
        else [
            *_of_text(block),
            *_of_place(block, context),
            *_of_order(number, context),
            *_of_neighbours(number, around, holders),
            *_of_anchors(block, context),
        ]
        for number, block in enumerate(context.blocks)
    ]


def _of_text(block: Block) -> list[float]:
    text = block.text
    size = len(text)
    words = text.split()
    last = text[-1]
    return [
        math.log1p(block.size),
        block.linkage,
        min(block.links, 10),
        math.log1p(block.plain),
        min(block.lead, 100) if block.links else -1,
        block.starts_linked,
        block.ends_linked,
        block.strong / size if block.strong < size else 1,
        last in _ENDS and last != ":",
        last == ":",
        text.endswith(("…", "...")),
        min(len(_STOPS.findall(text)), 8),
        text.count(",") / size,
        _digits(text) / size if size < MAX_PHRASED else 0,
        _capitals(text[:MAX_PHRASED]) / min(size, MAX_PHRASED),
        len([1 for word in words[:60] if word[0].islower()]) / min(len(words), 60),
        text[0].islower(),
        "|" in text or "•" in text or "·" in text or " / " in text,
        "@" in text,
        min(text.count("\n"), 5),
        *_phrases(text),
        _consents(text),
        block.level,
    ]


_CAPITALS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_DIGITS = b"0123456789"


def _digits(text: str) -> int:
    return _count(text, _DIGITS) if text.isascii() else len(_DIGIT.findall(text))


def _capitals(text: str) -> int:
    return _count(text, _CAPITALS) if text.isascii() else sum(map(str.isupper, text))


def _count(text: str, letters: bytes) -> int:
    """A twentieth of the time that asking each letter takes."""
    return len(text) - len(text.encode().translate(None, letters))


def _phrases(text: str) -> list[float]:
    if len(text) > MAX_PHRASED:
        return [0, 0, 0, 0, 0]
    folded = text.lstrip(_MARKS).lower()
    return [
        folded.startswith(READ_ALSO),
        len([1 for each in OFFERS if each in folded]),
        len([1 for each in RIGHTS if each in folded]),
        len([1 for each in CREDITS if each in folded]),
        folded.startswith(BYLINES) or (len(text) < _DATELINE and _TIMED.search(text) is not None),
    ]


def _consents(text: str) -> int:
    folded = text[:MAX_PHRASED].lower()
    return len([1 for each in CONSENT if each in folded])


_NO_TAG = [False] * len(_TAGS)
_IS_TAG = {tag: [tag == each for each in _TAGS] for tag in _TAGS}


@lru_cache(maxsize=1024)
def _bits(around: int) -> list[int]:
    return [around >> bit & 1 for bit in range(len(_AROUND))]


def _of_place(block: Block, context: Context) -> list[float]:
    box = block.box
    number = box.number
    holder = _holder(block)
    around = context.around[number]
    shown = look_of(block)
    look = context.looks[shown]
    return [
        *_IS_TAG.get(box.tag, _NO_TAG),
        *_bits(around),
        *context.near_of(box),
        _inner(block.inner),
        box.hidden,
        min(context.below[number], 8),
        min(context.lift[number], 8),
        context.in_root[number],
        holder is context.core,
        look >= context.most,
        look / context.most,
        context.tags[box.tag, box.name] / context.most_tag,
        min(context.alike[shown], 50),
        context.alike_in_core.get(shown, 0) / context.alike[shown],
        min(context.repeated[number], 20),
        min(box.alike, 20),
        *context.of_holder(holder),
        *context.of_branch(context.branch[number]),
        context.core.prose / (context.layout.boxes[0].prose or 1),
    ]


_INNER = {
    GROUP_NAMES.index("caption"): 1,
    GROUP_NAMES.index("byline"): 2,
    GROUP_NAMES.index("offer"): 3,
}


def _inner(name: str) -> float:
    if not name:
        return 0
    groups, _ = _groups_of(name)
    return next((_INNER[group] for group in groups if group in _INNER), 4)


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


def _of_order(number: int, context: Context) -> list[float]:
    return [
        context.before[number],
        _bounded(number - context.heading) if context.heading >= 0 else -31,
        _bounded(number - context.first),
        _bounded(context.last - number),
        min(context.titles[number], 5),
    ]


def _bounded(distance: int) -> int:
    return max(-30, min(30, distance))


def _seen_from_beside(block: Block) -> tuple[float, float, bool, int]:
    return math.log1p(block.size), block.linkage, block.text[-1] in _ENDS, block.level


_NO_NEIGHBOUR = [-1.0, -1.0, -1.0, -1.0, -1.0]


def _of_neighbours(
    number: int, around: list[tuple[float, float, bool, int]], holders: list[int]
) -> list[float]:
    row: list[float] = []
    for step in (-3, -2, -1, 1, 2, 3):
        place = number + step
        if not 0 <= place < len(around):
            row += _NO_NEIGHBOUR
            continue
        size, linkage, ends, level = around[place]
        row += [size, linkage, holders[place] == holders[number], ends, level]
    return row


def _of_anchors(block: Block, context: Context) -> list[float]:
    stated = _of_body(block.text, context)
    seen = min(context.seen[block.text], 5)
    if block.size > 2 * MAX_PHRASED or not (context.title or context.summary):
        return [seen, -1, -1, False, -1, False, *stated]
    words = _words(block.text)
    count = len(words) or 1
    titled = len(words & context.title)
    summed = len(words & context.summary)
    return [
        seen,
        titled / (len(context.title) or 1),
        titled / count,
        bool(words) and words == context.title and _plain(block.text) == context.plain_title,
        summed / count if context.summary else -1,
        0 < len(words) == summed and _plain(block.text) in context.summaries,
        *stated,
    ]


def _of_body(text: str, context: Context) -> tuple[float, float]:
    """The ends of a block stand for it: bodies leave out links and mark-up between them."""
    if not context.body:
        return -1, -1
    ratio = min(len(context.body) / (context.core.prose or 1), 3)
    if len(text) <= 2 * EDGE:
        return float(f" {_plain(text)} " in context.body), ratio
    start, end = _plain(text[:EDGE]), _plain(text[-EDGE:])
    inside = start.rpartition(" ")[0] in context.body, end.partition(" ")[2] in context.body
    return sum(inside) / 2, ratio
