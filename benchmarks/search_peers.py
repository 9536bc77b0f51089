"""Other ways to search without a server. Each builds from the same articles, and searches in a
process that has downloaded what it built."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from search_articles import read

FILTERS = ("publisher", "feed", "topic", "story", "language")  # as ours


class Tantivy:
    def build(self, articles: Path, folder: Path) -> None:
        import tantivy

        schema = tantivy.SchemaBuilder()
        schema.add_text_field("title", stored=True, tokenizer_name="en_stem")
        schema.add_text_field("body", stored=False, tokenizer_name="en_stem")
        schema.add_unsigned_field("number", stored=True)
        for name in FILTERS:
            schema.add_text_field(name, stored=False, tokenizer_name="raw", index_option="basic")
        index = tantivy.Index(schema.build(), path=str(folder))
        writer = index.writer(heap_size=128_000_000, num_threads=1)
        for each in read(articles):
            fields = {"title": each["title"], "body": each["text"], "number": each["number"]}
            fields |= {name: each[name] for name in FILTERS}
            writer.add_document(tantivy.Document(**fields))
        writer.commit()
        writer.wait_merging_threads()

    def open(self, folder: Path) -> Callable[[str], int]:
        import tantivy

        index = tantivy.Index.open(str(folder))
        searcher = index.searcher()

        def search(query: str) -> int:
            parsed = index.parse_query(
                " AND ".join(query.split()), ["title", "body"], field_boosts={"title": 5.0}
            )
            return len(searcher.search(parsed, 10).hits)

        return search


class WholeFts5:
    def build(self, articles: Path, folder: Path) -> None:
        import apsw

        connection = apsw.Connection(str(folder / "words.db"))
        connection.execute("pragma journal_mode=off; pragma synchronous=off")
        tokenizer = "porter unicode61 remove_diacritics 2"
        connection.execute(
            "create virtual table words using fts5"
            f"(title, body, content='', tokenize='{tokenizer}')"
        )
        with connection:
            connection.executemany(
                "insert into words(rowid, title, body) values (?, ?, ?)",
                ((e["number"] + 1, e["title"], e["text"]) for e in read(articles)),
            )
        connection.execute("insert into words(words) values('optimize')")
        connection.close()

    def open(self, folder: Path) -> Callable[[str], int]:
        import apsw

        connection = apsw.Connection(str(folder / "words.db"), flags=apsw.SQLITE_OPEN_READONLY)
        sql = "select rowid from words where words match ? order by bm25(words, 5, 1) limit 10"

        def search(query: str) -> int:
            return len(connection.execute(sql, (query,)).fetchall())

        return search


class DuckDb:
    def build(self, articles: Path, folder: Path) -> None:
        import duckdb

        with duckdb.connect() as connection:
            connection.execute("set threads=1; set memory_limit='1GB'")
            connection.execute(
                f"copy (select number, title, text from read_json('{articles}'))"
                f" to '{folder}/articles.parquet' (format parquet, compression zstd)"
            )

    def open(self, folder: Path) -> Callable[[str], int]:
        import duckdb

        connection = duckdb.connect()

        def search(query: str) -> int:
            words = [f"%{word}%" for word in query.split()]
            where = " and ".join("(title ilike ? or text ilike ?)" for _ in words)
            sql = f"select number from '{folder}/articles.parquet' where {where} limit 10"
            return len(connection.execute(sql, [w for w in words for _ in (1, 2)]).fetchall())

        return search


class Lance:
    def build(self, articles: Path, folder: Path) -> None:
        import lancedb

        names = ("number", "title", "text")
        rows = [{n: each[n] for n in names} for each in read(articles)]
        table = lancedb.connect(str(folder)).create_table("articles", rows)
        table.create_fts_index("text", with_position=True, use_tantivy=False)

    def open(self, folder: Path) -> Callable[[str], int]:
        import lancedb

        table = lancedb.connect(str(folder)).open_table("articles")
        return lambda query: len(table.search(query, query_type="fts").limit(10).to_list())


# What answers, and the library that it needs.
KINDS: dict[str, tuple[Any, str]] = {
    "tantivy": (Tantivy, "tantivy"),
    "lancedb": (Lance, "lancedb"),
    "duckdb": (DuckDb, "duckdb"),
    "fts5": (WholeFts5, "apsw"),
}
