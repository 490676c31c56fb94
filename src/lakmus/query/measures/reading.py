"""A FHIR R4 Measure as JSON into `Measure`; what cannot be computed is an error with its place.

Structure: R4, Measure. Extensions: Quality Measure Implementation Guide (cqf-measures), "Measure Conformance".
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, TypeVar

from lakmus.core.errors import InputError, LakmusError, ManyErrors, Place, UnsupportedError
from lakmus.fhir.definitions import suggestion
from lakmus.fhir.validate import validate_record
from lakmus.query.measures import rules
from lakmus.query.measures.measure import (
    BOOLEAN,
    Aggregate,
    Code,
    Component,
    Criteria,
    Group,
    Json,
    Measure,
    Population,
    Scoring,
    Stratifier,
    Supplement,
)

POPULATIONS = ("http://terminology.hl7.org/CodeSystem/measure-population",)
SCORINGS = ("http://terminology.hl7.org/CodeSystem/measure-scoring", "http://hl7.org/fhir/measure-scoring")
SUBJECTS = ("http://hl7.org/fhir/resource-types",)
# The guide's extensions by edition; the newest are those of FHIR itself.
EXTENSIONS = (
    "http://hl7.org/fhir/us/cqfmeasures/StructureDefinition/cqfm-{}",
    "http://hl7.org/fhir/uv/cqfmeasures/StructureDefinition/cqfm-{}",
    "http://hl7.org/fhir/StructureDefinition/cqf-{}",
)
# `text/cql` promises an expression; measures often write a definition's name there, and only that is taken.
LANGUAGES = ("text/cql-identifier", "text/cql.identifier", "text/cql")
Known = TypeVar("Known", bound=StrEnum)


def read_measure(document: Any) -> Measure:
    """The measure in a JSON object. Raises ManyErrors when it is no valid Measure, InputError when it lacks what a
    computable measure needs, UnsupportedError for what is not computed here; each with its path."""
    _valid(document)
    _of_patients(document)
    libraries = document.get("library") or []
    if len(libraries) != 1:
        raise _missing(
            f"a measure names one library, not {len(libraries)}", "Measure.library", "name its CQL library"
        )
    if not document.get("url"):
        raise _missing("a measure without an address", "Measure.url", "reports name their measure by its url")
    return Measure(
        document["url"],
        libraries[0],
        _groups(document),
        document.get("version", ""),
        tuple(_supplement(each, at) for each, at in _each(document, "supplementalData", "Measure")),
        document.get("improvementNotation", {}),
    )


def _valid(document: Any) -> None:
    """FHIR's own rules first, so that the rest can take the shape for granted."""
    errors: list[LakmusError] = [
        InputError(issue.message, place=Place(path=issue.path)) for issue in validate_record(document)
    ]
    if errors:
        raise ManyErrors(errors)
    if document["resourceType"] != "Measure":
        raise InputError("the resource is no Measure", place=Place(path="resourceType"))


def _of_patients(document: Json) -> None:
    subject = _code(document.get("subjectCodeableConcept"), SUBJECTS) or "Patient"
    if subject != "Patient" or "subjectReference" in document:
        place = Place(path="Measure.subject[x]")
        raise UnsupportedError("a measure of subjects that are no patients", place=place, reference="Measure")


def _groups(document: Json) -> tuple[Group, ...]:
    groups = tuple(_group(document, each, at) for each, at in _each(document, "group", "Measure"))
    if not groups:
        raise _missing("a measure without groups", "Measure.group", "give a group with its populations")
    return groups


def _group(document: Json, group: Json, at: str) -> Group:
    found = Group(
        tuple(_population(each, where) for each, where in _each(group, "population", at)),
        _scoring(document, group, at),
        _extension(group, "populationBasis") or _extension(document, "populationBasis") or BOOLEAN,
        tuple(_stratifier(each, where) for each, where in _each(group, "stratifier", at)),
        group.get("code", {}),
        group.get("id", ""),
        Place(path=at),
    )
    rules.check(found)
    return found


