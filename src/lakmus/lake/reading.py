"""Rows of the lake given back as the FHIR JSON they came from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from lakmus.fhir import restore
from lakmus.lake import schema
from lakmus.lake.store import CATALOG, Store

BATCH = 1000


def resources(
    store: Store,
    resource_type: str,
    *,
    where: str = "true",
    parameters: Sequence[Any] = (),
    version: int | None = None,
) -> Iterator[dict[str, Any]]:
    """Yields records of one type that satisfy an SQL condition over the table's columns."""
    at = store.snapshot() if version is None else version
    elements = [name for name in store.schema(resource_type, at) if not name.startswith("lk_")]
    if not elements:
        return
    chosen = ", ".join(schema.quoted(name) for name in elements)
    table = f"{CATALOG}.{schema.quoted(resource_type)} AT (VERSION => {at})"
    with store.cursor() as cursor:
        answer = cursor.execute(f"SELECT {chosen} FROM {table} WHERE {where}", list(parameters))
        while rows := answer.fetchmany(BATCH):
            for row in rows:
                yield restore(dict(zip(elements, row, strict=True)), resource_type)
