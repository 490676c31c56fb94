"""Chunks for the lake's own tests, made from plain records without the validator."""

import hashlib
import json
from datetime import UTC, datetime

import pyarrow as pa

from lakmus.fhir.shapes import Shape
from lakmus.lake import STAGED, TOKENS, Chunk, Progress, Staged

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def shape_of(value: object) -> Shape:
    """The shape of a JSON value whose decimals are absent."""
    if isinstance(value, dict):
        return Shape(fields={name: shape_of(child) for name, child in value.items()})
    if isinstance(value, list):
        merged = shape_of(value[0])
        for item in value[1:]:
            merged = merged.merged(shape_of(item))
        return Shape(merged.kind, True, merged.fields)
    if isinstance(value, bool):
        return Shape("boolean")
    return Shape("integer") if isinstance(value, int) else Shape("string")


def staged(kind: str, records: list[dict], site: str) -> Staged:
    shape, rows = Shape(), []
    for number, record in enumerate(records):
        shape = shape.merged(shape_of(record))
        text = json.dumps(record)
        key = hashlib.blake2b(f"{site}|{kind}|{record['id']}".encode(), digest_size=8).digest()
        subject = record.get("subject", {}).get("reference", "/").split("/")[1]
        rows.append(
            {
                "record": text,
                "id": record["id"],
                "key": int.from_bytes(key, "big", signed=True),
                "digest": hashlib.md5(text.encode()).hexdigest(),
                "patient": record["id"] if kind == "Patient" else subject or None,
                "updated": record.get("meta", {}).get("lastUpdated"),
                "file": "records.ndjson",
                "line": number + 1,
                "order": number,
            }
        )
    return Staged(shape, pa.Table.from_pylist(rows, schema=STAGED))


def chunk(site: str = "north", batch: str = "b1", *, tokens=(), deleted=(), **records: list[dict]) -> Chunk:
    """A chunk of records by type; `tokens` are (patient, token) pairs."""
    rows = [{"patient": patient, "token": token, "rule": "national-number"} for patient, token in tokens]
    return Chunk(
        batch=batch,
        site=site,
        received=NOON,
        validator="test",
        progress=(Progress("records.ndjson", 1, 1, True),),
        staged={kind: staged(kind, found, site) for kind, found in records.items()},
        tokens=pa.Table.from_pylist(rows, schema=TOKENS),
        deleted=tuple(deleted),
    )
