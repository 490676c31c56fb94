"""Patients a second that measures in CQL take on the DuckDB engine, beside peers.

The cases of three official measures are copied under fresh ids: CMS165 up to 51,000 patients, CMS122 and CMS130 up to 300,000,
where a second of planning weighs little (`QUICK=1`: a tenth; `SCALE=10`: CMS165 once more with ten times the patients). Tables are filled once; what is measured is the compiled script, from its
first statement to the rows of the result, on two threads. Every copy has to have the counts that its case expects.

Peers take a smaller sample of CMS165, also on two threads and after compiling: `fhir4ds-v2` (CQL as SQL for DuckDB), and
`fqm-execution` (ELM interpreted in JavaScript; left out where there is no Node.js).

Fails where results are wrong, and where CMS165 is not 60 times as fast as with the fastest peer; unless `QUICK=1`, where
CMS165 does less than 10,000 patients a second, or CMS122 or CMS130 less than 40,000; with `SCALE=10`, where that takes
more than 10.5 times the time, or more than 8 GB. The last line is one JSON object.
"""

from __future__ import annotations

import json
import os
import platform
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

import measures
from lakmus.query.engines.duckdb.elm.plan import Plan
from measure_peers import peers
from measures import Measure, Tables

Found = TypeVar("Found")
QUICK = os.environ.get("QUICK") == "1"
SCALE = int(os.environ.get("SCALE", "1"))
COPIES = 2 if QUICK else 10  # of the cases, for the peers
PATIENTS = {"CMS165": 51_000, "CMS122": 300_000, "CMS130": 300_000}
REQUIRED = {"CMS165": 10_000, "CMS122": 40_000, "CMS130": 40_000}  # patients/s
BESIDE_PEER = 60.0
GROWTH, ALLOWED_MB = 10.5, 8 * 1024
PERIOD = (
    "{'low': cql.to_datetime('2026-01-01T00:00:00.000Z'), 'high': cql.to_datetime('2026-12-31T23:59:59.999Z'), "
    "'lc': true, 'hc': true}"
)


@dataclass(frozen=True)
class Run:
    """What one measure took; seconds, but `peak` in MB, the tables' part included. `planning` is what the script takes whatever
    the number of patients: its time over each case once, when every branch is there to be prepared."""

    name: str
    patients: int
    compiling: float
    size: int
    planning: float
    loading: float
    running: float
    peak: float
    wrong: list[str]

    @property
    def speed(self) -> float:
        return self.patients / self.running

    def __str__(self) -> str:
        return (
            f"{self.name}: compiled in {self.compiling:.2f} s to {self.size:,} bytes of SQL, planned in {self.planning:.2f} s; "
            f"{self.patients:,} patients loaded in {self.loading:.1f} s, run in {self.running:.2f} s: "
            f"{self.speed:,.0f} patients/s, peak {self.peak:,.0f} MB"
        )


def run(name: str, scale: int) -> Run:
    """A measure in a process of its own, so that peaks are no other's."""
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        found = pool.submit(measured, name, scale).result()
    print(found, flush=True)
    for line in found.wrong[:10]:
        print(line)
    return found


def measured(name: str, scale: int) -> Run:
    measure = measures.read(name)
    patients = wanted(measure) * scale
    with tempfile.TemporaryDirectory(prefix="lakmus-cql-") as spill:
        tables = Tables(measure, {"threads": 2, "memory_limit": "6GB", "temp_directory": spill})
        compiling, script = compiled(measure, tables)
        tables.fill(len(measure.cases))
        planning, _ = timed(lambda: tables.run(script))
        loading, _ = timed(lambda: tables.fill(patients))
        running, found = timed(lambda: tables.run(script))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    faults = measures.wrong(measure, found, patients)
    size = sum(len(each.encode()) for each in script)
    return Run(name, patients, compiling, size, planning, loading, running, peak, faults)


def wanted(measure: Measure) -> int:
    """Patients in whole copies of the cases."""
    cases = len(measure.cases)
    return round(PATIENTS[measure.name] / (10 if QUICK else 1) / cases) * cases


def compiled(measure: Measure, tables: Tables) -> tuple[float, list[str]]:
    """The script, and the seconds from CQL to it."""

    def work() -> list[str]:
        plan = Plan(measure.program(), tables, {"Measurement Period": PERIOD})
        script = plan.script(measure.asked)
        tables.codes(plan, measure.value_sets)
        return script

    return timed(work)


def timed(work: Callable[[], Found]) -> tuple[float, Found]:
    begin = time.perf_counter()
    found = work()
    return time.perf_counter() - begin, found


def missed(runs: Mapping[str, Run], ratio: float) -> Iterator[str]:
    """What is not as it has to be. On few patients planning is most of the time: then only the ratio counts."""
    yield from (f"{name}: results" for name, each in runs.items() if each.wrong)
    if ratio < BESIDE_PEER:
        yield f"{ratio:.1f} times as fast as the fastest peer, not {BESIDE_PEER:.0f}"
    for name, least in () if QUICK else REQUIRED.items():
        if runs[name].speed < least:
            yield f"{name}: {runs[name].speed:,.0f} patients/s, not {least:,}"
    if SCALE > 1:
        yield from outgrown(runs["CMS165"])


def outgrown(once: Run) -> Iterator[str]:
    """What is missed where there are many times the patients."""
    many = run(once.name, SCALE)
    ratio, allowed = many.running / once.running, GROWTH * SCALE / 10
    print(f"{once.name}, {SCALE} times the patients: {ratio:.2f} times the time, peak {many.peak:,.0f} MB")
    if many.wrong:
        yield f"{many.name}: results of {SCALE} times the patients"
    if ratio > allowed:
        yield f"{ratio:.2f} times the time, not {allowed:.2f}"
    if many.peak > ALLOWED_MB:
        yield f"{many.peak:,.0f} MB, not {ALLOWED_MB:,}"


def main() -> int:
    runs = {name: run(name, 1) for name in PATIENTS}
    with tempfile.TemporaryDirectory(prefix="lakmus-cql-") as folder:
        fastest = max(peers(measures.read("CMS165"), COPIES, Path(folder)), key=lambda peer: peer.speed)
    ratio = runs["CMS165"].speed / fastest.speed
    faults = list(missed(runs, ratio))
    for fault in faults:
        print(f"missed: {fault}")
    result = {
        "name": "cql",
        "value": round(runs["CMS165"].speed),
        "unit": "patients/s",
        "peer": fastest.name,
        "peer_value": round(fastest.speed),
        "ratio": round(ratio, 1),
        "peak_mb": round(max(each.peak for each in runs.values())),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
    }
    print(json.dumps(result))
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main())
