"""What a measure is run over and with, read from files: records by person, and value sets."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from lakmus.cli.common import Report
from lakmus.core.errors import InputError, Place
from lakmus.fhir import xml
from lakmus.fhir.records import loads
from lakmus.intake.blocks import Block, read
from lakmus.intake.parse import documents
from lakmus.intake.sources import find
from lakmus.query.measures import People
from lakmus.terminology import LocalTerminology, install


def people(path: Path, report: Report) -> People:
    """Everybody in a file or folder: NDJSON, Bundles or single resources; plain, gzip or zip.

    Raises InputError with file and line where a document is no FHIR resource.
    """
    found, sources = People(), find(path)
    for done, source in enumerate(sources, 1):
        for block in read(source):
            if block.form == "unknown" and path.is_dir():
                _warn(f"{block.file} is left out: {block.fault}")
                continue
            for line, data in _documents(block):
                _add(found, data, Place(block.file, line))
        report(done / len(sources), f"{len(found)} patients")
    if not len(found):
        raise InputError(f"{path} has no Patient", hint="a measure counts those whose Patient is there")
    if found.unclaimed:
        _warn(f"{found.unclaimed} records name no patient and are left out")
    return found


def _documents(block: Block) -> Iterator[tuple[int, bytes]]:
    if block.fault:
        raise InputError(block.fault, place=Place(block.file, block.first_line))
    if block.form != "xml":
        yield from documents(block)
        return
    converted = xml.to_json(block.data)
    if not isinstance(converted, bytes):
        raise InputError(converted[0].message, place=Place(block.file))
    yield block.first_line, converted


def _add(found: People, data: bytes, place: Place) -> None:
    try:
        found.add(_json(data))
    except InputError as error:
        error.place = error.place or place
        raise


def _json(data: bytes) -> Any:
    try:
        return loads(data)
    except (ValueError, ArithmeticError, RecursionError):
        raise InputError("this is not JSON") from None


def value_sets(path: Path | None, report: Report) -> LocalTerminology:
    """A terminology of the value sets in a file or folder; what is amiss in one of them is told and left out."""
    terminology = LocalTerminology.in_memory()
    if path is None:
        return terminology
    done = install(terminology, path, None, lambda name, part, of: report(part / max(of, 1), name))
    for problem in done.problems:
        _warn(str(problem))
    return terminology


def _warn(text: str) -> None:
    typer.secho(f"  {text}", fg=typer.colors.YELLOW, err=True)
