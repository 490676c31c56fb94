"""One block of documents becomes validated rows and refusals: the part of intake that runs in worker processes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
import pyarrow as pa

from lakmus.fhir import Accepted, Acceptor, Issue, Refused, operation_outcome, patient_of, validate_envelope
from lakmus.fhir import xml as fhir_xml
from lakmus.fhir.shapes import Shape
from lakmus.intake import bundles, linking
from lakmus.intake.blocks import Block
from lakmus.intake.bundles import Part
from lakmus.lake import STAGED, TOKENS


@dataclass(frozen=True)
class Context:
    """What a worker must know: whose records these are, and the key of the linking tokens."""

    site: str
    secret: bytes


@dataclass(frozen=True)
class Refusal:
    """A document that is not taken in: where it stood, why (paths and rules, never values), and its bytes."""

    file: str
    line: int
    resource_type: str
    issues: tuple[Issue, ...]
    original: bytes

    @property
    def outcome(self) -> str:
        return json.dumps(operation_outcome(self.issues), separators=(",", ":"))

    @property
    def reason(self) -> str:
        return ", ".join(sorted({issue.rule for issue in self.issues}))


@dataclass
class Parsed:
    """What a block held."""

    block: Block
    shapes: dict[str, Shape] = field(default_factory=dict)
    rows: dict[str, pa.RecordBatch] = field(default_factory=dict)
    refusals: list[Refusal] = field(default_factory=list)
    tokens: list[dict[str, str]] = field(default_factory=list)
    deleted: list[tuple[str, str]] = field(default_factory=list)


class Rows:
    """Columns of one type under construction."""

    def __init__(self) -> None:
        self.columns: dict[str, list[Any]] = {name: [] for name in STAGED.names}

    def add(self, *values: Any) -> None:
        for column, value in zip(self.columns.values(), values, strict=True):
            column.append(value)

    def batch(self) -> pa.RecordBatch:
        return pa.record_batch(list(self.columns.values()), schema=STAGED)


class Parser:
    """Parses blocks; keeps nothing of one block for the next but the shapes it learnt."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.acceptor = Acceptor()

    def parse(self, block: Block) -> Parsed:
        """All documents of a block; never raises for what they hold."""
        self.parsed = Parsed(block)
        self.rows: dict[str, Rows] = {}
        self.order = 0
        if block.fault:
            self._refuse(
                block.first_line, "", [Issue.of_document("structure", "file", block.fault)], block.data
            )
        elif block.form == "xml":
            self._xml(block)
        else:
            for line, data in documents(block):
                self._document(line, data)
        self.parsed.rows = {kind: rows.batch() for kind, rows in self.rows.items()}
        return self.parsed

    def _xml(self, block: Block) -> None:
        converted = fhir_xml.to_json(block.data)
        if isinstance(converted, bytes):
            self._document(block.first_line, converted)
        else:
            self._refuse(block.first_line, "", converted, block.data)

    def _document(self, line: int, data: bytes) -> None:
        try:
            kind = msgspec.json.decode(data, type=bundles.Identity).resourceType
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
            kind = ""  # the validator says what is wrong with it
        if kind == "Bundle":
            self._bundle(line, data)
        elif kind:
            self._records(line, data, kind, [bundles.alone(data)], whole=True)
        else:
            self._records(line, data, kind, [Part(data, kind)], whole=True)

    def _bundle(self, line: int, data: bytes) -> None:
        if issues := validate_envelope(data):
            self._refuse(line, "Bundle", issues, data)
            return
        taken = bundles.take_apart(data)
        self.parsed.deleted += taken.deleted
        parts = list(taken.parts)
        if taken.type == "document":
            parts.append(bundles.alone(data))
        self._records(line, data, "Bundle", parts, whole=taken.whole)

    def _records(self, line: int, data: bytes, kind: str, parts: Sequence[Part], *, whole: bool) -> None:
        answers = [(part, self.acceptor.accept(part.data, part.kind)) for part in parts]
        faults = [(part, answer) for part, answer in answers if isinstance(answer, Refused)]
        if faults and whole:
            self._refuse(line, kind, [i for part, refused in faults for i in _placed(part, refused)], data)
            return
        for part, answer in answers:
            if isinstance(answer, Refused):
                self._refuse(line, part.kind, _placed(part, answer), part.sent)
            else:
                self._keep(line, part, answer)

    def _refuse(self, line: int, kind: str, issues: Sequence[Issue], original: bytes) -> None:
        refusal = Refusal(self.parsed.block.file, line, kind, tuple(issues), original)
        self.parsed.refusals.append(refusal)

    def _keep(self, line: int, part: Part, record: Accepted) -> None:
        kind = record.resource_type
        self.parsed.shapes[kind] = self.parsed.shapes.get(kind, record.shape).merged(record.shape)
        self.rows.setdefault(kind, Rows()).add(
            record.encoded,
            record.id,
            key(self.context.site, kind, record.id),
            hashlib.blake2b(record.encoded, digest_size=16).hexdigest(),
            patient_of(record),
            record.get("meta", "versionId"),
            record.get("meta", "lastUpdated"),
            json.dumps(part.rewritten) if part.rewritten else None,
            self.parsed.block.file,
            line,
            self.order,
        )
        self.order += 1
        if kind == "Patient":
            found = linking.tokens(json.loads(part.data), self.context.secret)
            self.parsed.tokens += [dict(zip(TOKENS.names, (record.id, *pair), strict=True)) for pair in found]


def key(site: str, resource_type: str, identifier: str) -> int:
    """The 64-bit hash of a record's key: site, type, id."""
    text = f"{site}\x1f{resource_type}\x1f{identifier}".encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "big", signed=True)


def documents(block: Block) -> Iterator[tuple[int, bytes]]:
    """Each document of a block with its line; blank lines are none."""
    if block.form != "ndjson":
        yield block.first_line, block.data
        return
    for line, data in enumerate(block.data.split(b"\n"), block.first_line):
        if data and not data.isspace():
            yield line, data


def _placed(part: Part, refused: Refused) -> list[Issue]:
    """Issues of an entry, with the path from the Bundle down."""
    if part.index is None:
        return list(refused.issues)
    return [issue.under(f"Bundle.entry[{part.index}].resource") for issue in refused.issues]
