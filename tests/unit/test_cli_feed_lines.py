"""feeds.yaml as a command adds to it."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import a_feed
from tocsin.cli.feed_lines import add_feeds, line_of, make_id
from tocsin.cli.files import read_feeds
from tocsin.errors import ConfigurationError
from tocsin.model.feeds import Feed

MINE = """\
# my feeds
feeds:
  - {id: one, url: "https://one.example/"}  # the best
"""
TWO = Feed(id="two", url="https://two.example/rss?a=b&c=#d", publisher="Вісник: news")


def test_what_a_person_wrote_stays(tmp_path: Path) -> None:
    path = tmp_path / "feeds.yaml"
    path.write_text(MINE)
    add_feeds(path, [TWO])
    assert path.read_text().startswith(MINE)
    assert read_feeds(path)[1] == TWO


def test_a_file_is_made_where_there_is_none(tmp_path: Path) -> None:
    path = tmp_path / "feeds.yaml"
    add_feeds(path, [TWO, a_feed("three")])
    assert [feed.id for feed in read_feeds(path)] == ["two", "three"]


@pytest.mark.parametrize(
    "text",
    [
        "feeds: [{id: one, url: https://one.example/}]\n",
        "feeds:\n- {id: one, url: https://one.example/}\n",
        "feeds:\n  - {id: one, url: https://one.example/}\nother: 1\n",
        "no: {yaml\n",
    ],
)
def test_a_file_that_cannot_be_added_to_is_left_alone(tmp_path: Path, text: str) -> None:
    path = tmp_path / "feeds.yaml"
    path.write_text(text)
    with pytest.raises(ConfigurationError, match=r"two\.example"):
        add_feeds(path, [TWO])
    assert path.read_text() == text


@given(
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=30),
    st.sampled_from(["yes", "1e3", "2026-11-22", "null", "~", "a: b", "- x", "{", "#", "'", '"']),
)
def test_any_publisher_is_read_back_as_it_was(first: str, second: str) -> None:
    import yaml

    for name in (first, second):
        feed = a_feed(publisher=name)
        assert Feed(**yaml.safe_load(line_of(feed))) == feed


@pytest.mark.parametrize(
    ("title", "url", "made"),
    [
        ("BBC News - World", "https://feeds.bbci.co.uk/x", "bbc-news-world"),
        ("Élysée: actualités", "https://x.example/", "elysee-actualites"),
        ("Українська правда", "https://www.pravda.com.ua/rss", "pravda-ua"),
        ("", "https://rss.example.org/", "example"),
        ("one", "https://one.example/", "one-2"),
        ("", "https://127.0.0.1:99/", "127-0-0-1"),
        ("a very long title that says much more than anybody needs", "https://x.example/", None),
    ],
)
def test_an_id_says_whose_feed_it_is(title: str, url: str, made: str | None) -> None:
    found = make_id(title, url, {"one"})
    assert Feed(id=found, url=url)
    assert made is None or found == made
