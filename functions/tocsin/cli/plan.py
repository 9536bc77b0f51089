"""`tocsin plan`: what `tocsin apply` would change, and what that would have changed of late."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.text import Text

from tocsin.alerts.prices import SMS
from tocsin.cli.apply import Plan, Plans, changed_fields, describe, make_plans, operator_files
from tocsin.cli.backtest import MAX_DAYS, Audience, Bench, bench, dollars, print_examples
from tocsin.cli.consequences import changes_alerts, meaning_of
from tocsin.cli.lexicon import Lexicon
from tocsin.cli.publish import prepare
from tocsin.cli.screen import screen, table, when
from tocsin.cli.target import Place, connect, lexicon_file
from tocsin.model.feeds import Feed
from tocsin.model.topics import Topic, TopicRow
from tocsin.pipeline.backtest_report import MONTH_DAYS, Difference, Report, difference

_FILE = click.Path(dir_okay=False, path_type=Path)
CHANGES = 2  # exit code, where it is asked for: as other tools that plan have it
# Each takes some seconds. Whoever adds a hundred topics asks for one at a time.
MAX_TRIED = 50


@dataclass(frozen=True)
class Trial:
    """A topic before and after; None where it is not there."""

    before: Topic | None
    after: Topic | None

    @property
    def topics(self) -> list[Topic]:
        return [each for each in (self.before, self.after) if each is not None]


def trials_of(plans: Plans) -> list[Trial]:
    """Of the topics that would match or tell otherwise."""
    topics: Plan[Topic] = plans.topics or Plan()
    return [
        *(Trial(before, after) for before, after in topics.change if changes_alerts(before, after)),
        *(Trial(None, after) for after in topics.add),
        *(Trial(before, None) for before in topics.remove),
    ]


def tried(
    trials: Iterable[Trial], made: Bench, rows: Mapping[str, TopicRow], sms_price: float
) -> Iterator[Difference]:
    """Each told to those who listen now."""
    for trial in trials:
        done = [
            made.rehearse(Audience().row(each, rows.get(each.id))) if each else None
            for each in (trial.before, trial.after)
        ]
        yield difference(done[0], done[1], examples=3, sms_price=sms_price)


@click.command("plan")
@click.option("--feeds", type=_FILE, help="Feeds [feeds.yaml, where there is one].")
@click.option("--topics", type=_FILE, help="Topics [topics.yaml, where there is one].")
@click.option("--days", type=click.IntRange(1, MAX_DAYS), default=30, show_default=True)
@click.option("--backtest/--no-backtest", default=True, help="Try topics on the archive [yes].")
@click.option("--sms-price", type=click.FloatRange(0), default=SMS, show_default=True)
@click.option("--detailed-exitcode", is_flag=True, help="2 where something would change.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_obj
def plan_command(
    place: Place,
    feeds: Path | None,
    topics: Path | None,
    days: int,
    backtest: bool,
    sms_price: float,
    detailed_exitcode: bool,
    as_json: bool,
) -> None:
    """Show what `tocsin apply` would change, and what topics would have rung otherwise of late.

    Exit code 0; with --detailed-exitcode 2 where something would change. 1 is an error.
    """
    feeds, topics = operator_files(place, feeds, topics)
    if feeds is None and topics is None:
        raise click.ClickException("no feeds.yaml and no topics.yaml here; name them, see --help")
    account, out = connect(place), screen()
    plans = make_plans(account, feeds, topics)
    trials = trials_of(plans) if backtest else []
    if not as_json:
        for line in describe(account, plans) or [Text("nothing to change")]:
            out.print(line)
    lexicon = Lexicon(lexicon_file(place))
    prepare([each for trial in trials[:MAX_TRIED] for each in trial.topics], lexicon)
    differences: list[Difference] = []
    if trials:
        with bench(account, lexicon, days, datetime.now(UTC)) as made:
            differences = [*tried(trials[:MAX_TRIED], made, plans.rows, sms_price)]
    if as_json:
        click.echo(json.dumps(to_json(plans, differences), ensure_ascii=False))
    elif differences:
        print_differences(out, differences, left_out=len(trials) - len(differences))
    if detailed_exitcode and plans:
        raise click.exceptions.Exit(CHANGES)


def to_json(plans: Plans, differences: Sequence[Difference]) -> dict[str, Any]:
    return {
        "changes": bool(plans),
        "topics": _changes(plans.topics or Plan(), plans.rows),
        "feeds": _changes(plans.feeds or Plan(), {}),
        "without_sns_topic": [topic.id for topic in plans.without_line],
        "differences": [each.model_dump(mode="json") for each in differences],
    }


def _changes(plan: Plan[Any], rows: Mapping[str, TopicRow]) -> dict[str, Any]:
    return {
        "add": [each.model_dump(mode="json") for each in plan.add],
        "change": [_change(before, after, rows) for before, after in plan.change],
        "remove": [each.id for each in plan.remove],
    }


def _change(
    before: Feed | Topic, after: Feed | Topic, rows: Mapping[str, TopicRow]
) -> dict[str, Any]:
    meaning: list[str] = []
    if isinstance(before, Topic) and isinstance(after, Topic):
        meaning = [*meaning_of(before, after, rows.get(after.id))]
    fields = {name: [old, new] for name, (old, new) in changed_fields(before, after).items()}
    return {"id": after.id, "fields": fields, "means": meaning}


# What is shown


def print_differences(out: Console, differences: Sequence[Difference], left_out: int) -> None:
    first = differences[0]
    out.print()
    out.print(f"from {when(first.since)} to {when(first.until)} UTC that would have been:")
    columns = ("topic", "articles", "gained", "lost", "alerts a day: median", "worst")
    rows = [_row(each) for each in differences]
    out.print(table((*columns, f"dollars in {MONTH_DAYS} days"), rows))
    if left_out:
        out.print(f"{left_out} more topics were not tried: `tocsin topics backtest` does")
    for each in differences:
        print_examples(out, f"{each.topic_id} gains", each.gained_examples)
        print_examples(out, f"{each.topic_id} loses", each.lost_examples)


def _row(each: Difference) -> tuple[str, ...]:
    return (
        each.topic_id,
        _both(each, lambda report: f"{report.articles:,}"),
        f"+{each.gained:,}",
        f"-{each.lost:,}",
        _both(each, lambda report: f"{report.alerts_a_day.median:g}"),
        _both(each, lambda report: str(report.alerts_a_day.worst)),
        _both(each, lambda report: dollars(report.dollars_a_month)),
    )


def _both(each: Difference, said: Callable[[Report], str]) -> str:
    before, after = (said(report) if report else "-" for report in (each.before, each.after))
    return f"{before} -> {after}"
