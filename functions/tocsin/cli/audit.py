"""`tocsin audit`: why nothing came."""

import sys
from datetime import UTC, datetime

import click
from rich.console import Console
from rich.text import Text

from tocsin.alerts.plain import one_line
from tocsin.cli.screen import screen, table, when
from tocsin.cli.target import Account, Place, connect
from tocsin.cli.why import Comparing, print_near, to_the_second
from tocsin.errors import Forgotten, InputError, NotFoundError
from tocsin.pipeline.audit import (
    Absence,
    Audit,
    Candidate,
    Seen,
    advice,
    alike,
    feeds_to_blame,
    recent_cards,
    the_very,
    with_absence,
    words_in_url,
)
from tocsin.pipeline.ends import End, ends_of
from tocsin.pipeline.records import Records, records_of
from tocsin.query.analysis import terms_of
from tocsin.web.robots import Rules, origin_of, read

NOTHING_LIKE_IT = 3  # the exit code; 2 is click's, of a command that was written wrongly
MAX_DAYS = 90


@click.command()
@click.argument("source", metavar='"HEADLINE WORDS"|URL')
@click.option(
    "--days",
    type=click.IntRange(1, MAX_DAYS),
    default=7,
    show_default=True,
    help="How far back to look.",
)
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.pass_obj
def audit(place: Place, source: str, days: int, as_json: bool) -> None:
    """Tell why nothing came of an article that you missed.

    Looks for it among the headlines of the last days, in any script and in other forms of its
    words, and says what became of the likest: matched by no topic, and what the nearest one lacks;
    or silent, held, merged, dropped, failed, sent. Where there is none, it says which feeds are to
    blame and what to do next.

    Exit codes: 0 for something like it, 1 for an error, 3 for nothing like it.
    """
    url = source if "://" in source else None
    words = words_in_url(source) if url else source
    if url is None and not terms_of(words):
        raise InputError("words", "there is no word in it; give some of the headline, or a URL")
    account, now = connect(place), datetime.now(UTC)
    found = find(account, place, words, url, days, now)
    if as_json:
        click.echo(found.model_dump_json())
    else:
        print_audit(screen(), found, days)
    if not found.candidates:
        sys.exit(NOTHING_LIKE_IT)


def find(
    account: Account, place: Place, words: str, url: str | None, days: int, now: datetime
) -> Audit:
    try:
        stored = find_records(account, url) if url else None
    except Forgotten as error:
        return Audit(asked=url or words, looked_at=0, whole=True, since=None, notes=(str(error),))
    seen = Seen() if stored else recent_cards(account.articles, now, days)
    like = [the_very(stored.article)] if stored else alike(words, seen.cards)
    found = Audit(
        asked=url or words,
        looked_at=len(seen.cards),
        whole=seen.whole,
        since=seen.since,
        candidates=explained(account, place, like),
    )
    # That a headline is like that of a URL does not say that it is the same article.
    if stored or (found.candidates and url is None):
        return found
    return with_absence(found, absence_of(account, words, url, now))


def find_records(account: Account, asked: str) -> Records | None:
    """Raises Forgotten."""
    try:
        return records_of(asked, account)
    except Forgotten:
        raise
    except NotFoundError:
        return None


def explained(account: Account, place: Place, candidates: list[Candidate]) -> tuple[Candidate, ...]:
    """With what became of each; without those that are gone since they were listed."""
    comparing = Comparing(account, place) if candidates else None
    known = ((each, find_records(account, each.card.article_id)) for each in candidates)
    return tuple(_explained(each, records, comparing) for each, records in known if records)


def _explained(candidate: Candidate, records: Records, comparing: Comparing | None) -> Candidate:
    ends = ends_of(records)
    near = comparing.near(records, 1) if comparing and not ends else []
    return candidate.model_copy(update={"ends": ends, "near": tuple(near)})


def absence_of(account: Account, words: str, url: str | None, now: datetime) -> Absence:
    rows = account.feeds.all()
    return Absence(
        words=words,
        url=url,
        feeds=len(rows),
        blamed=tuple(feeds_to_blame(url, rows, now)),
        failed_jobs=account.jobs_failed(),
        rules=find_rules(account, url) if url else None,
    )


def find_rules(account: Account, url: str) -> Rules | None:
    """Of the host's robots.txt, as it was read when a page of it was last asked for."""
    origin = origin_of(url)
    robots = account.hosts.find_robots(origin) if origin else None
    return read(robots) if robots else None


def print_audit(out: Console, found: Audit, days: int) -> None:
    if not found.candidates:
        out.print(Text(f"nothing like it {looked_through(found, days)}", style="bold"))
    for each in found.candidates:
        print_candidate(out, each)
    for note in found.notes:
        out.print(one_line(note), soft_wrap=True)
    if found.feeds:
        columns = ("feed", "is", "why")
        out.print(table(columns, ((each.feed_id, each.state, each.why) for each in found.feeds)))
    for each_step in found.next_steps:
        out.print(one_line(f"next: {each_step}"), soft_wrap=True)


def looked_through(found: Audit, days: int) -> str:
    headlines = "1 headline" if found.looked_at == 1 else f"{found.looked_at:,} headlines"
    if found.whole:
        return f"among {headlines} of the last {days} days"
    return f"among the newest {headlines}, back to {when(found.since)} UTC; --days asks for fewer"


def print_candidate(out: Console, candidate: Candidate) -> None:
    card = candidate.card
    out.print(Text(one_line(card.title), style="bold"))
    where = f"{card.publisher}, {card.url}, seen {when(card.seen_at)} UTC"
    out.print(one_line(f"{where}, {candidate.likeness:.0%} like it"), soft_wrap=True)
    for end in candidate.ends:
        out.print(one_line(end_words(end)), soft_wrap=True)
    if not candidate.ends:
        out.print("it came, and matched no topic")
        print_near(out, candidate.near)
    for each in advice(candidate):
        out.print(one_line(f"next: {each}"), soft_wrap=True)


def end_words(end: End) -> str:
    at = f" at {to_the_second(end.at)}" if end.at else ""
    reason = f": {end.why}" if end.why else ""
    return f"matched {end.topic_id}, {end.kind}{at}{reason}"
