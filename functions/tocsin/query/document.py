"""What a query is asked about: an article, as far as queries can see it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Document:
    """`language`, `feed` and `country` are codes as the archive has them; None where unknown."""

    title: str
    body: str
    language: str | None = None
    authors: tuple[str, ...] = ()
    publisher: str = ""
    feed: str | None = None
    country: str | None = None
