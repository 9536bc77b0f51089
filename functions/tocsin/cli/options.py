"""Options that several commands have."""

from datetime import datetime

import click

from tocsin.archive.parameters import instant
from tocsin.errors import InputError


def instant_given(
    _context: click.Context, option: click.Parameter, given: str | None
) -> datetime | None:
    """A callback: a day or a time; as `until` a day is wholly in it."""
    if given is None:
        return None
    try:
        return instant(str(option.name), given)
    except InputError as error:
        raise click.BadParameter(error.reason) from error
