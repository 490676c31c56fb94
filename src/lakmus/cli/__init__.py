"""The command line: one file per group of commands; each calls public functions of the rooms through `App`.

Only the file whose command is asked for is imported: rooms are large, and a short command shall be short.
"""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import find_spec

import typer

from lakmus.cli import client
from lakmus.core.errors import LakmusError

ABOUT = (
    "Records in, open data out. Settings: environment variables LAKMUS_* or lakmus.toml (docs/settings.md)."
)
# Which file has which commands; a test compares this with what they register.
SERVER = {
    "demo": ("demo",),
    "server": ("serve", "worker"),
    "upkeep": ("upgrade", "backup", "restore"),
    "intake": ("init", "intake", "batches", "withdraw"),
    "quarantine": ("quarantine",),
    "quality": ("quality",),
    "views": ("view",),
    "cql": ("cql",),
    "measure": ("measure",),
    "results": ("results",),
    "releases": ("release",),
    "terminology": ("terminology",),
    "lake": ("lake", "person"),
    "synth": ("synth",),
    "accounts": ("user", "site"),
    "audit": ("audit",),
}


def build(arguments: list[str] | None = None) -> typer.Typer:
    """The command line with what these arguments need: one file's commands, or all of them for `--help`.

    The light client, installed alone, has no lake and so none of the server's commands.
    """
    app = typer.Typer(no_args_is_help=True, help=ABOUT, pretty_exceptions_show_locals=False)
    client.register(app)
    arguments = arguments or []
    if find_spec("duckdb") is None or arguments[:1] in (["get"], ["--version"]):
        return app
    asked = [file for file, commands in SERVER.items() if arguments and arguments[0] in commands]
    for file in asked or SERVER:
        import_module(f"lakmus.cli.{file}").register(app)
    return app


def main() -> None:
    """Runs the command line; an error a user can meet becomes its message and its exit code, without a traceback."""
    try:
        build(sys.argv[1:])()
    except LakmusError as error:
        typer.secho(f"lakmus: {error}", fg=typer.colors.RED, err=True)
        sys.exit(error.exit_code)
