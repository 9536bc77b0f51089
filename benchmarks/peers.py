"""What else can be asked which of many queries a text satisfies, each behind the same two calls.

Each gets the article's words folded already, at no charge: only Tocsin's time includes reading the
raw text. What an engine cannot say is loosened (NEAR becomes AND) or reduced to the words and
phrases of the queries ("leaves"), which is less work than it would have to do: `lacks` says so.
"""

import importlib
import re
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from tocsin.query.analysis import terms_of
from tocsin.query.document import Document
from tocsin.query.plan import Close, Either, Every, One, Plan, Start, Within, Without
from tocsin.query.plan import Sequence as Phrase


@dataclass(frozen=True)
class Folded:
    """An article as its words: every word has a space on both sides in `text`."""

    title: tuple[str, ...]
    words: tuple[str, ...]
    text: str


def folded(document: Document) -> Folded:
    title, body = (
        tuple(term.text for term in terms_of(part)) for part in (document.title, document.body)
    )
    return Folded(title, title + body, f" {' '.join(title)} . {' '.join(body)} ")


class Peer(Protocol):
    name: str
    lacks: str
    most_topics: int  # beyond this it takes more memory than a small machine has

    def build(self, plans: Sequence[Plan]) -> None: ...
    def find(self, article: Folded) -> object: ...


def leaves_of(plan: Plan) -> Iterable[Plan]:
    match plan:
        case Every(parts) | Either(parts):
            for part in parts:
                yield from leaves_of(part)
        case Without(part) | Within(_, part):
            yield from leaves_of(part)
        case Close(_, left, right):
            yield from (*leaves_of(left), *leaves_of(right))
        case _:
            yield plan


def literal(leaf: Plan) -> str:
    """As it stands in `Folded.text`."""
    match leaf:
        case Start(prefix):
            return f" {prefix}"
        case Phrase(parts):
            return f" {' '.join(map(_key, parts))} "
        case One():
            return f" {_key(leaf)} "
        case _:
            raise TypeError(leaf)


def _key(word: One) -> str:
    return next(iter(word.keys))


def literals(plans: Iterable[Plan]) -> list[str]:
    return list(dict.fromkeys(literal(leaf) for plan in plans for leaf in leaves_of(plan)))


class Hyperscan:
    name = "hyperscan"
    lacks = "NEAR (as AND), title:, stems; a NOT is decided at its first word"
    most_topics = 100_000

    def build(self, plans: Sequence[Plan]) -> None:
        hyperscan = importlib.import_module("hyperscan")
        leaves = literals(plans)
        self._numbers = {leaf: number for number, leaf in enumerate(leaves)}
        quiet = hyperscan.HS_FLAG_QUIET | hyperscan.HS_FLAG_SINGLEMATCH
        once = hyperscan.HS_FLAG_COMBINATION | hyperscan.HS_FLAG_SINGLEMATCH
        expressions = [re.escape(leaf).replace("\\ ", " ").encode() for leaf in leaves]
        expressions += [self._combination(plan).encode() for plan in plans]
        self._base = hyperscan.Database()
        self._base.compile(
            expressions=expressions,
            ids=list(range(len(expressions))),
            elements=len(expressions),
            flags=[quiet] * len(leaves) + [once] * len(plans),
        )

    def _combination(self, plan: Plan) -> str:
        """It has to have an operator."""
        logical = self._logical(plan)
        return f"{logical} | {logical}" if logical.isdigit() else logical

    def _logical(self, plan: Plan) -> str:
        match plan:
            case Every(parts):
                return "(" + " & ".join(map(self._logical, parts)) + ")"
            case Either(parts):
                return "(" + " | ".join(map(self._logical, parts)) + ")"
            case Close(_, left, right):
                return self._logical(Every((left, right)))
            case Without(part):
                return f"!{self._logical(part)}"
            case Within(_, part):
                return self._logical(part)
            case _:
                return str(self._numbers[literal(plan)])

    def find(self, article: Folded) -> object:
        found: list[int] = []
        add = found.append

        def on_match(number: int, *_: object) -> None:
            add(number)

        self._base.scan(article.text.encode(), match_event_handler=on_match)
        return found


class Mokaccino:
    """Given each word once: that halves its time, and takes none of its answers."""

    name = "mokaccino"
    lacks = "phrases and NEAR (as AND), stems, positions"
    most_topics = 100_000

    def build(self, plans: Sequence[Plan]) -> None:
        self._module: Any = importlib.import_module("mokaccino")
        self._percolator = self._module.Percolator()
        for plan in plans:
            self._percolator.add_query(self._query(plan, "word"))

    def _query(self, plan: Plan, field: str) -> Any:
        query = self._module.Query
        match plan:
            case Every(parts) | Phrase(parts):
                return query.from_and([self._query(part, field) for part in parts])
            case Either(parts):
                return query.from_or([self._query(part, field) for part in parts])
            case Close(_, left, right):
                return query.from_and([self._query(side, field) for side in (left, right)])
            case Without(part):
                return query.from_not(self._query(part, field))
            case Within(name, part):
                return self._query(part, name)
            case Start(prefix):
                return query.from_kprefix(field, prefix)
            case One():
                return query.from_kv(field, _key(plan))

    def find(self, article: Folded) -> object:
        return self._found(article, dict.fromkeys(article.words))

    def _found(self, article: Folded, words: Iterable[str]) -> object:
        document = self._module.Document()
        for word in words:
            document.add_value("word", word)
        for word in article.title:
            document.add_value("title", word)
        return self._percolator.percolate_list(document)


