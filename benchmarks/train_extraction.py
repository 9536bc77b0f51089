"""Learns functions/tocsin/articles/weights.json from pages whose text is known.

    python benchmarks/train_extraction.py PAGES_WEB_DIR [--out FILE] [--score FOLDER ...]
    python benchmarks/train_extraction.py PAGES_WEB_DIR --check

The first makes the file; the second learns it again and exits with 1 where the one that is there
holds other numbers. The file says what it was learned with (`made_with`); another version of
lightgbm may learn others. That and numpy are no dependencies of the project: give them a folder of
their own, and name it in PYTHONPATH.

    .uv/bin/uv pip install --python .venv/bin/python --target FOLDER lightgbm==4.7.0 numpy==2.4.6

Nothing but the given folder is learned from. The recipe, seeded throughout:

1. Each page is cut into blocks. A block is text of the article where at least half of its words are
   aligned with the gold text (difflib, runs of four words or whole blocks).
2. COPIES changed copies of each page: names of classes exchanged for generated ones, paragraphs
   wrapped into components or turned into other elements, and blocks put in that pages set into,
   before and after their articles (`injection.py`), filled with headlines and sentences of other
   pages, or with invented words so that it is not English that is learned. More of those lists
   that got in most often (LISTED).
3. A block weighs what share of its article it is, at most one article; one put in weighs at least
   INJECTED_WEIGHT, or a line of "read also" would not count.
4. Boosted trees, shallow and heavily regularised, written as data.

Printed is the F1 of three-fold cross-validation by page; --score adds other folders, to be looked
at only.
"""

import argparse
import json
import random
import re
import sys
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from itertools import zip_longest
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
from lxml import html as lxml_html

from benchmarks.extraction import read_folder, scores_of, share_of_page
from benchmarks.injection import (
    AFTER_KINDS,
    LEAK_KINDS,
    MORE_KINDS,
    Furniture,
    inject,
    inject_after,
    inject_at_edge,
    paragraphs_of,
    twin_of,
)
from tocsin.articles import weights
from tocsin.articles.blocks import Block, layout_of
from tocsin.articles.encoding import decode
from tocsin.articles.extraction import anchors_of, best_threshold
from tocsin.articles.features import NAMES, features_of
from tocsin.articles.guards import MAX_CHARACTERS
from tocsin.articles.metadata import facts_stated
from tocsin.articles.pages import Page, open_page, parse
from tocsin.articles.stated import Stated

SEED = 7
COPIES = 2
FOLDS = 3
INJECTED_WEIGHT = 0.06  # cross-validated, .03 lets in twice as many; F1 is .9258 and .9248
# What got in most often of what was put in the middle of articles: so many copies have one more.
LISTS = ("image list without links", "image list without links", "teaser cards", "image list")
LISTED = 0.6
# Shares of changed copies that have a banner about cookies, one notice again and again, and a
# second article of the same make.
CONSENTS, PLACEHOLDERS, TWINS = 0.2, 0.1, 0.15
# Share that states its text for machines: of news pages one in five does.
BODIES = 0.25
# Half a millisecond of CPU a page for every ten.
ROUNDS = 220
PARAMETERS: dict[str, Any] = {
    "objective": "binary",
    "num_leaves": 16,
    "max_depth": 5,
    "learning_rate": 0.045,
    "min_data_in_leaf": 160,
    "feature_fraction": 0.3,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "lambda_l2": 15,
    "seed": 5,
    "deterministic": True,
    "num_threads": 1,
    "verbose": -1,
}
MADE_WITH = {
    "command": "python benchmarks/train_extraction.py PAGES_WEB_DIR",
    "seed": SEED,
    "copies": COPIES,
    "lightgbm": lightgbm.__version__,
    "numpy": np.__version__,
}
_WORD = re.compile(r"\w+")
_ENDINGS = (".", "!", "?")


@dataclass(frozen=True)
class Example:
    """A page's blocks as the model sees them: `rows` of features (None: surely no text), the share
    of each block that is gold, its words, and whether we put it there."""

    name: str
    gold: dict[str, Any]
    blocks: list[Block]
    rows: list[list[float] | None]
    golden: list[float]
    words: list[int]
    injected: list[bool]


# ── Examples ─────────────────────────────────────────────────────────────────────────────────────


