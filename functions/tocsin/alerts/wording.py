"""Words that every rendering shares: headlines, publishers, times, links."""

import re
from collections.abc import Sequence
from datetime import datetime, tzinfo
from functools import lru_cache
from urllib.parse import quote
from zoneinfo import ZoneInfo

from tocsin.alerts.items import Item
from tocsin.alerts.plain import cut, one_line
from tocsin.alerts.shortlinks import find_short_link
from tocsin.model.alerts import AlertKind
from tocsin.model.excerpts import Excerpt
from tocsin.model.matches import Match
from tocsin.model.topics import Topic

# What strangers wrote is shown up to here. Real ones are far below; longer ones are a mistake or
# a trick, and would push what else a message says out of sight.
MAX_HEADLINE = 300
MAX_NAME = 80  # of a publisher or a topic
MAX_SENTENCE = 600  # twice what matching takes for one
MAX_REASON = 300
MAX_WORD = 60
MAX_WORDS = 20
MAX_NAMES = 20  # of a story's publishers
_INVISIBLE_TOO = 8  # times as much is looked at: some of it may be what nobody sees
MAX_URL = 2_000  # what browsers and mail programs are sure to follow

NO_HEADLINE = "(no headline)"
NAMED_PUBLISHERS = 3  # as many are named; of more, two and how many others
_KEPT_IN_URLS = "%/:?#[]@!$&'()*+,;=-._~"
_SITE = re.compile(r"[a-z][a-z0-9+.-]*://[^/?#]*", re.IGNORECASE | re.ASCII)


@lru_cache(maxsize=256)  # the bodies of one notification ask for the same texts some six times
def clipped(text: str, limit: int) -> str:
    """In one line of at most so many characters."""
    return cut(one_line(text[: limit * _INVISIBLE_TOO]), limit)


def headline(item: Item, topic: Topic) -> str:
    """What happened, in a line."""
    if item.match is not None:
        return clipped(item.match.title, MAX_HEADLINE) or NO_HEADLINE
    unusual = "busy" if item.kind is AlertKind.SURGE else "quiet"
    return f"Unusually {unusual}: {topic_name(topic)}"


def topic_name(topic: Topic) -> str:
    return clipped(topic.name, MAX_NAME) or topic.id


def reason(item: Item) -> str:
    return clipped(item.reason, MAX_REASON).rstrip(".")


def publisher_names(item: Item) -> list[str]:
    names = (clipped(name, MAX_NAME) for name in item.names[:MAX_NAMES])
    return [name for name in names if name]


def publishers(item: Item) -> str:
    """`AP`, `AP and Reuters`, `AP, Reuters and 6 more`; empty where none has a name."""
    names = publisher_names(item)
    if not names:
        return ""
    total = max(item.publishers, len(names))
    if total == len(names) <= NAMED_PUBLISHERS:
        return _listed(names)
    shown = names[: NAMED_PUBLISHERS - 1]
    return _listed([*shown, f"{total - len(shown)} more"])


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def words(match: Match) -> list[str]:
    """The words that matched, each once."""
    shown = (clipped(word, MAX_WORD) for word in match.words[:MAX_WORDS])
    return list(dict.fromkeys(word for word in shown if word))


def sentence(excerpt: Excerpt) -> list[tuple[str, bool]]:
    """The excerpt in one line, in parts, with whether each is what matched."""
    text = excerpt.text[: MAX_SENTENCE * _INVISIBLE_TOO]
    parts: list[tuple[str, bool]] = []
    at = 0
    for mark in sorted(excerpt.marks, key=lambda mark: mark.start):
        start, end = max(mark.start, at), min(mark.end, len(text))
        if start < end:
            parts += [(text[at:start], False), (text[start:end], True)]
            at = end
    return _shortened(_in_one_line([*parts, (text[at:], False)]))


def _in_one_line(parts: Sequence[tuple[str, bool]]) -> list[tuple[str, bool]]:
    """A space at the edge of what matched goes to its neighbour, which keeps one."""
    lined: list[tuple[str, bool]] = []
    for text, matched in parts:
        clean = one_line(f"|{text}|")[1:-1]  # spaces at its ends stay, one each
        before = lined[-1][0][-1:] if lined else " "
        if before == " ":
            clean = clean.lstrip(" ")
        if clean:
            lined.append((clean, matched))
    if lined:
        lined[-1] = (lined[-1][0].rstrip(" "), lined[-1][1])
    return [part for part in lined if part[0]]


def _shortened(parts: Sequence[tuple[str, bool]]) -> list[tuple[str, bool]]:
    shown: list[tuple[str, bool]] = []
    room = MAX_SENTENCE
    for text, matched in parts:
        if room > 0:
            shown.append((cut(text, room), matched))
        room -= len(text)
    return shown


def marked(excerpt: Excerpt) -> str:
    """The excerpt in one line, with asterisks around the words that matched."""
    return "".join(_starred(text) if matched else text for text, matched in sentence(excerpt))


def _starred(text: str) -> str:
    inner = text.strip(" ")
    return text.replace(inner, f"*{inner}*", 1) if inner else text


def zone(topic: Topic) -> tzinfo:
    """Raises ZoneInfoNotFoundError; `tocsin apply` takes none that is unknown."""
    return ZoneInfo(topic.alert.time_zone)


def moment(at: datetime, topic: Topic, named: bool = True) -> str:
    """`5 March 2031, 16:30 EET (Europe/Kyiv)`; with `named` off, without what is in brackets."""
    local = at.astimezone(zone(topic))
    shown = f"{local.day} {local:%B %Y, %H:%M} {_short_zone(local)}"
    name = topic.alert.time_zone
    return f"{shown} ({name})" if named and name != local.tzname() else shown


def _short_zone(local: datetime) -> str:
    """Zones without letters of their own are named by their offset: UTC+03."""
    name = local.tzname() or ""
    return f"UTC{name}" if name[:1] in "+-" else name


def article_moment(match: Match, topic: Topic, named: bool = True) -> str:
    """When it was published, or, where that is not known, found."""
    if match.published_at:
        return moment(match.published_at, topic, named)
    return f"found {moment(match.seen_at, topic, named)}"


def safe_url(url: str) -> str:
    """In characters that neither a mail program nor a telephone ends a link at."""
    clean = url[: MAX_URL + 1].strip()
    site = _SITE.match(clean)
    end = site.end() if site else 0
    host = "".join(one_line(clean[:end]).split())
    return host + quote(clean[end:], safe=_KEPT_IN_URLS, errors="ignore")


def link(match: Match, api_url: str) -> str:
    """The article's own address; the short one where that is too long to work; or none."""
    url = safe_url(match.url)
    return url if len(url) <= MAX_URL else find_short_link(match.article_id, api_url) or ""
