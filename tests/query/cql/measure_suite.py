"""The official measure cases: patients with the counts that are expected of each population."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from lakmus.core.errors import NotFoundError
from lakmus.query.measures.measure import Code, Criteria, Group, Population, Scoring
from lakmus.query.measures.membership import members


@dataclass(frozen=True)
class Measure:
    """One measure's file. `libraries` are texts by name; `groups` and `cases` as the file has them."""

    name: str
    library: str
    libraries: Mapping[str, str]
    value_sets: Mapping[str, tuple[tuple[str, str], ...]]
    groups: tuple[Mapping[str, Any], ...]
    cases: tuple[Mapping[str, Any], ...]

    def text(self, name: str, _version: str | None = None) -> str:
        """Versions in the includes disagree with the files: the name decides."""
        if name not in self.libraries:
            raise NotFoundError(f"there is no library {name}")
        return self.libraries[name]


@cache
def measures(shared: Path) -> tuple[Measure, ...]:
    return tuple(map(_measure, sorted((shared / "conformance" / "ecqm-2025-six").glob("*.json.gz"))))


def _measure(file: Path) -> Measure:
    content = json.loads(gzip.decompress(file.read_bytes()), parse_float=Decimal)
    return Measure(
        content["measure"],
        content["library"],
        {name: each["cql"] for name, each in content["libraries"].items()},
        {each["url"]: tuple((s, c) for s, c in each["codes"]) for each in content["valuesets"]},
        tuple(content["groups"]),
        tuple(content["cases"]),
    )


def score(measure: Measure, case: Mapping[str, Any], define: Callable[[str], Any]) -> str:
    """What is wrong with a patient's counts; "" when all are as expected."""
    found = {p: count for group in measure.groups for p, count in counts(group, define).items()}
    wanted = {p[2]: p[1] for group in case["expected"] for p in group["pops"]}
    wrong = [f"{p}: {found.get(p)}, not {count}" for p, count in wanted.items() if found.get(p) != count]
    return "; ".join(wrong)


def counts(group: Mapping[str, Any], define: Callable[[str], Any]) -> dict[str, int]:
    """Members of each population, by its id: one patient, or so many items where the basis is no Boolean."""
    return {key: len(items) for key, items in members(scored(group), define).items()}


def scored(group: Mapping[str, Any]) -> Group:
    """A group of the file as measures have it."""
    populations = tuple(Population(Code(code), id_, Criteria(name)) for code, name, id_ in group["pops"])
    return Group(populations, Scoring(group["scoring"]), group["basis"])
