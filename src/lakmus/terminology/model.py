"""What terminology answers with. Systems, value sets and maps are named by their canonical address, `url` or
`url|version`; without a version the newest installed one is meant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Coding:
    system: str
    code: str
    display: str = ""
    version: str = ""

    def __str__(self) -> str:
        return f"{self.system}#{self.code}" if self.system else self.code


@dataclass(frozen=True, slots=True)
class Designation:
    """Another name of a concept; `language` is a BCP 47 tag, empty when not stated."""

    text: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class Concept:
    """Everything known of a code. `properties` has each property's values as text, in the order given."""

    system: str
    version: str
    code: str
    display: str
    active: bool = True
    abstract: bool = False
    definition: str = ""
    designations: tuple[Designation, ...] = ()
    properties: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    parents: tuple[str, ...] = ()
    children: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Expansion:
    """A page of a value set: `codings` from `offset` on, of `total` in all after the text filter."""

    url: str
    version: str
    total: int
    offset: int
    codings: tuple[Coding, ...]


@dataclass(frozen=True, slots=True)
class Validation:
    """Whether a code is valid, its proper display, and why not, or what is amiss all the same."""

    valid: bool
    display: str = ""
    message: str = ""


class Subsumption(StrEnum):
    """FHIR R4 concept-subsumption-outcome."""

    EQUIVALENT = "equivalent"
    SUBSUMES = "subsumes"
    SUBSUMED_BY = "subsumed-by"
    NOT_SUBSUMED = "not-subsumed"


@dataclass(frozen=True, slots=True)
class Translation:
    """One target of a code; `equivalence` is FHIR R4's concept-map-equivalence, as seen from the source."""

    target: Coding
    equivalence: str
    concept_map: str
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Installed:
    """One thing installed; `kind` is CodeSystem, ValueSet or ConceptMap, `count` its concepts or mappings."""

    kind: str
    url: str
    version: str
    name: str
    count: int


def split_canonical(canonical: str) -> tuple[str, str]:
    """`url|version` in two; the version is empty when there is none."""
    url, _, version = canonical.partition("|")
    return url, version
