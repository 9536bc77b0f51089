"""A page to the article on it.

    page ──▶ blocks ──▶ features ──▶ probabilities ──▶ text                when we are sure of it
                                                   └──▶ trafilatura's text  when we are not
                                                   └──▶ JSON-LD's text      when it has none

The page is cut into blocks of text (`blocks`), each is described by its words, its place and its
neighbours (`features`), and learned trees say how likely it is the article's (`weights`). Kept are
those that together promise the best text. Where that promise is poor, trafilatura reads the page
too. Facts come from the same tree, by the rules of `metadata`.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from lxml import etree

from tocsin.articles import guards
from tocsin.articles.blocks import Block, Box, layout_of
from tocsin.articles.boilerplate import Paragraph, Siblings, is_boilerplate
from tocsin.articles.context import PARAGRAPHS, Anchors, is_pointer, look_of
from tocsin.articles.features import features_of
from tocsin.articles.guards import within_cpu_limit
from tocsin.articles.metadata import Facts, facts_stated, with_credits
from tocsin.articles.pages import Page, open_page
from tocsin.articles.stated import Stated
from tocsin.articles.weights import log_odds, probabilities, probability
from tocsin.errors import PageError, TocsinError
from tocsin.model.entries import Entry

T = TypeVar("T")

# Kept with each article: which rules its text and facts were read by. Raised with each change that
# reads the same page otherwise.
EXTRACTOR = "6"
# Expected F1. Of 269 pages of all kinds, 13 promise less; there trafilatura is right more often
# (cross-validated F1 .929 without it, .934 with it; .930 for .7 and .934 for .9).
MIN_CONFIDENCE = 0.8
# Of the 12 pages of all kinds that were left to it: mean F1 .49 in half of the time, where its
# default setting has .46.
_TRAFILATURA: Any = {"include_comments": False, "favor_precision": True, "fast": True}
# Where nobody is sure: less than this is a button, a notice or an empty page's last word.
MIN_CHARACTERS = 200
# A stated body so many times as long as what is found on the page is not on the page.
STATED_SHARE = 2
TITLE_LINES = 3  # a section or a date may stand above the title
REPEATED_CHARACTERS = 60  # of a paragraph; shorter ones may well stand twice in an article
MAX_SUMMARY_CHARACTERS = 600  # of a feed's text; where it is the whole article, its beginning


@dataclass(frozen=True)
class Extracted:
    """`text` has one paragraph or heading a line and holds no title, menu or teaser; `paragraphs`
    are its lines with what they are and where they stood, before what siblings repeat was taken
    away. `extractor` is `blocks`, `trafilatura` or `json-ld`; `confidence` the F1 that the blocks
    promise, 0 to 1. `dropped` are the blocks of the page that are no text of the article."""

    title: str
    text: str
    facts: Facts
    extractor: str = "blocks"
    confidence: float = 1.0
    paragraphs: tuple[Paragraph, ...] = ()
    dropped: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reading:
    paragraphs: list[Paragraph]
    dropped: list[str]
    extractor: str
    confidence: float


def extract(
    body: bytes,
    content_type: str,
    url: str,
    entry: Entry | None = None,
    siblings: Siblings | None = None,
) -> Extracted:
    """The article on a page; `content_type` is the whole HTTP header, `entry` what a feed says of
    it, `siblings` what is known of the host's other pages. Raises PageError where there is none
    (`not_html`, `no_text`), where the page cannot be read (`too_deep`, `unreadable: …`) or takes
    longer than any honest page does (`too_complex`)."""
    began = time.process_time()

    def read() -> tuple[Page, Stated, Facts, Reading]:
        page = open_page(body, content_type, url)
        stated = Stated(page.tree, url)
        facts = facts_stated(stated, entry)
        anchors = anchors_of(stated, facts.title or "", entry)
        return page, stated, facts, read_blocks(page.tree, anchors)

    page, stated, facts, reading = _guarded(url, read, guards.MAX_CPU_SECONDS)
    title = facts.title or ""
    if reading.confidence < MIN_CONFIDENCE:
        left = guards.MAX_CPU_SECONDS - (time.process_time() - began)
        reading = _or_trafilatura(page, reading, stated.body, max(left, 0.1))
    paragraphs = _without_title(reading.paragraphs, title)
    text = _text(paragraphs, siblings or Siblings())
    if not text:
        raise PageError(url, "no_text")
    return Extracted(
        title,
        text,
        with_credits(facts, text),
        reading.extractor,
        reading.confidence,
        tuple(paragraphs),
        tuple(reading.dropped),
    )


def _guarded(url: str, read: Callable[[], T], seconds: float) -> T:
    try:
        return within_cpu_limit(url, read, seconds)
    except TocsinError:
        raise
    except Exception as error:  # a page that breaks a parser costs no other page
        raise PageError(url, f"unreadable: {type(error).__name__}") from error


def anchors_of(page: Stated, title: str, entry: Entry | None) -> Anchors:
    """What the page's head and its feed say that the article is about."""
    said = text_of(entry.content_html) if entry is not None else ""
    stated = [*page.summaries, said[:MAX_SUMMARY_CHARACTERS]]
    if entry is not None:
        title = title or entry.title
    body = max(page.body, said, key=len)
    return Anchors(title, tuple(dict.fromkeys(filter(None, stated))), body)


