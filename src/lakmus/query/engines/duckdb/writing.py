"""The rows of a view as a file: Parquet, CSV or NDJSON, batch by batch, whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from lakmus.core.errors import InputError, Place
from lakmus.core.quantities import plain

Batches = Iterable[pa.RecordBatch]


def write(batches: Batches, to: Path) -> int:
    """Writes the batches into a file whose name's ending says the form; the number of rows.

    Raises InputError for another ending, and for a list in CSV, which has none. A file that could not be written to its
    end is not left behind.
    """
    form = FORMS.get(to.suffix.lower())
    if form is None:
        raise InputError(
            "no form of file is known by this ending",
            place=Place(source=to.name),
            hint=f"one of {', '.join(FORMS)}",
        )
    partial = to.with_name(f".{to.name}.partial")
    try:
        rows = form(batches, partial)
        partial.replace(to)
    finally:
        partial.unlink(missing_ok=True)
    return rows


def _parquet(batches: Batches, to: Path) -> int:
    return _with(lambda schema: pyarrow.parquet.ParquetWriter(to, schema, compression="zstd"), batches)


def _csv(batches: Batches, to: Path) -> int:
    def open_(schema: pa.Schema) -> Any:
        lists = [field.name for field in schema if pa.types.is_list(field.type)]
        if lists:
            raise InputError(f"CSV has no lists, and {lists[0]} is one", hint="write Parquet or NDJSON")
        return pyarrow.csv.CSVWriter(to, schema)

    return _with(open_, batches)


def _with(open_: Callable[[pa.Schema], Any], batches: Batches) -> int:
    rows, writer = 0, None
    try:
        for batch in batches:
            writer = writer or open_(batch.schema)
            writer.write_batch(batch)
            rows += batch.num_rows
    finally:
        if writer is not None:
            writer.close()
    return rows


def _ndjson(batches: Batches, to: Path) -> int:
    rows = 0
    with to.open("w", encoding="utf-8") as file:
        for batch in batches:
            for row in batch.to_pylist():
                file.write(_json(row) + "\n")
            rows += batch.num_rows
    return rows


def _json(value: Any) -> str:
    """JSON with decimals as numbers, without the zeros that the column adds."""
    if isinstance(value, dict):
        return (
            "{" + ",".join(f"{json.dumps(k, ensure_ascii=False)}:{_json(v)}" for k, v in value.items()) + "}"
        )
    if isinstance(value, list):
        return "[" + ",".join(map(_json, value)) + "]"
    if isinstance(value, Decimal):
        return plain(value.normalize())
    return json.dumps(str(value) if isinstance(value, date | datetime) else value, ensure_ascii=False)


FORMS: dict[str, Callable[[Batches, Path], int]] = {".parquet": _parquet, ".csv": _csv, ".ndjson": _ndjson}