def example(
    name: str, gold: dict[str, Any], page: Page, put_in: frozenset[str], body: str = ""
) -> Example:
    """`body` is what the page is to state as its text, in place of what it does."""
    stated = Stated(page.tree, page.url)
    anchors = anchors_of(stated, facts_stated(stated).title or "", None)
    layout = layout_of(page.tree)
    rows = features_of(layout, replace(anchors, body=body) if body else anchors)
    golden, words = align(layout.blocks, gold["article_body"])
    injected = [squeezed(block.text) in put_in for block in layout.blocks]
    return Example(name, gold, layout.blocks, rows, golden, words, injected)


def align(blocks: Sequence[Block], gold: str) -> tuple[list[float], list[int]]:
    """For each block the share of its words that are aligned with the gold, and their number."""
    tokens: list[str] = []
    owners: list[int] = []
    for number, block in enumerate(blocks):
        found = _WORD.findall(block.text.lower())
        tokens += found
        owners += [number] * len(found)
    words = [0] * len(blocks)
    for owner in owners:
        words[owner] += 1
    hits = [0] * len(blocks)
    matcher = SequenceMatcher(None, tokens, _WORD.findall(gold.lower()), autojunk=False)
    for run in matcher.get_matching_blocks():
        for owner in owners[run.a : run.a + run.size]:
            hits[owner] += run.size >= 4 or words[owner] <= run.size
    return [hit / (count or 1) for hit, count in zip(hits, words, strict=True)], words


def squeezed(text: str) -> str:
    return "".join(text.split())


def opened(body: bytes, url: str) -> Page:
    """As the parser alone reads it, without what is behind an early end of its body: the weights in
    force were learned so."""
    page = open_page(body, "text/html", url)
    markup = decode(body, "text/html").text[:MAX_CHARACTERS]
    return replace(page, markup=markup, tree=parse(markup.encode(errors="replace"), url))


def examples_of(folder: Path, copies: int) -> tuple[list[Example], list[Example]]:
    """The pages as they are, and their changed copies."""
    pages = read_folder(folder)
    plain = [
        example(name, gold, opened(body, gold["url"]), frozenset())
        for name, (gold, body) in pages.items()
    ]
    chance = random.Random(SEED)
    headlines = [gold["title"] for gold, _ in pages.values() if gold.get("title")]
    sentences = {name: sentences_of(gold["article_body"]) for name, (gold, _) in pages.items()}
    changed = []
    for name, (gold, body) in pages.items():
        others = [each for key, of in sentences.items() if key != name for each in of]
        for _ in range(copies):
            filling = _filling(
                chance, [each for each in headlines if each != gold["title"]], others
            )
            furniture = Furniture(chance.randrange(1 << 30), *filling)
            page = _to_change(opened(body, gold["url"]))
            put_in = change(page.tree, gold["article_body"], furniture, chance)
            stated = stated_body(gold["article_body"], others, chance)
            changed.append(example(name, gold, page, put_in, stated))
    return plain, changed


def stated_body(gold: str, others: Sequence[str], chance: random.Random) -> str:
    """As some publishers state the text of an article: with or without what is no paragraph, with
    a caption or a summary that readers see elsewhere, cut short. Mostly none."""
    if chance.random() >= BODIES:
        return ""
    least = chance.choice((0, 0, 0, 40, 100))
    lines = [line for line in gold.splitlines() if len(line) > least and chance.random() > 0.04]
    for _ in range(chance.choice((0, 0, 1, 2))):
        lines.insert(chance.randint(0, len(lines)), chance.choice(others))
    text = " ".join(lines)
    return text[: int(len(text) * chance.choice((1, 1, 1, 0.8, 0.5, 0.2)))]


def _to_change(page: Page) -> Page:
    """Parsed by lxml.html, whose elements are easier to change."""
    parser = lxml_html.HTMLParser(encoding="utf-8")
    return replace(page, tree=lxml_html.document_fromstring(page.markup.encode(), parser))


def sentences_of(gold: str) -> list[str]:
    lines = (line.strip() for line in gold.splitlines())
    return [line for line in lines if 60 < len(line) < 350 and line.endswith(_ENDINGS)]


_SYLLABLES = tuple(re.findall("..", "kalomisantesarandesulisomeltarenivoskinger"))


