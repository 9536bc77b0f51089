"""`tocsin topics backtest`: what topics would have matched and told, before anybody hears them."""

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
from rich.console import Console
from rich.text import Text

from tocsin.alerts.plain import one_line
from tocsin.alerts.prices import SMS
from tocsin.archive.backtest import Archive, Asking
from tocsin.archive.ranges import Ranges
from tocsin.archive.search import Shards
from tocsin.cli.files import read_some_topics
from tocsin.cli.lexicon import Lexicon
from tocsin.cli.publish import prepare
from tocsin.cli.screen import excerpt_text, screen, table, when
from tocsin.cli.target import SEARCH_CONNECTIONS, Account, Place, connect, lexicon_file
from tocsin.errors import ConfigurationError, InputError
from tocsin.model.lines import Channel, Line
from tocsin.model.topics import Topic, TopicRow
from tocsin.model.values import to_text
from tocsin.pipeline.backtest import Past, backtest
from tocsin.pipeline.backtest_report import MONTH_DAYS, Example, Rehearsed, Report, report_of
from tocsin.query.compiled import compile_plans
from tocsin.query.inflection import stem
from tocsin.query.matcher import Matcher
from tocsin.query.meaning import plan_of

_ROOM = 256 << 20
MAX_DAYS = 366
QUERY_ID = "query"  # of a topic that is on the command line alone


@dataclass(frozen=True)
class Audience:
    """Who is supposed to listen; None: those who listen to the topic now."""

    mail: int | None = None
    sms: int | None = None

    def row(self, topic: Topic, current: TopicRow | None) -> TopicRow:
        """The topic as `apply` would put it in force."""
        own = Line(cadence=topic.alert.cadence)
        if self.mail is None and self.sms is None:
            arns = current.sns_topic_arns if current else {}
            listeners = current.listeners if current else {}
            return TopicRow(topic=topic, sns_topic_arns=arns | {own.key: ""}, listeners=listeners)
        by_sms = Line(cadence=own.cadence, channel=Channel.SMS)
        given = {own.key: self.mail or 0} | ({by_sms.key: self.sms} if self.sms else {})
        return TopicRow(topic=topic, sns_topic_arns=dict.fromkeys(given, ""), listeners=given)


@dataclass(frozen=True)
class Bench:
    """On which topics are tried: an archive, dictionaries, and a range of time."""

    past: Past
    lexicon: Lexicon
    since: datetime
    until: datetime
    api_url: str = ""

    def rehearse(self, row: TopicRow) -> Rehearsed:
        asking = asking_of(row.topic, self.lexicon)
        return backtest(row, asking, self.past, self.since, self.until, self.api_url)


def asking_of(topic: Topic, lexicon: Lexicon) -> Asking:
    """The topic, compiled as `apply` does it, with a lexicon that is prepared for it. Raises
    QueryError."""
    plan = plan_of(topic, lexicon)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "topic"
        path.write_bytes(compile_plans([(topic.id, plan)]))
        return Asking(topic.id, plan, Matcher.open(path, stem=stem), lexicon)


@contextmanager
def bench(account: Account, lexicon: Lexicon, days: int, now: datetime) -> Iterator[Bench]:
    filled = {
        row.feed.id: to_text(row.state.filled_at)
        for row in account.feeds.all()
        if row.state.filled_at
    }
    with ThreadPoolExecutor(SEARCH_CONNECTIONS) as executor:
        shards = Shards(Ranges(account.archive_bucket, executor, _ROOM), executor)
        past = Past(Archive(account.shards.read(), shards), filled)
        url = account.outputs.get("HttpApiUrl", "")
        yield Bench(past, lexicon, now - timedelta(days=days), now, url)


def chosen(place: Place, file: Path | None, topic_id: str | None, query: str) -> Sequence[Topic]:
    """Raises ConfigurationError, InputError."""
    if query:
        if file or topic_id:
            raise click.UsageError("give a file, or --query")
        return [Topic(id=QUERY_ID, name=query, query=query)]
    path = file or place.project_root / "topics.yaml"
    topics = read_some_topics(path)
    if not topics:
        raise ConfigurationError(f"{path}: holds no topic; write one under `topics:`")
    wanted = [topic for topic in topics if topic_id in (None, topic.id)]
    if not wanted:
        known = ", ".join(topic.id for topic in topics)
        raise InputError("topic", f"no topic {topic_id!r} in {path}; there are {known}")
    return wanted