def _or_trafilatura(page: Page, ours: Reading, body: str, seconds: float) -> Reading:
    """trafilatura's reading, where it has one; else what the page states for machines, as where
    scripts set the text; else ours, where that is long enough for an article."""
    # Imported here: 150 ms and 40 MB that sure readings do without; and outside of the time that a
    # page has, for a module that is half imported stays so.
    from trafilatura import bare_extraction

    def read() -> Any:
        return bare_extraction(page.markup, url=page.url, **_TRAFILATURA)

    document = _guarded(page.url, read, seconds)
    lines = ((document and document.text) or "").splitlines()
    theirs = [Paragraph(line) for raw in lines if (line := " ".join(raw.split()))]
    if len(body) > STATED_SHARE * sum(len(each.text) for each in theirs):
        theirs = [Paragraph(line) for line in body.splitlines()]
        return replace(ours, paragraphs=theirs, extractor="json-ld")
    if not theirs and sum(len(each.text) for each in ours.paragraphs) >= MIN_CHARACTERS:
        return ours
    return replace(ours, paragraphs=theirs, extractor="trafilatura")


def _text(paragraphs: list[Paragraph], siblings: Siblings) -> str:
    repeated = is_boilerplate(siblings, paragraphs)
    kept = [each for each, known in zip(paragraphs, repeated, strict=True) if not known]
    return "\n".join(each.text for each in _without_last_headings(kept))


def read_blocks(tree: Any, anchors: Anchors) -> Reading:
    """The paragraphs that the learned model finds on a page, and how sure it is of them."""
    layout = layout_of(tree)
    likely = _with_headings(layout.blocks, probabilities(features_of(layout, anchors)))
    sizes = [block.size for block in layout.blocks]
    confidence, threshold = best_threshold(sizes, likely)
    kept = _without_bare_headings(layout.blocks, [chance >= threshold > 0 for chance in likely])
    paragraphs: list[Paragraph] = []
    dropped: list[str] = []
    for block, keep in zip(layout.blocks, kept, strict=True):
        if keep:
            paragraphs += _paragraphs_of(block)
        else:
            dropped.append(block.text.replace("\n", " "))
    return Reading(_without_repeats(paragraphs), dropped, "blocks", confidence)


MIN_ALIKE = 3  # headings; two of a look say little of each other
# Given back to the odds of a heading, by their logarithm: many that the weights were learned from
# were put in to be dropped. Cross-validated F1: .9236 for 0, .9260 for .9, .9267 for 1.2.
HEADING_ODDS = 0.9


def _with_headings(blocks: Sequence[Block], likely: Sequence[float]) -> list[float]:
    """Headings of one look are all of the article or none, but for those that surely are not: each
    is as likely as their odds on average, and all are likelier than they were learned to be."""
    groups: dict[tuple[str, ...], list[int]] = {}
    for number, block in enumerate(blocks):
        if block.level and likely[number]:
            groups.setdefault(look_of(block), []).append(number)
    told = list(likely)
    for numbers in groups.values():
        odds = [log_odds(likely[number]) for number in numbers]
        if len(odds) >= MIN_ALIKE:
            odds = [sum(odds) / len(odds)] * len(odds)
        for number, own in zip(numbers, odds, strict=True):
            told[number] = probability(own + HEADING_ODDS)
    return told


