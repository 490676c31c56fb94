"""The command line: one file per group of commands; each calls public functions of the rooms through `App`."""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import find_spec

import typer

from lakmus.cli import client
from lakmus.core.errors import LakmusError

SERVER = (
    *("demo", "server", "intake", "quarantine", "quality", "views", "releases"),
    *("terminology", "lake", "synth", "accounts", "audit"),
)
ABOUT = (
    "Records in, open data out. Settings: environment variables LAKMUS_* or lakmus.toml (docs/settings.md)."
)


def build() -> typer.Typer:
    """The whole command line; the light client, installed alone, has no lake and so none of its commands."""
    app = typer.Typer(no_args_is_help=True, help=ABOUT, pretty_exceptions_show_locals=False)
    client.register(app)
    if find_spec("duckdb") is not None:
        for group in SERVER:
            import_module(f"lakmus.cli.{group}").register(app)
    return app


def main() -> None:
    """Runs the command line; an error a user can meet becomes its message and its exit code, without a traceback."""
    try:
        build()()
    except LakmusError as error:
        typer.secho(f"lakmus: {error}", fg=typer.colors.RED, err=True)
        sys.exit(error.exit_code)
