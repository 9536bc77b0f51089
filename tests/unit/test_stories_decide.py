"""Which story an article belongs to."""

from dataclasses import replace
from functools import reduce

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.rewrites import ORIGINAL, REWRITES, Report
from tocsin.stories.decide import (
    CANDIDATES,
    LOOSE,
    LOOSE_A_DAY,
    LOOSE_UNSEASONED,
    Candidate,
    Decision,
    Kind,
    decide,
    shortlist,
)
from tocsin.stories.fingerprint import BUCKET_SECONDS, Fingerprint, lookup_keys
from tocsin.stories.frequency import NOTHING_SEEN
from tocsin.stories.head import MOST_TRACES, Head, from_bytes, head_of, joined, new_keys, to_bytes
from tocsin.stories.reading import fingerprint_of
from tocsin.stories.similarity import cosine, mean, norm

AT = 1_767_600_000
HOUR = 3_600
TITLE = "Ferry runs aground off Port Merrow, all 212 safe"
TEXT = (
    "A ferry with 212 people on board ran aground off Port Merrow in thick fog on Tuesday, the "
    "coast guard said. Captain Ilsa Brandvik told rescuers that the radar had failed just before. "
    "All passengers were taken ashore by lifeboats from Tarn Island; nobody was hurt. The shipping "
    "company Merrow Lines said it would inspect its three other ferries before Friday."
)
DIVIDEND = "Qtly div {} cts vs {} cts prior Pay April {} Record March {}"


def read(
    title: str = TITLE,
    text: str = TEXT,
    *,
    article: str = "b",
    outlet: str = "Herald",
    at: int = AT + HOUR,
    language: str = "en",
) -> Fingerprint:
    return fingerprint_of(
        article,
        title,
        text,
        language=language,
        outlet=outlet,
        seen_at=at,
        stream=NOTHING_SEEN,
    )


FIRST = read(article="a", outlet="Post", at=AT)
STORY = Candidate("story", head_of(FIRST))


def judged(fingerprint: Fingerprint, first: Fingerprint = FIRST) -> Decision:
    return decide(fingerprint, [Candidate("story", head_of(first))])


def test_without_candidates_an_article_begins_a_story() -> None:
    assert decide(FIRST, []) == Decision(Kind.NEW)


def test_an_article_that_is_known_is_a_version_of_itself() -> None:
    changed = read("Radar failure blamed", "Wholly rewritten.", article="a", outlet="Post")
    assert judged(changed).kind is Kind.VERSION
    assert decide(changed, [Candidate("story", STORY.head, same_article=True)]).may_mute


def test_the_same_text_of_the_same_outlet_under_another_address_is_a_version() -> None:
    assert judged(read(outlet="Post")).kind is Kind.VERSION


def test_the_same_text_of_another_outlet_is_a_copy() -> None:
    decision = judged(read())
    assert (decision.kind, decision.story_id, decision.containment) == (Kind.COPY, "story", 1.0)


