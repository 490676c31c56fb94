"""A stream of records cut into blocks of whole documents, in bounded memory whatever the stream holds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Literal

from lakmus.core.errors import InputError
from lakmus.intake.sources import Source, damage

BLOCK = 8 << 20  # bytes handed to a worker at once
LONGEST = 64 << 20  # one line or one document
KEPT = 64 << 10  # of a document that is too long to keep
BOM = b"\xef\xbb\xbf"

Form = Literal["ndjson", "json", "xml", "unknown"]


@dataclass(frozen=True)
class Block:
    """Whole documents of one file.

    `end` is the byte after the block in the unpacked file and `lines` the number of lines up to there; `fault` says
    why the rest of the file, or this one document, could not be read (then `data` is what is kept of it).
    """

    file: str
    form: Form
    first_line: int
    data: bytes
    end: int
    lines: int
    last: bool = False
    fault: str = ""


def read(source: Source, *, start: int = 0, lines: int = 0) -> Iterator[Block]:
    """Cuts a source into blocks, from a byte that an earlier block ended at. Never raises for what the file holds."""
    try:
        with source.open() as stream:
            form = sniff(source.name, stream)
            if form == "ndjson":
                yield from _lines(source.name, stream, start, lines)
            else:
                yield _document(source.name, stream, form)
    except InputError as error:
        yield Block(source.name, "unknown", lines + 1, b"", start, lines, True, error.message)


def sniff(name: str, stream: BinaryIO) -> Form:
    """What a file is, by its first bytes and then its name; leaves the stream at its start."""
    head = _peek(stream)
    text = head.removeprefix(BOM).lstrip()
    if text.startswith(b"<"):
        return "xml"
    if name.removesuffix(".gz").endswith((".ndjson", ".jsonl")):
        return "ndjson"
    if not text.startswith((b"{", b"[")):
        return "unknown" if text else "ndjson"
    first, newline, _ = text.partition(b"\n")
    return "ndjson" if newline and _is_json(first) else "json"


def _peek(stream: BinaryIO) -> bytes:
    if hasattr(stream, "peek"):
        return bytes(stream.peek(1 << 16))[: 1 << 16]
    head = stream.read(1 << 16)
    stream.seek(0)
    return head


def _is_json(line: bytes) -> bool:
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True


def _document(name: str, stream: BinaryIO, form: Form) -> Block:
    data = stream.read(LONGEST + 1)
    if fault := damage(stream):
        return Block(name, form, 1, data, len(data), 1, True, fault)
    if len(data) > LONGEST:
        fault = f"the document is longer than {LONGEST >> 20} MiB"
        return Block(name, form, 1, data[:KEPT], len(data), 1, True, fault)
    fault = "" if form != "unknown" else "this is neither JSON, NDJSON nor XML"
    return Block(name, form, 1, data.removeprefix(BOM), len(data), 1, True, fault)


def _lines(name: str, stream: BinaryIO, start: int, lines: int) -> Iterator[Block]:
    _skip(stream, start)
    carry, end = b"", start
    while True:
        data = stream.read(BLOCK)
        if not data and (fault := damage(stream)):  # what was whole before the damage has been taken in
            yield Block(name, "ndjson", lines + 1, carry, end + len(carry), lines + 1, True, fault)
            return
        whole, carry = _cut(carry + data, final=not data)
        if whole:
            count = whole.count(b"\n") + (not whole.endswith(b"\n"))
            end += len(whole)
            yield Block(name, "ndjson", lines + 1, whole.removeprefix(BOM), end, lines + count, last=not data)
            lines += count
        elif not data:
            yield Block(name, "ndjson", lines + 1, b"", end, lines, last=True)
        if not data:
            return
        if len(carry) > LONGEST:
            kept, length, carry = _overlong(stream, carry)
            end += length
            fault = f"the line is longer than {LONGEST >> 20} MiB"
            yield Block(name, "ndjson", lines + 1, kept, end, lines + 1, False, fault)
            lines += 1


def _cut(data: bytes, *, final: bool) -> tuple[bytes, bytes]:
    if final:
        return data, b""
    cut = data.rfind(b"\n") + 1
    return data[:cut], data[cut:]


def _overlong(stream: BinaryIO, begun: bytes) -> tuple[bytes, int, bytes]:
    """Reads past a line that is too long: its first bytes, its length, and what follows it."""
    length = len(begun)
    while data := stream.read(BLOCK):
        cut = data.find(b"\n")
        if cut >= 0:
            return begun[:KEPT], length + cut + 1, data[cut + 1 :]
        length += len(data)
    return begun[:KEPT], length, b""


def _skip(stream: BinaryIO, count: int) -> None:
    if stream.seekable():
        stream.seek(count)
        return
    while count > 0:
        count -= len(stream.read(min(count, BLOCK)) or b"\0" * count)
