"""The command line: one file per group of commands; each calls public functions of the rooms through `App`."""

from __future__ import annotations

import sys

import typer

from lakmus.core.errors import LakmusError


def build() -> typer.Typer:
    """The whole command line. Groups whose parts are not installed (the light client has no lake) are left out."""
    app = typer.Typer(no_args_is_help=True, help=__doc__and_title(), pretty_exceptions_show_locals=False)
    from lakmus.cli import client

    client.register(app)
    try:
        from lakmus.cli import intake, lake, quarantine, synth
    except ImportError:  # `pip install lakmus` alone
        return app
    for group in (intake, quarantine, lake, synth):
        group.register(app)
    return app


def __doc__and_title() -> str:
    return "Records in, open data out. Settings: environment variables LAKMUS_* or lakmus.toml (docs/settings.md)."


def main() -> None:
    """Runs the command line; an error a user can meet becomes its message and its exit code, without a traceback."""
    try:
        build()()
    except LakmusError as error:
        typer.secho(f"lakmus: {error}", fg=typer.colors.RED, err=True)
        sys.exit(error.exit_code)
