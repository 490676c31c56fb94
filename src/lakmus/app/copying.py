"""An installation copied while it works, and put back: its lake, operations database, anchor, terminology and counts.

Keys are not in the copy: with them beside it, whoever finds the copy reads everything. Releases are open data and plain files.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from lakmus.access import Action
from lakmus.app.installation import App
from lakmus.app.quality import FILE as COUNTS
from lakmus.core.errors import ConflictError, NotFoundError
from lakmus.lake import backup as lakes
from lakmus.lake.backup import Copied

LAKE, OPS, ANCHOR, TERMINOLOGY = "lake", "ops.sqlite", "audit.anchor", "terminology.sqlite"
LEFT_OUT = "keys and releases are not in it: copy the keys elsewhere"
Report = Callable[[float, str], None]


def backup(app: App, target: Path, report: Report = lambda part, step: None) -> Copied:
    """Copies the installation into a folder; run again after an interruption it goes on.

    The lake comes first: a site that was added after it does no harm, records of a site nobody knows would.
    Raises ConflictError when the folder holds a finished copy, UnsupportedError where PostgreSQL's own tools are to be used.
    """
    app.may(Action.MAINTAIN)
    copied = lakes.backup(app.lake.location, target / LAKE, report)
    if app.database.is_sqlite:
        (target / OPS).unlink(missing_ok=True)
        app.database.backup(target / OPS)
    for source, name in _plain(app):
        if source.exists():
            shutil.copyfile(source, target / name)
            (target / name).chmod(0o600)
    return copied


def restore(app: App, source: Path, report: Report = lambda part, step: None) -> Copied:
    """Puts a copy in the place of an installation that is not there yet; its keys must be in place for quarantine to open."""
    if not (source / LAKE).is_dir():
        raise NotFoundError(f"there is no copy of an installation at {source}")
    ops = app.settings.data / OPS
    if ops.exists() or app.has_lake:
        raise ConflictError(
            f"there is an installation at {app.settings.data}", hint="move it away, or set LAKMUS_DATA"
        )
    copied = lakes.restore(source / LAKE, app.settings.lake.path, report)
    app.settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    for place, name in [*_plain(app), (ops, OPS)]:
        if (source / name).exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source / name, place)
            place.chmod(0o600)
    return copied


def _plain(app: App) -> list[tuple[Path, str]]:
    """Files that are copied as they are; each is written whole by whoever writes it."""
    return [
        (app.settings.ops.anchor, ANCHOR),
        (app.settings.terminology.path, TERMINOLOGY),
        (app.settings.data / COUNTS, COUNTS),
    ]
