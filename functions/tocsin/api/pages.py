"""The few pages that people see: plain HTML that works without scripts, with what they may load
and where they may send stated in headers. Everything that is not ours is escaped."""

import base64
import hashlib
from datetime import datetime
from html import escape

from tocsin.model.lines import Cadence
from tocsin.model.subscribers import SubscriptionState
from tocsin.pipeline.manage import Overview, Standing

_STYLE = (
    "body{font:1.1em/1.5 system-ui,sans-serif;max-width:38em;margin:2em auto;padding:0 1em}"
    "section{border-top:1px solid #888;padding:.5em 0}"
    "form{display:inline-block;margin:.3em .6em .3em 0}"
    "button,select,input{font:inherit;padding:.3em .6em}input{width:100%;box-sizing:border-box}"
)
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()

# Nothing is loaded, framed, kept or told to other sites: the address itself is the key.
HEADERS = {
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex",
}

_CADENCES = {
    Cadence.INSTANT: "at once",
    Cadence.HOURLY: "once an hour",
    Cadence.DAILY: "once a day",
    Cadence.WEEKLY: "once a week",
}


def page(title: str, body: str) -> str:
    """`body` is HTML of ours."""
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>"
        f"<body><main><h1>{escape(title)}</h1>{body}</main></body></html>"
    )


def message_page(title: str, text: str) -> str:
    return page(title, f'<p role="status">{escape(text)}</p>')


def paste_page() -> str:
    return page(
        "Your subscriptions",
        "<p>At the end of each e-mail there is a link to unsubscribe. Copy that link and paste it "
        "here: it shows that the e-mail is yours.</p>"
        '<form method="post"><label for="link">The link</label>'
        '<input id="link" name="link" required autocomplete="off">'
        "<p><button>Show my subscriptions</button></p></form>",
    )


def overview_page(shown: Overview, note: str = "") -> str:
    parts = [f'<p role="status">{escape(note)}</p>' if note else ""]
    if not shown.standings:
        parts.append("<p>You are subscribed to nothing.</p>")
        return page("Your subscriptions", "".join(parts))
    parts.append(f"<p>Subscriptions of {escape(shown.who)}</p>")
    parts += [_section(each) for each in shown.standings]
    parts.append(f"<section><h2>All topics</h2>{_button('stop', '', 'Stop all')}</section>")
    return page("Your subscriptions", "".join(parts))


def _section(each: Standing) -> str:
    return (
        f"<section><h2>{escape(each.topic_name)}</h2><p>{escape(state_words(each))}</p>"
        + (_changes(each) if each.state is SubscriptionState.CONFIRMED else "")
        + _button("stop", each.topic_id, "Stop this topic")
        + "</section>"
    )


def _changes(each: Standing) -> str:
    pause = ("resume", "Go on now") if each.paused_until else ("pause", "Pause for a week")
    options = "".join(
        f'<option value="{cadence}">{words}</option>'
        for cadence, words in _CADENCES.items()
        if cadence is not each.cadence
    )
    label = f"How often to hear of {each.topic_name}"
    return _button(pause[0], each.topic_id, pause[1]) + (
        '<form method="post"><input type="hidden" name="action" value="cadence">'
        f"{_topic(each.topic_id)}"
        f'<select name="cadence" aria-label="{escape(label)}">{options}</select> '
        "<button>Change</button></form>"
    )


def _button(action: str, topic_id: str, words: str) -> str:
    return (
        f'<form method="post"><input type="hidden" name="action" value="{action}">'
        f"{_topic(topic_id)}<button>{escape(words)}</button></form>"
    )


def _topic(topic_id: str) -> str:
    return f'<input type="hidden" name="topic" value="{escape(topic_id)}">' if topic_id else ""


def state_words(each: Standing) -> str:
    how = _CADENCES[each.cadence]
    match each.state:
        case SubscriptionState.PENDING:
            return f"You hear of it {how} once you confirm the e-mail that was sent to you."
        case SubscriptionState.SUSPENDED:
            return "Your e-mail did not take what was sent; confirm the newest e-mail to go on."
    if each.paused_until:
        return f"Paused until {_day(each.paused_until)}; then you hear of it {how}."
    return f"You hear of it {how}."


def _day(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
