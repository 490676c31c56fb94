"""Other engines over a sample of the measure cases, each in an environment of its own."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lakmus.fhir import records
from measures import MARK, MODELS, Measure, misjudged, resources

HERE = Path(__file__).parent
CACHE = HERE.parent / ".cache"
MODEL_FILES = {
    "System": "system-modelinfo.xml",
    "FHIR": "fhir-modelinfo-4.0.1.xml",
    "QICore": "qicore-modelinfo-6.0.0.xml",
    "USCore": "uscore-modelinfo-6.1.0.xml",
}


@dataclass(frozen=True)
class Peer:
    """What a peer made of a sample; `right` counts cases of which every copy has the expected counts."""

    name: str
    patients: int
    compiling: float
    running: float
    right: int
    cases: int

    @property
    def speed(self) -> float:
        return self.patients / self.running

    def __str__(self) -> str:
        return (
            f"{self.name}: compiled in {self.compiling:.2f} s, {self.patients:,} patients run in {self.running:.2f} s: "
            f"{self.speed:,.0f} patients/s, {self.right} of {self.cases} cases right"
        )


def peers(measure: Measure, copies: int, folder: Path) -> list[Peer]:
    write(measure, copies, folder)
    makers = {"fhir4ds-v2": fhir4ds, "fqm-execution": fqm}
    if shutil.which("npm") is None:
        print("fqm-execution is left out: there is no Node.js")
        del makers["fqm-execution"]
    found = []
    for name, made in makers.items():
        command = made(folder)
        printed = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
        found.append(judged(name, measure, copies, json.loads(printed.splitlines()[-1])))
        print(found[-1], flush=True)
    return found


def fhir4ds(folder: Path) -> list[str]:
    """The command, after its environment has been made."""
    home = CACHE / "peer-fhir4ds"
    python = home / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "-q", "fhir4ds-v2"], check=True)
    return [str(python), str(HERE / "peers" / "run_fhir4ds_cql.py"), str(folder)]


def fqm(folder: Path) -> list[str]:
    """The command, after it and the translator from CQL to ELM have been installed."""
    home = CACHE / "peer-fqm"
    if not (home / "node_modules" / "fqm-execution").exists():
        home.mkdir(parents=True, exist_ok=True)
        (home / "package.json").write_text('{"private": true}')
        install = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts"]
        subprocess.run([*install, "fqm-execution", "@cqframework/cql"], cwd=home, check=True)
    return ["node", str(HERE / "peers" / "run_fqm.mjs"), str(home), str(folder)]


def write(measure: Measure, copies: int, folder: Path) -> None:
    """The measure, and a line for each patient: a Bundle of the patient's records that has the patient's id."""
    content = {
        "library": measure.library,
        "libraries": measure.libraries,
        "value_sets": measure.value_sets,
        "populations": measure.populations,
        "period": ["2026-01-01", "2026-12-31"],
        "models": {name: str(MODELS / file) for name, file in MODEL_FILES.items()},
    }
    (folder / "measure.json").write_text(json.dumps(content))
    texts = [records.dumps(bundle(case)) for case in measure.cases]
    with (folder / "patients.ndjson").open("w") as file:
        for number in range(copies * len(texts)):
            file.write(texts[number % len(texts)].replace(MARK, f"{number}-") + "\n")


def bundle(case: Mapping[str, Any]) -> dict[str, Any]:
    own = list(resources(case))
    [id_] = [each["id"] for each in own if each["resourceType"] == "Patient"]
    entries = [{"resource": each} for each in own]
    return {"resourceType": "Bundle", "type": "collection", "id": id_, "entry": entries}


def judged(name: str, measure: Measure, copies: int, told: Mapping[str, Any]) -> Peer:
    cases = len(measure.cases)
    wrong = {n % cases for n, values in numbered(told["rows"]) if misjudged(measure, n % cases, values)}
    assert len(told["rows"]) == copies * cases, f"{name} gave {len(told['rows'])} rows"
    return Peer(name, copies * cases, told["compiling"], told["seconds"], cases - len(wrong), cases)


def numbered(rows: Sequence[Sequence[Any]]) -> list[tuple[int, Sequence[Any]]]:
    """The number of each patient, which its id begins with."""
    return [(int(id_.partition("-")[0]), values) for id_, *values in rows]