@pytest.mark.parametrize(
    "text",
    [
        TEXT[: len(TEXT) // 2],
        f"Sign up to our newsletter for more on this and other news. {TEXT} All rights reserved.",
        TEXT.replace("people on board", "passengers and crew").replace("thick ", ""),
        ". ".join(reversed(TEXT.split(". "))),
    ],
    ids=["shortened", "boilerplate", "edited", "reordered"],
)
def test_a_copy_is_one_however_it_was_edited(text: str) -> None:
    assert judged(read(text=text)).kind in {Kind.COPY, Kind.UPDATE}


def test_a_later_report_on_the_event_is_shown_but_not_muted() -> None:
    later = read(
        "Port Merrow ferry captain questioned",
        "Captain Ilsa Brandvik of the ferry that ran aground off Port Merrow was questioned by the "
        "coast guard for six hours. Merrow Lines has suspended her, and passengers taken to Tarn "
        "Island have called for compensation from the company, a lawyer for some of them said.",
        at=AT + 20 * HOUR,
    )
    decision = judged(later)
    assert decision.kind is Kind.ATTACH
    assert not decision.may_mute


def test_other_news_begins_another_story() -> None:
    other = read("Budget passes", "Parliament passed the budget by four votes after a long night.")
    assert judged(other).kind is Kind.NEW


def test_a_story_takes_no_article_days_after_its_last_one() -> None:
    decision = judged(read(at=AT + BUCKET_SECONDS + HOUR))
    assert (decision.kind, decision.guard) == (Kind.NEW, "too long ago")


def test_notices_with_other_figures_are_other_stories() -> None:
    first = read("BRANDVIK CORP SETS DIVIDEND", DIVIDEND.format(25, 20, 14, 31), article="a")
    other = read("BRANDVIK CORP SETS DIVIDEND", DIVIDEND.format(72, 70, 19, 11))
    decision = judged(other, first)
    assert (decision.kind, decision.guard) == (Kind.NEW, "series")


def test_notices_of_two_companies_are_other_stories() -> None:
    first = read("BRANDVIK CORP SETS DIVIDEND", DIVIDEND.format(25, 20, 14, 31), article="a")
    assert not judged(
        read("TARNHOLM SETS DIVIDEND", DIVIDEND.format(25, 20, 15, 30)), first
    ).may_mute


def test_the_next_funds_notice_with_all_figures_but_one_is_not_muted() -> None:
    notice = "Mthly div {} cts vs {} cts prior Pay March 31 Record March 16 Tarn {} Tax-Free Fund."
    first = read("TARN TAX-FREE SETS PAYOUT", notice.format("7.1", "7.1", "Insured"), article="a")
    other = read("TARN OHIO TAX-FREE SETS PAYOUT", notice.format("6.1", "6.1", "Ohio Insured"))
    assert not judged(other, first).may_mute
    again = read("TARN TAX-FREE DECLARES DIVIDEND", notice.format("7.1", "7.1", "Insured"))
    assert judged(again, first).may_mute


def test_headlines_of_other_figures_are_not_muted() -> None:
    lent = (
        "The bank of Merrow said that it had given the money market {} million crowns of help in "
        "the {} session, against the shortage of 750 million in the system today that it expected."
    )
    bought = "It bought bills outright, of band {} at 9 7/8 percent and {} at 9 13/16 percent."
    early = f"{lent.format(97, 'early')} {bought.format('one', 'of band two')}"
    morning = read("Money market given 97 million", early, article="a")
    more = f"{lent.format(485, 'afternoon')} {bought.format('two', '40 million of treasury paper')}"
    later = read("Money market given 485 million more", more)
    assert judged(later, morning).kind is Kind.ATTACH
    assert judged(read("Money market is given 97 mln", early), morning).may_mute


def test_headlines_of_one_form_are_not_muted() -> None:
    first = read("Why Jory Penhallow should pick Wenna Trease in the finale", "", article="a")
    other = read("Why Jory Penhallow should pick Morwenna Kitto in the finale", "")
    assert not judged(other, first).may_mute
    same = read("Why Jory Penhallow should pick Wenna Trease in the last finale", "")
    assert judged(same, first).may_mute


def test_a_notice_that_comes_again_next_day_is_not_muted() -> None:
    first = read(
        "Money market", "The bank gave the market 350 mln of help today, it said.", article="a"
    )
    again = read(
        "Money market",
        "The bank gave the market 800 mln of help today, it said.",
        at=AT + 24 * HOUR,
    )
    assert not judged(again, first).may_mute


def test_a_toll_that_rises_within_hours_is_the_same_event() -> None:
    assert judged(
        read(text=TEXT.replace("212", "214"), title="Ferry aground off Port Merrow")
    ).may_mute


def test_the_best_of_several_stories_is_chosen() -> None:
    other = Candidate(
        "other", head_of(read("Fog", "Thick fog on Tuesday off Port Merrow.", article="c"))
    )
    assert decide(read(), [other, STORY]).story_id == "story"


def test_a_translation_is_never_muted() -> None:
    reports = [report for report in REWRITES if report.language != ORIGINAL.language]
    kinds = {kind_of(report, ORIGINAL) for report in reports}
    assert Kind.ATTACH in kinds
    assert kinds <= {Kind.ATTACH, Kind.NEW}


def kind_of(report: Report, first: Report) -> Kind:
    one, other = (
        read(each.title, "\n".join(each.paragraphs), article=name, language=each.language)
        for each, name in ((first, "a"), (report, "b"))
    )
    return judged(other, one).kind


def test_no_more_stories_are_read_than_are_worth_it() -> None:
    names = lookup_keys(FIRST.keys, FIRST.seen_at)
    everywhere = {name: {f"story {number}" for number in range(20)} for name in names}
    everywhere[names[0]] = {"likeliest", *everywhere[names[0]]}
    everywhere[names[1]] = {"likeliest", *everywhere[names[1]]}
    assert len(shortlist(FIRST, everywhere)) == CANDIDATES
    assert shortlist(FIRST, {names[0]: {"x"}, names[1]: {"x", "y"}}) == ["x", "y"]


def test_a_head_is_read_as_it_was_written() -> None:
    head = joined(head_of(FIRST), read("Captain suspended", "Captain Ilsa Brandvik was suspended."))
    assert from_bytes(to_bytes(head)) == head


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=200), st.integers(0, 400))
def test_a_head_that_was_not_written_by_us_is_refused(noise: bytes, cut: int) -> None:
    whole = to_bytes(head_of(FIRST))
    for data in (b"\xff" + noise, whole[: min(cut, len(whole) - 1)]):
        with pytest.raises(ValueError, match="head of a story"):
            from_bytes(data)


