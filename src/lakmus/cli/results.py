"""`lakmus results`: answers that are kept in the lake, by run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lakmus.access import Action
from lakmus.app import App
from lakmus.cli.common import installation, progress, say, show
from lakmus.cli.cql_lake import COUNTS, counted, written
from lakmus.lake.results import Results, Run

RUN = Annotated[str, typer.Argument(help="a run, as `lakmus results list` names it")]
JSON = Annotated[bool, typer.Option("--json", help="a line of JSON for each run")]


def register(app: typer.Typer) -> None:
    group = typer.Typer(no_args_is_help=True, help="Answers kept in the lake by `lakmus cql run --keep`.")
    for command, name in ((each, "list"), (one, "show"), (export, "export"), (drop, "drop")):
        group.command(name)(command)
    app.add_typer(group, name="results")


def each(as_json: JSON = False) -> None:
    """The runs, the newest first: what was asked, of which snapshot, and for how many persons answers were found anew."""
    rows = [_row(run) for run in Results(_app("runs").lake).runs()]
    show(rows, tuple(rows[0]) if rows else ("run",), as_json=as_json)


def one(name: RUN) -> None:
    """What a run asked, and how many persons have which answer."""
    results, run = _found(name)
    for title, value in _about(run).items():
        say(f"{title}: {value}")
    show(counted(results.read(run), run.definitions), COUNTS)


def export(name: RUN, to: Annotated[Path, typer.Argument(help="a .parquet, .csv or .ndjson file")]) -> None:
    """Write the answers of a run into a file, which holds identified data: keep it where that may be."""
    results, run = _found(name)
    with progress("writing"):
        rows = written(results.read(run), to)
    say(f"{rows} persons in {to} (snapshot {run.snapshot})")


def drop(name: RUN) -> None:
    """Remove the answers to the question that a run asked, of all its runs."""
    results, run = _found(name)
    results.drop(run.question)
    say(f"the answers to {run.library} are gone; older snapshots have them until they expire")


def _app(what: str) -> App:
    app = installation()
    app.may(Action.QUERY_IDENTIFIED, objects=[f"results:{what}"])
    return app


def _found(name: str) -> tuple[Results, Run]:
    results = Results(_app(name).lake)
    return results, results.run(name)


def _row(run: Run) -> dict[str, object]:
    return {
        "run": run.name,
        "library": f"{run.library} {run.version}".strip(),
        "snapshot": run.snapshot,
        "persons": run.persons,
        "asked anew": run.asked,
        "definitions": ", ".join(run.definitions),
    }


def _about(run: Run) -> dict[str, object]:
    given = "; ".join(f"{name}={text}" for name, text in run.parameters.items())
    return {
        "library": f"{run.library} {run.version}".strip(),
        "sha256": run.digest,
        "parameters": given or "none",
        "now": run.moment.isoformat(),
        "snapshot": run.snapshot,
        "asked anew": f"{run.asked} of {run.persons}",
    }
