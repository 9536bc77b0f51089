"""Topics, compiled and put in force in one step."""

from collections.abc import Collection, Sequence

import click

from tocsin.cli.lexicon import Lexicon, WordsAsked
from tocsin.cli.target import Account
from tocsin.errors import NotFoundError
from tocsin.model.publication import TopicsInForce
from tocsin.model.topics import Topic
from tocsin.query.compiled import compile_plans
from tocsin.query.keys import ANALYSIS_VERSION
from tocsin.query.meaning import plan_of
from tocsin.query.publication import publication


def publish(
    account: Account,
    topics: Sequence[Topic],
    changed: Collection[str],
    removed: Collection[str],
    lexicon: Lexicon,
) -> None:
    """Puts `topics` in force; `changed` and `removed` are ids that differ from what was. Raises
    QueryError, and ClickException where somebody else published meanwhile."""
    in_force, version = _in_force(account)
    chosen = publication(in_force, changed, removed, len(topics), ANALYSIS_VERSION)
    if chosen.new_base or in_force is None:
        base = account.bucket.put_compiled(compile_topics(topics, lexicon))
        made = TopicsInForce(base=base, analysis=ANALYSIS_VERSION, topics=len(topics))
    else:
        delta = [topic for topic in topics if topic.id in chosen.delta]
        update = {
            "delta": account.bucket.put_compiled(compile_topics(delta, lexicon)) if delta else None,
            "changed": tuple(sorted(chosen.delta)),
            "removed": tuple(sorted(chosen.removed)),
            "topics": len(topics),
        }
        made = in_force.model_copy(update=update)
    if not account.bucket.put_topics(made, version):
        raise click.ClickException("somebody else applied topics meanwhile; run `apply` again")


def compile_topics(topics: Sequence[Topic], lexicon: Lexicon) -> bytes:
    """Raises QueryError."""
    prepare(topics, lexicon)
    return compile_plans((topic.id, plan_of(topic, lexicon)) for topic in topics)


def prepare(topics: Sequence[Topic], lexicon: Lexicon) -> None:
    """Has all words of the topics looked up in one go. Raises QueryError."""
    asked = WordsAsked()
    for topic in topics:
        plan_of(topic, asked)
    lexicon.prepare(asked.words)


def _in_force(account: Account) -> tuple[TopicsInForce | None, str | None]:
    try:
        found = account.bucket.find_topics()
    except NotFoundError:
        return None, None
    return found if found else (None, None)
