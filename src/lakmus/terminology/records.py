"""What loaders hand to the store: one record per system, value set and map, whatever form they came in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from lakmus.terminology.model import Designation


@dataclass(frozen=True, slots=True)
class ConceptRecord:
    code: str
    display: str = ""
    active: bool = True
    abstract: bool = False
    definition: str = ""
    designations: tuple[Designation, ...] = ()
    properties: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    parents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SystemRecord:
    """A code system; `aliases` are other addresses under which its codes are met; `value_set` is the address of the
    value set of all its codes."""

    url: str
    version: str
    name: str
    concepts: Iterable[ConceptRecord]
    case_sensitive: bool = True
    complete: bool = True
    aliases: tuple[str, ...] = ()
    value_set: str = ""


@dataclass(frozen=True, slots=True)
class ValueSetRecord:
    url: str
    version: str
    name: str
    resource: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class MappingRecord:
    source_system: str
    source_code: str
    target_system: str
    target_code: str
    equivalence: str
    target_display: str = ""
    comment: str = ""


@dataclass(frozen=True, slots=True)
class MapRecord:
    url: str
    version: str
    name: str
    mappings: Iterable[MappingRecord]


Record = SystemRecord | ValueSetRecord | MapRecord


def value_set_of(url: str, version: str, codes: Iterable[tuple[str, str]], name: str = "") -> ValueSetRecord:
    """A value set that lists its (system, code), as measure packages deliver them."""
    by_system: dict[str, list[dict[str, str]]] = {}
    for system, code in codes:
        by_system.setdefault(system, []).append({"code": code})
    include = [{"system": system, "concept": concepts} for system, concepts in by_system.items()]
    return ValueSetRecord(url, version, name, {"compose": {"include": include}})
