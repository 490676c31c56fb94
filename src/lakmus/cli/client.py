"""Commands of the light client."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import lakmus
from lakmus.cli.ending import end


def register(app: typer.Typer) -> None:
    @app.callback()
    def main(
        context: typer.Context,
        version: Annotated[
            bool,
            typer.Option("--version", help="print the version and stop", is_eager=True, callback=_version),
        ] = False,
    ) -> None:
        """Records in, open data out."""
        context.call_on_close(end)

    app.command()(get)


def get(
    release: Annotated[str, typer.Argument(help="name@version; `1` is the newest 1.x")],
    source: Annotated[str, typer.Option(help="address of a portal, or a folder of releases")],
    to: Annotated[Path, typer.Option(help="folder to download into")] = Path(),
) -> None:
    """Download a release; run again after an interruption it goes on where it stopped. Every sum is checked."""
    folder = lakmus.get(release, source, to, progress=_told)
    typer.echo(f"{folder}: complete, all sums right")


def _told(there: int, total: int, name: str) -> None:
    typer.echo(f"\r{name} {there / max(total, 1):4.0%}\033[K", nl=there >= total, err=True)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"lakmus {lakmus.__version__}")
        raise typer.Exit
