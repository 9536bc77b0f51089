"""E-mail: of one story, and of many."""

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import NOW, a_match, a_topic
from tests.unit.alert_stories import (
    API,
    DAILY,
    EDITIONS,
    INSTANT,
    Edition,
    alert_of,
    topic_of,
    volume_of,
)
from tocsin.alerts.digest import FULL_STORIES, LISTED_STORIES
from tocsin.alerts.items import items_of
from tocsin.alerts.mail import LINE_CHARACTERS
from tocsin.alerts.plain import one_line
from tocsin.alerts.render import render
from tocsin.alerts.wording import marked, moment, publishers, safe_url, sentence
from tocsin.model.alerts import Alert, AlertKind
from tocsin.model.excerpts import Excerpt, Span
from tocsin.model.lines import Cadence, Line
from tocsin.model.topics import AlertSettings

ENGLISH = EDITIONS[-1]
SPACED = [edition for edition in EDITIONS if edition.language != "zh"]


def mail_of(*alerts: Alert, line: Line = INSTANT, api_url: str = API) -> str:
    return render("n-1", topic_of(ENGLISH), line, alerts or [alert_of(ENGLISH)], api_url).email


def changed(alert: Alert, **changes: object) -> Alert:
    assert alert.match is not None
    return alert.model_copy(update={"match": alert.match.model_copy(update=changes)})


def test_a_mail_tells_headline_publishers_time_words_link_and_why_in_this_order() -> None:
    assert mail_of().split("\n\n") == [
        "Ceasefire holds in the strait: “guns are silent at last”, says harbour\nmaster",
        "Harbour Post, Reuben Wire and 6 more\n5 March 2031, 14:17 UTC",
        "The *ceasefire* began at dawn, and the first forty boats left the *strait*\n"
        "for the fishing grounds before seven.",
        "https://harbour-post.example/news/ceasefire-holds",
        "You get this because you are subscribed to “Peace in the strait” (at once)\n"
        "and this article has: ceasefire, strait",
        "To pause, to hear more or less often, or to stop: copy the unsubscribe link\n"
        "at the bottom of this mail, and paste it here:\n"
        "https://news.example/subscriptions\n",
    ]


def test_where_the_api_has_no_address_the_operator_is_whom_to_ask() -> None:
    text = mail_of(api_url="")
    assert "use the link at the bottom of this mail" in text
    assert "ask whoever runs this service" in text
    assert "/subscriptions" not in text


def test_an_update_says_what_is_new_first() -> None:
    update = alert_of(ENGLISH, kind=AlertKind.UPDATE, reason="8 publishers have it now")
    assert mail_of(update).startswith("Update: 8 publishers have it now.\n\nCeasefire holds")


def test_words_that_matched_in_the_headline_alone_are_marked_there() -> None:
    excerpt = Excerpt(text="Ceasefire holds", marks=(Span(start=0, end=9),))
    text = mail_of(changed(alert_of(ENGLISH), title="Ceasefire holds", excerpt=excerpt, words=()))
    assert text.startswith("*Ceasefire* holds\n\n")
    assert text.count("Ceasefire") == 1


def test_where_nobody_says_when_it_was_published_the_mail_says_when_it_was_found() -> None:
    assert "\nfound 5 March 2031, 14:30 UTC\n" in mail_of(
        changed(alert_of(ENGLISH), published_at=None)
    )


def test_a_surge_and_a_silence_have_words_of_their_own() -> None:
    surge, silence = mail_of(volume_of(AlertKind.SURGE)), mail_of(volume_of(AlertKind.SILENCE))
    assert surge.startswith("Unusually busy: Peace in the strait\n\n31 stories from 12 publishers")
    assert silence.startswith("Unusually quiet: Peace in the strait\n\nNo story for 26 hours;")
    assert "`tocsin feeds`" in silence


@pytest.mark.parametrize("edition", SPACED, ids=lambda edition: edition.language)
def test_lines_are_short_where_the_script_has_spaces(edition: Edition) -> None:
    alerts = [alert_of(edition, number, DAILY) for number in range(3)]
    for made in (alerts[:1], alerts):
        lines = render("n", topic_of(edition), DAILY, made, API).email.splitlines()
        assert max(map(len, lines)) <= LINE_CHARACTERS


@pytest.mark.parametrize("length", [60, 77, 200, 1_900])
def test_a_url_is_never_broken(length: int) -> None:
    url = "https://post.example/a-b-c-" * 100
    many = [changed(alert_of(ENGLISH, number), url=url[:length] + "9") for number in range(3)]
    assert url[:length] + "9" in mail_of(many[0]).splitlines()
    assert [line.strip() for line in mail_of(*many).splitlines()].count(url[:length] + "9") == 3


