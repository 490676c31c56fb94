"""MB a second at which NDJSON of Bundles is validated and written into the encrypted lake.

Lives of real shape (`synthea-r4-bundles`) are sent again and again under fresh ids; one line in a hundred has a planted
fault. The peer is DuckDB alone: typed JSON to Parquet, nothing validated. The bound is 40 MB/s where that does 250, and as
much of the peer's speed on a slower machine. Fails below it, above 2 GB of memory over all processes, when anything but
the planted lines is in quarantine, or when a sample does not read back as sent.
`QUICK=1` sends less. The last line is one JSON object.
"""

from __future__ import annotations

import gzip
import json
import os
import platform
import random
import re
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from decimal import Decimal
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import duckdb

from lakmus.core.clock import FixedClock
from lakmus.intake.batch import Intake
from lakmus.lake import IdentifiedLake, quarantine
from lakmus.ops import KeyStore, Sealer

REQUIRED_SPEED, BESIDE_PEER, ALLOWED_MB = 40.0, 250.0, 2048
PATIENTS, QUICK_PATIENTS = 10_000, 1_500  # one in a hundred: a fault of every kind even then
EVERY = 100  # each so-many-th line is broken
SAMPLE = 20  # lines that are read back
PEER_BYTES = 200 << 20
NEEDED = 1.6  # disk for each byte sent: the file, the lake, the peer's output
FRESH = re.compile(rb"[0-9a-f]{8}(?=-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})")
Fault = Callable[[bytes], bytes]


def swap(old: bytes, new: bytes) -> Fault:
    """A fault made at the first place of a text; every Bundle has that text."""

    def fault(bundle: bytes) -> bytes:
        assert old in bundle, "the text to spoil is in every Bundle"
        return bundle.replace(old, new, 1)

    return fault


GENDER = b'"gender":"'
DEEP = b'"extension":[{"url":"a",' * 70 + b'"valueBoolean":true' + b"}]" * 70
# Rule that is broken: how. A Bundle of the kind transaction falls as a whole.
FAULTS: Mapping[str, Fault] = {
    "json": lambda bundle: bundle[:-20],
    "utf-8": swap(GENDER, b'"language":"\xff",' + GENDER),
    "duplicate-key": swap(GENDER, b'"gender":"male",' + GENDER),
    "nesting": swap(GENDER, b'"managingOrganization":{%s},' % DEEP + GENDER),
    "resource-type": swap(b'{"resourceType":"Patient"', b'{"resourceType":"Patiente"'),
    "unknown-element": swap(GENDER, b'"gendre":"male",' + GENDER),
    "type": swap(GENDER, b'"active":"yes",' + GENDER),
    "cardinality": swap(b'"resource":{"resourceType":"Encounter"', b'"resource":{"resourceType":"Basic"},"request":{"method":"POST","url":"Basic"}},{"resource":{"resourceType":"Encounter"'),
    "required-code": swap(GENDER, b'"gender":"unheard-of-'),
    "form-date": swap(b'"birthDate":"', b'"birthDate":"2001-02-30-'),
    "form-reference": swap(b'"reference":"urn:uuid:', b'"reference":"nowhere at all '),
    "choice": swap(GENDER, b'"modifierExtension":[{"url":"a","valueString":"x","valueInteger":1}],' + GENDER),
    "ele-1": swap(GENDER, b'"contact":[],' + GENDER),
    "per-1": swap(GENDER, b'"modifierExtension":[{"url":"a","valuePeriod":{"start":"2002","end":"2001"}}],' + GENDER),
    "bdl-5": swap(b'"entry":[', b'"entry":[{"fullUrl":"urn:uuid:0"},'),
}  # fmt: skip


def main() -> int:
    patients = QUICK_PATIENTS if os.environ.get("QUICK") == "1" else PATIENTS
    with tempfile.TemporaryDirectory(prefix="lakmus-ingest-") as scratch:
        file = Path(scratch) / "lives.ndjson"
        # In a process of its own, so that what it held is no part of what intake needs.
        with ProcessPoolExecutor(1, get_context("spawn")) as pool:
            planted = pool.submit(write, patients, file).result()
        return measure(file, planted, Path(scratch))


