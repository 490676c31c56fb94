"""`lakmus view run`: a SQL-on-FHIR ViewDefinition over the lake, into a file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lakmus.access import Action
from lakmus.cli.common import installation, progress, read_json, say
from lakmus.query.engines.duckdb import run as run_view
from lakmus.query.engines.duckdb import write
from lakmus.query.frontends.views import parse


def register(app: typer.Typer) -> None:
    group = typer.Typer(no_args_is_help=True, help="Tables out of records (SQL on FHIR).")
    group.command()(run)
    group.command()(check)
    app.add_typer(group, name="view")


def run(
    view: Annotated[Path, typer.Argument(help="a ViewDefinition as JSON")],
    to: Annotated[Path, typer.Option(help="file to write: .parquet, .csv or .ndjson")],
    snapshot: Annotated[int | None, typer.Option(help="as of this snapshot; the newest without")] = None,
) -> None:
    """Run a view bucket by bucket. The file holds identified data: keep it where that may be."""
    definition = parse(read_json(view))
    app = installation()
    at = app.lake.snapshot() if snapshot is None else snapshot
    app.may(Action.QUERY_IDENTIFIED, objects=[f"view:{definition.resource}", f"snapshot:{at}"])
    with progress("running the view") as report:
        rows = write(run_view(app.lake, definition, version=at, report=report), to)
    say(f"{rows} rows in {to} (snapshot {at})")


def check(view: Annotated[Path, typer.Argument(help="a ViewDefinition as JSON")]) -> None:
    """Say what is wrong with a view, without running it."""
    definition = parse(read_json(view))
    say(f"a view over {definition.resource}: nothing wrong")
