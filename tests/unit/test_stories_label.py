"""What a story is called."""

from tests.builders import NOW
from tests.rewrites import ORIGINAL, REWRITES
from tocsin.model.stories import Member
from tocsin.stories.label import MOST_HEADLINES, TERMS, label_of


def members(*titles: str, language: str = "en") -> list[Member]:
    return [
        Member(
            article_id=f"{number:024x}",
            title=title,
            publisher="Post",
            seen_at=NOW,
            language=language,
            kind="copy",
        )
        for number, title in enumerate(titles)
    ]


def test_the_headline_is_the_one_that_the_others_are_most_like() -> None:
    label = label_of(
        members(
            "What we know so far",
            "Ferry runs aground off Port Merrow",
            "Port Merrow ferry runs aground in fog, nobody hurt",
            "Nobody hurt as ferry runs aground",
        )
    )
    assert label.headline == "Port Merrow ferry runs aground in fog, nobody hurt"
    assert {"ferry", "aground"} <= {term.lower() for term in label.terms}


def test_of_many_languages_the_one_that_most_headlines_are_in_names_it() -> None:
    reports = [ORIGINAL, *REWRITES]
    titles = [report.title for report in reports if report.language == "uk"]
    label = label_of([*members(ORIGINAL.title), *members(*titles, language="uk")])
    assert label.headline in titles
    assert len(label.terms) == TERMS


def test_one_article_names_its_story() -> None:
    label = label_of(members("Kelp grows in Port Merrow bay again"))
    assert label.headline == "Kelp grows in Port Merrow bay again"
    assert "Kelp" in label.terms


def test_headlines_of_nothing_but_small_words_make_a_label_without_terms() -> None:
    assert label_of(members("", "What is this?")).terms == ()


def test_a_story_of_thousands_is_labelled_by_its_first() -> None:
    titles = [f"Harbour master resigns, part {number}" for number in range(MOST_HEADLINES * 20)]
    assert label_of(members(*titles)).headline in titles[:MOST_HEADLINES]
