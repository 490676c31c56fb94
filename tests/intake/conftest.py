"""A lake with intake in front of it; originals in quarantine are sealed with a key made for the test."""

import gzip
import json
from datetime import UTC, datetime

import pytest

from lakmus.core.clock import FixedClock
from lakmus.intake.batch import Intake
from lakmus.lake import IdentifiedLake
from lakmus.ops import KeyStore, Sealer

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.fixture
def lake(tmp_path):
    with IdentifiedLake.create(tmp_path / "lake", threads=2) as made:
        yield made


@pytest.fixture
def sealer(tmp_path):
    return Sealer(KeyStore(tmp_path / "keys"), "quarantine")


@pytest.fixture
def intake(lake, sealer):
    return Intake(lake, FixedClock(NOON), sealer.seal, workers=1)


@pytest.fixture
def send(intake, tmp_path):
    """Sends content under a file name: text, bytes, or records as NDJSON (`.gz` is packed)."""

    def send(name: str, content, site: str = "north"):
        if isinstance(content, dict):
            content = json.dumps(content)
        if isinstance(content, list):
            content = "\n".join(r if isinstance(r, str) else json.dumps(r) for r in content)
        data = content.encode() if isinstance(content, str) else content
        file = tmp_path / "sent" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
        return intake.take_in(file, site).receipt

    return send
