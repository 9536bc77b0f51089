"""How many forms of a word a topic finds, and how much else; how well languages are told.

    python benchmarks/inflection.py [TEXTS.jsonl.gz] [--languages uk,pl] [--json FILE]

Forms: the headword of each family in inflection_families.yaml is the topic; `topics` is how topics
find words: by the dictionary where it knows the word, else by its stem. Recall is the share of
the family's forms that it finds. Precision is the share of the family among all different words of
the real texts in that language that it finds (none without texts: Spanish, Italian). A word that
belongs to two families counts for both.

Stems: words drawn from the real texts, with those of their forms by the dictionary that the texts
have as their families. The dictionary is the judge, so this says something of stems alone, and of
the words that it knows: few names are among them. Languages: the texts' own mark is the truth.

TEXTS has a line of JSON with title, text and lang for each article; without it, texts/news.jsonl.gz
in the folder TOCSIN_DATA (default ../shared/data).
"""

import argparse
import gzip
import json
import os
import random
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tocsin.articles.languages import language_of
from tocsin.query.analysis import fold, terms_of
from tocsin.query.dictionary import forms, prepare
from tocsin.query.inflection import stem

ROOT = Path(__file__).parents[1]
FAMILIES = Path(__file__).with_name("inflection_families.yaml")
Article = dict[str, Any]
# The words that a headword finds among candidates, in a language.
Finder = Callable[[str, Iterable[str], str], set[str]]
DRAWN, SEED = 300, 7  # words of each language that stems are measured on
stem_of = cache(stem)  # every family asks for those of the whole vocabulary


def find_same(headword: str, candidates: Iterable[str], _language: str) -> set[str]:
    return {headword}.intersection(candidates)


def find_by_stem(headword: str, candidates: Iterable[str], language: str) -> set[str]:
    wanted = stem_of(headword, language)
    return {each for each in candidates if stem_of(each, language) == wanted}


def find_by_dictionary(headword: str, candidates: Iterable[str], language: str) -> set[str]:
    return (forms(headword, [language]) | {headword}).intersection(candidates)


def find_as_topics_do(headword: str, candidates: Iterable[str], language: str) -> set[str]:
    known = forms(headword, [language])
    return (
        (known | {headword}).intersection(candidates)
        if known
        else find_by_stem(headword, candidates, language)
    )


def find_by_both(headword: str, candidates: Iterable[str], language: str) -> set[str]:
    by_stem = find_by_stem(headword, candidates, language)
    return by_stem | find_by_dictionary(headword, candidates, language)


WAYS: dict[str, Finder] = {
    "fold": find_same,
    "stem": find_by_stem,
    "dictionary": find_by_dictionary,
    "topics": find_as_topics_do,
    "dictionary and stem": find_by_both,
}


def default_texts() -> Path:
    folder = Path(os.environ.get("TOCSIN_DATA", ROOT.parent / "shared" / "data"))
    return folder / "texts" / "news.jsonl.gz"


def read_articles(path: Path) -> list[Article]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def read_families() -> dict[str, dict[str, list[tuple[str, set[str]]]]]:
    """language -> kind -> families as (headword, forms), folded."""
    written = yaml.safe_load(FAMILIES.read_text(encoding="utf-8"))
    return {
        language: {kind: [_family(line) for line in lines] for kind, lines in kinds.items()}
        for language, kinds in written.items()
    }


def _family(line: str) -> tuple[str, set[str]]:
    words = [fold(word) for word in line.split()]
    return words[0], set(words)


