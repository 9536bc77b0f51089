"""Any alerts: what strangers may have written, in any script, and far longer than it should be."""

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from tocsin.model.alerts import Alert, AlertKind
from tocsin.model.excerpts import Excerpt, Span
from tocsin.model.lines import Cadence, Channel, Line
from tocsin.model.matches import Match
from tocsin.model.topics import AlertSettings, Severity, Topic

_TRICKS = [
    "\u202e",
    "\x1b[2J",
    "\r\nBcc: x",
    "\ud83d",
    "😀",
    "\u0301",
    "ж",
    "Ω",
    "ب",
    "停",
    "€",
    '"',
]
_PIECES = st.one_of(st.text(max_size=30), st.sampled_from(_TRICKS))
# Long texts are short ones, many times over: what breaks them is their length, not their variety.
TEXTS = st.builds(lambda piece, times: piece * times, _PIECES, st.sampled_from([1, 1, 1, 3, 200]))
IDS = st.text("0123456789abcdef", min_size=24, max_size=24)
TIMES = st.integers(0, 210 * 365).map(lambda d: datetime(1990, 1, 1, tzinfo=UTC) + timedelta(d))
LINES = st.builds(Line, cadence=st.sampled_from(Cadence), channel=st.sampled_from(Channel))
SPANS = st.tuples(st.integers(0, 400), st.integers(0, 400)).map(
    lambda ends: Span(start=min(ends), end=max(ends))
)
URLS = st.one_of(TEXTS.map(lambda path: f"https://post.example/{path}"), TEXTS)
API_URLS = st.sampled_from(["", "https://n.example", "https://n.example/", "https://" + "n" * 90])

MATCHES = st.builds(
    Match,
    article_id=st.one_of(IDS, TEXTS),
    topic_id=st.just("peace"),
    title=TEXTS,
    url=URLS,
    publisher=TEXTS,
    seen_at=TIMES,
    published_at=st.none() | TIMES,
    language=st.sampled_from([None, "uk", "ru", "bg", "sr", "mk", "be", "el", "zh", "x" * 999]),
    story_id=st.none() | st.sampled_from(["a", "b"]) | TEXTS,
    words=st.lists(TEXTS, max_size=30).map(tuple),
    excerpt=st.builds(Excerpt, text=TEXTS, marks=st.lists(SPANS, max_size=4).map(tuple)),
)
_STORIES = st.builds(
    Alert,
    key=st.sampled_from(["instant#0", "instant#u8"]),
    topic_id=st.just("peace"),
    line=LINES,
    kind=st.sampled_from([AlertKind.NEW, AlertKind.UPDATE]),
    match=MATCHES,
    publishers=st.integers(0, 10**9),
    others=st.lists(TEXTS, max_size=30).map(tuple),
    reason=TEXTS,
)
_VOLUMES = st.builds(
    Alert,
    key=st.sampled_from(["instant#h1", "instant#h2"]),
    topic_id=st.just("peace"),
    line=LINES,
    kind=st.sampled_from([AlertKind.SURGE, AlertKind.SILENCE]),
    reason=TEXTS,
)
ALERTS = st.lists(st.one_of(_STORIES, _STORIES, _VOLUMES), min_size=1, max_size=6)
TOPICS = st.builds(
    Topic,
    id=st.just("peace"),
    name=TEXTS,
    alert=st.builds(
        AlertSettings,
        time_zone=st.sampled_from(["UTC", "Europe/Kyiv", "Asia/Kathmandu", "America/St_Johns"]),
        severity=st.sampled_from(Severity),
    ),
)