def test_a_url_that_no_mail_program_would_follow_is_replaced_by_the_short_link() -> None:
    alert = changed(alert_of(ENGLISH), url="https://post.example/" + "x" * 2_000)
    assert re.search(r"^https://news\.example/a/\S{16}$", mail_of(alert), re.MULTILINE)
    assert alert.match is not None
    assert alert.match.article_id in mail_of(alert, api_url="")


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://post.example/мир", "https://post.example/%D0%BC%D0%B8%D1%80"),
        ("https://мир.example/a b", "https://мир.example/a%20b"),
        ("https://post.example/a?b=1&c=%20#d", "https://post.example/a?b=1&c=%20#d"),
        ("https://post.example/\u202e\n\x1b", "https://post.example/%E2%80%AE%0A%1B"),
        ("https://po\u202est\n.example/", "https://post.example/"),
        ("https://post.example/\ud83d", "https://post.example/"),
        ("", ""),
    ],
)
def test_a_url_is_shown_in_letters_that_links_are_made_of(url: str, safe: str) -> None:
    assert safe_url(url) == safe


def test_strangers_text_cannot_turn_a_mail_around_or_add_lines() -> None:
    hostile = "Peace\u202e\n\nFrom: bank\x1b[2J"
    excerpt = Excerpt(text=hostile + "!", marks=(Span(start=0, end=5),))
    alert = changed(alert_of(ENGLISH), title=hostile, publisher=hostile, excerpt=excerpt)
    text = mail_of(alert.model_copy(update={"others": (), "publishers": 1}))
    assert not set("\u202e\x1b") & set(text)
    assert text.startswith("Peace From: bank[2J\n\nPeace From: bank[2J\n5 March")
    assert "\n\n*Peace* From: bank[2J!\n\n" in text


# ── Wording ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("names", "count", "shown"),
    [
        (("AP",), 1, "AP"),
        (("AP",), 8, "AP and 7 more"),
        (("AP", "Reuters"), 2, "AP and Reuters"),
        (("AP", "Reuters", "Kurier"), 3, "AP, Reuters and Kurier"),
        (("AP", "Reuters", "Kurier"), 8, "AP, Reuters and 6 more"),
        (("AP", "Reuters", "Kurier", "Post"), 4, "AP, Reuters and 2 more"),
        (("", "Reuters"), 2, "Reuters and 1 more"),
        (("",), 1, ""),
    ],
)
def test_publishers_are_named_as_far_as_readers_care(
    names: tuple[str, ...], count: int, shown: str
) -> None:
    match = a_match(publisher=names[0])
    alert = Alert(
        key="k", topic_id="peace", line=INSTANT, match=match, publishers=count, others=names[1:]
    )
    assert publishers(items_of([alert])[0]) == shown


@pytest.mark.parametrize(
    ("zone", "shown"),
    [
        ("UTC", "5 March 2031, 14:30 UTC"),
        ("Europe/Kyiv", "5 March 2031, 16:30 EET (Europe/Kyiv)"),
        ("America/New_York", "5 March 2031, 09:30 EST (America/New_York)"),
        ("Asia/Kathmandu", "5 March 2031, 20:15 UTC+0545 (Asia/Kathmandu)"),
        ("Pacific/Auckland", "6 March 2031, 03:30 NZDT (Pacific/Auckland)"),
    ],
)
def test_times_are_in_the_zone_of_the_topic_and_name_it(zone: str, shown: str) -> None:
    assert moment(NOW, a_topic(alert=AlertSettings(time_zone=zone))) == shown


def test_times_know_of_daylight_saving() -> None:
    topic = a_topic(alert=AlertSettings(time_zone="Europe/Paris"))
    hours = [moment(datetime(2031, 10, 26, hour, 30, tzinfo=UTC), topic) for hour in (0, 1)]
    assert hours == [
        "26 October 2031, 02:30 CEST (Europe/Paris)",
        "26 October 2031, 02:30 CET (Europe/Paris)",
    ]


@pytest.mark.parametrize(
    ("marks", "shown"),
    [
        ((), "peace and a plan"),
        (((0, 5), (12, 16)), "*peace* and a *plan*"),
        (((0, 16),), "*peace and a plan*"),
        (((5, 9),), "peace *and* a plan"),
        (((12, 16), (0, 5)), "*peace* and a *plan*"),
        (((0, 9), (6, 16)), "*peace and* *a plan*"),
        (((12, 99), (99, 120)), "peace and a *plan*"),
        (((5, 6),), "peace and a plan"),
    ],
)
def test_words_that_matched_are_marked(marks: tuple[tuple[int, int], ...], shown: str) -> None:
    spans = tuple(Span(start=start, end=end) for start, end in marks)
    assert marked(Excerpt(text="peace and a plan", marks=spans)) == shown