def _without_bare_headings(blocks: Sequence[Block], kept: Sequence[bool]) -> list[bool]:
    """The heading of a box of which nothing else is kept is none of the article's."""
    held: dict[int, list[bool]] = {}
    for block, keep in zip(blocks, kept, strict=True):
        if not block.level:
            held.setdefault(_over(block), []).append(keep)
    return [
        keep and (not block.level or any(held.get(_over(block), (True,))))
        for block, keep in zip(blocks, kept, strict=True)
    ]


def _over(block: Block) -> int:
    """The number of the box that a heading or paragraph stands in."""
    box = block.box
    return box.parent.number if box.parent is not None and box.tag in PARAGRAPHS else box.number


def best_threshold(sizes: Sequence[float], likely: Sequence[float]) -> tuple[float, float]:
    """The highest F1 that can be expected of keeping the likeliest blocks, and the probability of
    the least likely among them. Expected of what is kept is its probable size, twice, over what is
    kept and what there probably is."""
    there = sum(size * chance for size, chance in zip(sizes, likely, strict=True))
    best, threshold = 0.0, 0.0
    right = kept = 0.0
    for chance, size in sorted(zip(likely, sizes, strict=True), reverse=True):
        right += chance * size
        kept += size
        if right and (promise := 2 * right / (kept + there)) > best:
            best, threshold = promise, chance
    return best, threshold


def _paragraphs_of(block: Block) -> Iterator[Paragraph]:
    place = _place(block.box)
    for line in block.text.split("\n"):
        yield Paragraph(line, block.level, place)


_NO_DIGITS = str.maketrans("", "", "0123456789")


def _place(box: Box | None) -> str:
    """The box and three around it, by element and name, without numbers: those of one article."""
    steps: list[str] = []
    while box is not None and len(steps) < 4:
        steps.append(f"{box.tag}.{box.name.translate(_NO_DIGITS)}")
        box = box.parent
    return " ".join(steps)


def _without_repeats(paragraphs: list[Paragraph]) -> list[Paragraph]:
    """Pages repeat paragraphs for screens of other sizes, and as pulled quotes."""
    seen: set[str] = set()
    kept = []
    for each in paragraphs:
        if len(each.text) >= REPEATED_CHARACTERS:
            if each.text in seen:
                continue
            seen.add(each.text)
        kept.append(each)
    return kept


def _without_title(paragraphs: list[Paragraph], title: str) -> list[Paragraph]:
    """Pages set their title above the text; it is kept beside it."""
    first = [each.text for each in paragraphs[:TITLE_LINES]]
    above = [number for number, line in enumerate(first) if line == title.strip()]
    return paragraphs[above[-1] + 1 :] if above else paragraphs


def _without_last_headings(paragraphs: list[Paragraph]) -> list[Paragraph]:
    """A heading that nothing follows stood above what was dropped."""
    last = len(paragraphs)
    while last and paragraphs[last - 1].level:
        last -= 1
    return paragraphs[:last]


def text_of(fragment: str) -> str:
    """The text of a feed's own HTML, one paragraph a line."""
    if "<" not in fragment and "&" not in fragment:
        lines = (" ".join(line.split()) for line in fragment.splitlines())
        return "\n".join(filter(None, lines))
    parser = etree.HTMLParser(encoding="utf-8")
    root = etree.fromstring(f"<div>{fragment}</div>".encode(errors="replace"), parser)
    if root is None:
        return ""
    kept = [block for block in layout_of(root).blocks if not _beside_text(block)]
    return "\n".join(block.text for block in kept)


def _beside_text(block: Block) -> bool:
    """Captions, hidden text and pointers to other articles; in feeds, all else is the article's."""
    return block.box.hidden or block.box.tag == "figcaption" or is_pointer(block)