def _filling(
    chance: random.Random, headlines: list[str], sentences: list[str]
) -> tuple[list[str], list[str]]:
    if chance.random() < 0.7:
        return chance.sample(headlines, 40), chance.sample(sentences, 60)
    return (
        [_invented(chance, 5, 10) for _ in range(30)],
        [_invented(chance, 10, 24) + "." for _ in range(40)],
    )


def _invented(chance: random.Random, least: int, most: int) -> str:
    words = (
        "".join(chance.choices(_SYLLABLES, k=chance.randint(1, 4)))
        for _ in range(chance.randint(least, most))
    )
    return " ".join(words).capitalize()


def change(tree: Any, gold: str, furniture: Furniture, chance: random.Random) -> frozenset[str]:
    """Rebuilds and furnishes the page; the texts of what was put in."""
    if chance.random() < 0.2:
        _rename(tree)
    if len(elements := paragraphs_of(tree, gold)) >= 3:
        _rebuild(elements, furniture, chance)
    put_in: set[str] = set()

    def made(kind: str) -> str:
        fragment = furniture.make(kind)
        root = lxml_html.fragment_fromstring(fragment)
        put_in.update(squeezed(block.text) for block in layout_of(root).blocks)
        return fragment

    _furnish(tree, gold, made, chance)
    put_in |= _beside(tree, gold, elements, furniture, made, chance)
    if elements and chance.random() < 0.5:
        kind = chance.choice(("byline", "byline", "share bar", "caption", "video"))
        elements[0].addprevious(lxml_html.fragment_fromstring(made(kind)))
    return frozenset(put_in)


def _furnish(tree: Any, gold: str, made: Callable[[str], str], chance: random.Random) -> None:
    """Puts into and behind the article what pages set there."""
    for kind in chance.sample(LEAK_KINDS + MORE_KINDS, chance.randint(2, 5)):
        place = chance.choice(("middle", "middle", "end"))
        inject(tree, gold, made(kind), place, chance)
    if chance.random() < LISTED:
        inject(tree, gold, made(chance.choice(LISTS)), "middle", chance)
    for kind in chance.sample(AFTER_KINDS, chance.choice((0, 1, 1, 2))):
        inject_after(tree, gold, made(kind), chance)


def _beside(
    tree: Any,
    gold: str,
    elements: Sequence[Any],
    furniture: Furniture,
    made: Callable[[str], str],
    chance: random.Random,
) -> set[str]:
    """Puts a banner at the edge of the page, one notice again and again, and a second article; the
    texts of the last."""
    if chance.random() < CONSENTS:
        inject_at_edge(tree, made("consent"), chance)
    if chance.random() < PLACEHOLDERS:
        said = made("placeholders")
        for _ in range(chance.randint(2, 6)):
            inject(tree, gold, said, "middle", chance)
    if len(elements) < 3 or chance.random() >= TWINS:
        return set()
    twin = twin_of(elements, furniture, chance)
    blocks = layout_of(twin).blocks if twin is not None else []
    return {squeezed(block.text) for block in blocks}


def _rename(tree: Any) -> None:
    """As pages do whose names of classes are generated."""
    for element in tree.iter("*"):
        if name := element.get("class"):
            element.set("class", f"x{zlib.crc32(name.encode()) & 0xFFFFFF:x}")
        element.attrib.pop("id", None)


def _rebuild(elements: Sequence[Any], furniture: Furniture, chance: random.Random) -> None:
    kind = chance.random()
    if kind < 0.15:
        _wrap(elements, furniture.name(), 1, chance)
    elif kind < 0.25:
        _wrap(elements, furniture.name(), 5, chance)
    elif kind < 0.32:
        for element in elements:
            element.tag = "div"


def _wrap(elements: Sequence[Any], name: str, most: int, chance: random.Random) -> None:
    """Runs of neighbours, at most so many, into a box each."""
    at = 0
    while at < len(elements):
        run = [elements[at]]
        size = chance.randint(1, most)
        while len(run) < size and run[-1].getnext() in elements[at + len(run) : at + len(run) + 1]:
            run.append(elements[at + len(run)])
        box = lxml_html.Element("div")
        box.set("class", name)
        run[0].addprevious(box)
        box.extend(run)
        at += len(run)


# ── Learning ─────────────────────────────────────────────────────────────────────────────────────