SPANS = st.tuples(st.integers(0, 60), st.integers(0, 60)).map(
    lambda ends: Span(start=ends[0], end=ends[1])
)


@given(st.text(max_size=50), st.lists(SPANS, max_size=5))
def test_marks_never_change_the_sentence(text: str, marks: list[Span]) -> None:
    plain = "".join(part for part, _ in sentence(Excerpt(text=text)))
    parts = sentence(Excerpt(text=text, marks=tuple(marks)))
    assert one_line("".join(part for part, _ in parts)) == plain


# ── Digests ──────────────────────────────────────────────────────────────────────────────────────


def many(count: int, line: Line = DAILY) -> list[Alert]:
    return [
        alert_of(
            ENGLISH,
            line=line,
            match=a_match(f"https://post.example/{number}", title=f"Story {number}"),
            publishers=1000 - number,
            others=(),
        )
        for number in range(count)
    ]


@pytest.mark.parametrize(
    ("cadence", "header"),
    [
        (Cadence.HOURLY, "Hourly digest: 3 stories on “Peace in the strait”\n"),
        (Cadence.DAILY, "Daily digest: 3 stories on “Peace in the strait”\n"),
        (Cadence.WEEKLY, "Weekly digest: 3 stories on “Peace in the strait”\n"),
        (Cadence.INSTANT, "3 stories on “Peace in the strait”\n"),
    ],
)
def test_a_digest_begins_with_count_and_period(cadence: Cadence, header: str) -> None:
    line = Line(cadence=cadence)
    text = mail_of(*[alert_of(ENGLISH, number, line) for number in range(3)], line=line)
    period = "Found from 5 March 2031, 04:30 UTC to 5 March 2031, 14:30 UTC\n\n1. Ceasefire"
    assert text.startswith(header + period)


def test_a_digest_of_one_story_says_so() -> None:
    text = mail_of(alert_of(ENGLISH, line=DAILY), line=DAILY)
    assert text.startswith("Daily digest: 1 story on “Peace in the strait”\nFound 5 March 2031")


def test_stories_of_a_digest_are_numbered_most_covered_first() -> None:
    text = mail_of(*reversed(many(12)), line=DAILY)
    found = re.findall(r"^(\d+)\. (Story \d+)$", text, re.MULTILINE)
    assert found == [(str(number + 1), f"Story {number}") for number in range(12)]


def test_a_surge_stands_above_the_stories_of_its_digest() -> None:
    text = mail_of(*many(2), volume_of(AlertKind.SURGE, DAILY), line=DAILY)
    assert text.index("Unusually busy: Peace in the strait. 31 stories") < text.index("1. Story 0")
    assert text.startswith("Daily digest: 2 stories")


def test_an_update_in_a_digest_says_what_is_new_first() -> None:
    update = alert_of(ENGLISH, 0, DAILY, kind=AlertKind.UPDATE, reason="8 have it now")
    text = mail_of(update, alert_of(ENGLISH, 1, DAILY), line=DAILY)
    assert "1. Update: 8 have it now.\n   Ceasefire holds" in text


def test_a_long_digest_is_cut_with_a_count_and_a_way_to_the_rest() -> None:
    beyond = 7
    text = mail_of(*many(FULL_STORIES + LISTED_STORIES + beyond), line=DAILY)
    assert text.count("*peacekeepers*") == FULL_STORIES
    assert f"And {LISTED_STORIES + beyond} more:" in text
    last = FULL_STORIES + LISTED_STORIES
    assert f"{last}. Story {last - 1}\n" in text
    assert f"Story {last}\n" not in text
    assert f"{beyond} more are not shown here" in text
    assert "tocsin articles --topic\nstrait" in text or "--topic strait" in text


def test_a_digest_that_ends_with_its_list_has_no_more_to_say() -> None:
    text = mail_of(*many(FULL_STORIES + 14), line=DAILY)
    assert "And 14 more:" in text
    assert "not shown here" not in text


def test_stories_in_short_are_behind_short_links_where_there_are_any() -> None:
    short = re.findall(r"https://news\.example/a/\S+", mail_of(*many(FULL_STORIES + 2), line=DAILY))
    assert len(short) == 2
    plain = mail_of(*many(FULL_STORIES + 2), line=DAILY, api_url="")
    assert plain.count("https://post.example/") == FULL_STORIES + 2
