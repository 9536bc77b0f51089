"""`tocsin apply`: the operator's files become the feeds and topics in force."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Generic, TypeVar

import click
from rich.text import Text

from tocsin.aws.aliases import fitting, groups_of
from tocsin.cli.consequences import meaning_of
from tocsin.cli.files import read_feeds, read_topics
from tocsin.cli.lexicon import Lexicon
from tocsin.cli.publish import publish
from tocsin.cli.screen import screen, step
from tocsin.cli.target import Account, Place, connect, lexicon_file
from tocsin.model.feeds import Feed
from tocsin.model.lines import Line
from tocsin.model.topics import Topic, TopicRow
from tocsin.model.values import Value

Kind = TypeVar("Kind", Feed, Topic)
_FILE = click.Path(dir_okay=False, path_type=Path)


@dataclass(frozen=True)
class Plan(Generic[Kind]):
    """What applying a file will do. A change is a pair of before and after."""

    add: tuple[Kind, ...] = ()
    change: tuple[tuple[Kind, Kind], ...] = ()
    remove: tuple[Kind, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.add or self.change or self.remove)


def plan(current: Iterable[Kind], wanted: Iterable[Kind]) -> "Plan[Kind]":
    before = {each.id: each for each in current}
    after = {each.id: each for each in wanted}
    return Plan(
        add=tuple(after[i] for i in after if i not in before),
        change=tuple((before[i], after[i]) for i in after if i in before and before[i] != after[i]),
        remove=tuple(before[i] for i in before if i not in after),
    )


@dataclass(frozen=True)
class Plans:
    """Of both files; None for the one that was not given, which stays as it is. `without_line` are
    topics that stay and have no `sns_topic` for their own cadence, `rows` those in force. With
    `aliases_differ` searches have other spellings than the topics in force."""

    topics: "Plan[Topic] | None"
    feeds: "Plan[Feed] | None"
    wanted_topics: tuple[Topic, ...] = ()
    without_line: tuple[Topic, ...] = ()
    rows: Mapping[str, TopicRow] = field(default_factory=dict)
    aliases_differ: bool = False

    def __bool__(self) -> bool:
        return bool(self.topics or self.feeds or self.without_line or self.aliases_differ)


def make_plans(account: Account, feeds: Path | None, topics: Path | None) -> Plans:
    """Reads both files before anything is changed. Raises ConfigurationError."""
    wanted_topics = read_topics(topics) if topics else ()
    wanted_feeds = read_feeds(feeds) if feeds else ()
    rows = account.topics.all()
    current_topics = [row.topic for row in rows]
    current_feeds = [row.feed for row in account.feeds.all()]
    return Plans(
        topics=plan(current_topics, wanted_topics) if topics else None,
        feeds=plan(current_feeds, wanted_feeds) if feeds else None,
        wanted_topics=wanted_topics if topics else tuple(current_topics),
        without_line=_without_line(rows, wanted_topics if topics else current_topics),
        rows={row.topic.id: row for row in rows},
        aliases_differ=account.aliases.find() != fitting(groups_of(current_topics)),
    )


def _without_line(rows: Iterable[TopicRow], wanted: Iterable[Topic]) -> tuple[Topic, ...]:
    stay = list(wanted)
    return tuple(
        row.topic
        for row in rows
        if row.topic in stay and own_line(row.topic).key not in row.sns_topic_arns
    )


def carry_out(account: Account, plans: Plans, now: datetime, lexicon: Lexicon) -> None:
    """Each step may be repeated. Topics come first, so that no article comes before them."""
    topics, feeds = plans.topics or Plan(), plans.feeds or Plan()
    for topic in [*topics.add, *(after for _, after in topics.change), *plans.without_line]:
        line = own_line(topic)
        account.topics.put(topic, {line.key: account.sns_topics.make(topic.id, line)})
    account.aliases.put(groups_of(plans.wanted_topics))
    publish(
        account,
        plans.wanted_topics,
        changed=[topic.id for topic in (*topics.add, *(after for _, after in topics.change))],
        removed=[topic.id for topic in topics.remove],
        lexicon=lexicon,
    )
    for topic in topics.remove:
        row = account.topics.find(topic.id)
        for arn in row.sns_topic_arns.values() if row else ():
            account.sns_topics.remove(arn)
        account.topics.remove(topic.id)
    for feed in [*feeds.add, *(after for _, after in feeds.change)]:
        account.feeds.put_feed(feed, now)
    for feed in feeds.remove:
        account.feeds.remove(feed.id)


def own_line(topic: Topic) -> Line:
    """Of those who ask for no other."""
    return Line(cadence=topic.alert.cadence)


def apply_files(
    account: Account, feeds: Path | None, topics: Path | None, lexicon: Lexicon
) -> None:
    """Without asking: for an account that is one's own machine. Raises ConfigurationError."""
    carry_out(account, make_plans(account, feeds, topics), datetime.now(UTC), lexicon)


