"""Planted data faults: records that no validator may accept, and values that are valid but cannot be true.

Invalid records are made from finished lines, each by one named kind of damage. Patients and encounters stay whole, so
that everything else still refers to something.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pyarrow as pa

from lakmus.synth.columns import Ints
from lakmus.synth.tables import Bools, Floats

SPARED = ("Patient", "Encounter")
_UPDATED = re.compile(rb'"lastUpdated":"[^"]*"')
_REQUIRED = (b'"status":"final",', b'"status":"completed",', b'"status":"active",', b'"status":"current",')


def _cut(line: bytes) -> bytes:
    return line[: len(line) // 2]


def _without_required(line: bytes) -> bytes:
    """Without `status`, or where that is not required without the subject."""
    for member in _REQUIRED:
        if member in line:
            return line.replace(member, b"", 1)
    return re.sub(rb'"(subject|patient)":\{"reference":"[^"]*"\},?', b"", line, count=1).replace(b",}", b"}")


def _after_brace(member: bytes) -> Callable[[bytes], bytes]:
    return lambda line: b"{" + member + line[1:]


def _first(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    return lambda line: line.replace(old, new, 1)


KINDS: dict[str, Callable[[bytes], bytes]] = {
    "broken-json": _cut,
    "unknown-element": _after_brace(b'"favouriteColour":"green",'),
    "wrong-type": _after_brace(b'"language":5,'),
    "not-a-list": _after_brace(b'"contained":{"resourceType":"Basic"},'),
    "duplicate-key": _after_brace(b'"id":"twice",'),
    "bad-date": lambda line: _UPDATED.sub(b'"lastUpdated":"2024-13-45T25:61:00Z"', line, count=1),
    "bad-id": _first(b'"id":"', b'"id":"_#'),
    "bad-reference": _first(b'"reference":"Patient/', b'"reference":" Patient/ '),
    "missing-required": _without_required,
    "empty-object": _after_brace(b'"text":{},'),
    "invalid-utf8": _first(b'"id":"', b'"id":"\xff\xfe'),
}


def damage(
    data: memoryview, offsets: Ints, kind: str, share: float, rng: np.random.Generator
) -> tuple[list[bytes | memoryview], Ints, list[str]]:
    """The lines between the offsets with a share of them damaged: the pieces to write, which lines, and how."""
    n = len(offsets) - 1
    if kind in SPARED or not share:
        return [data[offsets[0] : offsets[-1]]], np.zeros(0, np.int64), []
    lines = np.flatnonzero(rng.uniform(size=n) < share)
    names = [list(KINDS)[i] for i in rng.integers(0, len(KINDS), len(lines))]
    pieces: list[bytes | memoryview] = []
    written = 0
    for line, name in zip(lines, names, strict=True):
        whole = bytes(data[offsets[line] : offsets[line + 1]]).rstrip(b"\n")
        pieces += [data[offsets[written] : offsets[line]], KINDS[name](whole) + b"\n"]
        written = int(line) + 1
    return [*pieces, data[offsets[written] : offsets[n]]], lines, names


def table(site: str, kind: str, file: str, lines: Ints, names: list[str]) -> pa.Table:
    """`faults` of one file; lines count from 1 within the block until the writer adds what the file held before."""
    many = len(lines)
    return pa.table(
        {
            "site": pa.array([site] * many, pa.string()),
            "type": pa.array([kind] * many, pa.string()),
            "file": pa.array([file] * many, pa.string()),
            "line": pa.array(lines + 1, pa.int64()),
            "fault": pa.array(names, pa.string()),
        }
    )


# Values as they look when entered in another unit than the one beside them.
_SLIPS: dict[str, tuple[str, Callable[[Floats], Floats]]] = {
    "weight": ("weight-in-grams", lambda x: x * 1000),
    "height": ("height-in-metres", lambda x: x / 100),
    "temperature": ("temperature-in-fahrenheit", lambda x: x * 1.8 + 32),
    "creatinine": ("creatinine-in-mg-dl", lambda x: x / 88.42),
    "glucose": ("glucose-in-mg-dl", lambda x: x * 18.016),
    "ldl": ("ldl-in-mg-dl", lambda x: x * 38.67),
    "haemoglobin": ("haemoglobin-in-g-dl", lambda x: x / 10),
    "hba1c": ("hba1c-in-mmol-mol", lambda x: 10.93 * x - 23.5),
}


def slip(key: str, value: Floats, share: float, rng: np.random.Generator) -> tuple[Floats, Bools, str]:
    """The values with a share of them in the wrong unit, which those are, and the name of the slip."""
    if key not in _SLIPS or not share:
        return value, np.zeros(len(value), bool), ""
    name, wrong = _SLIPS[key]
    those = rng.uniform(size=len(value)) < share
    return np.where(those, wrong(value), value), those, name
