"""A small region, made once for the tests of this room."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from lakmus.synth import Region, generate


@dataclass
class Written:
    """A written region read back: resources by site and type, and the truth tables' folder."""

    region: Region
    folder: Path
    sites: dict[str, dict[str, list[dict[str, Any]]]] = field(default_factory=dict)

    def all(self, kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
        for site, kinds in self.sites.items():
            for resource in kinds.get(kind, []):
                yield site, resource


def read(region: Region, folder: Path) -> Written:
    written = Written(region, folder)
    for path in sorted(folder.glob("sites/*/*.ndjson")):
        with path.open(encoding="utf-8") as file:
            kinds = written.sites.setdefault(path.parent.name, {})
            kinds[path.stem] = [json.loads(line) for line in file]
    return written


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> Written:
    """1,500 patients in three blocks."""
    region = Region(patients=1500, seed=11, block=500)
    folder = tmp_path_factory.mktemp("region") / "out"
    generate(region, folder, workers=1)
    return read(region, folder)
