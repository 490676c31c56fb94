"""Patients a second that the synthetic region is written at, by as many processes as there are cores.

Fails when it is below 2,000 patients/s (on two cores), below 50 resources for each patient, or when memory grows with
the number of patients. `QUICK=1` writes fewer patients. The last line is one JSON object.
"""

from __future__ import annotations

import json
import os
import platform
import resource
import shutil
import sys
import tempfile
import time
from pathlib import Path

from lakmus.synth import Region, generate

REQUIRED = 2000.0
PER_PATIENT = 50.0
GROWTH = 1.25  # of peak memory, while the region grows fivefold


def peak_mb() -> tuple[float, float]:
    """Peak resident memory of this process and of its largest worker so far, in MB."""
    own, worker = (
        resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return own / 1024, worker / 1024


def run(patients: int, folder: Path) -> tuple[float, float, int]:
    """Seconds, resources for each patient, bytes."""
    begin = time.perf_counter()
    made = generate(Region(patients=patients, seed=1), folder)
    seconds = time.perf_counter() - begin
    shutil.rmtree(folder)
    return seconds, made.resources / patients, made.bytes


def main() -> int:
    patients = 50_000 if os.environ.get("QUICK") == "1" else 100_000
    with tempfile.TemporaryDirectory(prefix="lakmus-synth-") as scratch:
        run(patients // 5, Path(scratch) / "small")
        small = peak_mb()
        seconds, each, size = run(patients, Path(scratch) / "large")
    own, worker = peak_mb()
    speed, workers = patients / seconds, os.cpu_count() or 1
    growth = max(own / small[0], worker / small[1])
    print(
        f"{patients} patients in {seconds:.1f} s, {each:.1f} resources each, {size / seconds / 1e6:.0f} MB/s"
    )
    print(
        f"peak memory {own:.0f} MB here and {worker:.0f} MB in a worker, {growth:.2f} times that of a fifth"
    )
    result = {
        "name": "synth",
        "value": round(speed),
        "unit": "patients/s",
        "peer": "required",
        "peer_value": REQUIRED,
        "ratio": round(speed / REQUIRED, 2),
        "peak_mb": round(own + workers * worker),
        "machine": f"{platform.machine()}, {workers} cores, Python {platform.python_version()}",
    }
    print(json.dumps(result))
    return int(speed < REQUIRED or each < PER_PATIENT or growth > GROWTH)


if __name__ == "__main__":
    sys.exit(main())
