"""What intake hands to the lake: a chunk of validated records, of refusals, and of how far the batch is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import pyarrow as pa

from lakmus.fhir.shapes import Shape

STAGED = pa.schema(
    [
        ("record", pa.large_string()),  # the record as JSON in the lake's shape
        ("id", pa.string()),
        ("key", pa.int64()),  # hash of site, type and id
        ("digest", pa.string()),  # 32 hex digits over the record
        ("patient", pa.string()),  # id at its site of the patient it is about; null if of no patient
        ("version", pa.string()),  # meta.versionId
        ("updated", pa.string()),  # meta.lastUpdated
        ("rewritten", pa.string()),  # JSON of what was rewritten; null if nothing was
        ("file", pa.string()),
        ("line", pa.int64()),
        ("order", pa.int64()),  # place in the chunk: the later of two with one key wins
    ]
)

REFUSED = pa.schema(
    [
        ("item", pa.string()),
        ("file", pa.string()),
        ("line", pa.int64()),
        ("resource_type", pa.string()),
        ("reason", pa.string()),  # names of the broken rules
        ("outcome", pa.string()),  # OperationOutcome without values
        ("original", pa.large_binary()),  # sealed
        ("bytes", pa.int64()),
        ("patients", pa.string()),
    ]
)

TOKENS = pa.schema([("patient", pa.string()), ("token", pa.string()), ("rule", pa.string())])


@dataclass(frozen=True)
class Staged:
    """Validated records of one type; `rows` follows `STAGED`, `shape` covers every record in it."""

    shape: Shape
    rows: pa.Table


@dataclass(frozen=True)
class Progress:
    """How far a file is: the byte its next line starts at, the lines read so far, whether it is done."""

    file: str
    up_to: int
    lines: int
    done: bool


@dataclass(frozen=True)
class Chunk:
    """What one transaction of the lake takes in."""

    batch: str
    site: str
    received: datetime
    validator: str
    progress: tuple[Progress, ...] = ()
    staged: Mapping[str, Staged] = field(default_factory=dict)
    refused: pa.Table = field(default_factory=lambda: REFUSED.empty_table())
    tokens: pa.Table = field(default_factory=lambda: TOKENS.empty_table())
    deleted: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Receipt:
    """What became of a chunk or a batch, in records."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    superseded: int = 0
    refused: int = 0
    deleted: int = 0
    forgotten: int = 0

    @property
    def accepted(self) -> int:
        """Records that are in the lake now: new, changed, or there already."""
        return self.created + self.changed + self.unchanged

    def __add__(self, other: Receipt) -> Receipt:
        return Receipt(*(a + b for a, b in zip(self.astuple(), other.astuple(), strict=True)))

    def astuple(self) -> tuple[int, ...]:
        return (
            self.created,
            self.changed,
            self.unchanged,
            self.superseded,
            self.refused,
            self.deleted,
            self.forgotten,
        )