class MokaccinoAllWords(Mokaccino):
    """Given the words as they come."""

    name = "mokaccino-all-words"

    def find(self, article: Folded) -> object:
        return self._found(article, article.words)


class Pyahocorasick:
    name = "pyahocorasick"
    lacks = "leaves only: no AND, OR, NOT, NEAR, title:, stems"
    most_topics = 1_000_000

    def build(self, plans: Sequence[Plan]) -> None:
        self._automaton = importlib.import_module("ahocorasick").Automaton()
        for number, leaf in enumerate(literals(plans)):
            self._automaton.add_word(leaf, number)
        self._automaton.make_automaton()

    def find(self, article: Folded) -> object:
        return {number for _, number in self._automaton.iter(article.text)}


class AhocorasickRs:
    name = "ahocorasick-rs"
    lacks = "leaves only: no AND, OR, NOT, NEAR, title:, stems; no stored form"
    most_topics = 1_000_000

    def build(self, plans: Sequence[Plan]) -> None:
        self._automaton = importlib.import_module("ahocorasick_rs").AhoCorasick(literals(plans))

    def find(self, article: Folded) -> object:
        places = self._automaton.find_matches_as_indexes(article.text, overlapping=True)
        return {number for number, _, _ in places}


class Tantivy:
    name = "tantivy"
    lacks = "NEAR without order (as AND); an index for each article"
    most_topics = 100_000

    def build(self, plans: Sequence[Plan]) -> None:
        self._module: Any = importlib.import_module("tantivy")
        builder = self._module.SchemaBuilder()
        for name in ("title", "text"):
            builder.add_text_field(name, tokenizer_name="whitespace")
        self._schema = builder.build()
        self._queries = [self._query(plan, "text") for plan in plans]

    def _query(self, plan: Plan, field: str) -> Any:
        query, occur = self._module.Query, self._module.Occur
        match plan:
            case Every(parts):
                clauses = [self._clause(part, field, occur.Must) for part in parts]
                return query.boolean_query(clauses)
            case Either(parts):
                return query.boolean_query([self._clause(p, field, occur.Should) for p in parts])
            case Close(_, left, right):
                return self._query(Every((left, right)), field)
            case Within(name, part):
                return self._query(part, name)
            case Phrase(parts):
                return query.phrase_query(self._schema, field, [_key(part) for part in parts])
            case Start(prefix):
                return query.regex_query(self._schema, field, re.escape(prefix) + ".*")
            case One():
                return query.term_query(self._schema, field, _key(plan))
            case _:
                raise TypeError(plan)

    def _clause(self, plan: Plan, field: str, occur: Any) -> tuple[Any, Any]:
        if isinstance(plan, Without):
            return self._module.Occur.MustNot, self._query(plan.part, field)
        return occur, self._query(plan, field)

    def find(self, article: Folded) -> object:
        index = self._module.Index(self._schema)
        writer = index.writer(15_000_000, 1)
        text, title = " ".join(article.words), " ".join(article.title)
        writer.add_document(self._module.Document(text=text, title=title))
        writer.commit()
        index.reload()
        searcher = index.searcher()
        return [n for n, query in enumerate(self._queries) if searcher.search(query, 1).hits]


class Fts5:
    name = "fts5"
    lacks = "stems but English; a table for each article, each query asked by itself"
    most_topics = 100_000

    def build(self, plans: Sequence[Plan]) -> None:
        self._database = sqlite3.connect(":memory:")
        self._database.execute("CREATE VIRTUAL TABLE a USING fts5(title, body)")
        self._queries = [_fts5(plan) for plan in plans]

    def find(self, article: Folded) -> object:
        execute = self._database.execute
        execute("DELETE FROM a")
        body = article.words[len(article.title) :]
        execute("INSERT INTO a VALUES (?, ?)", (" ".join(article.title), " ".join(body)))
        ask = "SELECT 1 FROM a WHERE a MATCH ?"
        return [n for n, q in enumerate(self._queries) if execute(ask, (q,)).fetchone()]


def _fts5(plan: Plan) -> str:
    match plan:
        case Every(parts):
            wanted = [_fts5(part) for part in parts if not isinstance(part, Without)]
            refused = [_fts5(part.part) for part in parts if isinstance(part, Without)]
            return "(" + " NOT ".join([" AND ".join(wanted), *refused]) + ")"
        case Either(parts):
            return "(" + " OR ".join(map(_fts5, parts)) + ")"
        case Close(distance, left, right):
            return f"NEAR({_fts5(left)} {_fts5(right)}, {distance - 1})"
        case Within(name, part):
            return f"{name} : {_fts5(part)}"
        case Start(prefix):
            return f'"{prefix}"*'
        case _:
            return f'"{literal(plan).strip()}"'


class Regex:
    name = "re"
    lacks = "leaves only; finds one of several that begin at the same place"
    most_topics = 100_000

    def build(self, plans: Sequence[Plan]) -> None:
        leaves = sorted(literals(plans), key=len, reverse=True)
        # Words share the space between them: it is looked at, not taken.
        patterns = (re.escape(x.strip()) + (r"(?= )" if x[-1] == " " else "") for x in leaves)
        self._pattern = re.compile(f"(?<= )(?:{'|'.join(patterns)})")

    def find(self, article: Folded) -> object:
        return set(self._pattern.findall(article.text))


PEERS: dict[str, Callable[[], Peer]] = {
    kind.name: kind
    for kind in (
        Hyperscan,
        Mokaccino,
        MokaccinoAllWords,
        Pyahocorasick,
        AhocorasickRs,
        Tantivy,
        Fts5,
        Regex,
    )
}
