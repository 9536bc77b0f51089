"""The operator's files: what is read, and how each mistake is explained."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tocsin.cli import files
from tocsin.cli.files import read_feeds, read_topics
from tocsin.errors import ConfigurationError
from tocsin.model.feeds import MAX_POLL_MINUTES, MIN_POLL_MINUTES, Feed
from tocsin.model.topics import Topic

Write = Callable[[str], Path]

FEEDS = """\
# The papers of the bay.
feeds:
  - id: harbour-post
    url: https://harbour-post.example/all.xml
    publisher: Harbour Post
    language: en
  - id: kurier
    url: http://kurier.example/feed
    poll_minutes: 30
"""
TOPICS = """\
topics:
  - id: peace
    name: Peace
    any: [peace plan, миротворці]
    all:
      - Ukraine
    none: []
  - id: sport
    name: Sport
    any: [regatta]
"""


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def written(text: str) -> Path:
        path = tmp_path / "file.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return written


def problem(read: Callable[[Path], object], path: Path) -> str:
    with pytest.raises(ConfigurationError) as refused:
        read(path)
    return str(refused.value).removeprefix(str(path))


def test_feeds_are_read_in_order(write: Write) -> None:
    assert read_feeds(write(FEEDS)) == (
        Feed(
            id="harbour-post",
            url="https://harbour-post.example/all.xml",
            publisher="Harbour Post",
            language="en",
        ),
        Feed(id="kurier", url="http://kurier.example/feed", poll_minutes=30),
    )


def test_topics_are_read_in_order(write: Write) -> None:
    assert read_topics(write(TOPICS)) == (
        Topic(id="peace", name="Peace", any=("peace plan", "миротворці"), all=("Ukraine",)),
        Topic(id="sport", name="Sport", any=("regatta",)),
    )


def test_a_file_may_begin_with_a_byte_order_mark(write: Write) -> None:
    assert len(read_feeds(write("\ufeff" + FEEDS))) == 2


def test_a_file_may_hold_an_empty_list(write: Write) -> None:
    assert read_feeds(write("feeds: []")) == ()


def test_parts_may_be_shared_with_anchors(write: Write) -> None:
    text = (
        FEEDS.replace("  - id: kurier", "  - &k\n    id: kurier") + "  - {<<: *k, id: kurier-2}\n"
    )
    assert [feed.poll_minutes for feed in read_feeds(write(text))] == [None, 30, 30]


FEED_MISTAKES = {
    "a misspelt key": (
        ("poll_minutes: 30", "pol_minutes: 30"),
        ", line 9, feeds.1.pol_minutes: unknown key; did you mean `poll_minutes`?",
    ),
    "a key unlike any other": (
        ("poll_minutes: 30", "zzz: 30"),
        ", line 9, feeds.1.zzz: unknown key; there are id, url, publisher, language, country,"
        " poll_minutes",
    ),
    "a misspelt key at the top": (
        ("feeds:", "feed:"),
        # The missing one is found first.
        ", line 2, feeds: field required; add it",
    ),
    "a key at the top that is not known": (
        ("feeds:", "topics: []\nfeeds:"),
        ", line 2, topics: unknown key;",
    ),
    "a missing key": (
        ("    url: http://kurier.example/feed\n", ""),
        ", line 7, feeds.1.url: field required; add it",
    ),
    "a number in place of text": (
        ("publisher: Harbour Post", "publisher: 17"),
        ", line 5, feeds.0.publisher: input should be a valid string; write text, in quotes",
    ),
    "a language that YAML takes for a no": (
        ("language: en", "language: no"),
        ", line 6, feeds.0.language: input should be a valid string; write text, in quotes",
    ),
    "a bad identifier": (
        ("id: kurier", "id: Kurier Post"),
        ", line 7, feeds.1.id: string should match pattern",
    ),
    "an identifier given twice": (
        ("id: kurier", "id: harbour-post"),
        ", line 7, feeds.1.id: 'harbour-post' is taken by the entry in line 3; give each its own",
    ),
    "polled too often": (
        ("poll_minutes: 30", f"poll_minutes: {MIN_POLL_MINUTES - 1}"),
        ", line 9, feeds.1.poll_minutes: input should be greater than or equal to 5",
    ),
    "polled too rarely": (
        ("poll_minutes: 30", f"poll_minutes: {MAX_POLL_MINUTES + 1}"),
        ", line 9, feeds.1.poll_minutes: input should be less than or equal to 1440",
    ),
    "no number of minutes": (
        ("poll_minutes: 30", "poll_minutes: often"),
        ", line 9, feeds.1.poll_minutes: input should be a valid integer",
    ),
    "another kind of URL": (
        ("http://kurier.example/feed", "ftp://kurier.example/feed"),
        ", line 8, feeds.1.url: 'ftp://kurier.example/feed' is no http or https URL",
    ),
    "a feed that is only a URL": (
        ("  - id: kurier\n    url: http://kurier.example/feed\n    poll_minutes: 30\n",
         "  - http://kurier.example/feed\n"),
        ", line 7, feeds.1: input should be a valid dictionary or instance of Feed;"
        " write keys and values, as `id: my-topic`",
    ),
    "broken YAML": (
        ("language: en", "language: [en"),
        ", line 7, column 7: no valid YAML:",
    ),
    "a tabulator": (
        ("    language: en", "\tlanguage: en"),
        ", line 6, column 1: no valid YAML:",
    ),
    "a date that there is not": (
        ("publisher: Harbour Post", "publisher: 2031-99-99"),
        ": month must be in 1..12; put quotes around dates and numbers",
    ),
    "a control character": (("Harbour Post", "Harbour\x07Post"), ": no valid YAML:"),
}  # fmt: skip


@pytest.mark.parametrize("mistake", FEED_MISTAKES)
def test_a_mistake_in_feeds_names_file_line_key_and_remedy(write: Write, mistake: str) -> None:
    (right, wrong), explained = FEED_MISTAKES[mistake]
    assert right in FEEDS
    assert problem(read_feeds, write(FEEDS.replace(right, wrong, 1))).startswith(explained)


TOPIC_MISTAKES = {
    "a misspelt key": (
        ("any: [regatta]", "any: [regatta]\n    nome: [x]"),
        ", line 11, topics.1.nome: unknown key; did you mean `none`?",
    ),
    "one word in place of a list": (
        ("any: [regatta]", "any: regatta"),
        ", line 10, topics.1.any: input should be a valid tuple; write a list, one item a line,"
        " each after a hyphen",
    ),
    "a number among the words": (
        ("any: [regatta]", "any: [regatta, 2031]"),
        ", line 10, topics.1.any.1: input should be a valid string; write text, in quotes",
    ),
    "no words at all": (
        ("any: [regatta]", "any: []"),
        ", line 8, topics.1: 'sport': has nothing to look for; give it `query`, `any` or `all`",
    ),
    "words to avoid alone": (
        ("any: [regatta]", "none: [regatta]"),
        ", line 8, topics.1: 'sport': needs words under `any` or `all`",
    ),
    "a word without a letter": (
        ("any: [regatta]", 'any: ["?!"]'),
        ", line 8, topics.1: '?!': holds no letter or digit to look for",
    ),
    "a missing name": (
        ("    name: Sport\n", ""),
        ", line 8, topics.1.name: field required; add it",
    ),
    "an identifier given twice": (
        ("id: sport", "id: peace"),
        ", line 8, topics.1.id: 'peace' is taken by the entry in line 2; give each its own",
    ),
}


@pytest.mark.parametrize("mistake", TOPIC_MISTAKES)
def test_a_mistake_in_topics_names_file_line_key_and_remedy(write: Write, mistake: str) -> None:
    (right, wrong), explained = TOPIC_MISTAKES[mistake]
    assert right in TOPICS
    assert problem(read_topics, write(TOPICS.replace(right, wrong, 1))).startswith(explained)


@pytest.mark.parametrize("text", ["", "# nothing\n", "feeds", "- a\n", "17"])
def test_a_file_that_is_no_list_of_feeds_says_what_to_write(write: Write, text: str) -> None:
    assert "write keys and values" in problem(read_feeds, write(text))


def test_a_file_that_is_not_utf_8_says_so(tmp_path: Path) -> None:
    path = tmp_path / "file.yaml"
    path.write_bytes(FEEDS.replace("Post", "Zürich").encode("latin-1"))
    assert problem(read_feeds, path) == ": not UTF-8; save it in that encoding"


def test_a_file_that_is_not_there_says_so(tmp_path: Path) -> None:
    assert problem(read_feeds, tmp_path / "feeds.yaml") == ": No such file or directory"


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    assert problem(read_topics, tmp_path) == ": Is a directory"


def test_a_file_that_is_too_large_is_not_read(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "MAX_FILE_BYTES", 100)
    assert problem(read_feeds, write(FEEDS)) == ": larger than 100 bytes; split it"


def test_a_tag_that_would_run_code_is_refused(write: Write) -> None:
    text = FEEDS.replace("Harbour Post", "!!python/object/apply:os.getcwd []")
    assert ", line 5, column 16: no valid YAML:" in problem(read_feeds, write(text))


@pytest.mark.parametrize(
    "text",
    [
        "feeds: &all [*all]\n",
        "a: &a [x, x, x, x, x, x, x, x, x, x]\n"
        + "".join(
            f"{n}: &{n} [{', '.join([f'*{b}'] * 10)}]\n"
            for b, n in zip("abcdef", "bcdefg", strict=True)
        ),
    ],
    ids=["holds itself", "millions of parts"],
)
def test_a_file_that_unfolds_without_end_is_refused(write: Write, text: str) -> None:
    assert "without aliases" in problem(read_feeds, write(text))


def test_a_key_given_twice_is_named_with_its_line(write: Write) -> None:
    twice = FEEDS.replace("    poll_minutes: 30\n", "    poll_minutes: 30\n    poll_minutes: 60\n")
    assert "'poll_minutes' is there twice; keep one" in problem(read_feeds, write(twice))


@pytest.mark.parametrize("url", ["http://", "ftp://kurier.example/feed", "kurier.example/feed"])
def test_a_feed_that_is_nowhere_on_the_web_is_refused(write: Write, url: str) -> None:
    wrong = FEEDS.replace("http://kurier.example/feed", url)
    assert "no http or https URL" in problem(read_feeds, write(wrong))


# ── when a topic rings ──


def alert_problem(write: Write, alert: str) -> str:
    text = (
        "topics:\n  - id: peace\n    name: Peace\n    any: [peace]\n    alert:\n"
        f"      severity: high\n      {alert}\n"
    )
    return problem(read_topics, write(text))


@pytest.mark.parametrize(
    ("alert", "key", "words"),
    [
        ("time_zone: Europe/Kiew", "time_zone", "unknown time zone 'Europe/Kiew'; did you mean"),
        ("time_zone: nowhere at all", "time_zone", "write one as Europe/Kyiv"),
        ("time_zone: ../../etc/passwd", "time_zone", "unknown time zone"),
        ('quiet_hours: ["22:00", "22:00"]', "quiet_hours", "begin and end at the same time"),
        ('quiet_hours: ["07:00", "06:00"]', "quiet_hours", "less than 2 hours of the day"),
        ('quiet_hours: ["22", "07:00"]', "quiet_hours.0", 'write a time of day as "08:00"'),
        ("quiet_hours: [22:00, 07:00]", "quiet_hours.0", "in quotes"),
        ('at: "25:00"', "at", 'write a time of day as "08:00"'),
        ("cadence: monthly", "cadence", "'instant', 'hourly', 'daily' or 'weekly'"),
        ("max_per_hour: 0", "max_per_hour", "greater than or equal to 1"),
        ("only_languages: [English]", "only_languages.0", "write a language as en or uk"),
        ("update_at: [5, 3]", "update_at", "the steps do not rise"),
        ("update_at: [1]", "update_at", "the first alert tells of 1 already"),
        ("quiet: yes", "quiet", "did you mean `quiet_hours`?"),
    ],
)
def test_an_alert_setting_that_cannot_be_meant_is_named_with_its_line_and_the_remedy(
    alert: str, key: str, words: str, write: Write
) -> None:
    said = alert_problem(write, alert)
    assert f", line 7, topics.0.alert.{key}: " in said
    assert words in said


@pytest.mark.parametrize(
    ("alert", "words"),
    [
        ("cadence: daily\n      max_per_hour: 3", "a daily digest is one message"),
        (
            "only_publishers: [AP]\n      not_publishers: [AP]",
            "'AP' is wanted and refused; take it out of one of them",
        ),
        ("min_publishers: 3\n      update_at: [3, 5]", "the first alert tells of 3 already"),
    ],
)
def test_alert_settings_that_contradict_each_other_are_refused(
    alert: str, words: str, write: Write
) -> None:
    assert words in alert_problem(write, alert)


def test_a_topic_with_all_alert_settings_is_read(write: Write) -> None:
    text = (
        "topics:\n  - id: peace\n    name: Peace\n    any: [peace]\n    alert:\n"
        '      {cadence: weekly, at: "07:30", weekday: friday, time_zone: Asia/Kathmandu,\n'
        '       quiet_hours: ["22:00", "06:00"], min_publishers: 2, update_at: [5, 10],\n'
        "       update_on_change: false, only_languages: [en], not_publishers: [Post],\n"
        "       surge: true, silence: true, severity: low}\n"
    )
    (topic,) = read_topics(write(text))
    assert topic.alert.time_zone == "Asia/Kathmandu"
    assert topic.alert.quiet_hours == ("22:00", "06:00")
    assert topic.alert.update_at == (5, 10)
