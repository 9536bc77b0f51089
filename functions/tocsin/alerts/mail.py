"""E-mail of one story, surge or silence, for a plain-text client."""

from textwrap import TextWrapper

from tocsin.alerts.items import Item
from tocsin.alerts.plain import cut_subject
from tocsin.alerts.wording import (
    MAX_HEADLINE,
    MAX_NAME,
    article_moment,
    clipped,
    headline,
    link,
    marked,
    publishers,
    reason,
    topic_name,
    words,
)
from tocsin.model.alerts import AlertKind
from tocsin.model.lines import Cadence, Line
from tocsin.model.matches import Match
from tocsin.model.topics import Topic

LINE_CHARACTERS = 76  # RFC 3676 asks for at most 78, and answers quote with two more
# An update's reason has this much of a subject; the rest is the headline's.
SUBJECT_REASON = 45

RHYTHM = {
    Cadence.INSTANT: "at once",
    Cadence.HOURLY: "every hour",
    Cadence.DAILY: "every day",
    Cadence.WEEKLY: "every week",
}
_SURGE = "Far more is written about this topic than usual. Something may have happened."
_SILENCE = (
    "Far less is written about this topic than usual. Perhaps nothing happens; perhaps feeds that"
    " should bring it do not work. Whoever runs this service can see that by `tocsin feeds`."
)


def subject(item: Item, topic: Topic) -> str:
    """What happened, then who says so and the topic, as far as they fit."""
    happened = what_happened(item, topic)
    if item.match is None:
        return cut_subject(f"{happened} – {reason(item)}" if reason(item) else happened)
    return with_tails(happened, [publishers(item), topic_name(topic)])


def what_happened(item: Item, topic: Topic) -> str:
    if item.kind is not AlertKind.UPDATE:
        return headline(item, topic)
    news = cut_subject(reason(item), SUBJECT_REASON)
    return (
        f"Update, {news}: {headline(item, topic)}" if news else f"Update: {headline(item, topic)}"
    )


def with_tails(text: str, tails: list[str]) -> str:
    """The text, cut to a subject, and behind it all tails, or the last one, if there is room."""
    known = [tail for tail in tails if tail]
    tries = (" | ".join([text, *known[first:]]) for first in range(len(known)))
    return next((whole for whole in tries if cut_subject(whole) == whole), cut_subject(text))


def mail(item: Item, topic: Topic, line: Line, api_url: str) -> str:
    parts = [*story_parts(item, topic, api_url), why(item, topic, line), ways_out(api_url)]
    return "\n\n".join(part for part in parts if part) + "\n"


def story_parts(item: Item, topic: Topic, api_url: str) -> list[str]:
    if item.match is None:
        return _volume_parts(item, topic)
    return [
        wrapped(f"Update: {reason(item) or 'there is more'}.") if _is_update(item) else "",
        wrapped(shown_headline(item, topic)),
        _byline(item, item.match, topic),
        wrapped(shown_sentence(item, topic)),
        shown_link(item.match, api_url),
    ]


def _is_update(item: Item) -> bool:
    return item.kind is AlertKind.UPDATE


def _byline(item: Item, match: Match, topic: Topic) -> str:
    """A line each: names may run from right to left, and times do not."""
    lines = (wrapped(publishers(item)), article_moment(match, topic))
    return "\n".join(line for line in lines if line)


def _volume_parts(item: Item, topic: Topic) -> list[str]:
    explained = _SURGE if item.kind is AlertKind.SURGE else _SILENCE
    news = reason(item)
    return [
        wrapped(headline(item, topic)),
        wrapped(f"{news[:1].upper()}{news[1:]}.") if news else "",
        wrapped(explained),
    ]


def shown_headline(item: Item, topic: Topic) -> str:
    """Where the words matched in the headline alone, it is what they are marked in."""
    if item.match is not None and matched_in_headline(item, topic):
        return marked(item.match.excerpt)
    return headline(item, topic)


def shown_sentence(item: Item, topic: Topic) -> str:
    if item.match is None or matched_in_headline(item, topic):
        return ""
    return marked(item.match.excerpt)


def matched_in_headline(item: Item, topic: Topic) -> bool:
    return item.match is not None and clipped(item.match.excerpt.text, MAX_HEADLINE) == headline(
        item, topic
    )


def shown_link(match: Match, api_url: str) -> str:
    return link(match, api_url) or wrapped(
        "Its address is too long for a mail; the archive has it under"
        f" {clipped(match.article_id, MAX_NAME)}."
    )


def why(item: Item, topic: Topic, line: Line) -> str:
    """Why this comes: the topic, how often, and the words that matched."""
    subscribed = f"subscribed to “{topic_name(topic)}” ({RHYTHM[line.cadence]})"
    told = f"You get this because you are {subscribed}"
    found = ", ".join(words(item.match)) if item.match else ""
    return wrapped(f"{told} and this article has: {found}" if found else f"{told}.")


def ways_out(api_url: str) -> str:
    """How to change or stop. The mail is the same for all who get it: what tells one of them from
    the others is the link that SNS adds below."""
    if not api_url:
        return wrapped(
            "To stop, use the link at the bottom of this mail. To pause, or to hear more or less"
            " often, ask whoever runs this service."
        )
    how = wrapped(
        "To pause, to hear more or less often, or to stop: copy the unsubscribe link at the bottom"
        " of this mail, and paste it here:"
    )
    return f"{how}\n{api_url}/subscriptions"


def wrapped(text: str, first: str = "", later: str | None = None) -> str:
    """In lines, the first one behind `first` and the others behind `later`; what has no spaces,
    such as Chinese or a URL, is left to the mail program."""
    wrapper = TextWrapper(
        width=LINE_CHARACTERS,
        initial_indent=first,
        subsequent_indent=first if later is None else later,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return wrapper.fill(text)
