"""`lakmus synth`: a synthetic region with known truth."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lakmus.cli.common import progress, say
from lakmus.synth import Region, generate


def register(app: typer.Typer) -> None:
    app.command()(synth)


def synth(
    out: Annotated[Path, typer.Option(help="a new or empty folder")],
    patients: Annotated[int, typer.Option(help="how many")] = 1000,
    seed: Annotated[int, typer.Option(help="the same seed gives the same bytes")] = 1,
    compress: Annotated[bool, typer.Option(help="write gzip")] = False,
) -> None:
    """Make a synthetic region: FHIR R4 NDJSON by site, and the truth about it."""
    with progress("making the region") as report:
        made = generate(
            Region(patients=patients, seed=seed),
            out,
            lambda done, of: report(done / of, f"{done} patients"),
            compress=compress,
        )
    say(f"{made.patients} patients, {made.resources} resources, {made.bytes / 1e6:.0f} MB in {made.folder}")
