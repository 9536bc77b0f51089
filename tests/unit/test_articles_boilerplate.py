"""What a publisher's pages repeat is learned from pages beside each other."""

from hypothesis import given
from hypothesis import strategies as st

from tocsin.articles.boilerplate import (
    MAX_KEYS,
    MAX_PAGES,
    Paragraph,
    Siblings,
    is_boilerplate,
    remember,
)

TIP = Paragraph("Have a tip? Write to our desk.", place="p. div.text")
LONG = Paragraph(f"{'The war in the bay began ten years ago over a bridge, ' * 3}.", place="p.")


def own(number: int) -> Paragraph:
    return Paragraph(f"What only article {number} says.", place="p. div.text")


def after(*pages: list[Paragraph]) -> Siblings:
    siblings = Siblings()
    for number, paragraphs in enumerate(pages):
        siblings = remember(siblings, f"page {number}", paragraphs)
    return siblings


def test_a_line_on_three_pages_is_the_publishers() -> None:
    siblings = after(*([own(number), TIP] for number in range(3)))
    assert is_boilerplate(siblings, [own(9), TIP]) == [False, True]


def test_a_line_on_two_pages_may_be_chance() -> None:
    siblings = after([own(1), TIP], [own(2), TIP])
    assert is_boilerplate(siblings, [own(9), TIP]) == [False, False]


def test_the_same_page_counts_once_however_often_it_is_read() -> None:
    siblings = Siblings()
    for _ in range(5):
        siblings = remember(siblings, "the page", [TIP])
    assert is_boilerplate(siblings, [TIP]) == [False]


def test_a_line_twice_on_a_page_counts_once() -> None:
    assert is_boilerplate(after([TIP, TIP], [TIP, TIP]), [TIP]) == [False]


def test_a_long_paragraph_on_a_few_pages_may_be_an_agencys() -> None:
    siblings = after(*([own(number), LONG] for number in range(5)))
    assert is_boilerplate(siblings, [own(9), LONG]) == [False, False]


def test_a_report_that_comes_again_teaches_nothing() -> None:
    report = [own(number) for number in range(6)]
    siblings = after(*(report[: 6 - number] for number in range(5)))
    assert not any(is_boilerplate(siblings, report))


def test_the_same_words_in_another_place_are_another_line() -> None:
    siblings = after([TIP], [TIP], [TIP])
    assert is_boilerplate(siblings, [Paragraph(TIP.text, place="li.")]) == [False]


def test_a_repeated_paragraph_of_background_stays_in_the_middle_of_a_text() -> None:
    siblings = after(*([own(number), LONG] for number in range(6)))
    middle = [own(11), own(12), LONG, own(13), own(14)]
    assert not any(is_boilerplate(siblings, middle))
    assert is_boilerplate(siblings, [own(11), own(12), own(13), LONG])[-1]


def test_nothing_is_changed_in_place() -> None:
    before = after([TIP])
    counts = dict(before.counts)
    remember(before, "another", [TIP, own(1)])
    assert dict(before.counts) == counts


def test_what_is_remembered_stays_small_and_keeps_what_recurs() -> None:
    siblings = Siblings()
    for page in range(80):
        lines = [Paragraph(f"line {page} {number}") for number in range(30)]
        siblings = remember(siblings, str(page), [*lines, TIP])
    assert len(siblings.counts) <= MAX_KEYS
    assert len(siblings.pages) <= MAX_PAGES
    assert is_boilerplate(siblings, [TIP]) == [True]


LINES = st.lists(st.text(max_size=8).map(Paragraph), max_size=6)


@given(st.lists(LINES, max_size=5), LINES)
def test_no_more_is_called_boilerplate_than_was_seen_before(
    pages: list[list[Paragraph]], page: list[Paragraph]
) -> None:
    told = is_boilerplate(after(*pages), page)
    assert len(told) == len(page)
    for paragraph, known in zip(page, told, strict=True):
        seen = sum(
            any(each.text.lower().split() == paragraph.text.lower().split() for each in p)
            for p in pages
        )
        assert not known or seen >= 3