def learn(examples: Sequence[Example]) -> Any:
    rows, golden, heavy = [], [], []
    for each in examples:
        for row, gold, weight in zip(each.rows, each.golden, weights_of(each), strict=True):
            if row is not None:
                rows.append(row)
                golden.append(gold >= 0.5)
                heavy.append(weight)
    data = lightgbm.Dataset(
        np.array(rows, dtype=np.float32),
        np.array(golden, dtype=int),
        weight=np.array(heavy) / np.mean(heavy),
    )
    return lightgbm.train(PARAMETERS, data, ROUNDS)


def weights_of(each: Example) -> list[float]:
    whole = sum(share * count for share, count in zip(each.golden, each.words, strict=True)) or 1
    shares = [min(1.0, (count + 2) / whole) for count in each.words]
    return [
        max(share, INJECTED_WEIGHT) if injected else share
        for share, injected in zip(shares, each.injected, strict=True)
    ]


def predict(model: Any, each: Example) -> list[float]:
    live = [row for row in each.rows if row is not None]
    told = iter(model.predict(np.array(live, dtype=np.float32)) if live else [])
    return [0.0 if row is None else float(next(told)) for row in each.rows]


def text_of(each: Example, likely: Sequence[float]) -> str:
    _, threshold = best_threshold([block.size for block in each.blocks], likely)
    pairs = zip(each.blocks, likely, strict=True)
    return "\n".join(block.text for block, chance in pairs if chance >= threshold > 0)


def cross_validate(plain: Sequence[Example], changed: Sequence[Example]) -> dict[str, float]:
    """How well pages are told by models that have not seen them."""
    names = [each.name for each in plain]
    random.Random(SEED).shuffle(names)
    shares = []
    for fold in range(FOLDS):
        out = set(names[fold::FOLDS])
        model = learn([each for each in (*plain, *changed) if each.name not in out])
        for each in plain:
            if each.name in out:
                shares.append(share_of_page(each.gold, text_of(each, predict(model, each))))
    return scores_of(shares)


def _shown(scores: dict[str, float]) -> str:
    return ", ".join(f"{name} {value:.4f}" for name, value in scores.items())


def written(model: Any) -> dict[str, Any]:
    trees = [_tree(info["tree_structure"]) for info in model.dump_model()["tree_info"]]
    return {"made_with": MADE_WITH, "features": list(NAMES), "trees": trees}


def _tree(node: dict[str, Any]) -> Any:
    if "leaf_value" in node:
        return round(node["leaf_value"], 5)
    threshold = float(f"{node['threshold']:.6g}")
    return [
        node["split_feature"],
        threshold,
        _tree(node["left_child"]),
        _tree(node["right_child"]),
    ]


def differences(learned: dict[str, Any], stored: dict[str, Any]) -> list[str]:
    """In what the stored weights are not those that were learned."""
    told = [
        f"{key}: learned {learned[key]}, stored {stored.get(key)}"
        for key in ("made_with", "features")
        if learned[key] != stored.get(key)
    ]
    pairs = zip_longest(learned["trees"], stored.get("trees", ()))
    return told + [f"tree {number}" for number, (one, two) in enumerate(pairs) if one != two]


def check(learned: dict[str, Any], path: Path) -> None:
    if told := differences(learned, json.loads(path.read_text(encoding="utf-8"))):
        sys.exit(f"{path} is not what was learned: {'; '.join(told[:5])}: learn it anew")
    print(f"{path} is what was learned")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path, default=Path(weights.__file__).with_suffix(".json"))
    parser.add_argument("--check", action="store_true", help="change nothing, compare with --out")
    parser.add_argument("--score", type=Path, nargs="*", default=[])
    options = parser.parse_args()
    plain, changed = examples_of(options.folder, COPIES)
    print(f"{len(plain)} pages, {len(changed)} changed copies")
    model = learn([*plain, *changed])
    if options.check:
        check(written(model), options.out)
        return
    options.out.write_text(json.dumps(written(model), separators=(",", ":")) + "\n")
    shown = _shown(cross_validate(plain, changed))
    print(f"cross-validated over {len(plain)} pages: {shown}", flush=True)
    for folder in options.score:
        examples, _ = examples_of(folder, 0)
        told = [share_of_page(each.gold, text_of(each, predict(model, each))) for each in examples]
        print(f"{folder.name}: {_shown(scores_of(told))}")


if __name__ == "__main__":
    main()
