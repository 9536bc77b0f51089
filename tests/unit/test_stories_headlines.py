"""Headlines like given words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.stories.headlines import LEAST, Headline, likeness

NEWS = (
    Headline("Council asks for peacekeepers after harbour blaze", "en"),
    Headline("Ferry timetable changes from Monday", "en"),
    Headline("Зеленський прибув до порту", "uk"),
    Headline("Вода в затоці потеплішала", "uk"),
    Headline("Kapitän rettet Kinder vor dem Sturm", "de"),
    Headline("Hallituksen esitys kaatui äänestyksessä", "fi"),
    Headline("港の灯台が再び点灯", "ja"),
    Headline("الحكومة تطلب قوات حفظ السلام", "ar"),
    Headline("", None),
)

FOUND = {
    "the council asked for a peacekeeper": ("en", 0),
    "harbour blazes": ("en", 0),
    "ferries timetable": ("en", 1),
    "Zelensky": ("en", 2),
    "zelenskyy": ("en", 2),
    "порти Зеленського": ("uk", 2),
    "Sturm Kapitäne": ("de", 4),
    "kapitan": ("en", 4),
    "hallitus äänestys": ("fi", 5),
    "灯台": ("ja", 6),
    "السلام": ("ar", 7),
}


@pytest.mark.parametrize("words", FOUND)
def test_a_headline_is_found_in_any_script_and_in_other_forms_of_its_words(words: str) -> None:
    language, at = FOUND[words]
    like = likeness(words, language, NEWS)
    assert max(range(len(NEWS)), key=like.__getitem__) == at
    assert like[at] >= LEAST
    assert sum(each >= LEAST for each in like) == 1


@pytest.mark.parametrize(
    "words", ["glacier melts", "Wasserwerk", "гори", "山火事", "the", "", "!?"]
)
def test_words_of_none_find_none(words: str) -> None:
    assert max(likeness(words, "en", NEWS)) < LEAST


def test_a_rare_word_counts_more_than_one_that_many_have() -> None:
    news = [Headline(f"Council meets on day {day}", "en") for day in range(20)]
    news.append(Headline("Lighthouse is dark", "en"))
    like = likeness("council lighthouse", "en", news)
    assert like[-1] > 0.6 > 0.4 > like[0] > 0


def test_among_no_headlines_none_is_found() -> None:
    assert likeness("harbour", "en", []) == []


@given(st.text(), st.lists(st.builds(Headline, st.text(), st.sampled_from(("en", "ja", "", None)))))
def test_whatever_is_asked_a_likeness_is_a_share(words: str, headlines: list[Headline]) -> None:
    like = likeness(words, "en", headlines)
    assert len(like) == len(headlines)
    assert all(0 <= each <= 1 + 1e-9 for each in like)
