"""Records written through the lake's ordinary writer, for the engines' tests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from lakmus.fhir import records
from lakmus.fhir.shapes import Shape
from lakmus.lake import IdentifiedLake
from tests.support.chunks import chunk, staged

SITE = "north"


def lake_of(folder: Path, resources: Iterable[Mapping[str, Any]], site: str = SITE) -> IdentifiedLake:
    """A new lake that holds these resources; those without an id are given one."""
    lake = IdentifiedLake.create(folder, threads=1)
    found = [{"id": f"made{n}", **resource} for n, resource in enumerate(resources)]
    by_type: dict[str, list[dict[str, Any]]] = {}
    for resource in found:
        by_type.setdefault(str(resource["resourceType"]), []).append(resource)
    parts = {kind: _staged(kind, held, site) for kind, held in by_type.items()}
    lake.commit(chunk(site) if not parts else _with(chunk(site), parts))
    return lake


def _with(empty: Any, parts: Mapping[str, Any]) -> Any:
    from dataclasses import replace

    return replace(empty, staged=parts)


def _staged(kind: str, held: list[dict[str, Any]], site: str) -> Any:
    made = staged(kind, [{"id": r["id"]} for r in held], site)
    stored = [records.to_lake(r) for r in held]
    shape = Shape()
    for record in stored:
        shape = shape.merged(records.shape(kind, record))
    import pyarrow as pa

    column = pa.array([records.dumps(s) for s in stored], pa.large_string())
    return type(made)(shape, made.rows.set_column(0, "record", column))
