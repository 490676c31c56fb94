"""A view run over a lake: bucket by bucket, in bounded memory, with progress."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import duckdb
import pyarrow as pa

from lakmus.core.errors import InputError, LakmusError
from lakmus.fhir.shapes import Shape
from lakmus.lake import CATALOG, Store, schema
from lakmus.query.engines.duckdb import views
from lakmus.query.frontends.views import View, parse

ROWS = 100_000  # of one Arrow batch
Report = Callable[[float, str], None]


def statement(store: Store, view: View, *, version: int | None = None, bucket: int | None = None) -> str:
    """The SQL of a view over a snapshot of a lake, or over one bucket of it."""
    at = store.snapshot() if version is None else version
    columns = {
        n: schema.shape_of(t) for n, t in store.schema(view.resource, at).items() if not n.startswith("lk_")
    }
    chosen = f" WHERE lk_bucket = {bucket}" if bucket is not None else ""
    if columns:
        source = f"(SELECT * FROM {CATALOG}.{schema.quoted(view.resource)} AT (VERSION => {at}){chosen})"
    else:
        source = "(SELECT NULL::VARCHAR AS id, NULL::VARCHAR AS lk_site WHERE false)"
    return views.sql(view, Shape(fields=columns), source)


def run(
    store: Store,
    definition: Mapping[str, Any] | View,
    *,
    version: int | None = None,
    report: Report = lambda part, step: None,
) -> Iterator[pa.RecordBatch]:
    """The rows of a view as Arrow batches; at least one batch, so that the columns' types are known.

    `definition` is a ViewDefinition resource. Raises ManyErrors for a faulty one, UnsupportedError for what this engine
    does not have, and InputError when data does not fit it (a column with several values).
    """
    view = definition if isinstance(definition, View) else parse(definition)
    at = store.snapshot() if version is None else version
    buckets = [-1, *store.buckets()]
    for number, bucket in enumerate(buckets):
        report(number / len(buckets), f"bucket {bucket}")
        yield from _batches(store, statement(store, view, version=at, bucket=bucket), first=number == 0)
    report(1.0, "done")


def _batches(store: Store, text: str, *, first: bool) -> Iterator[pa.RecordBatch]:
    with store.cursor() as cursor:
        try:
            reader = cursor.execute(text).to_arrow_reader(ROWS)
            empty = True
            for batch in reader:
                empty = False
                yield batch
        except duckdb.InvalidInputException as error:
            message = str(error).rpartition("Error: ")[2].splitlines()[0]
            raise InputError(
                message if message.startswith("the column") else "a view met data it does not fit"
            ) from None
        except duckdb.Error as error:
            raise LakmusError(f"the engine refused a view ({type(error).__name__})") from error
        if empty and first:
            yield pa.RecordBatch.from_pylist([], schema=reader.schema)
