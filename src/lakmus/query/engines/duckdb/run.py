"""A view run over a lake: bucket by bucket, in bounded memory, with progress."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import duckdb
import pyarrow as pa

from lakmus.core.errors import InputError, LakmusError
from lakmus.fhir.shapes import Shape
from lakmus.lake import CATALOG, Store, schema
from lakmus.query.engines.duckdb import views
from lakmus.query.engines.duckdb.values import FAULT
from lakmus.query.frontends.views import View, parse

ROWS = 100_000  # of one Arrow batch
TOGETHER = 4 * (
    os.cpu_count() or 1
)  # buckets that are read at a time: enough that no thread waits for the last of them
Report = Callable[[float, str], None]


def statement(
    store: Store,
    view: View,
    *,
    version: int | None = None,
    bucket: int | None = None,
    buckets: Sequence[int] = (),
) -> str:
    """The SQL of a view over a snapshot of a lake, or over one bucket or some buckets of it."""
    at = store.snapshot() if version is None else version
    columns = {
        n: schema.shape_of(t) for n, t in store.schema(view.resource, at).items() if not n.startswith("lk_")
    }
    wanted = (*buckets, *([] if bucket is None else [bucket]))
    chosen = f" WHERE lk_bucket IN ({', '.join(map(str, wanted))})" if wanted else ""
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
    buckets = store.buckets()
    for first in range(0, len(buckets), TOGETHER):
        chosen = buckets[first : first + TOGETHER]
        report(first / len(buckets), f"bucket {first + 1} of {len(buckets)}")
        of_nobody = [] if first else [-1]  # records of no patient go with the first
        text = statement(store, view, version=at, buckets=[*of_nobody, *chosen])
        yield from _batches(store, text, first=first == 0)
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
            raise InputError(told(error)) from None
        except duckdb.Error as error:
            raise LakmusError(f"the engine refused a view ({type(error).__name__})") from None
        if empty and first:
            yield pa.RecordBatch.from_pylist([], schema=reader.schema)


def told(error: duckdb.Error) -> str:
    """What a check inside a statement says: messages of the engine itself may quote data and are not passed on."""
    text = str(error)
    found = text.partition(FAULT)[2] or text.rpartition("Error: ")[2]
    known = FAULT in text or found.startswith("the column")
    return found.splitlines()[0] if known else "a view met data it does not fit"
