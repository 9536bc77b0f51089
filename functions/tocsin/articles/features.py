"""What is known of each block of a page, as numbers that the weights are learned over.

`NAMES` says each in words. Nothing here knows a site.
"""

import math
import re
from functools import lru_cache

from tocsin.articles.blocks import Block, Layout
from tocsin.articles.context import (
    AROUND,
    ENDS,
    GROUP_NAMES,
    Anchors,
    Context,
    groups_of,
    holder_of,
    look_of,
    plain,
    words_of,
)
from tocsin.articles.wordings import BYLINES, CONSENT, CREDITS, OFFERS, READ_ALSO, RIGHTS

_TIMED = re.compile(r"\d{1,2}[:.]\d{2}\b|\d+ min")
_STOPS = re.compile(r"[.!?…。！？।؟](?=\s|$|[\"”»“’)」』])|[。！？]")
_DIGIT = re.compile(r"\d")
_DATELINE = 80  # characters; lines that name a time are short
_MARKS = " -–—•»«›>▶►→*[(:|"
MAX_PHRASED = 400  # characters; longer blocks are no notices, and phrases there say nothing
EDGE = 60  # characters of a block that are looked for in a stated body, at either end

_TAGS = ("p", "li", "div", "td", "figcaption", "blockquote", "section", "dd", "pre", "span")

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
    *(f"it stands in a {tag}" for tag in AROUND),
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
    holders = [holder_of(block).number for block in context.blocks]
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
        last in ENDS and last != ":",
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
    return [around >> bit & 1 for bit in range(len(AROUND))]


def _of_place(block: Block, context: Context) -> list[float]:
    box = block.box
    number = box.number
    holder = holder_of(block)
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
    groups, _ = groups_of(name)
    return next((_INNER[group] for group in groups if group in _INNER), 4)


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
    return math.log1p(block.size), block.linkage, block.text[-1] in ENDS, block.level


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
    words = words_of(block.text)
    count = len(words) or 1
    titled = len(words & context.title)
    summed = len(words & context.summary)
    return [
        seen,
        titled / (len(context.title) or 1),
        titled / count,
        bool(words) and words == context.title and plain(block.text) == context.plain_title,
        summed / count if context.summary else -1,
        0 < len(words) == summed and plain(block.text) in context.summaries,
        *stated,
    ]


def _of_body(text: str, context: Context) -> tuple[float, float]:
    """The ends of a block stand for it: bodies leave out links and mark-up between them."""
    if not context.body:
        return -1, -1
    ratio = min(len(context.body) / (context.core.prose or 1), 3)
    if len(text) <= 2 * EDGE:
        return float(f" {plain(text)} " in context.body), ratio
    start, end = plain(text[:EDGE]), plain(text[-EDGE:])
    inside = start.rpartition(" ")[0] in context.body, end.partition(" ")[2] in context.body
    return sum(inside) / 2, ratio