@click.command("backtest")
@click.argument("file", required=False, type=click.Path(dir_okay=False, path_type=Path))
@click.option("--topic", "topic_id", help="Only this one of the file.")
@click.option("--query", default="", help="A query, in place of a file.")
@click.option("--days", type=click.IntRange(1, MAX_DAYS), default=30, show_default=True)
@click.option("--subscribers", type=click.IntRange(0), help="By e-mail [those there are now].")
@click.option("--sms", type=click.IntRange(0), help="By SMS [those there are now].")
@click.option(
    "--sms-price",
    type=click.FloatRange(0),
    default=SMS,
    show_default=True,
    help="Of one segment, in US dollars: it depends on the country.",
)
@click.option("--examples", type=click.IntRange(0, 100), default=10, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a topic, each on a line.")
@click.pass_obj
def backtest_command(
    place: Place,
    file: Path | None,
    topic_id: str | None,
    query: str,
    days: int,
    subscribers: int | None,
    sms: int | None,
    sms_price: float,
    examples: int,
    as_json: bool,
) -> None:
    """Show what the topics of FILE would have matched and told in the last days.

    FILE is a file of topics, or holds one topic [topics.yaml of the project]. Articles come from
    the archive and their verdict from the matcher; alerts are rehearsed by the rules that ring.
    """
    topics, account = chosen(place, file, topic_id, query), connect(place)
    audience, out = Audience(subscribers, sms), screen()
    lexicon = Lexicon(lexicon_file(place))
    prepare(topics, lexicon)
    with bench(account, lexicon, days, datetime.now(UTC)) as made:
        rows = (audience.row(topic, account.topics.find(topic.id)) for topic in topics)
        reports = (report_of(made.rehearse(row), examples, sms_price) for row in rows)
        if as_json:
            for report in reports:
                click.echo(report.model_dump_json())
        elif len(topics) == 1:
            print_report(out, next(reports), sms_price)
        else:
            print_reports(out, reports)


# What is shown


def print_reports(out: Console, reports: Iterable[Report]) -> None:
    """A line a topic."""
    rows = [_row(report) for report in reports]
    columns = ("topic", "articles", "stories", "alerts a day: median", "p95", "worst", "dollars")
    out.print(table((*columns, f"in {MONTH_DAYS} days"), rows))
    out.print("tocsin topics backtest --topic ID shows all of one")


def _row(report: Report) -> tuple[str, ...]:
    spread = report.alerts_a_day
    counts = (report.articles, report.stories)
    return (
        report.topic_id,
        *(f"{each:,}" for each in counts),
        f"{spread.median:g}",
        str(spread.p95),
        str(spread.worst),
        dollars(report.dollars),
        dollars(report.dollars_a_month),
    )


def dollars(amount: float) -> str:
    """Two places, or as many as show something."""
    return f"{amount:.2f}" if amount == 0 or amount >= 0.01 else f"{amount:.2g}"


def print_report(out: Console, report: Report, sms_price: float) -> None:
    for line in _what_matched(report):
        out.print(one_line(line), soft_wrap=True)
    for line in _how_often(report):
        out.print(line, soft_wrap=True)
    out.print(_lines(report))
    out.print(_money(report, sms_price), soft_wrap=True)
    if report.reasons:
        rows = [(each.outcome, each.reason, f"{each.count:,}") for each in report.reasons]
        out.print(table(("held or ended", "why", "articles and alerts"), rows))
    print_examples(out, "newest", report.newest)
    print_examples(out, "worth a look", report.doubtful)


def _what_matched(report: Report) -> Iterator[str]:
    yield f"{report.topic_id}: {when(report.since)} to {when(report.until)} UTC"
    if report.cut:
        yield f"more match than a back-test takes: it begins with {when(report.since)}"
    elif report.archive_since and report.archive_since > report.asked_since:
        yield f"the archive is younger than asked for: it begins with {when(report.archive_since)}"
    named = ", ".join(f"{name} {count:,}" for name, count in report.publishers.items())
    yield f"{report.articles:,} articles match, in {report.stories:,} stories" + (
        f"; most by {named}" if named else ""
    )
    yield f"the index named {report.looked_at:,}"
    if report.silent:
        yield f"{report.silent:,} came with the first document of a feed, which rings for nothing"


def _how_often(report: Report) -> Iterator[str]:
    for what, spread in (("alerts", report.alerts_a_day), ("messages", report.messages_a_day)):
        at = f" on {spread.worst_day}" if spread.worst_day else ""
        often = f"median {spread.median:g}, p95 {spread.p95}, worst {spread.worst}{at}"
        yield f"{what} a day: {often}"
    ends = ", ".join(f"{name} {count:,}" for name, count in report.outcomes.items())
    yield f"articles ended so: {ends or 'there are none'}"
    if report.updates:
        yield f"{report.updates:,} of the alerts are updates"
    if report.waiting:
        yield f"{report.waiting:,} would wait still"


def _lines(report: Report) -> object:
    columns = ("line", "subscribers", "messages", "at once", "digests", "alerts", "SMS segments")
    rows = [
        (
            each.line,
            *(f"{n:,}" for n in (each.listeners, each.messages, each.instants, each.digests)),
            f"{each.alerts:,}",
            f"{each.sms_segments:,}",
            dollars(each.dollars),
        )
        for each in report.lines
    ]
    return table((*columns, "dollars"), rows)


def _money(report: Report, sms_price: float) -> str:
    month = f"{dollars(report.dollars_a_month)} in {MONTH_DAYS} days"
    return f"dollars: {dollars(report.dollars)}, as {month}; an SMS segment at {sms_price:g}"


def print_examples(out: Console, title: str, examples: Sequence[Example]) -> None:
    if examples:
        out.print()
        out.print(Text(f"{title}:", style="bold"))
    for each in examples:
        _print_example(out, each)


def _print_example(out: Console, each: Example) -> None:
    doubt = f"  ({each.doubt})" if each.doubt else ""
    out.print(Text(one_line(each.title), style="bold"))
    facts = [when(each.seen_at), each.publisher, each.language or "-", each.outcome]
    out.print(one_line("  " + "  ".join(facts) + doubt), soft_wrap=True)
    out.print(Text("  ").append_text(excerpt_text(each.excerpt)))
