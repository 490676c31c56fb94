"""Planted faults: every one is refused, nothing else is, and the truth names file and line."""

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from lakmus.fhir import Acceptor, Refused
from lakmus.synth import Faults, Region, generate
from lakmus.synth.faults import KINDS

REGION = Region(patients=300, seed=5, block=100, faults=Faults(invalid=0.02, implausible=0.05))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return generate(REGION, tmp_path_factory.mktemp("faults") / "out", workers=1).folder


def test_exactly_the_planted_lines_are_refused(folder: Path) -> None:
    faults = pq.read_table(folder / "truth/faults.parquet").to_pylist()
    planted = {(fault["file"], fault["line"]): fault["fault"] for fault in faults}
    acceptor, refused = Acceptor(), set()
    for path in sorted(folder.glob("sites/*/*.ndjson")):
        for number, line in enumerate(path.read_bytes().split(b"\n")[:-1], 1):
            if isinstance(acceptor.accept(line, path.stem), Refused):
                refused.add((str(path.relative_to(folder)), number))
    missed = Counter(planted[place] for place in planted.keys() - refused)
    assert (missed, refused - planted.keys()) == (Counter(), set())
    assert set(planted.values()) == set(KINDS)


def test_the_manifest_counts_damaged_lines_too(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    for entry in manifest["files"]:
        assert (folder / entry["path"]).read_bytes().count(b"\n") == entry["lines"]


def test_implausible_values_are_listed_and_far_from_the_true_ones(folder: Path, tmp_path: Path) -> None:
    slips = pq.read_table(folder / "truth/implausible.parquet").to_pylist()
    generate(replace(REGION, faults=Faults()), tmp_path / "clean", workers=1)
    wrong, right = (_values(where) for where in (folder, tmp_path / "clean"))
    listed = {(slip["site"], slip["record"]) for slip in slips}
    changed = {key for key in wrong.keys() & right.keys() if wrong[key] != right[key]}
    assert changed <= listed
    assert len(listed) > 100
    for key in changed:
        assert not 0.8 < wrong[key] / right[key] < 1.25


def _values(folder: Path) -> dict[tuple[str, str], float]:
    found = {}
    for path in folder.glob("sites/*/Observation.ndjson"):
        for line in path.read_bytes().splitlines():
            try:
                resource = json.loads(line)
                key = (path.parent.name, f"Observation/{resource['id']}")
                found[key] = float(resource["valueQuantity"]["value"])
            except (ValueError, KeyError):
                continue
    return found
