"""Commands of the light client."""

from __future__ import annotations

from typing import Annotated

import typer

import lakmus


def register(app: typer.Typer) -> None:
    @app.callback()
    def main(
        version: Annotated[
            bool,
            typer.Option("--version", help="print the version and stop", is_eager=True, callback=_version),
        ] = False,
    ) -> None:
        """Records in, open data out."""


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"lakmus {lakmus.__version__}")
        raise typer.Exit
