"""`lakmus demo`: the whole way on one machine."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from lakmus.app import serving
from lakmus.app.demo import Demo, prepare
from lakmus.cli.common import progress, say


def register(app: typer.Typer) -> None:
    app.command()(demo)


def demo(
    folder: Annotated[Path, typer.Option(help="where everything of the demonstration is kept")] = Path(
        "lakmus-demo"
    ),
    data: Annotated[Path | None, typer.Option(help="a folder of FHIR files instead of a made region")] = None,
    patients: Annotated[int, typer.Option(help="of the made region")] = 2000,
    serve: Annotated[bool, typer.Option(help="start the portal at the end")] = True,
) -> None:
    """Make a synthetic region, take it in, publish data sets, start the portal. Run again it goes on from there."""
    app = prepare(folder)
    made = Demo(app, folder, say, progress)
    made.run(data, patients)
    say(_next(made, serving=serve))
    if serve:
        serving.serve(app, lambda: say(f"listening; stop with Ctrl-C. Address: {address(made)}"))


def address(made: Demo) -> str:
    given = made.app.settings.server
    return f"http://{given.host}:{given.port}"


def _next(made: Demo, *, serving: bool) -> str:
    """What to open and what to type, in a few lines."""
    release = "hypertension-cohort"
    source = address(made) if serving else str(made.app.settings.release.path)
    python = Path(sys.executable)
    return f"""
open    {address(made)}  (catalogue of data sets; sign in with a line of {made.passwords})
load    {python} -c 'import lakmus; print(lakmus.load("{release}@1", "{source}")["patients"].pandas())'
look    export LAKMUS_SETTINGS={made.folder.resolve()}/lakmus.toml PATH={python.parent}:$PATH
        lakmus quality; lakmus quarantine list; lakmus audit verify; lakmus release show {release}
"""
