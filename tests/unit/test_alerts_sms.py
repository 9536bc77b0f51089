"""SMS: one segment, and in it as much of the news as there is room for."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.builders import a_match, a_topic
from tocsin.alerts.items import items_of
from tocsin.alerts.plain import fits_one_segment, in_gsm
from tocsin.alerts.shortlinks import find_short_link
from tocsin.alerts.sms import MAX_LABEL, MAX_LINK, MIN_HEADLINE, sms
from tocsin.model.alerts import Alert, AlertKind
from tocsin.model.lines import Cadence, Line

LINK = "https://post.example/1"
API = "https://n.example"
INSTANT = Line(cadence=Cadence.INSTANT)
EMOJI = "😀"


def alerts_of(title: str, url: str = LINK, more: int = 0, **changes: object) -> list[Alert]:
    first = a_match(LINK, title=title, **changes).model_copy(update={"url": url})
    later = [a_match(f"https://post.example/more/{number}") for number in range(more)]
    return [
        Alert(key="instant#0", topic_id="peace", line=INSTANT, match=match, publishers=9 - (at > 0))
        for at, match in enumerate([first, *later])
    ]


def sms_of(title: str, url: str = LINK, more: int = 0, api: str = "", **changes: object) -> str:
    return sms(a_topic(), items_of(alerts_of(title, url, more, **changes)), api)


ANY = st.one_of(st.text(), st.text(max_size=5).map(lambda text: text * 100))
LANGUAGES = st.sampled_from([None, "uk", "ru", "el", "sr", "zh"])


@given(ANY, ANY, ANY, st.one_of(st.text(max_size=120), st.just(LINK)), st.integers(0, 9), LANGUAGES)
@example(EMOJI * 80, EMOJI * 40, EMOJI * 30, LINK, 0, None)
@example("", "", "", "", 0, None)
@example("ж" * 300, "ж" * 100, "ж" * 100, LINK, 5, "uk")
@example("щ" * 300, "щ" * 100, "щ" * 100, LINK, 5, "ru")
@example("a" * 300, "b" * 300, "c" * 300, LINK, 0, None)
@example("€" * 300, "[" * 300, "]" * 300, LINK, 0, None)
@example("e" + "\u0301" * 300, "", "", LINK, 0, None)
@example("🇺🇦" * 100, "", "", LINK, 3, None)
def test_an_sms_is_always_one_segment(
    title: str, publisher: str, name: str, url: str, more: int, language: str | None
) -> None:
    alerts = alerts_of(title, url, more, publisher=publisher, language=language)
    text = sms(a_topic(name=name), items_of(alerts), API)
    assert text
    assert text == text.strip()
    assert text.isprintable()
    assert fits_one_segment(text)


def test_an_sms_holds_topic_headline_publisher_and_link() -> None:
    text = sms_of("Peacekeepers leave for the bay")
    assert text == f"Peace: Peacekeepers leave for the bay (Harbour Post) {LINK}"


@pytest.mark.parametrize("title", ["Ceasefire", "Мир", "停火"])
def test_a_short_headline_keeps_its_letters_topic_publisher_and_link(title: str) -> None:
    assert sms_of(title) == f"Peace: {title} (Harbour Post) {LINK}"


def test_other_stories_are_counted() -> None:
    assert "(Harbour Post, +3 more)" in sms_of("Peacekeepers leave for the bay", more=3)


def test_an_update_says_that_it_is_one() -> None:
    (alert,) = alerts_of("Ceasefire holds")
    update = alert.model_copy(update={"kind": AlertKind.UPDATE, "reason": "it grew"})
    assert sms(a_topic(), items_of([update]), "").startswith("Peace: Update: Ceasefire holds (")


def test_a_surge_is_told_with_its_figures() -> None:
    surge = Alert(key="x", topic_id="peace", line=INSTANT, kind=AlertKind.SURGE, reason="31, not 4")
    assert sms(a_topic(), items_of([surge]), API) == "Unusually busy: Peace - 31, not 4"


# ── The link ─────────────────────────────────────────────────────────────────────────────────────


def test_the_headline_gives_way_to_the_link_and_topic_and_publisher_to_the_headline() -> None:
    text = sms_of("Peacekeepers " * 20)
    assert text.endswith(f".. {LINK}")
    assert text.startswith("Peacekeepers Peacekeepers")
    assert len(text) > 140


def test_a_headline_is_not_cut_below_what_tells_something() -> None:
    title, link = "news of the bay " * 9, LINK + "x" * (MAX_LINK - len(LINK))
    assert len(title) > MIN_HEADLINE
    assert link not in sms_of(title, link)
    assert link in sms_of(title[:50], link)


@pytest.mark.parametrize(("length", "shown"), [(MAX_LINK, True), (MAX_LINK + 1, False)])
def test_a_long_link_is_left_out(length: int, shown: bool) -> None:
    url = LINK + "x" * (length - len(LINK))
    assert sms_of("Peacekeepers leave for the bay", url).endswith(url) == shown


def test_a_short_link_stands_for_a_longer_address() -> None:
    url = f"{LINK}/news/peacekeepers-leave-for-the-bay"
    short = find_short_link(a_match(LINK).article_id, API)
    assert sms_of("Peacekeepers leave", url, api=API).endswith(f" {short}")
    assert sms_of("Peacekeepers leave", LINK, api=API).endswith(f" {LINK}")


def test_a_link_with_other_letters_does_not_make_an_sms_dear() -> None:
    text = sms_of("Peacekeepers leave for the bay", "https://post.example/мир")
    assert text.endswith("https://post.example/%D0%BC%D0%B8%D1%80")


# ── The letters ──────────────────────────────────────────────────────────────────────────────────


def test_typography_and_accents_give_way_to_what_else_there_is_to_say() -> None:
    text = sms_of("“Peace” – at last… says the mayor of Łódź")
    assert text == f'Peace: "Peace" - at last... says the mayor of Lodz (Harbour Post) {LINK}'


def test_accents_stay_where_there_is_room_for_all_of_it() -> None:
    assert sms_of("Łódź", "") == "Peace: Łódź (Harbour Post)"


def test_cyrillic_stays_where_romanising_would_bring_no_more_of_the_headline_nor_a_link() -> None:
    title = "Миротворці вирушають до затоки вже цього тижня, кажуть у порту"
    assert sms_of(title, "", language="uk") == title


def test_cyrillic_is_romanised_where_more_of_the_headline_stands_so() -> None:
    title = "Миротворці вирушають до затоки вже цього тижня, кажуть у порту та в місті"
    assert sms_of(title, "", language="uk") == (
        "Peace: Myrotvortsi vyrushaiut do zatoky vzhe tsoho tyzhnia, kazhut u portu ta v misti"
        " (Harbour Post)"
    )


def test_cyrillic_is_romanised_where_that_brings_the_link_in() -> None:
    title = "Миротворці вирушають до затоки вже цього тижня"
    assert sms_of(title, language="uk") == f"{title} {LINK}"
    longer = f"{LINK}/news"
    assert sms_of(title, longer, language="uk").endswith(f"tsoho tyzhnia (Harbour Post) {longer}")


def test_the_language_of_the_article_says_how_it_is_romanised() -> None:
    title = "Гора и вода: репортаж о тех, кто вернулся домой на восток после зимы и голода"
    assert sms_of(title, language="ru").startswith("Peace: Gora i voda")
    assert sms_of(title, language="bg").startswith("Peace: Gora i voda")
    assert "vostok posle" in sms_of(title, language="ru")


def test_greek_is_romanised_by_the_same_rule() -> None:
    title = "Ισχυρός σεισμός στο νησί της Αυγής: άνοιξαν τα σχολεία για όσους έμειναν χωρίς σπίτι"
    assert "Ischyros seismos sto nisi tis Avgis: anoixan ta scholeia" in sms_of(title)
    assert sms_of("Σεισμός", "").startswith("Peace: Σεισμός")


@pytest.mark.parametrize("title", ["停火" * 60, "هدنة في الميناء " * 12])
def test_other_scripts_stay_and_fill_seventy_units(title: str) -> None:
    text = sms_of(title)
    assert text.endswith("…")
    assert text.startswith(title[:50])
    assert 60 < len(text) <= 70


def test_pictures_give_way_to_the_headline() -> None:
    text = sms_of("🕊️ Peacekeepers leave for the bay, and the harbour master waves to each of them")
    assert all(map(in_gsm, text))
    assert "Peacekeepers leave for the bay, and the harbour master waves to each of them" in text


def test_a_cut_is_at_a_word() -> None:
    shown = sms_of("harbour master " * 20, "").removesuffix("..").split()
    assert set(shown) == {"harbour", "master"}


def test_a_topics_name_tells_topics_apart_and_is_left_out_where_it_is_long() -> None:
    items = items_of(alerts_of("Ceasefire"))
    assert sms(a_topic(name="x" * MAX_LABEL), items, "").startswith("x" * MAX_LABEL + ": Ceasefire")
    assert sms(a_topic(name="x" * (MAX_LABEL + 1)), items, "").startswith("Ceasefire")
