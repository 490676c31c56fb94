"""What it takes to ask a measure again when the records of one person in a hundred changed.

CMS165 over a lake of 1,000,000 patients, copies of the official cases under fresh ids (`QUICK=1`: 50,000), answers kept: asked of
everybody, then after one per cent of the patients had another encounter, then after one patient had. The last is what planning
and reading the catalog take, whatever the number of persons.

Fails where answers are not those that the cases expect, where they are not those of everybody asked anew, or, unless `QUICK=1`,
where the second run takes more than 5 % of the first and planning. The last line is one JSON object.
"""

from __future__ import annotations

import json
import os
import platform
import resource
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa

import measures
from lakmus.lake import IdentifiedLake
from lakmus.lake.results import Results, Run
from lakmus.query.engines.duckdb.elm.keeping import keep
from lakmus.query.engines.duckdb.elm.run import Question, evaluate
from lakmus.query.ir.elm.types import DATETIME
from lakmus.query.ir.elm.values import DateTime, Interval
from measure_lake import fill, visit_again

QUICK = os.environ.get("QUICK") == "1"
PATIENTS = int(os.environ.get("PATIENTS", "50000" if QUICK else "1000000"))
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
PERIOD = Interval(
    DateTime((2026, 1, 1, 0, 0, 0, 0), 0), DateTime((2026, 12, 31, 23, 59, 59, 999), 0), True, True, DATETIME
)
ALLOWED = 0.05


class ValueSets:
    """The value sets that come with a measure."""

    def __init__(self, measure: measures.Measure) -> None:
        self._known = measure.value_sets

    def members(self, url: str) -> tuple[tuple[str, str], ...]:
        return self._known.get(url, ())


def main() -> int:
    measure = measures.read("CMS165")
    patients = PATIENTS // len(measure.cases) * len(measure.cases)
    with tempfile.TemporaryDirectory(prefix="lakmus-rerun-") as folder:
        filling, lake = timed(lambda: fill(measure, patients, Path(folder) / "lake"))
        print(f"{patients:,} patients in {lake.bucket_count} buckets, written in {filling:.1f} s", flush=True)
        with lake:
            return measured(measure, lake, patients)


def measured(measure: measures.Measure, lake: IdentifiedLake, patients: int) -> int:
    question = Question(measure.program(), measure.asked, NOW, {"Measurement Period": PERIOD})
    sets = ValueSets(measure)

    def asked(what: str) -> tuple[float, Run]:
        took, run = timed(lambda: keep(lake, question, sets, now=datetime.now(UTC)))
        print(f"{what}: {took:.2f} s, asked {run.asked:,} of {run.persons:,} persons", flush=True)
        return took, run

    full, run = asked("everybody")
    faults = measures.wrong(measure, answers(lake, run), patients)
    visit_again(lake, patients, 100)
    again, run = asked("one per cent")
    visit_again(lake, patients, patients)
    planning, run = asked("one person")
    faults += differing(lake, question, sets, run)
    share = (again - planning) / full
    print(
        f"one per cent takes {share:.1%} of the time of everybody, and {planning:.2f} s whatever the number of persons"
    )
    if not QUICK and share > ALLOWED:
        faults.append(f"{share:.1%}, not {ALLOWED:.0%}")
    for fault in faults:
        print(f"missed: {fault}")
    print(json.dumps(result(full, again, patients)))
    return int(bool(faults))


def answers(lake: IdentifiedLake, run: Run) -> pa.Table:
    return pa.Table.from_batches(list(Results(lake).read(run)))


def differing(lake: IdentifiedLake, question: Question, sets: ValueSets, run: Run) -> list[str]:
    """What differs between the answers that are kept and those of everybody asked anew."""
    anew = pa.Table.from_batches(list(evaluate(lake, question, sets))).sort_by("patient")
    return [] if anew.equals(answers(lake, run)) else ["answers kept are not those of everybody asked anew"]


def result(full: float, again: float, patients: int) -> dict[str, object]:
    return {
        "name": "rerun",
        "value": round(again, 2),
        "unit": "s",
        "peer": "everybody asked",
        "peer_value": round(full, 2),
        "ratio": round(again / full, 3),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {patients:,} patients",
    }


def timed(work):
    begin = time.perf_counter()
    found = work()
    return time.perf_counter() - begin, found


if __name__ == "__main__":
    sys.exit(main())
