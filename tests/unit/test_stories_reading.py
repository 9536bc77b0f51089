"""An article to its fingerprint."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.stories.fingerprint import (
    BUCKET_SECONDS,
    Fingerprint,
    bucket_of,
    lookup_keys,
    posting_keys,
)
from tocsin.stories.frequency import NOTHING_SEEN, RecentArticles, StreamFrequency, rarity
from tocsin.stories.names import sounds
from tocsin.stories.reading import MOST_CHARACTERS, fingerprint_of
from tocsin.stories.similarity import containment, cosine
from tocsin.stories.terms import number_of, stem, stems_of, words_of

AT = 1_767_600_000
FERRY = (
    "A ferry with 212 people on board ran aground off Port Merrow in thick fog on Tuesday, the "
    "coast guard said. Captain Ilsa Brandvik told rescuers that the radar had failed just before. "
    "All passengers were taken ashore by lifeboats from Tarn Island; nobody was hurt."
)


def read(
    title: str, text: str, language: str = "en", stream: StreamFrequency = NOTHING_SEEN
) -> Fingerprint:
    return fingerprint_of(
        "a", title, text, language=language, outlet="Post", seen_at=AT, stream=stream
    )


@settings(max_examples=60, deadline=None)
@given(
    title=st.text(max_size=60),
    text=st.text(max_size=300),
    language=st.sampled_from(["", "en", "uk", "ar", "ja", "xx"]),
)
def test_any_text_in_any_language_has_a_fingerprint(title: str, text: str, language: str) -> None:
    found = read(title, text, language)
    assert found == read(title, text, language)
    assert all(1 <= weight <= 255 for weight in found.trace.vector.values())
    assert list(found.trace.sketch) == sorted(found.trace.sketch)


def test_words_that_every_article_has_are_no_keys() -> None:
    found = read("Ferry runs aground off Port Merrow", FERRY)
    common = {f"en.{number_of(word):08x}" for word in ("the", "on", "said", "with")}
    assert not common & {key.name for key in found.keys}
    assert f"en.{number_of(stem('merrow', 'en')):08x}" in {key.name for key in found.keys}


def test_what_a_report_begins_with_weighs_more_than_the_same_further_down() -> None:
    rest = "the people of the town went to see it " * 12
    weights = read("Fog", f"merrow {rest} brandvik").trace.vector
    assert weights[number_of(stem("merrow", "en"))] > weights[number_of(stem("brandvik", "en"))]


def test_who_is_named_nine_times_weighs_three_times_who_is_named_once() -> None:
    rest = "the people of the town went to see it " * 12
    weights = read("Fog", f"{rest} brandvik {'merrow ' * 9}").trace.vector
    often, once = (weights[number_of(stem(name, "en"))] for name in ("merrow", "brandvik"))
    assert often / once == pytest.approx(3, rel=0.02)


def test_an_article_is_looked_up_in_its_bucket_and_the_one_before() -> None:
    keys = read("Ferry runs aground", FERRY).keys
    names = lookup_keys(keys, AT)
    assert names[: len(keys)] == posting_keys(keys, AT)
    assert posting_keys(keys, AT - BUCKET_SECONDS) == names[len(keys) :]
    for key, own, before in zip(keys, names, names[len(keys) :], strict=False):
        bucket = bucket_of(key, AT)
        assert (own, before) == (f"{bucket}.{key.name}", f"{bucket - 1}.{key.name}")


def test_no_time_is_near_the_edges_of_many_keys() -> None:
    keys = read("Ferry runs aground", FERRY).keys
    near = 900
    for at in range(AT, AT + BUCKET_SECONDS, near):
        moved = {*posting_keys(keys, at - near), *posting_keys(keys, at + near)}
        assert len(moved - {*posting_keys(keys, at)}) <= 3


def test_no_more_of_a_text_is_read_than_there_is_time_for() -> None:
    long = "word " * 100_000
    assert read("Title", long).trace == read("Title", long[:MOST_CHARACTERS]).trace


def test_part_of_a_text_is_contained_in_it() -> None:
    whole = read("Ferry runs aground", FERRY * 3 + " The harbour master opened an inquiry.")
    part = read("Ferry runs aground", FERRY)
    other = read("Budget passes", "Parliament passed the budget by four votes after a long night.")
    assert containment(whole.trace, part.trace) >= 0.9
    assert containment(whole.trace, other.trace) == 0.0


def test_the_same_words_have_the_same_direction() -> None:
    found = read("Ferry runs aground", FERRY).trace.vector
    assert cosine(found, found) == pytest.approx(1.0)
    assert cosine(found, read("Budget", "Parliament passed it").trace.vector) < 0.1


def test_a_word_of_the_stream_is_less_rare_than_the_language_says() -> None:
    stream = StreamFrequency(5_000, {number_of("merrow"): 2_500})
    assert rarity("merrow", "en", stream) < 1.3 < rarity("merrow", "en", NOTHING_SEEN)


def test_words_in_the_form_of_the_stream_make_an_article_one_of_a_series() -> None:
    form = "Quarterly dividend payable record shares outstanding. Brandvik Holdings declared it."
    seen = {number_of(term): 600 for term in stems_of("dividend payable shares outstanding", "en")}
    assert read("Brandvik sets dividend", form, stream=StreamFrequency(6_000, seen)).trace.serial
    assert not read("Brandvik sets dividend", form).trace.serial


def test_a_table_of_figures_is_one_of_a_series_before_the_stream_is_known() -> None:
    table = "Net 1,200 vs 1,100 Shr 12 vs 11 Revs 22.1 vs 20.4 Year Net 5,100 vs 4,900"
    assert read("BRANDVIK 4TH QTR NET", table).trace.serial


def test_figures_are_compared_without_years_and_separators() -> None:
    found = read("In 2025", "1,250 people, 1.250 in all, 12 of them in 1999")
    assert found.trace.figures == (12, 1250)


def test_figures_in_other_digits_are_the_same_figures() -> None:
    assert read("", "١٢٥ راكبا", "ar").trace.figures == (125,)


@pytest.mark.parametrize("text", ["東京都知事が会見した", "上海市长会见记者"])
def test_characters_without_spaces_are_paired(text: str) -> None:
    assert [word.term for word in words_of(text, "ja")][:2] == [text[:2], text[1:3]]


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("en", "explosions", "explosion"),
        ("uk", "президента", "президентом"),
        ("ru", "президента", "президентом"),
        ("de", "explosionen", "explosion"),
        ("fr", "explosions", "explosion"),
        ("es", "explosiones", "explosion"),
        ("pl", "wybuchu", "wybuchem"),
        ("tr", "patlamada", "patlamanin"),
        ("ar", "الانفجار", "انفجارات"),
    ],
)
def test_forms_of_a_word_are_one_term(language: str, one: str, other: str) -> None:
    assert stems_of(one, language) == stems_of(other, language)


@pytest.mark.parametrize(
    "spellings",
    [
        {"uk": "зеленськ", "en": "zelenskyy", "de": "selenskyj", "ja": "ゼレンスキー"},
        {"ru": "вашингтон", "en": "washington", "ja": "ワシントン"},
        {"ru": "путин", "en": "putin", "ar": "بوتين"},
        {"uk": "харків", "en": "kharkiv"},
    ],
)
def test_a_name_sounds_the_same_in_all_languages(spellings: dict[str, str]) -> None:
    assert len({sounds(name, language) for language, name in spellings.items()}) == 1


def test_what_comes_in_often_is_common_and_what_came_once_is_forgotten() -> None:
    recent = RecentArticles(kept=50)
    for number in range(100):
        recent.add(str(number), {number_of("merrow"), number_of(f"word{number}")})
    found = recent.frequency()
    assert (found.articles, found.counts) == (50, {number_of("merrow"): 50})


def test_an_article_that_comes_again_is_counted_once() -> None:
    recent = RecentArticles()
    for _ in range(2):
        recent.add("a", {number_of("merrow")})
    assert recent.frequency().articles == 1
