"""A parsed page as blocks: runs of text between the edges of block elements, in document order.

One pass over the tree, with a stack of its own: no depth of nesting exhausts Python's.
"""

import re
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from lxml import etree

# Elements whose content is no text of the page.
_SKIPPED = (
    "audio button canvas datalist embed head iframe input map math meter noscript object"
    " option progress script select style svg template textarea title video"
)
# Elements that stand in a line of text; all others, known or not, begin a new block.
_INLINE = (
    "a abbr acronym b bdi bdo big cite code data del dfn em font i img ins kbd label mark"
    " nobr picture q ruby rb rp rt s samp small source span strike strong sub sup time tt"
    " u var wbr"
)
SKIPPED = frozenset(_SKIPPED.split())
INLINE = frozenset(_INLINE.split())
_STRONG = frozenset(("b", "strong"))
_NAMED_BY = ("class", "id", "itemprop", "role", "data-testid", "data-component", "data-type")
MAX_NAME_CHARACTERS = 200  # of a box; generated class lists can be longer than the text
_BREAK = "\u2028"  # stands for <br> until a block is whole
HEADINGS = {f"h{level}": level for level in range(1, 7)}


@dataclass(slots=True, eq=False)
class Box:
    """A block element: what stands between a block and the page's body. `number` is its place in
    `Layout.boxes`, after its parent's. Sums are over all blocks inside."""

    number: int
    tag: str
    name: str  # class, id and other attributes that name it
    parent: "Box | None"
    depth: int
    hidden: bool
    images: int = 0
    blocks: int = 0
    size: float = 0
    linked: float = 0
    prose: float = 0
    alike: int = 1  # siblings of the same tag and name, itself included
    linked_headings: int = 0


@dataclass(slots=True, eq=False)
class Block:
    """`size` is in characters of an alphabetic script. `linked`, `strong`: characters in such
    elements. `inner` is the name of the inline element that the text begins in."""

    box: Box
    inner: str
    parts: list[str] = field(default_factory=list)
    text: str = ""
    size: float = 0
    linked: int = 0
    strong: int = 0
    links: int = 0
    starts_linked: bool = False
    ends_linked: bool = False
    plain: int = 0  # characters outside links
    lead: int = 0  # characters before the first link
    linkage: float = 0  # share of its characters that are linked
    level: int = 0  # of a heading, 1 to 6; 0 is text


@dataclass(frozen=True)
class Layout:
    boxes: list[Box]
    blocks: list[Block]


def layout_of(root: Any) -> Layout:
    """The blocks of a tree parsed by lxml."""
    return _Segmenter().read(root)


class _Segmenter:
    def __init__(self) -> None:
        self.box = Box(0, "html", "", None, 0, False)
        self.boxes = [self.box]
        self.blocks: list[Block] = []
        self.block: Block | None = None
        self.links = 0
        self.strongs = 0
        self.inner: list[str] = []
        self.breaks = 0

    def read(self, root: Any) -> Layout:
        walk = etree.iterwalk(root, events=("start", "end", "comment", "pi"))
        for event, element in walk:
            tag = element.tag
            if event == "start":
                if tag in SKIPPED:
                    walk.skip_subtree()
                    continue
                self.start(tag, element)
                if text := element.text:
                    self.write(text)
                continue
            if event == "end" and tag not in SKIPPED:
                self.end(tag)
            if (tail := element.tail) and element is not root:
                self.write(tail)
        return Layout(self.boxes, [block for block in self.blocks if _finish(block)])

    def start(self, tag: Any, element: Any) -> None:
        if tag == "br":
            self.line_break()
        elif tag in INLINE:
            self.start_inline(tag, element)
        else:
            self.block = None
            self.breaks = 0
            self.open_box(tag, element)

    def start_inline(self, tag: str, element: Any) -> None:
        if tag == "img":
            self.box.images += 1
        elif tag == "a":
            self.links += 1
            if self.block is not None:
                self.block.links += 1
        elif tag in _STRONG:
            self.strongs += 1
        self.inner.append(element.get("class") or "")

    def open_box(self, tag: Any, element: Any) -> None:
        tag = tag if isinstance(tag, str) else ""
        name, hidden = _naming(element)
        parent = self.box
        self.box = Box(
            len(self.boxes), tag, name, parent, parent.depth + 1, hidden or parent.hidden
        )
        self.boxes.append(self.box)

    def end(self, tag: Any) -> None:
        if tag == "br":
            return
        if tag in INLINE:
            self.inner.pop()
            if tag == "a":
                self.links -= 1
            elif tag in _STRONG:
                self.strongs -= 1
            return
        self.block = None
        self.box = self.box.parent or self.box

    def line_break(self) -> None:
        """One breaks the line, two the block."""
        self.breaks += 1
        if self.breaks > 1:
            self.block = None
        elif self.block is not None:
            self.block.parts.append(_BREAK)

    def write(self, text: str) -> None:
        block = self.block
        stripped = 0 if text.isspace() else len(text.strip())
        if block is None:
            if not stripped:
                return
            block = self.block = Block(self.box, " ".join(filter(None, self.inner)))
            self.blocks.append(block)
            block.starts_linked = self.links > 0
            block.links = min(1, self.links)
        block.parts.append(text)
        if not stripped:
            return
        self.breaks = 0
        block.ends_linked = self.links > 0
        if self.links:
            block.linked += stripped
        else:
            block.plain += stripped
            if not block.linked:
                block.lead += stripped
        if self.strongs:
            block.strong += stripped


def _naming(element: Any) -> tuple[str, bool]:
    stated = element.items()
    if not stated:
        return "", False
    if len(stated) == 1 and stated[0][0] == "class":  # every second element
        return stated[0][1][:MAX_NAME_CHARACTERS], False
    attributes = dict(stated)
    names = [value for key in _NAMED_BY if (value := attributes.get(key))]
    hidden = (
        "hidden" in attributes
        or attributes.get("aria-hidden") == "true"
        or ("style" in attributes and _sets_aside(attributes["style"]))
    )
    return " ".join(names)[:MAX_NAME_CHARACTERS], hidden


def _sets_aside(style: str) -> bool:
    return "display:none" in style[:MAX_NAME_CHARACTERS].replace(" ", "").lower()


# Chinese, Japanese, Korean, Thai: a character says what about two and a half of Latin do.
_WIDE = r"[\u0e00-\u0e7f\u1100-\u11ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]"
_WIDE_SIZE = 2.5


@cache
def _wide() -> re.Pattern[str]:
    """Compiled for the first text that is not ASCII: it takes 4 ms."""
    return re.compile(_WIDE)


def _finish(block: Block) -> bool:
    """Sets what is known once the text is whole; False where there is none."""
    text = "".join(block.parts)
    if _BREAK in text:
        lines = (" ".join(line.split()) for line in text.split(_BREAK))
        block.text = "\n".join(filter(None, lines))
    else:
        block.text = " ".join(text.split())
    block.parts.clear()
    block.level = HEADINGS.get(block.box.tag, 0)
    block.size = len(block.text)
    if not block.text.isascii():
        block.size += (_WIDE_SIZE - 1) * len(_wide().findall(block.text))
    block.linkage = block.linked / (block.linked + block.plain or 1)
    return bool(block.text)
