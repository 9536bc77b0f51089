"""Which compiled topics are in force."""

from tocsin.model.values import Value


class TopicsInForce(Value):
    """The compiled topics that articles are matched against: a base, and what has changed since.

    `changed` are the topics that `delta` holds, `removed` those of the base that are no more; the
    base's own version of both is not matched. `analysis` is the version of text analysis that they
    were compiled for.
    """

    base: str
    analysis: int
    delta: str | None = None
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    topics: int = 0
