"""An alert in words."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.builders import a_match, a_topic
from tocsin.alerts.plain import fits_one_segment, one_line
from tocsin.alerts.render import MAX_SMS_LINK, MIN_SMS_TITLE, marked, render, sms
from tocsin.model import Alert, Cadence, Excerpt, Line, Match, Notification, Span

INSTANT = Line(cadence=Cadence.INSTANT)
LINK = "https://post.example/1"
EMOJI = "😀"


def text_of_sms(title: str, url: str = LINK, name: str = "Peace", more: int = 0) -> str:
    return sms(a_topic(name=name), a_match(url, title=title), more)


# ── SMS ──────────────────────────────────────────────────────────────────────────────────────────


@given(st.text(), st.text(), st.text(), st.text(max_size=120), st.integers(0, 10_000))
@example(EMOJI * 80, EMOJI * 40, EMOJI * 30, LINK, 0)
@example("", "", "", "", 0)
@example("ж" * 300, "ж" * 100, "ж" * 100, LINK, 5)
@example("a" * 300, "b" * 300, "c" * 300, LINK, 0)
@example("€" * 300, "[" * 300, "]" * 300, LINK, 0)
def test_an_sms_is_always_one_segment(
    title: str, publisher: str, name: str, url: str, more: int
) -> None:
    match = a_match(LINK, title=title, publisher=publisher).model_copy(update={"url": url})
    text = sms(a_topic(name=name), match, more)
    assert text
    assert fits_one_segment(text)


def test_an_sms_holds_topic_headline_publisher_and_link() -> None:
    text = text_of_sms("Peacekeepers leave for the bay")
    assert text == f"Peace: Peacekeepers leave for the bay (Harbour Post) {LINK}"


@pytest.mark.parametrize("title", ["Ceasefire", "Мир", "x" * (MIN_SMS_TITLE - 1)])
def test_a_short_headline_keeps_its_topic_publisher_and_link(title: str) -> None:
    assert text_of_sms(title) == f"Peace: {title} (Harbour Post) {LINK}"


def test_several_articles_are_counted() -> None:
    assert "(Harbour Post, +3 more)" in text_of_sms("Peacekeepers leave for the bay", more=3)


def test_the_headline_gives_way_to_the_link() -> None:
    text = text_of_sms("Peacekeepers " * 20)
    assert text.endswith(f".. (Harbour Post) {LINK}")
    assert text.startswith("Peace: Peacekeepers Peacekeepers")


def test_a_headline_in_cyrillic_keeps_its_publisher_before_the_link() -> None:
    title = "Миротворці вирушають до затоки вже цього тижня, кажуть у порту"
    text = text_of_sms(title, f"{LINK}/news/peacekeepers-leave")
    assert text.startswith("Peace: Миротворці вирушають")
    assert text.endswith("(Harbour Post)")


@pytest.mark.parametrize(("length", "shown"), [(MAX_SMS_LINK, True), (MAX_SMS_LINK + 1, False)])
def test_a_long_link_is_left_out(length: int, shown: bool) -> None:
    url = LINK + "x" * (length - len(LINK))
    assert text_of_sms("Peacekeepers leave for the bay", url).endswith(url) == shown


def test_typography_does_not_make_an_sms_dear() -> None:
    text = text_of_sms("“Peace” – at last… says Łódź")
    assert '"Peace" - at last... says Lodz' in text


def test_a_long_topic_name_gives_way_to_the_headline() -> None:
    text = text_of_sms("Peacekeepers leave for the bay", name="A very long topic name " * 10)
    assert "Peacekeepers leave for the bay (Harbour Post)" in text


def rendered(matches: Sequence[Match], name: str = "Peace") -> Notification:
    alerts = [
        Alert(key="instant#0", topic_id="peace", line=INSTANT, match=match) for match in matches
    ]
    return render("n1", a_topic(name=name), INSTANT, alerts, "")


# ── Subject ──────────────────────────────────────────────────────────────────────────────────────


@given(st.text(), st.text(), st.integers(1, 12))
def test_a_subject_is_short_and_in_one_line(title: str, name: str, count: int) -> None:
    notification = rendered([a_match(title=title)] * count, name)
    assert 0 < len(notification.subject) < 100
    assert notification.subject == one_line(notification.subject)


def test_a_subject_names_headline_and_topic() -> None:
    assert rendered([a_match(title="Ceasefire")]).subject == "Ceasefire | Peace"


def test_a_subject_of_several_articles_counts_the_others() -> None:
    matches = [a_match(title="Ceasefire"), a_match(title="Other"), a_match(title="Third")]
    assert rendered(matches).subject == "Ceasefire (+2 more) | Peace"


# ── E-mail ───────────────────────────────────────────────────────────────────────────────────────


def test_an_email_tells_headline_publisher_time_words_and_link() -> None:
    at = datetime(2031, 3, 5, 16, 30, tzinfo=timezone(timedelta(hours=2)))
    text = rendered([a_match(published_at=at)]).email
    assert text.split("\n\n")[:4] == [
        "Peacekeepers for the bay",
        "Harbour Post, 5 March 2031, 14:30 UTC",
        "They asked for *peacekeepers*.",
        a_match().url,
    ]


def test_an_email_says_nothing_of_a_time_that_is_not_known() -> None:
    assert "\n\nHarbour Post\n\n" in rendered([a_match(published_at=None)]).email


def test_an_email_says_why_it_comes() -> None:
    assert "subscribed to the topic “Peace”" in rendered([a_match()]).email


def test_several_articles_are_told_in_order_and_apart() -> None:
    first, second = a_match(LINK, title="First"), a_match(f"{LINK}2", title="Second")
    notification = rendered([first, second])
    parts = notification.email.split("\n\n\n")
    assert [part.partition("\n")[0] for part in parts[:2]] == ["First", "Second"]
    assert len(parts) == 3
    assert notification.article_ids == (first.article_id, second.article_id)
    assert (notification.id, notification.topic_id) == ("n1", "peace")


def test_strangers_text_cannot_turn_an_email_around_or_add_lines() -> None:
    hostile = "Peace\u202e\n\nFrom: bank\x1b[2J"
    match = a_match(
        title=hostile,
        publisher=hostile,
        excerpt=Excerpt(text=hostile, marks=(Span(start=0, end=5),)),
    )
    text = rendered([match]).email
    assert not set("\u202e\x1b") & set(text)
    assert text.split("\n\n")[:3] == [
        "Peace From: bank[2J",
        "Peace From: bank[2J",
        "*Peace* From: bank[2J",
    ]


@pytest.mark.parametrize(
    ("marks", "shown"),
    [
        ((), "peace and a plan"),
        (((0, 5), (12, 16)), "*peace* and a *plan*"),
        (((0, 16),), "*peace and a plan*"),
    ],
)
def test_words_that_matched_are_marked(marks: tuple[tuple[int, int], ...], shown: str) -> None:
    spans = tuple(Span(start=start, end=end) for start, end in marks)
    assert marked(Excerpt(text="peace and a plan", marks=spans)) == shown


def test_marks_may_be_others() -> None:
    excerpt = Excerpt(text="a plan", marks=(Span(start=2, end=6),))
    assert marked(excerpt, "<b>", "</b>") == "a <b>plan</b>"


def test_the_time_is_in_utc_whatever_the_zone_it_was_stated_in() -> None:
    zone = timezone(timedelta(hours=-11))
    match = a_match(published_at=datetime(2031, 3, 5, 23, 0, tzinfo=zone))
    assert match.published_at == datetime(2031, 3, 6, 10, 0, tzinfo=UTC)
    assert "6 March 2031, 10:00 UTC" in rendered([match]).email
