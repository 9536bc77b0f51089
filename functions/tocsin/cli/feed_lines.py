"""feeds.yaml, written by a command: lines are added, and what a person wrote stays as it is."""

import json
import re
import unicodedata
from collections.abc import Collection, Iterable
from pathlib import Path
from urllib.parse import urlsplit

import yaml

from tocsin.errors import ConfigurationError
from tocsin.model.feeds import Feed

_FIRST_LINE = "feeds:\n"
_WORDS_OF_HOSTS = {"www", "feeds", "feed", "rss", "com", "org", "net"}
MAX_ID_CHARACTERS = 40
_PLAIN = re.compile(r"[\w][\w .-]*", re.ASCII)


def add_feeds(path: Path, feeds: Iterable[Feed]) -> None:
    """Appends a line for each to the file, which is made where there is none. Raises
    ConfigurationError, and leaves the file as it was, where its list is not its last part."""
    text = path.read_text(encoding="utf-8") if path.exists() else _FIRST_LINE
    lines = "".join(f"  - {line_of(feed)}\n" for feed in feeds)
    changed = text.rstrip() + "\n" + lines
    if _feeds_in(changed) != _feeds_in(text) + _feeds_in(_FIRST_LINE + lines):
        raise ConfigurationError(
            f"{path}: cannot add to it: `feeds:` with one feed a line, two spaces in, has to be its"
            f" last part; write this into it\n{lines}"
        )
    path.write_text(changed, encoding="utf-8")


def _feeds_in(text: str) -> list[object]:
    """What a reader of the file would see; of a file that cannot be read, nothing."""
    try:
        document = yaml.safe_load(text)
    except yaml.YAMLError:
        return []
    feeds = document.get("feeds") if isinstance(document, dict) else None
    return list(feeds or [])


def line_of(feed: Feed) -> str:
    """`{id: bbc-world, url: "https://…", publisher: BBC}`, without what is taken anyway."""
    stated = feed.model_dump(exclude_defaults=True, exclude_none=True)
    return "{" + ", ".join(f"{name}: {_scalar(value)}" for name, value in stated.items()) + "}"


def _scalar(value: object) -> str:
    """Plain where YAML reads it as the same text, else in quotes, which JSON's are."""
    text = str(value)
    plain = _PLAIN.fullmatch(text) and yaml.safe_load(text) == text
    return text if plain or isinstance(value, int) else json.dumps(text, ensure_ascii=False)


def make_id(title: str, url: str, taken: Collection[str]) -> str:
    """An id that says whose feed it is: by its title, or by its host where that has no Latin
    letters; with a number where another feed has it."""
    name = _slug(title) or _slug(" ".join(_words_of_host(url))) or "feed"
    names = [name, *(f"{name}-{number}" for number in range(2, len(taken) + 3))]
    return next(each for each in names if each not in taken)


def _slug(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    if len(words) <= MAX_ID_CHARACTERS:
        return words
    return words[:MAX_ID_CHARACTERS].rpartition("-")[0] or words[:MAX_ID_CHARACTERS]


def _words_of_host(url: str) -> list[str]:
    words = (urlsplit(url).hostname or "").split(".")
    return [word for word in words if word not in _WORDS_OF_HOSTS] or words