def vocabularies(articles: Iterable[Article]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for article in articles:
        found[article["lang"]].update(term.text for term in terms_of(article["text"]))
    return found


def measure_forms(
    families: list[tuple[str, set[str]]], vocabulary: set[str], language: str, find: Finder
) -> dict[str, float | None]:
    recalled = sum(len(find(head, members, language)) / len(members) for head, members in families)
    found = right = 0
    for head, members in families:
        hits = find(head, vocabulary, language)
        found += len(hits)
        right += len(hits & members)
    precision = right / found if found else None
    return {"recall": recalled / len(families), "precision": precision}


def measure_all_forms(articles: list[Article], languages: Collection[str]) -> dict[str, Any]:
    words = vocabularies(articles)
    families = read_families()
    for language in languages:
        heads = {head for members in families[language].values() for head, _ in members}
        prepare(heads, language)
    return {
        language: {
            kind: {
                way: measure_forms(members, words.get(language, set()), language, find)
                for way, find in WAYS.items()
            }
            for kind, members in families[language].items()
        }
        for language in languages
    }


def measure_stems(articles: list[Article], languages: Collection[str]) -> dict[str, Any]:
    words = vocabularies(articles)
    return {
        language: {
            way: measure_forms(drawn, words[language], language, WAYS[way])
            for way in ("fold", "stem")
        }
        for language in languages
        if (drawn := _drawn_families(words.get(language, set()), language))
    }


def _drawn_families(vocabulary: set[str], language: str) -> list[tuple[str, set[str]]]:
    """Of words that the dictionary knows and of which the texts have another form."""
    candidates = sorted(word for word in vocabulary if len(word) > 3 and word.isalpha())
    drawn = random.Random(SEED).sample(candidates, min(DRAWN, len(candidates)))
    known = prepare(drawn, language)
    families = [(word, (known[word] | {word}) & vocabulary) for word in drawn if known[word]]
    return [(word, family) for word, family in families if len(family) > 1]


def measure_languages(articles: list[Article]) -> dict[str, dict[str, float]]:
    """Accuracy for each language, by the title alone and by 400 characters of text alone."""
    known = [article for article in articles if article["lang"] != "?"]
    return {
        "title": _accuracy([(each["lang"], language_of(each["title"], "")) for each in known]),
        "400 characters": _accuracy(
            [(each["lang"], language_of("", each["text"][:400])) for each in known]
        ),
    }


def _accuracy(pairs: list[tuple[str, str | None]]) -> dict[str, float]:
    right: dict[str, list[bool]] = defaultdict(list)
    for gold, told in pairs:
        right[gold].append(gold == told)
    shares = {language: sum(each) / len(each) for language, each in sorted(right.items())}
    return {**shares, "all": sum(map(sum, right.values())) / len(pairs)}


def print_forms(table: dict[str, Any]) -> None:
    print(f"{'recall/precision':<18}" + "".join(f"{way:>23}" for way in WAYS))
    for language, kinds in table.items():
        for kind, ways in kinds.items():
            cells = (_cell(ways[way]) for way in WAYS)
            print(f"{language} {kind:<15}" + "".join(f"{cell:>23}" for cell in cells))


def _cell(figures: dict[str, float | None]) -> str:
    precision = figures["precision"]
    return f"{figures['recall']:.3f}/" + ("  –  " if precision is None else f"{precision:.3f}")


def print_stems(table: dict[str, Any]) -> None:
    for language, ways in table.items():
        cells = "  ".join(f"{way} {_cell(figures)}" for way, figures in ways.items())
        print(f"{language} drawn words, judged by the dictionary   {cells}")


def print_languages(table: dict[str, dict[str, float]]) -> None:
    for name, shares in table.items():
        cells = "  ".join(f"{language} {share:.3f}" for language, share in shares.items())
        print(f"language by {name:<15} {cells}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("texts", type=Path, nargs="?", default=default_texts())
    parser.add_argument("--languages", default="uk,ru,pl,de,fr,en,es,it")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    if not options.texts.exists():
        sys.exit(f"skipped: no texts at {options.texts}; give a file or set TOCSIN_DATA")
    begun = time.perf_counter()
    articles = read_articles(options.texts)
    figures = {
        "forms": measure_all_forms(articles, options.languages.split(",")),
        "stems": measure_stems(articles, options.languages.split(",")),
        "languages": measure_languages(articles),
    }
    print_forms(figures["forms"])
    print_stems(figures["stems"])
    print_languages(figures["languages"])
    print(f"{time.perf_counter() - begun:.0f} s")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