def _scoring(document: Json, group: Json, at: str) -> Scoring:
    own = _code(_extension(group, "scoring"), SCORINGS)
    code = own or _code(document.get("scoring"), SCORINGS)
    if not code:
        raise _missing("the measure has no scoring", "Measure.scoring", f"one of {_all(Scoring)}")
    return _known(Scoring, code, f"{at}.extension" if own else "Measure.scoring")


def _population(population: Json, at: str) -> Population:
    code = _code(population.get("code"), POPULATIONS)
    if not code:
        raise _missing("a population without a code", f"{at}.code", f"one of {_all(Code)}")
    method = _extension(population, "aggregateMethod")
    id_ = population.get("id", "")
    return Population(
        _known(Code, code, f"{at}.code"),
        id_ or code,
        _criteria(population, at),
        _extension(population, "criteriaReference") or "",
        _known(Aggregate, method, f"{at}.extension") if method else None,
        population["code"],
        id_,
    )


def _stratifier(stratifier: Json, at: str) -> Stratifier:
    concept, id_ = stratifier.get("code", {}), stratifier.get("id", "")
    parts = list(_each(stratifier, "component", at))
    if parts and "criteria" in stratifier:
        raise _missing("a stratifier has criteria or components, not both", at, "leave one of them out")
    if not parts:
        return Stratifier((Component(_criteria(stratifier, at)),), True, concept, id_)
    for part, where in parts:
        if "code" not in part:  # reports must name each component
            raise _missing("a component without a code", f"{where}.code", "reports name components by it")
    components = tuple(Component(_criteria(part, where), part["code"]) for part, where in parts)
    return Stratifier(components, False, concept, id_)


def _supplement(supplement: Json, at: str) -> Supplement:
    usage = next(iter(supplement.get("usage") or []), None)
    return Supplement(_criteria(supplement, at), _code(usage, ()))


def _criteria(holder: Json, at: str) -> Criteria:
    path = f"{at}.criteria"
    criteria = holder.get("criteria") or {}
    name = criteria.get("expression")
    if not name:
        raise _missing("there is no expression", path, "name a definition of the measure's library")
    if criteria["language"] not in LANGUAGES:
        raise UnsupportedError(
            "criteria in this language", place=Place(path=f"{path}.language"), hint=f"one of {LANGUAGES[:2]}"
        )
    return Criteria(_unquoted(name), Place(path=path))


def _unquoted(name: str) -> str:
    """A name as CQL may write it: `"Initial Population"`."""
    return name[1:-1] if len(name) > 2 and name[0] == name[-1] == '"' else name


def _each(holder: Json, name: str, at: str) -> list[tuple[Json, str]]:
    return [(each, f"{at}.{name}[{index}]") for index, each in enumerate(holder.get(name) or [])]


def _extension(holder: Json, name: str) -> Any:
    """The value of one of the guide's extensions; None without."""
    urls = {form.format(name) for form in EXTENSIONS}
    found = (each for each in holder.get("extension") or [] if each["url"] in urls)
    values = (value for each in found for key, value in each.items() if key.startswith("value"))
    return next(values, None)


def _code(concept: Any, systems: tuple[str, ...]) -> str:
    """The code in a concept from one of these systems, or without a system; "" when it has none."""
    codings = concept.get("coding") or [] if isinstance(concept, Mapping) else []
    fitting = (each for each in codings if not systems or each.get("system", systems[0]) in systems)
    return next((str(each["code"]) for each in fitting if "code" in each), "")


def _known(kind: type[Known], code: str, path: str) -> Known:
    try:
        return kind(code)
    except ValueError:
        hint = suggestion(code, list(map(str, kind))) or f"one of {_all(kind)}"
        raise InputError(
            f"`{code}` is no {kind.__name__.lower()}", place=Place(path=path), hint=hint
        ) from None


def _all(kind: type[StrEnum]) -> str:
    return ", ".join(kind)


def _missing(message: str, path: str, hint: str) -> InputError:
    return InputError(message, place=Place(path=path), hint=hint)
