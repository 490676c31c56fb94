"""Copies of a lake, taken while it is in use, and their way back.

The catalog is copied first, as of one moment; the files it names are never changed afterwards, only removed once their
snapshots have expired. A file that is gone when its turn comes means that somebody expired snapshots meanwhile.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from lakmus.core.errors import ConflictError, InputError, NotFoundError, TemporaryError, UnsupportedError
from lakmus.lake import location
from lakmus.lake.location import Location

CATALOG_FILE = "catalog/catalog.sqlite"
DATA = "data"
Report = Callable[[float, str], None]
_NAMED = """
    SELECT CASE WHEN f.path_is_relative THEN coalesce(s.path, '') || coalesce(t.path, '') || f.path ELSE f.path END
    FROM {table} f JOIN ducklake_table t ON t.table_id = f.table_id AND {first}
    JOIN ducklake_schema s ON s.schema_id = t.schema_id AND s.begin_snapshot =
        (SELECT max(begin_snapshot) FROM ducklake_schema WHERE schema_id = t.schema_id)"""
# A renamed table has a row for each name; its folder is the same.
_FIRST = "t.begin_snapshot = (SELECT max(begin_snapshot) FROM ducklake_table WHERE table_id = f.table_id)"


@dataclass(frozen=True)
class Copied:
    """What a copy holds: files of data and their bytes, without the catalog."""

    files: int
    bytes: int


def backup(where: Location, target: Path, report: Report = lambda part, step: None) -> Copied:
    """Copies a lake into a folder, which may hold an unfinished copy: what is there already is not copied again.

    The copy is identified data: its catalog holds the keys of its files. Raises UnsupportedError for a lake whose catalog is
    PostgreSQL or whose files are in object storage: these have tools of their own. TemporaryError when files were removed meanwhile.
    """
    _check_local(where)
    target.mkdir(parents=True, exist_ok=True, mode=0o700)
    if (target / location.FILE).exists():
        raise ConflictError(f"there is a finished copy at {target}", hint="name another folder")
    copy = target / CATALOG_FILE
    copy.parent.mkdir(exist_ok=True, mode=0o700)
    _copy_catalog(where.folder / where.catalog, copy)
    copied = _copy_files(Path(where.data_path), target / DATA, list(_files(copy)), report)
    location.write(Location(target, where.zone, CATALOG_FILE, DATA))  # last: a folder with it is a whole copy
    return copied


def restore(source: Path, folder: Path, report: Report = lambda part, step: None) -> Copied:
    """Puts a copy in the place of a lake that is not there; the copy stays. Raises ConflictError when one is there."""
    if not (source / location.FILE).exists():
        raise NotFoundError(f"there is no finished copy of a lake at {source}")
    if (folder / location.FILE).exists():
        raise ConflictError(f"there is a lake at {folder}", hint="move it away first, or restore elsewhere")
    stored = location.stored(source)
    return backup(Location(source, stored.zone, CATALOG_FILE, DATA), folder, report)


def _check_local(where: Location) -> None:
    if where.catalog.startswith("postgres:"):
        raise UnsupportedError("copying a PostgreSQL catalog", hint="pg_dump it, then copy the data folder")
    if "://" in where.data:
        raise UnsupportedError("copying object storage", hint="use the storage's own versions or replication")


def _copy_catalog(source: Path, target: Path) -> None:
    """As of one moment, while others write (SQLite's online backup)."""
    target.unlink(missing_ok=True)
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    with closing(sqlite3.connect(source)) as from_, closing(sqlite3.connect(target)) as to:
        from_.backup(to)


def _files(catalog: Path) -> Iterator[str]:
    """Every file that any snapshot of a catalog needs, relative to the data folder."""
    with closing(sqlite3.connect(catalog)) as connection:
        for table in ("ducklake_data_file", "ducklake_delete_file"):
            for (path,) in connection.execute(_NAMED.format(table=table, first=_FIRST)):
                yield _inside(path)


def _inside(path: str) -> str:
    if Path(path).is_absolute() or ".." in Path(path).parts:
        raise InputError("the catalog names a file outside its data folder")
    return path


def _copy_files(source: Path, target: Path, names: list[str], report: Report) -> Copied:
    target.mkdir(exist_ok=True, mode=0o700)
    size = 0
    for done, name in enumerate(names):
        size += _copy_file(source / name, target / name)
        report((done + 1) / len(names), f"{done + 1} files")
    return Copied(len(names), size)


def _copy_file(source: Path, target: Path) -> int:
    try:
        size = source.stat().st_size
        if not (target.exists() and target.stat().st_size == size):
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            partial = target.with_name(target.name + ".partial")
            shutil.copyfile(source, partial)
            partial.replace(target)
    except FileNotFoundError:
        raise TemporaryError(
            "files were removed while they were copied", hint="snapshots expired meanwhile: run it again"
        ) from None
    return size
