"""A FHIR R4 Measure as JSON into `Measure`; what cannot be computed is an error with its place.

Structure: R4, Measure. Extensions: Quality Measure Implementation Guide (cqf-measures), "Measure Conformance".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lakmus.core.errors import InputError, LakmusError, ManyErrors, NotFoundError, Place, UnsupportedError
from lakmus.fhir import definitions
from lakmus.fhir.validate import validate_record
from lakmus.query.measures import rules
from lakmus.query.measures.elements import code_of, concept_of, each_of, every, known, missing, text_of
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
# `text/cql` promises an expression; measures often write a definition's name there, and only that is taken.
LANGUAGES = ("text/cql-identifier", "text/cql.identifier", "text/cql")


def read_measure(document: Any) -> Measure:
    """The measure in a JSON object. Raises ManyErrors when it is no valid Measure, InputError when it lacks what a
    computable measure needs, UnsupportedError for what is not computed here; each with its path."""
    _valid(document)
    _understood(document)
    _of_patients(document)
    libraries = document.get("library") or []
    if len(libraries) != 1:
        raise missing(
            f"a measure names one library, not {len(libraries)}", "Measure.library", "name its CQL library"
        )
    if not document.get("url"):
        raise missing("a measure without an address", "Measure.url", "reports name their measure by its url")
    return Measure(
        document["url"],
        libraries[0],
        _groups(document),
        document.get("version", ""),
        tuple(_supplement(each, at) for each, at in each_of(document, "supplementalData", "Measure")),
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


def _understood(document: Json) -> None:
    """R4, extensibility: who does not know a modifier must not go on."""
    for place in _modifiers(document, "Measure"):
        raise UnsupportedError("a modifier extension", place=Place(path=place), reference="extensibility")


def _modifiers(value: Any, at: str) -> Iterator[str]:
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _modifiers(item, f"{at}[{index}]")
    elif isinstance(value, dict):
        if value.get("modifierExtension"):
            yield f"{at}.modifierExtension"
        for name, item in value.items():
            if name != "contained":
                yield from _modifiers(item, f"{at}.{name}")


def _of_patients(document: Json) -> None:
    subject = code_of(document.get("subjectCodeableConcept"), SUBJECTS) or "Patient"
    if subject != "Patient" or "subjectReference" in document:
        place = Place(path="Measure.subject[x]")
        raise UnsupportedError("a measure of subjects that are no patients", place=place, reference="Measure")


def _groups(document: Json) -> tuple[Group, ...]:
    groups = tuple(_group(document, each, at) for each, at in each_of(document, "group", "Measure"))
    if not groups:
        raise missing("a measure without groups", "Measure.group", "give a group with its populations")
    return groups


def _group(document: Json, group: Json, at: str) -> Group:
    found = Group(
        tuple(_population(each, where) for each, where in each_of(group, "population", at)),
        _scoring(document, group, at),
        _basis(document, group, at),
        tuple(_stratifier(each, where) for each, where in each_of(group, "stratifier", at)),
        group.get("code", {}),
        group.get("id", ""),
        Place(path=at),
    )
    rules.check(found)
    return found


def _scoring(document: Json, group: Json, at: str) -> Scoring:
    own = code_of(concept_of(group, "scoring"), SCORINGS)
    code = own or code_of(document.get("scoring"), SCORINGS)
    if not code:
        raise missing("the measure has no scoring", "Measure.scoring", f"one of {every(Scoring)}")
    return known(Scoring, code, f"{at}.extension" if own else "Measure.scoring")


def _basis(document: Json, group: Json, at: str) -> str:
    own = text_of(group, "populationBasis")
    basis = own or text_of(document, "populationBasis") or BOOLEAN
    try:
        if not definitions.is_primitive(basis):
            definitions.elements(basis)
    except NotFoundError as error:
        error.place = Place(path=f"{at if own else 'Measure'}.extension")
        raise
    return basis


def _population(population: Json, at: str) -> Population:
    code = code_of(population.get("code"), POPULATIONS)
    if not code:
        raise missing("a population without a code", f"{at}.code", f"one of {every(Code)}")
    method = text_of(population, "aggregateMethod")
    id_ = population.get("id", "")
    return Population(
        known(Code, code, f"{at}.code"),
        id_ or code,
        _criteria(population, at),
        text_of(population, "criteriaReference"),
        known(Aggregate, method, f"{at}.extension") if method else None,
        population["code"],
        id_,
    )


def _stratifier(stratifier: Json, at: str) -> Stratifier:
    concept, id_ = stratifier.get("code", {}), stratifier.get("id", "")
    parts = list(each_of(stratifier, "component", at))
    if parts and "criteria" in stratifier:
        raise missing("a stratifier has criteria or components, not both", at, "leave one of them out")
    if not parts:
        return Stratifier((Component(_criteria(stratifier, at)),), True, concept, id_)
    for part, where in parts:
        if "code" not in part:  # reports must name each component
            raise missing("a component without a code", f"{where}.code", "reports name components by it")
    components = tuple(Component(_criteria(part, where), part["code"]) for part, where in parts)
    return Stratifier(components, False, concept, id_)


def _supplement(supplement: Json, at: str) -> Supplement:
    usage = next(iter(supplement.get("usage") or []), None)
    return Supplement(_criteria(supplement, at), code_of(usage, ()))


def _criteria(holder: Json, at: str) -> Criteria:
    path = f"{at}.criteria"
    criteria = holder.get("criteria") or {}
    name = criteria.get("expression")
    if not name:
        raise missing("there is no expression", path, "name a definition of the measure's library")
    if criteria["language"] not in LANGUAGES:
        raise UnsupportedError(
            "criteria in this language", place=Place(path=f"{path}.language"), hint=f"one of {LANGUAGES[:2]}"
        )
    return Criteria(_unquoted(name), Place(path=path))


def _unquoted(name: str) -> str:
    """A name as CQL may write it: `"Initial Population"`."""
    return name[1:-1] if len(name) > 2 and name[0] == name[-1] == '"' else name
