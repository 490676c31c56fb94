"""One block written to a part file: the lines of each clinic and type together, ready to be appended to their files."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from lakmus.synth import faults
from lakmus.synth.block import Lines
from lakmus.synth.columns import Ints
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
    for batch in render(block, chapters):
        for clinic, text in by_clinic(batch, len(region.clinics)):
            gathered.setdefault((clinic, batch.type), []).append(text)
    path = folder / f"block-{number}.part"
    pieces, planted, ending = [], [], ".ndjson.gz" if compress else ".ndjson"
    rng = region.generator(number, "faults")
    with path.open("wb") as file:
        for (clinic, kind), texts in sorted(gathered.items()):
            site = region.clinics[clinic].site
            stretches, lines, names = _damaged(texts, kind, region.faults.invalid, rng)
            planted.append(faults.table(site, kind, f"sites/{site}/{kind}{ending}", lines, names))
            if compress:
                # Members of a gzip file may follow each other (RFC 1952, 2.2); mtime 0 keeps equal bytes equal.
                stretches = [gzip.compress(b"".join(stretches), 6, mtime=0)]
            length = sum(file.write(stretch) for stretch in stretches)
            pieces.append(Piece(site, kind, length, sum(len(text) for text in texts)))
    return Part(path, tuple(pieces), block.truth | {"faults": pa.concat_tables(planted)})


def _damaged(
    texts: list[pa.StringArray], kind: str, share: float, rng: np.random.Generator
) -> tuple[list[bytes | memoryview], Ints, list[str]]:
    """The bytes to write in their order, and which lines were damaged how."""
    if not share:
        views = [bytes_of(text) for text in texts]
        return [data[bounds[0] : bounds[-1]] for data, bounds in views], np.zeros(0, np.int64), []
    return faults.damage(*bytes_of(pa.concat_arrays(texts)), kind, share, rng)


def by_clinic(lines: Lines, clinics: int) -> list[tuple[int, pa.StringArray]]:
    """The lines of each clinic, in their order."""
    order = np.argsort(lines.clinic, kind="stable")
    text = lines.text.take(pa.array(order))
    bounds = np.searchsorted(lines.clinic[order], np.arange(clinics + 1))
    return [(i, text[bounds[i] : bounds[i + 1]]) for i in range(clinics) if bounds[i] < bounds[i + 1]]


def bytes_of(text: pa.StringArray) -> tuple[memoryview, Ints]:
    """The lines as they lie in memory, without a copy, and where each begins."""
    _, offsets, data = text.buffers()
    bounds = np.frombuffer(offsets, np.int32)[text.offset : text.offset + len(text) + 1]
    return memoryview(data), bounds.astype(np.int64)
