"""`lakmus upgrade`, `backup`, `restore`: an installation through the years."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lakmus import __version__
from lakmus.access import Action
from lakmus.app import copying
from lakmus.cli.common import installation, progress, say
from lakmus.lake import IdentifiedLake, formats
from lakmus.ops import Database


def register(app: typer.Typer) -> None:
    for command in (upgrade, backup, restore):
        app.command()(command)


def upgrade() -> None:
    """Make what is missing and bring database and lake to this version's format; run it after every update."""
    app = installation()
    with Database.open(app.settings.ops_url) as database:
        say(f"operations database: revision {database.upgrade()}")
    app.may(Action.MAINTAIN)
    app.keys.ensure("quarantine")
    if not app.has_lake:
        app.create_lake().close()
        say(f"made a lake in {app.settings.lake.path}")
    with IdentifiedLake.open_as_it_is(app.settings.lake.path) as lake:
        formats.upgrade(lake, app.clock.now(), __version__)
        say(f"lake: format {lake.setting('format')}, snapshot {lake.snapshot()}")


def backup(folder: Annotated[Path, typer.Argument(help="a new folder; holds identified data")]) -> None:
    """Copy the installation while it works. Run again after an interruption it goes on where it stopped."""
    app = installation()
    with progress("copying") as report:
        copied = copying.backup(app, folder, report)
    say(f"copied {copied.files} files, {copied.bytes / 1e6:.1f} MB, to {folder}; {copying.LEFT_OUT}")


def restore(folder: Annotated[Path, typer.Argument(help="what `backup` wrote")]) -> None:
    """Put a copy back, where no installation is yet; then check it with `audit verify` and `lake info`."""
    app = installation()
    with progress("restoring") as report:
        copied = copying.restore(app, folder, report)
    say(f"restored {copied.files} files, {copied.bytes / 1e6:.1f} MB, to {app.settings.data}")
