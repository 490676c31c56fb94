"""One block written to a part file: the lines of each clinic and type together, ready to be appended to their files."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from lakmus.synth.block import Lines
from lakmus.synth.life import make_block, render
from lakmus.synth.region import Region


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the part file that belongs to one file of the result."""

    site: str
    type: str
    length: int
    lines: int


@dataclass(frozen=True)
class Part:
    """A finished block: its file, the pieces in it one after the other, and its truth tables."""

    path: Path
    pieces: tuple[Piece, ...]
    truth: dict[str, pa.Table]


def write_part(region: Region, number: int, folder: Path, compress: bool) -> Part:
    """Make and write a block. Called in worker processes: everything it needs is in its arguments."""
    block, chapters = make_block(region, number)
    gathered: dict[tuple[int, str], list[pa.StringArray]] = {}
    for lines in render(block, chapters):
        for clinic, text in by_clinic(lines, len(region.clinics)):
            gathered.setdefault((clinic, lines.type), []).append(text)
    path = folder / f"block-{number}.part"
    pieces = []
    with path.open("wb") as file:
        for (clinic, kind), texts in sorted(gathered.items()):
            data = b"".join(bytes_of(text) for text in texts)
            if compress:
                # Members of a gzip file may follow each other (RFC 1952, 2.2); mtime 0 keeps equal bytes equal.
                data = gzip.compress(data, 6, mtime=0)
            file.write(data)
            count = sum(len(text) for text in texts)
            pieces.append(Piece(region.clinics[clinic].site, kind, len(data), count))
    return Part(path, tuple(pieces), block.truth)


def by_clinic(lines: Lines, clinics: int) -> list[tuple[int, pa.StringArray]]:
    """The lines of each clinic, in their order."""
    order = np.argsort(lines.clinic, kind="stable")
    text = lines.text.take(pa.array(order))
    bounds = np.searchsorted(lines.clinic[order], np.arange(clinics + 1))
    return [(i, text[bounds[i] : bounds[i + 1]]) for i in range(clinics) if bounds[i] < bounds[i + 1]]


def bytes_of(text: pa.StringArray) -> memoryview:
    """The lines as they lie in memory, without a copy."""
    _, offsets, data = text.buffers()
    bounds = np.frombuffer(offsets, np.int32)[text.offset : text.offset + len(text) + 1]
    return memoryview(data)[bounds[0] : bounds[-1]]