def test_copies_teach_a_story_nothing() -> None:
    head = head_of(FIRST)
    after = joined(head, read())
    assert (after.traces, after.keys, after.members) == (head.traces, head.keys, 2)
    assert new_keys(head, read()) == ()


def test_a_story_remembers_its_first_members_and_the_latest() -> None:
    head = head_of(FIRST)
    reports = [
        read(f"Report {n}", " ".join(f"word{n}x{m}" for m in range(60)), article=str(n))
        for n in range(8)
    ]
    for report in reports:
        head = joined(head, report)
    assert len(head.traces) == MOST_TRACES
    assert head.traces[0] == FIRST.trace
    assert head.traces[-1] == reports[-1].trace


def reports_on(word: str, count: int, language: str = "en") -> list[Fingerprint]:
    """Each with its own words, and one that all have."""
    texts = [f"{word} " * 9 + " ".join(f"{word}{n}x{m}" for m in range(60)) for n in range(count)]
    return [
        read(f"Report {n}", text, article=f"{word}{n}", language=language)
        for n, text in enumerate(texts)
    ]


def story_of(reports: list[Fingerprint]) -> Head:
    return reduce(joined, reports[1:], head_of(reports[0]))


def test_what_a_story_no_longer_remembers_is_still_what_it_is_about() -> None:
    reports = reports_on("fog", 12)
    head = story_of(reports)
    everything = mean(report.trace.vector for report in reports)
    remembered = mean(trace.vector for trace in head.traces)
    centre = head.centre("en")
    assert cosine(centre, everything) > cosine(remembered, everything) + 0.05
    assert from_bytes(to_bytes(head)) == head


def test_a_language_that_came_late_to_a_story_does_not_change_what_others_know_of_it() -> None:
    head = story_of(reports_on("fog", 7))
    before = head.centre("en")
    later = reduce(joined, reports_on("nebel", 7, "de"), head)
    assert later.centre("en") == before
    assert later.centre("de")


def test_a_story_may_have_any_number_of_members() -> None:
    head = story_of(reports_on("fog", MOST_TRACES))
    traces = tuple(replace(trace, vector={7: 255}) for trace in head.traces)
    great = replace(head, traces=traces, forgotten={"en": {7: 65_535, 8: 1}})
    (report,) = reports_on("mist", 1)
    later = joined(great, report)
    assert from_bytes(to_bytes(later)) == later
    assert later.forgotten["en"] == {7: (65_535 + 255) // 2}


def report_as_like(likeness: float, at: int = AT) -> Fingerprint:
    """As the first one, by the cosine."""
    own = max(FIRST.trace.vector, key=FIRST.trace.vector.__getitem__)
    share = FIRST.trace.vector[own] / norm(FIRST.trace.vector)
    rest = round(100 * (share**2 / likeness**2 - 1) ** 0.5)
    other = read(article="c", at=at).trace
    trace = replace(other, text=1, vector={own: 100, 1: rest}, shingles=0, sketch=())
    return replace(FIRST, article_id="c", trace=replace(trace, article=2))


def test_more_must_be_shared_the_less_the_stream_is_known() -> None:
    report = report_as_like((LOOSE + LOOSE_UNSEASONED) / 2)
    kinds = [decide(replace(report, seasoned=share), [STORY]).kind for share in (0, 0.45, 0.55, 1)]
    assert kinds == [Kind.NEW, Kind.NEW, Kind.ATTACH, Kind.ATTACH]


@pytest.mark.parametrize(
    ("hours", "kind"),
    [(0, Kind.ATTACH), (2, Kind.ATTACH), (24, Kind.ATTACH), (30, Kind.NEW), (-30, Kind.NEW)],
)
def test_more_must_be_shared_the_longer_a_story_was_quiet(hours: int, kind: Kind) -> None:
    report = report_as_like(LOOSE + LOOSE_A_DAY, at=AT + hours * HOUR)
    assert decide(replace(report, seasoned=1.0), [STORY]).kind is kind


def test_a_copy_joins_however_long_its_story_was_quiet() -> None:
    assert judged(read(at=AT + 60 * HOUR)).kind is Kind.COPY


def test_a_head_fits_one_unit_of_a_table() -> None:
    assert len(to_bytes(head_of(FIRST))) < 900


def test_a_head_that_remembers_most_fits_what_one_write_may_cost() -> None:
    assert len(to_bytes(story_of(reports_on("fog", 40)))) < 5_120
