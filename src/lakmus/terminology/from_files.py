"""Terminology from files into a store: resources, NDJSON, Bundles, and folders of national reference books.

The only module of this room that reads files named by a user. Plain or gzip; sizes are bounded, and what is amiss
in one file is reported while the rest goes on.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from lakmus.core.errors import InputError, LakmusError, Place, UnsupportedError
from lakmus.terminology.loaders import fhir, fnsi
from lakmus.terminology.local import LocalTerminology
from lakmus.terminology.records import MapRecord, Record, SystemRecord
from lakmus.terminology.units import Units

LARGEST_FILE = 2_000_000_000  # bytes once unpacked
_CHUNK = 1 << 20
_ENDINGS = (".json", ".ndjson", ".json.gz", ".ndjson.gz")

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Report:
    """What came in: systems, value sets, maps, concepts, mappings; `problems` name the file and what is amiss."""

    systems: int = 0
    value_sets: int = 0
    maps: int = 0
    concepts: int = 0
    mappings: int = 0
    problems: tuple[LakmusError, ...] = ()

    def __add__(self, other: Report) -> Report:
        return Report(
            self.systems + other.systems,
            self.value_sets + other.value_sets,
            self.maps + other.maps,
            self.concepts + other.concepts,
            self.mappings + other.mappings,
            self.problems + other.problems,
        )


def install(
    terminology: LocalTerminology, path: Path, units: Units | None = None, progress: Progress | None = None
) -> Report:
    """Installs a file or a folder of files; a folder with an `index.json` is one of national reference books.

    `progress` is told (file name, files done, files in all). Raises InputError when there is nothing at `path`;
    faults of single files and resources are in the report.
    """
    if path.is_dir() and (path / "index.json").is_file():
        return install_books(terminology, path, units or Units(), progress)
    names = sorted(p for p in path.rglob("*") if p.name.endswith(_ENDINGS)) if path.is_dir() else [path]
    if not names or not path.exists():
        raise InputError(f"no terminology at {path}", hint=f"a file or folder of {', '.join(_ENDINGS)}")
    report = Report()
    for done, name in enumerate(names, 1):
        report += _install_resources(terminology, name)
        _tell(progress, name.name, done, len(names))
    return report


def install_books(
    terminology: LocalTerminology, folder: Path, units: Units, progress: Progress | None = None
) -> Report:
    """Installs a folder of national reference books (see `loaders/fnsi.py`)."""
    index = _json(_read(folder / "index.json"), Place("index.json"))
    if not isinstance(index, list):
        raise InputError("index.json must be a list of dictionaries", place=Place("index.json"))
    report = Report()
    for done, entry in enumerate(index, 1):
        try:
            report += _install_book(terminology, folder, entry, units)
        except LakmusError as error:
            report += Report(problems=(error,))
        _tell(progress, str(entry.get("name", "")) if isinstance(entry, dict) else "", done, len(index))
    return report


def _install_book(terminology: LocalTerminology, folder: Path, entry: Any, units: Units) -> Report:
    book = _book(folder, entry)
    report = Report()
    for record in fnsi.records_of(book, units.validate):
        report += _add(terminology, record)
    return report


def _book(folder: Path, entry: Any) -> fnsi.Book:
    try:
        name, columns = str(entry["file"]), tuple(map(str, entry["columns"]))
        oid, version, title = str(entry["oid"]), str(entry["version"]), str(entry["name"])
    except (KeyError, TypeError):
        raise InputError(
            "an entry of index.json needs oid, version, name, columns and file", place=Place("index.json")
        ) from None
    if Path(name).name != name:
        raise InputError("a dictionary's file must be in the folder of its index", place=Place("index.json"))
    rows = [_row(line, Place(name, number)) for number, line in _lines(folder / name)]
    return fnsi.Book(oid, version, title, columns, rows)


def _row(line: bytes, place: Place) -> dict[str, str]:
    row = _json(line, place)
    if not isinstance(row, dict):
        raise InputError("a row must be an object", place=place)
    return {name: value for name, value in row.items() if isinstance(value, str)}


def _install_resources(terminology: LocalTerminology, path: Path) -> Report:
    report = Report()
    try:
        for resource, place in _resources(path):
            report += _install_resource(terminology, resource, place)
    except LakmusError as error:
        report += Report(problems=(error,))
    return report


def _install_resource(terminology: LocalTerminology, resource: Any, place: Place) -> Report:
    report = Report()
    try:
        for record in fhir.records_of(resource, place):
            report += _add(terminology, record)
    except (InputError, UnsupportedError) as error:
        report += Report(problems=(error,))
    return report


def _add(terminology: LocalTerminology, record: Record) -> Report:
    count = terminology.add(record)
    if isinstance(record, SystemRecord):
        return Report(systems=1, concepts=count)
    return Report(maps=1, mappings=count) if isinstance(record, MapRecord) else Report(value_sets=1)


def _resources(path: Path) -> Iterator[tuple[Any, Place]]:
    if ".ndjson" not in path.name:
        yield _json(_read(path), Place(path.name)), Place(path.name)
        return
    for number, line in _lines(path):
        yield _json(line, Place(path.name, number)), Place(path.name, number)


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    for number, line in enumerate(_read(path).split(b"\n"), 1):
        if line.strip():
            yield number, line


def _read(path: Path) -> bytes:
    """The bytes of a file, unpacked when it is gzip, never more than `LARGEST_FILE`."""
    opener = gzip.open if path.name.endswith(".gz") else open
    parts, size = [], 0
    try:
        with opener(path, "rb") as stream:
            while chunk := stream.read(_CHUNK):
                size += len(chunk)
                if size > LARGEST_FILE:
                    raise InputError(f"more than {LARGEST_FILE} bytes", place=Place(path.name))
                parts.append(chunk)
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"the file cannot be read: {error}", place=Place(path.name)) from None
    return b"".join(parts)


def _json(text: bytes, place: Place) -> Any:
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise InputError(f"this is not JSON: {error}", place=place) from None


def _tell(progress: Progress | None, name: str, done: int, total: int) -> None:
    if progress:
        progress(name, done, total)
