"""One block of documents becomes validated rows and refusals: the part of intake that runs in worker processes."""

from __future__ import annotations

import gc
import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec
import pyarrow as pa

from lakmus.fhir import Accepted, Acceptor, Issue, Refused, operation_outcome, patient_of
from lakmus.fhir import xml as fhir_xml
from lakmus.fhir.accept import hollow
from lakmus.fhir.definitions import is_resource
from lakmus.fhir.shapes import Shape
from lakmus.intake import bundles, identities, linking
from lakmus.intake.blocks import Block
from lakmus.intake.bundles import Part
from lakmus.intake.conditional import Answers
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


@dataclass(frozen=True)
class Deferred:
    """A Bundle that depends on what searches find: looked at again where the lake can be asked."""

    block: Block  # without its data
    line: int
    data: bytes
    searches: frozenset[str]


@dataclass
class Parsed:
    """What a block of `size` bytes held; `block` is without its data, which needs no way back from a worker."""

    block: Block
    size: int
    shapes: dict[str, Shape] = field(default_factory=dict)
    rows: dict[str, pa.RecordBatch] = field(default_factory=dict)
    refusals: list[Refusal] = field(default_factory=list)
    tokens: list[dict[str, str]] = field(default_factory=list)
    deleted: list[tuple[str, str]] = field(default_factory=list)
    deferred: list[Deferred] = field(default_factory=list)


class Parser:
    """Parses blocks; keeps nothing of one block for the next but the shapes it learnt."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.acceptor = Acceptor()
        self.answers: Answers | None = None

    def parse(self, block: Block) -> Parsed:
        """All documents of a block; never raises for what they hold."""
        collecting = gc.isenabled()
        gc.disable()  # records hold no cycles, and looking for some takes a fifth of the time
        try:
            return self._parse(block)
        finally:
            if collecting:
                gc.enable()

    def parse_deferred(self, deferred: Deferred, answers: Answers) -> Parsed:
        """A Bundle again, now that its searches are answered."""
        self.answers = answers
        try:
            return self.parse(
                replace(deferred.block, form="json", data=deferred.data, first_line=deferred.line)
            )
        finally:
            self.answers = None

    def _parse(self, block: Block) -> Parsed:
        self.parsed = Parsed(replace(block, data=b""), len(block.data))
        self.rows: dict[str, list[tuple[Any, ...]]] = {}
        self.order = 0
        if block.fault:
            self._refuse(
                block.first_line, "", [Issue.of_document("structure", "file", block.fault)], block.data
            )
        elif block.form == "xml":
            self._xml(block)
        else:
            self.acceptor.solid = not hollow(block.data)
            for line, data in documents(block):
                self._document(line, data)
            self.acceptor.solid = False
        self.parsed.rows = {kind: staged(rows) for kind, rows in self.rows.items()}
        return self.parsed

    def _xml(self, block: Block) -> None:
        converted = fhir_xml.to_json(block.data)
        if isinstance(converted, bytes):
            self._document(block.first_line, converted)
            self.parsed.refusals = [
                replace(refusal, original=block.data) if refusal.original == converted else refusal
                for refusal in self.parsed.refusals
            ]
        else:
            self._refuse(block.first_line, "", converted, block.data)

    def _document(self, line: int, data: bytes) -> None:
        try:
            kind = identities.kind_of(data)
            if kind == "Bundle":
                self._bundle(line, data)
                return
            part = bundles.alone(data)
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
            part = Part(data, "")  # the validator says what is wrong with it
        self._records(line, data, part.kind, [part], whole=True)

    def _bundle(self, line: int, data: bytes) -> None:
        envelope = self.acceptor.envelope(data)
        if isinstance(envelope, Refused):
            self._refuse(line, "Bundle", envelope.issues, data)
            return
        taken = bundles.take_apart(envelope, self.answers)
        if taken.searches:
            self.parsed.deferred.append(Deferred(self.parsed.block, line, data, taken.searches))
            return
        parts = [*taken.parts, *([bundles.alone(data)] if taken.type == "document" else [])]
        if taken.issues and taken.whole:
            self._refuse(line, "Bundle", [issue for _, issue in taken.issues], data)
            return
        for index, issue in taken.issues:
            self._refuse(line, "Bundle", [issue], bytes(envelope.entry[index].resource) or data)
        left = {index for index, _ in taken.issues}
        if self._records(line, data, "Bundle", [p for p in parts if p.index not in left], whole=taken.whole):
            self.parsed.deleted += taken.deleted

    def _records(self, line: int, data: bytes, kind: str, parts: Sequence[Part], *, whole: bool) -> bool:
        """Keeps what is valid, of a whole all or nothing; says whether anything was to be kept."""
        answers = [(part, self.acceptor.accept(part.data, part.kind)) for part in parts]
        faults = [(part, answer) for part, answer in answers if isinstance(answer, Refused)]
        if faults and whole:
            self._refuse(line, kind, [i for part, refused in faults for i in _placed(part, refused)], data)
            return False
        for part, answer in answers:
            if isinstance(answer, Refused):
                self._refuse(line, part.kind, _placed(part, answer), part.sent)
            else:
                self._keep(line, part, answer)
        return True

    def _refuse(self, line: int, kind: str, issues: Sequence[Issue], original: bytes) -> None:
        known = kind if is_resource(kind) else ""  # what was sent instead could be anything
        refusal = Refusal(self.parsed.block.file, line, known, tuple(issues), original)
        self.parsed.refusals.append(refusal)

    def _keep(self, line: int, part: Part, record: Accepted) -> None:
        kind = record.resource_type
        known = self.parsed.shapes.setdefault(kind, record.shape)
        if known is not record.shape:
            self.parsed.shapes[kind] = known.merged(record.shape)
        self.rows.setdefault(kind, []).append(self._row(line, part, record))
        self.order += 1
        if kind == "Patient":
            found = linking.tokens(json.loads(part.data), self.context.secret)
            self.parsed.tokens += [dict(zip(TOKENS.names, (record.id, *pair), strict=True)) for pair in found]

    def _row(self, line: int, part: Part, record: Accepted) -> tuple[Any, ...]:
        """The columns of `STAGED`."""
        return (
            record.encoded,
            record.id,
            key(self.context.site, record.resource_type, record.id),
            hashlib.blake2b(record.encoded, digest_size=16).hexdigest(),
            patient_of(record),
            *record.version,
            msgspec.json.encode(part.rewritten) if part.rewritten else None,
            self.parsed.block.file,
            line,
            self.order,
        )


def staged(rows: list[tuple[Any, ...]]) -> pa.RecordBatch:
    """Rows as columns."""
    records, *others = zip(*rows, strict=True)
    texts = pa.array(records, pa.large_binary()).cast(
        pa.large_string()
    )  # five times as fast as bytes to text
    columns = [pa.array(column, of.type) for column, of in zip(others, list(STAGED)[1:], strict=True)]
    return pa.record_batch([texts, *columns], schema=STAGED)


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