def lives() -> Iterator[bytes]:
    """The Bundles of one patient each."""
    shared = Path(os.environ.get("LAKMUS_SHARED", Path(__file__).resolve().parents[2] / "shared"))
    files = sorted((shared / "data/synthea-r4-bundles").glob("*.ndjson.gz"))
    if not files:
        sys.exit(
            f"no Bundles at {shared}; set LAKMUS_SHARED to the folder that holds data/synthea-r4-bundles"
        )
    for file in files:
        with gzip.open(file, "rb") as lines:
            yield from (line.rstrip(b"\n") for line in lines if GENDER in line and b'"Encounter"' in line)


def room(size: int) -> None:
    needed, free = int(size * NEEDED) + PEER_BYTES, shutil.disk_usage(tempfile.gettempdir()).free
    if free < needed:
        sys.exit(
            f"{needed >> 20} MB of disk are needed at {tempfile.gettempdir()} and {free >> 20} MB are free; "
            "set TMPDIR to a larger disk, or QUICK=1"
        )


def write(patients: int, file: Path) -> dict[int, str]:
    """Writes the lines; the numbers of the broken ones with the rule that each breaks."""
    bundles = list(lives())
    room(patients * sum(map(len, bundles)) // len(bundles))
    kinds = list(FAULTS)
    planted: dict[int, str] = {}
    parts = [FRESH.split(bundle) for bundle in bundles]
    own = [FRESH.findall(bundle) for bundle in bundles]
    with file.open("wb") as out:
        for number in range(patients):
            copy, place = divmod(number, len(bundles))
            line = fresh(parts[place], own[place], copy)
            if number % EVERY == EVERY // 2:
                rule = kinds[len(planted) % len(kinds)]
                planted[number + 1], line = rule, FAULTS[rule](line)
            out.write(line + b"\n")
    return planted


def fresh(parts: list[bytes], own: list[bytes], copy: int) -> bytes:
    """A life with ids of its own: the first eight digits of each UUID are moved on."""
    ids = [b"%08x" % ((int(digits, 16) + copy * 0x01000193) % (1 << 32)) for digits in own]
    return b"".join(piece for pair in zip(parts, [*ids, b""], strict=True) for piece in pair)


def measure(file: Path, planted: Mapping[int, str], scratch: Path) -> int:
    size = file.stat().st_size / 1e6
    sealer = Sealer(KeyStore(scratch / "keys"), "quarantine")
    with IdentifiedLake.create(scratch / "lake", memory="800MB") as lake:
        with Memory() as memory:
            begin, busy = time.perf_counter(), os.times()
            receipt = Intake(lake, FixedClock(datetime.now(UTC)), sealer.seal).take_in(file, "bench").receipt
            seconds, spent = time.perf_counter() - begin, busy_seconds(busy)
        speed = size / seconds
        print(f"{size:.0f} MB in {seconds:.1f} s, {spent / size * 1000:.1f} ms of processor for each MB")
        print(
            f"{receipt.created} records accepted, {receipt.refused} Bundles refused, peak {memory.peak:.0f} MB"
        )
        wrong = misjudged(lake, planted) + unequal(lake, file, planted)
    for line in wrong[:10]:
        print(line)
    peer = duckdb_alone(file, planted, scratch)
    print(json.dumps(result(speed, peer, memory.peak)))
    required = REQUIRED_SPEED * min(1.0, peer / BESIDE_PEER)
    return int(bool(wrong) or speed < required or memory.peak > ALLOWED_MB)


def busy_seconds(since: os.times_result) -> float:
    """Processor time of this process and of its ended workers."""
    return sum(os.times()[:4]) - sum(since[:4])


def result(speed: float, peer: float, peak: float) -> dict[str, Any]:
    return {
        "name": "ingest",
        "value": round(speed, 1),
        "unit": "MB/s",
        "peer": f"DuckDB {duckdb.__version__} alone, typed JSON to Parquet",
        "peer_value": round(peer, 1),
        "ratio": round(speed / peer, 2),
        "peak_mb": round(peak),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
    }


# -- what came of it --------------------------------------------------------------------------------------------------


def misjudged(lake: IdentifiedLake, planted: Mapping[int, str]) -> list[str]:
    """Lines refused that are sound, faulty ones that are not refused, and refusals for another reason."""
    found = {item.line: item.reason.split(", ") for item in quarantine.items(lake, limit=1_000_000)}
    return [
        f"line {line}: planted {planted.get(line, 'nothing')}, refused for {', '.join(found.get(line, ['nothing']))}"
        for line in sorted(planted.keys() | found.keys())
        if planted.get(line) not in found.get(line, ())
    ]


def unequal(lake: IdentifiedLake, file: Path, planted: Mapping[int, str]) -> list[str]:
    """Records of a sample of lines that do not read back as sent, references to entries made relative."""
    lines = sum(1 for _ in file.open("rb"))
    chosen = set(random.Random(1).sample([n for n in range(1, lines + 1) if n not in planted], SAMPLE))
    sent: dict[tuple[str, str], list[Any]] = {}
    with file.open("rb") as stream:
        for line in (text for number, text in enumerate(stream, 1) if number in chosen):
            for record in expected(json.loads(line, parse_float=Decimal)):
                sent.setdefault((record["resourceType"], record["id"]), []).append(record)
    return [f"{kind}/{name} does not read back" for kind, name in differing(lake, sent)]


def expected(bundle: Mapping[str, Any]) -> list[Any]:
    targets = {
        entry["fullUrl"]: f"{entry['resource']['resourceType']}/{entry['resource']['id']}"
        for entry in bundle["entry"]
    }
    return [relative(entry["resource"], targets) for entry in bundle["entry"]]


def relative(value: Any, targets: Mapping[str, str]) -> Any:
    if isinstance(value, list):
        return [relative(item, targets) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        name: targets.get(child, child)
        if name == "reference" and isinstance(child, str)
        else relative(child, targets)
        for name, child in value.items()
    }


def differing(lake: IdentifiedLake, sent: Mapping[tuple[str, str], list[Any]]) -> Iterator[tuple[str, str]]:
    for kind in sorted({kind for kind, _ in sent}):
        names = [name for of, name in sent if of == kind]
        held = {r["id"]: r for r in lake.resources(kind, where="list_contains(?, id)", parameters=[names])}
        yield from ((kind, name) for name in names if held.get(name) not in sent[kind, name])


# -- beside it --------------------------------------------------------------------------------------------------------


def duckdb_alone(file: Path, planted: Mapping[int, str], scratch: Path) -> float:
    """MB/s at which DuckDB reads sound Bundles into typed columns and writes Parquet; nothing is checked."""
    part = scratch / "part.ndjson"
    with file.open("rb") as lines, part.open("wb") as out:
        for number, line in enumerate(lines, 1):
            if number not in planted and out.tell() < PEER_BYTES:
                out.write(line)
    connection = duckdb.connect(config={"memory_limit": "4GB", "preserve_insertion_order": False})
    read = f"read_json('{part}', format = 'newline_delimited', maximum_object_size = {64 << 20}, "
    guess = (
        f"DESCRIBE SELECT * FROM {read} sample_size = -1, maximum_depth = -1, map_inference_threshold = -1)"
    )
    types = ", ".join(f"'{name}': '{kind}'" for name, kind, *_ in connection.execute(guess).fetchall())
    begin = time.perf_counter()
    connection.execute(f"COPY (SELECT * FROM {read} columns = {{{types}}})) TO '{scratch / 'part.parquet'}'")
    return part.stat().st_size / 1e6 / (time.perf_counter() - begin)


class Memory:
    """Peak memory of this process and all below it, shared pages counted once, while the block runs."""

    def __enter__(self) -> Memory:
        self.peak, self._done = 0.0, threading.Event()
        self._watch = threading.Thread(target=self._look, daemon=True)
        self._watch.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._done.set()
        self._watch.join()

    def _look(self) -> None:
        while not self._done.wait(0.25):
            self.peak = max(self.peak, sum(map(held_mb, family(os.getpid()))))


def family(process: int) -> list[int]:
    """A process and its descendants."""
    try:
        children = [
            int(child)
            for task in Path(f"/proc/{process}/task").iterdir()
            for child in (task / "children").read_text().split()
        ]
    except OSError:  # it has just ended
        return []
    return [process, *(below for child in children for below in family(child))]


def held_mb(process: int) -> float:
    try:
        text = Path(f"/proc/{process}/smaps_rollup").read_text()
    except OSError:
        return 0.0
    return next(int(line.split()[1]) / 1024 for line in text.splitlines() if line.startswith("Pss:"))


if __name__ == "__main__":
    sys.exit(main())
