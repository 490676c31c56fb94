"""What commands share: the installation they work on, tables, progress."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from lakmus.cli.ending import closed_at_the_end
from lakmus.core.errors import InputError

if TYPE_CHECKING:
    from lakmus.app import App

Report = Callable[[float, str], None]
CLUSTER = Annotated[
    str | None,
    typer.Option(
        help="master of a Spark cluster that works on the lake, such as local[4] or spark://host:7077; this process without"
    ),
]


def installation() -> App:
    """The installation the settings speak of, closed when the command ends."""
    from lakmus.app import App  # brings most rooms along

    return closed_at_the_end(App.from_environment())


def read_json(file: Path) -> Any:
    """A JSON document from a file; raises InputError that says where it ends to be JSON."""
    try:
        return json.loads(file.read_text("utf-8"))
    except OSError:
        raise InputError(f"there is no readable file {file}") from None
    except ValueError as error:
        raise InputError(f"{file} is not JSON", hint=str(error)[:200]) from None


def say(text: str) -> None:
    typer.echo(text)


def show(rows: Sequence[Any], columns: Sequence[str], *, as_json: bool = False) -> None:
    """Rows (dataclasses or mappings) as a table for people, or as JSON lines for programs."""
    dicts = [asdict(row) if is_dataclass(row) and not isinstance(row, type) else dict(row) for row in rows]
    if as_json:
        for row in dicts:
            say(json.dumps(row, default=str, ensure_ascii=False))
        return
    table = Table(*columns, box=None, pad_edge=False)
    for row in dicts:
        table.add_row(*(str(row[name]) for name in columns))
    Console(soft_wrap=True).print(table)


@contextmanager
def progress(title: str) -> Iterator[Report]:
    """A bar on a terminal; nothing when the output goes to a file."""
    bar = Progress(
        TextColumn(title),
        BarColumn(),
        TextColumn("{task.percentage:3.0f} %  {task.fields[step]}"),
        TimeElapsedColumn(),
    )
    with bar if sys.stderr.isatty() else Progress(disable=True) as shown:
        task = shown.add_task(title, total=1.0, step="")
        yield lambda part, step: shown.update(task, completed=part, step=step)
