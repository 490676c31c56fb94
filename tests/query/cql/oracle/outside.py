"""The engine of others: installed into the cache as its lock file says, one process of Node, a line asked for each case."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lakmus.fhir import records

HERE = Path(__file__).parent / "node"
CACHE = Path(__file__).resolve().parents[4] / ".cache" / "cql-oracle"
PINNED = ("package.json", "package-lock.json")
DONE = "installed"
MODELS = {"System": "system-modelinfo.xml", "FHIR": "fhir-modelinfo-4.0.1.xml"}
HELPERS = "ecqm-2025-six/CMS122FHIRDiabetesAssessGreaterThan9Percent.json.gz"


@dataclass(frozen=True)
class Case:
    """A library with each definition on a line of its own, and the records of each person."""

    id: str
    text: str
    people: tuple[tuple[dict[str, Any], ...], ...]
    now: str

    def line(self) -> str:
        bundles = [
            {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": each} for each in person]}
            for person in self.people
        ]
        return records.dumps({"id": self.id, "text": self.text, "people": bundles, "now": self.now})


@dataclass(frozen=True)
class Answer:
    """`wrong` is what the translator says of definitions it does not take; `failed` that no definition could be asked."""

    id: str
    wrong: dict[str, str]
    answers: list[dict[str, dict[str, Any]]]
    failed: str = ""


def there() -> bool:
    """Whether it can be run, or made to: Node and npm are here."""
    return shutil.which("node") is not None and shutil.which("npm") is not None


def install(home: Path = CACHE) -> Path:
    """The folder with what the lock file names; npm asks whatever registry this machine is set to."""
    if not installed(home):
        home.mkdir(parents=True, exist_ok=True)
        for name in PINNED:
            shutil.copy(HERE / name, home / name)
        quiet = ["--silent", "--no-audit", "--no-fund", "--ignore-scripts"]
        subprocess.run(["npm", "ci", *quiet], cwd=home, check=True)
        (home / DONE).write_bytes(_pinned())
    return home


def installed(home: Path = CACHE) -> bool:
    """Whether it is there as pinned: an installation that was broken off is not."""
    return (home / DONE).is_file() and (home / DONE).read_bytes() == _pinned()


def _pinned() -> bytes:
    return b"".join((HERE / name).read_bytes() for name in PINNED)


def ask(cases: Iterable[Case], conformance: Path, home: Path) -> Iterator[Answer]:
    """The answer to each case, in their order."""
    command = ["node", str(HERE / "answer.mjs"), str(home)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=_environment()
    ) as node:
        assert node.stdin is not None
        assert node.stdout is not None
        print(json.dumps(_setup(conformance)), file=node.stdin)
        for case in cases:
            print(case.line(), file=node.stdin, flush=True)
            line = node.stdout.readline()
            if not line:
                raise RuntimeError(f"Node ended at {case.id}")
            yield Answer(**({"wrong": {}, "answers": []} | json.loads(line)))


def _environment() -> dict[str, str]:
    """In the zone of the evaluation: the engine takes that of the machine for moments without one."""
    return {"PATH": os.environ["PATH"], "TZ": "UTC"}


def _setup(conformance: Path) -> dict[str, Any]:
    with gzip.open(conformance / HELPERS) as file:
        helpers = json.load(file)["libraries"]["FHIRHelpers"]["cql"]
    models = {name: str(conformance / "modelinfo" / file) for name, file in MODELS.items()}
    return {"models": models, "libraries": {"FHIRHelpers": helpers}}
