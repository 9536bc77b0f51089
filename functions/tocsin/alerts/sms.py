"""SMS: one segment, whatever the news. A second one would double what each of them costs.

A segment holds 160 characters of the GSM alphabet, or 70 of any. What goes into it is decided so:

1. The headline counts most, then the link, for which it gives way down to `MIN_HEADLINE`; then how
   much of the headline stands, the publisher, the topic's name.
2. The text stays as it is written, unless more goes into the GSM alphabet. Plain quotation marks
   and letters without accents are taken for any gain; Cyrillic and Greek are romanised only for a
   link or for more of the headline. Arabic, Chinese and all the others stay.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tocsin.alerts.gsm import has_letters_to_romanise, to_gsm
from tocsin.alerts.items import Item
from tocsin.alerts.plain import (
    GSM_UNITS,
    UCS2_UNITS,
    cut,
    fits_one_segment,
    gsm_units,
    in_gsm,
    utf16_units,
)
from tocsin.alerts.shortlinks import find_short_link
from tocsin.alerts.wording import headline, publisher_names, reason, safe_url, topic_name
from tocsin.model.alerts import AlertKind
from tocsin.model.matches import Match
from tocsin.model.topics import Topic

MIN_HEADLINE = 60  # of a headline's characters; with fewer, a link leads to who knows what
MAX_LINK = 100  # a longer one would leave less than that
MAX_LABEL = 20  # of a topic's name: it tells topics apart, no more


@dataclass(frozen=True)
class _Parts:
    label: str
    title: str
    publisher: str
    more: str
    link: str


@dataclass(frozen=True)
class _Try:
    """A text, and what is in it. `shown` is how much of the headline, of 1; `enough` says that this
    tells what happened, without which a link counts for nothing."""

    text: str
    enough: bool
    link: bool
    shown: float
    publisher: bool
    label: bool

    @property
    def news(self) -> tuple[bool, bool, float]:
        return self.enough, self.link, self.shown

    @property
    def all(self) -> tuple[bool, bool, float, bool, bool]:
        return (*self.news, self.publisher, self.label)


def sms(topic: Topic, items: Sequence[Item], api_url: str) -> str:
    own = _parts(topic, items, api_url)
    language = items[0].match.language if items[0].match else None
    as_written = _best(own)
    if as_written.all == _everything(own):
        return as_written.text
    plainer = _best(_plainer(own, language))
    if has_letters_to_romanise(own.title):
        return (plainer if plainer.news > as_written.news else as_written).text
    return (plainer if plainer.all > as_written.all else as_written).text


def _plainer(own: _Parts, language: str | None) -> _Parts:
    return _Parts(
        label=to_gsm(own.label, language),
        title=to_gsm(own.title, language) or own.title,
        publisher=to_gsm(own.publisher, language),
        more=own.more,
        link=own.link,
    )


def _parts(topic: Topic, items: Sequence[Item], api_url: str) -> _Parts:
    first = items[0]
    names = publisher_names(first)
    label = topic_name(topic)
    return _Parts(
        label=label if first.match and len(label) <= MAX_LABEL else "",
        title=_title(first, topic),
        publisher=names[0] if names else "",
        more=f"+{len(items) - 1} more" if len(items) > 1 else "",
        link=_link(first.match, api_url) if first.match else "",
    )


def _title(item: Item, topic: Topic) -> str:
    title = headline(item, topic)
    if item.match is None:
        return f"{title} - {reason(item)}" if reason(item) else title
    return f"Update: {title}" if item.kind is AlertKind.UPDATE else title


def _link(match: Match, api_url: str) -> str:
    """The shorter one of the article's address and its short link."""
    links = (safe_url(match.url), find_short_link(match.article_id, api_url))
    return min((link for link in links if link and len(link) <= MAX_LINK), key=len, default="")


def _best(parts: _Parts) -> _Try:
    everything = _everything(parts)
    best: _Try | None = None
    for each in (_try(parts, around) for around in _around(parts)):
        if fits_one_segment(each.text) and (best is None or each.all > best.all):
            best = each
        if best is not None and best.all == everything:
            break
    return best or _try(parts, ("", "", ""))


def _everything(parts: _Parts) -> tuple[bool, bool, float, bool, bool]:
    """What a text has that leaves nothing out."""
    return True, bool(parts.link), 1.0, bool(parts.publisher), bool(parts.label)


def _around(parts: _Parts) -> Iterator[tuple[str, str, str]]:
    """What may stand around the headline: label, publisher, link."""
    for link in dict.fromkeys((parts.link, "")):
        yield parts.label, parts.publisher, link
        yield "", parts.publisher, link
        yield "", "", link


def _try(parts: _Parts, around: tuple[str, str, str]) -> _Try:
    label, publisher, link = around
    before = f"{label}: " if label else ""
    inside = ", ".join(part for part in (publisher, parts.more) if part)
    after = (f" ({inside})" if inside else "") + (f" {link}" if link else "")
    title = _fitted(parts.title, before + after)
    shown = len(title) / len(parts.title) if title != parts.title else 1.0
    enough = shown == 1 or len(title) >= MIN_HEADLINE
    worth_a_link = bool(link) and enough
    return _Try(before + title + after, enough, worth_a_link, shown, bool(publisher), bool(label))


def _fitted(title: str, around: str) -> str:
    """As much of the title as there is room for beside what stands around it."""
    if all(map(in_gsm, title + around)):
        return cut(title, GSM_UNITS - sum(map(gsm_units, around)), "..", gsm_units)
    return cut(title, UCS2_UNITS - sum(map(utf16_units, around)), "…", utf16_units)