def describe(account: Account, plans: Plans) -> list[Text]:
    """A line for each thing that will change, with what that means for who listens."""
    topics: Plan[Topic] = plans.topics or Plan()
    feeds: Plan[Feed] = plans.feeds or Plan()
    return [
        *_lines(
            "topic",
            topics,
            lambda topic: _listeners(account, topic),
            lambda before, after: meaning_of(before, after, plans.rows.get(before.id)),
        ),
        *(Text(f"  ~ topic {t.id}: gets an sns_topic", "yellow") for t in plans.without_line),
        *(Text(line, "yellow") for line in _about_aliases(plans)),
        *_lines("feed", feeds, lambda _: "its articles stay in the archive"),
    ]


def _about_aliases(plans: Plans) -> Iterator[str]:
    if plans.aliases_differ:
        yield "  ~ aliases of topics: searches have others; they get these"
    groups = groups_of(plans.wanted_topics)
    if left := len(groups) - len(fitting(groups)):
        yield f"  ! aliases of topics: {left} groups are too many for searches"


def _lines(
    kind: str,
    plan: "Plan[Kind]",
    loss: Callable[[Kind], str],
    meaning: Callable[[Kind, Kind], Iterable[str]] | None = None,
) -> list[Text]:
    lines = [Text(f"  + {kind} {each.id}", style="green") for each in plan.add]
    for before, after in plan.change:
        lines.append(Text(f"  ~ {kind} {after.id}: {_difference(before, after)}", style="yellow"))
        said = meaning(before, after) if meaning else ()
        lines += [Text(f"      {each}", style="yellow") for each in said]
    for each in plan.remove:
        lines.append(Text(f"  - {kind} {each.id} ({loss(each)})", style="red"))
    return lines


def _difference(before: Feed | Topic, after: Feed | Topic) -> str:
    return ", ".join(
        f"{name} {_short(old)} -> {_short(new)}"
        for name, (old, new) in changed_fields(before, after).items()
    )


def changed_fields(before: Feed | Topic, after: Feed | Topic) -> dict[str, tuple[Any, Any]]:
    """What each field was and will be; those of alert settings as `alert.at`."""
    found = _differing(before, after)
    if isinstance(before, Topic) and isinstance(after, Topic):
        alert = _differing(before.alert, after.alert)
        found |= {f"alert.{name}": values for name, values in alert.items()}
    return found


def _differing(before: Value, after: Value) -> dict[str, tuple[Any, Any]]:
    old, new = before.model_dump(exclude={"alert"}), after.model_dump(exclude={"alert"})
    return {name: (old[name], new[name]) for name in new if old[name] != new[name]}


def _short(value: object) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(map(str, value))}]"
    return str(value)


def _listeners(account: Account, topic: Topic) -> str:
    row = account.topics.find(topic.id)
    count = account.count_listeners(row) if row else 0
    return f"with its {count} subscribers" if count != 1 else "with its 1 subscriber"


@click.command()
@click.option("--feeds", type=_FILE, help="Feeds [feeds.yaml, where there is one].")
@click.option("--topics", type=_FILE, help="Topics [topics.yaml, where there is one].")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--dry-run", is_flag=True, help="Only show what would change.")
@click.pass_obj
def apply(place: Place, feeds: Path | None, topics: Path | None, yes: bool, dry_run: bool) -> None:
    """Put feeds.yaml and topics.yaml in force, after showing what that changes."""
    feeds, topics = operator_files(place, feeds, topics)
    if feeds is None and topics is None:
        raise click.ClickException("no feeds.yaml and no topics.yaml here; name them, see --help")
    account, out = connect(place), screen()
    plans = make_plans(account, feeds, topics)
    lines = describe(account, plans)
    for line in lines or [Text("nothing to change")]:
        out.print(line)
    if dry_run or not plans:
        return
    if not yes:
        click.confirm("apply this?", abort=True)
    with step(out, "applying"):
        carry_out(account, plans, datetime.now(UTC), Lexicon(lexicon_file(place)))
    out.print("applied; in force everywhere within a minute")


def operator_files(
    place: Place, feeds: Path | None, topics: Path | None
) -> tuple[Path | None, Path | None]:
    """Those named, else the usual ones of the project that are there."""
    usual: Sequence[Path | None] = [
        path if (path := place.project_root / name).is_file() else None
        for name in ("feeds.yaml", "topics.yaml")
    ]
    return (feeds, topics) if feeds or topics else (usual[0], usual[1])
