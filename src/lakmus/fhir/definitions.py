"""What FHIR R4 says of types and elements, as pure look-ups over the generated tables.

A *structure* is a complex type (`Quantity`), a resource type (`Patient`) or a nested element (`Patient.contact`).
Its elements are known by their name in the standard (`value[x]`) and by their names in JSON (`valueQuantity`).
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from lakmus.core.errors import NotFoundError
from lakmus.fhir.generated.codes import CODES
from lakmus.fhir.generated.search import COMPARTMENT, SEARCH_PARAMETERS
from lakmus.fhir.generated.structures import KINDS, PATTERNS, STRUCTURES

_SEARCH: Mapping[str, Mapping[str, tuple[str, str, tuple[str, ...]]]] = SEARCH_PARAMETERS  # type: ignore[assignment]

NAME = re.compile(r"_?[a-z][A-Za-z0-9]{0,49}")  # how the standard names elements


@dataclass(frozen=True)
class Element:
    """One element of a structure, as one of its JSON names has it."""

    name: str  # in the standard: `value[x]`
    json_name: str  # in JSON: `valueQuantity`
    type: str  # `Quantity`; `BackboneElement` for a nested structure
    structure: str  # where its children are: `Quantity`, `Patient.contact`; "" for a primitive
    min: int
    many: bool
    codes: tuple[str, ...]  # of a required binding that can be enumerated
    targets: tuple[str, ...]  # of a reference

    @property
    def primitive(self) -> bool:
        return is_primitive(self.type)

    @property
    def choice(self) -> bool:
        return self.name.endswith("[x]")


def is_primitive(name: str) -> bool:
    return KINDS.get(name) == "primitive-type"


def is_resource(name: str) -> bool:
    """Whether it is a resource type one can make (abstract ones are not)."""
    return KINDS.get(name) == "resource"


@cache
def resource_types() -> tuple[str, ...]:
    """The 146 concrete resource types of R4 in alphabetical order."""
    return tuple(name for name in KINDS if is_resource(name))


@cache
def elements(structure: str) -> Mapping[str, Element]:
    """Elements of a structure by JSON name; raises NotFoundError with a suggestion for an unknown structure."""
    if structure not in STRUCTURES:
        raise NotFoundError(f"FHIR R4 has no type {structure}", hint=suggestion(structure, STRUCTURES))
    return {element.json_name: element for row in STRUCTURES[structure] for element in _expanded(row)}


def _expanded(row: tuple) -> Iterator[Element]:  # type: ignore[type-arg]
    name, types, least, many, code_list, targets, content = row
    for code in types or ("BackboneElement",):  # a content reference names a structure and no type
        json_name = name[:-3] + code[0].upper() + code[1:] if name.endswith("[x]") else name
        structure = content or ("" if is_primitive(code) else code)
        codes = tuple(CODES.get(code_list) or ()) if code_list else ()
        yield Element(
            name, json_name, code, structure, least, many, codes, targets if code == "Reference" else ()
        )


def element(structure: str, json_name: str) -> Element | None:
    """The element of a structure that a JSON name means; None when there is none."""
    return elements(structure).get(json_name)


def choices(structure: str, name: str) -> tuple[Element, ...]:
    """The typed forms of a choice element: `choices("Observation", "value")` → valueQuantity, valueString, ..."""
    return tuple(e for e in elements(structure).values() if e.name == f"{name}[x]")


def pattern(primitive: str) -> str:
    """The regular expression the standard gives for a primitive type; "" when it gives none."""
    return PATTERNS.get(primitive, "")


def search_parameters(resource_type: str) -> Mapping[str, tuple[str, str, tuple[str, ...]]]:
    """By code: (kind, FHIRPath expression, target types)."""
    return {**_SEARCH.get("Resource", {}), **_SEARCH.get(resource_type, {})}


@cache
def patient_references(resource_type: str) -> tuple[tuple[str, ...], ...]:
    """Paths (JSON names) of the references by which a record belongs to a patient, the most direct first.

    From the patient compartment (CompartmentDefinition/patient); empty for a type of no patient.

    >>> patient_references("Observation")[0]
    ('subject',)
    """
    paths = []
    for code in COMPARTMENT.get(resource_type, ()):
        expression = _SEARCH.get(resource_type, {}).get(code, ("", "", ()))[1]
        paths += [path for path in _paths(resource_type, expression) if path not in paths]
    for name in (
        "subject",
        "patient",
        "for",
    ):  # Device, Task, Contract: of a patient, though not in the compartment
        if (path := _reference_path(resource_type, (name,))) and path not in paths:
            paths.append(path)
    return tuple(sorted(paths, key=_directness))


def _paths(resource_type: str, expression: str) -> Iterator[tuple[str, ...]]:
    for part in expression.split(" | "):
        steps = part.strip("() ").split(".where(")[0].split(".")
        if steps[0] != resource_type or any("(" in s or " " in s for s in steps):
            continue
        found = _reference_path(resource_type, tuple(steps[1:]))
        if found:
            yield found


def _reference_path(structure: str, steps: tuple[str, ...]) -> tuple[str, ...] | None:
    """The JSON names along a path, when it ends in a reference that may be to a patient."""
    if not steps:
        return None
    found = element(structure, steps[0]) or element(structure, steps[0] + "Reference")
    if found is None:
        return None
    if len(steps) == 1:
        patient = found.type == "Reference" and ("Patient" in found.targets or "Resource" in found.targets)
        return (found.json_name,) if patient else None
    rest = _reference_path(found.structure, steps[1:]) if found.structure else None
    return (found.json_name, *rest) if rest else None


def _directness(path: tuple[str, ...]) -> tuple[int, int]:
    """The record's subject first, then other direct references, then nested ones."""
    order = {"subject": 0, "patient": 0, "beneficiary": 0, "individual": 1, "for": 0}
    return len(path), order.get(path[0], 2)


def shown(name: str) -> str:
    """The name of an element that FHIR does not have, for a message: what does not look like one could be anybody's."""
    return name if NAME.fullmatch(name) else "(a name)"


def suggestion(name: str, known: object) -> str:
    """A hint at the nearest known name; "" when none is near."""
    near = difflib.get_close_matches(name, list(known), 1, 0.6)  # type: ignore[call-overload]
    return f"did you mean {near[0]}?" if near else ""
