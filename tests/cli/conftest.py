"""The command line over an installation made for the test; commands run in this process."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from lakmus.cli import build

Run = Callable[..., str]
PATIENT = {"resourceType": "Patient", "id": "p1", "gender": "female", "birthDate": "1970-01-01"}
FAULTY = {"resourceType": "Patient", "id": "p2", "gender": "SECRETVALUE"}


@pytest.fixture
def lakmus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Run:
    """Runs a command and gives what it printed; what it raises comes through."""
    for name in [name for name in os.environ if name.startswith("LAKMUS_") and name != "LAKMUS_SHARED"]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("LAKMUS_DATA", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str | Path) -> str:
        texts = [str(argument) for argument in arguments]
        capfdbinary.readouterr()
        build(texts)(texts, standalone_mode=False)
        return capfdbinary.readouterr().out.decode()

    return run


@pytest.fixture
def sent(tmp_path: Path) -> Path:
    """A submission with a good record and a faulty one."""
    file = tmp_path / "sent.ndjson"
    file.write_text(json.dumps(PATIENT) + "\n" + json.dumps(FAULTY) + "\n")
    return file


@pytest.fixture
def installed(lakmus: Run, sent: Path) -> Run:
    """An installation that has taken the submission in."""
    lakmus("upgrade")
    lakmus("site", "add", "north", "--name", "North")
    lakmus("intake", sent, "--site", "north")
    return lakmus
