"""What commands print. Titles and the like come from strangers: they are text, never markup."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from rich.console import Console
from rich.table import Table
from rich.text import Text

from tocsin.alerts.plain import one_line, visible
from tocsin.model.excerpts import Excerpt

PIPE_COLUMNS = 200  # a pipe has no width of its own: wide enough for most tables


def screen() -> Console:
    console = Console(highlight=False, markup=False, emoji=False)
    if not console.is_terminal:
        console.width = PIPE_COLUMNS
    return console


def table(
    columns: Sequence[str], rows: Iterable[Sequence[str | Text]], title: str | None = None
) -> Table:
    """Long cells are folded, never cut."""
    made = Table(title=title, title_justify="left", box=None, pad_edge=False, header_style="bold")
    for name in columns:
        made.add_column(name, overflow="fold")
    for row in rows:
        made.add_row(*(Text(one_line(cell)) if isinstance(cell, str) else cell for cell in row))
    return made


def excerpt_text(excerpt: Excerpt) -> Text:
    """With the words that matched in bold and, where there is no bold, between asterisks."""
    text, at = Text(), 0
    for mark in excerpt.marks:
        text.append(visible(excerpt.text[at : mark.start]))
        text.append(f"*{visible(excerpt.text[mark.start : mark.end])}*", style="bold yellow")
        at = mark.end
    text.append(visible(excerpt.text[at:]))
    return text


def when(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M}" if at else "-"


@contextmanager
def step(out: Console, what: str) -> Iterator[Callable[[str], None]]:
    """A line for what is being done: on a terminal with a spinner, in a log as plain lines."""
    begun = time.monotonic()
    if out.is_terminal:
        with out.status(Text(what)) as status:
            yield lambda line: status.update(Text(f"{what}: {line}"))
    else:
        out.print(f"{what} ...")
        yield lambda line: out.print(f"  {line}", soft_wrap=True)
    out.print(f"{what}: done in {time.monotonic() - begun:.1f} s")
