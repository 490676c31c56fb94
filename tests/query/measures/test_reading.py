"""Measures read from JSON: what they say, and what is wrong with those that cannot be computed."""

from __future__ import annotations

import copy
import gzip
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lakmus.core.errors import InputError, LakmusError, UnsupportedError
from lakmus.fhir.records import loads
from lakmus.query.measures import Measure, read_measure
from lakmus.query.measures.measure import Aggregate, Code, Scoring
from tests.query.measures.making import GUIDE, SCORING, concept, criteria, document, extension, population

PARTS = ("initial-population", "denominator", "numerator")
Json = dict[str, Any]


def test_everything_a_measure_says() -> None:
    made = document(
        "continuous-variable",
        [
            population("initial-population", "IP", "ip"),
            population("measure-population", '"Measure Population"', "mp"),
            population("measure-observation", "Days", aggregateMethod="median", criteriaReference="mp"),
        ],
        basis="Encounter",
        stratifier=[{"id": "s1", "code": {"text": "sex"}, "criteria": criteria("Sex")}],
    )
    usage = concept("risk-adjustment-factor", "http://terminology.hl7.org/CodeSystem/measure-data-usage")
    made["supplementalData"] = [{"usage": [usage], "criteria": criteria("SDE Payer")}]
    measure = read_measure(made)
    assert (measure.canonical, measure.library_name, measure.library_version) == (
        "http://example.org/Measure/Test|1.0",
        "Test",
        "1.0",
    )
    (group,) = measure.groups
    assert (group.scoring, group.basis, group.id) == (Scoring.CONTINUOUS_VARIABLE, "Encounter", "g1")
    assert [(each.code, each.key, each.criteria.name) for each in group.populations] == [
        (Code.INITIAL, "ip", "IP"),
        (Code.MEASURE_POPULATION, "mp", "Measure Population"),
        (Code.OBSERVATION, "measure-observation", "Days"),
    ]
    assert (group.populations[2].aggregate, group.populations[2].refers) == (Aggregate.MEDIAN, "mp")
    assert [each.criteria.name for each in group.stratifiers[0].components] == ["Sex"]
    assert [(each.criteria.name, each.usage) for each in measure.supplements] == [
        ("SDE Payer", "risk-adjustment-factor")
    ]


def changed(change: Callable[[Json], object], made: Json | None = None) -> Json:
    made = copy.deepcopy(made or document("proportion", PARTS))
    change(made)
    return made


def group_of(made: Json) -> Json:
    found: Json = made["group"][0]
    return found


def groups_own_say(made: Json) -> None:
    """Scoring, basis and the newer edition's extensions, of a group against those of the measure."""
    own = {"url": GUIDE + "scoring", "valueCodeableConcept": concept("cohort", SCORING)}
    basis = {"url": "http://hl7.org/fhir/StructureDefinition/cqf-populationBasis", "valueCode": "Procedure"}
    group_of(made).update(extension=[own, basis], population=[population("initial-population")])


def test_a_group_says_it_better_than_its_measure() -> None:
    (group,) = read_measure(changed(groups_own_say)).groups
    assert (group.scoring, group.basis) == (Scoring.COHORT, "Procedure")


def test_without_a_basis_patients_are_counted() -> None:
    (group,) = read_measure(changed(lambda m: m.pop("extension"))).groups
    assert group.basis == "boolean"


def with_population(*more: Json, scoring: str = "proportion") -> Json:
    return document(scoring, [*PARTS, *more])


def ratio(*observations: Json) -> Json:
    return document("ratio", [*map(population, PARTS), *observations])


TWO_STARTS = [population("initial-population", "A", "a"), population("initial-population", "B", "b")]
CASES: list[tuple[str, Json, str, str]] = [
    ("no FHIR", {"resourceType": "Measures"}, "no such resource type", ""),
    ("no Measure", {"resourceType": "Patient"}, "is no Measure", "resourceType"),
    ("an element FHIR does not have", document("cohort", PARTS) | {"x": 1}, "not an element", "Measure"),
    ("no library", changed(lambda m: m.pop("library")), "one library, not 0", "Measure.library"),
    ("two libraries", changed(lambda m: m["library"].append("x")), "not 2", "Measure.library"),
    ("no address", changed(lambda m: m.pop("url")), "without an address", "Measure.url"),
    ("no groups", changed(lambda m: m.pop("group")), "without groups", "Measure.group"),
    ("no scoring", changed(lambda m: m.pop("scoring")), "no scoring", "Measure.scoring"),
    (
        "an unknown scoring",
        changed(lambda m: m.update(scoring=concept("proportions", SCORING))),
        "did you mean proportion?",
        "Measure.scoring",
    ),
    (
        "a scoring of another system",
        changed(lambda m: m.update(scoring=concept("proportion", "http://x"))),
        "no scoring",
        "Measure.scoring",
    ),
    (
        "a composite",
        changed(lambda m: m.update(scoring=concept("composite", SCORING))),
        "`composite` is no scoring",
        "Measure.scoring",
    ),
    (
        "an unknown population",
        with_population(population("denominators")),
        "did you mean denominator",
        "Measure.group[0].population[3].code",
    ),
    (
        "a population of another system",
        changed(lambda m: group_of(m)["population"][0].update(code=concept("x", "http://x"))),
        "without a code",
        "Measure.group[0].population[0].code",
    ),
    (
        "no expression",
        changed(lambda m: group_of(m)["population"][1]["criteria"].pop("expression")),
        "no expression",
        "Measure.group[0].population[1].criteria",
    ),
    (
        "a basis that is no type",
        document("cohort", PARTS[:1], basis="Encouter"),
        "did you mean Encounter?",
        "Measure.extension",
    ),
    ("no numerator", document("proportion", PARTS[:2]), "has a population numerator", "Measure.group[0]"),
    (
        "a numerator in a cohort",
        document("cohort", PARTS),
        "a cohort has no population denominator",
        "Measure.group[0]",
    ),
    (
        "an exception in a ratio",
        with_population(population("denominator-exception"), scoring="ratio"),
        "a ratio has no population denominator-exception",
        "Measure.group[0]",
    ),
    (
        "two numerators",
        with_population(population("numerator", id="n2")),
        "there are 2 populations numerator",
        "Measure.group[0]",
    ),
    (
        "two populations of one id",
        document("proportion", [population(code, id="x") for code in PARTS]),
        "several populations have one id",
        "Measure.group[0]",
    ),
    (
        "two initial populations, and nothing says which",
        document("ratio", [*TWO_STARTS, population("denominator"), population("numerator")]),
        "which initial-population it means",
        "Measure.group[0].population[2]",
    ),
    (
        "an observation that is not put together",
        ratio(population("measure-observation", criteriaReference="numerator")),
        "does not say how it is put together",
        "Measure.group[0].population[3]",
    ),
    (
        "an observation put together in an unknown way",
        ratio(population("measure-observation", aggregateMethod="mean", criteriaReference="numerator")),
        "`mean` is no aggregate",
        "Measure.group[0].population[3].extension",
    ),
    (
        "an observation of nothing",
        ratio(population("measure-observation", aggregateMethod="sum")),
        "which numerator or denominator it means",
        "Measure.group[0].population[3]",
    ),
    (
        "two observations of one side",
        ratio(
            *(population("measure-observation", id=id_, aggregateMethod="sum", criteriaReference="numerator")
              for id_ in ("x", "y"))
        ),
        "several observations are of numerator",
        "Measure.group[0]",
    ),
    (
        "a ratio by strata",
        document("ratio", PARTS, stratifier=[{"criteria": criteria("X")}]),
        "a ratio has no stratifiers",
        "Measure.group[0]",
    ),
    (
        "a stratifier without criteria",
        document("cohort", PARTS[:1], stratifier=[{"code": {"text": "x"}}]),
        "no expression",
        "Measure.group[0].stratifier[0].criteria",
    ),
    (
        "a stratifier of both kinds",
        document("cohort", PARTS[:1], stratifier=[
            {"criteria": criteria("X"), "component": [{"criteria": criteria("Y")}]}]),
        "criteria or components, not both",
        "Measure.group[0].stratifier[0]",
    ),
    (
        "a component without a code",
        document("cohort", PARTS[:1], stratifier=[{"component": [{"criteria": criteria("Y")}]}]),
        "a component without a code",
        "Measure.group[0].stratifier[0].component[0].code",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("about", "made", "message", "path"), CASES, ids=[case[0] for case in CASES])
def test_what_is_wrong_is_told_with_its_path(about: str, made: Json, message: str, path: str) -> None:
    with pytest.raises(InputError) as raised:
        read_measure(made)
    assert message in str(raised.value)
    assert path in str(raised.value)


@pytest.mark.parametrize(
    "made",
    [
        changed(lambda m: m.update(subjectCodeableConcept=concept("Location", "http://hl7.org/fhir/resource-types"))),
        changed(lambda m: m.update(subjectReference={"reference": "Group/1"})),
        changed(lambda m: group_of(m)["population"][0]["criteria"].update(language="text/fhirpath")),
        changed(lambda m: group_of(m)["population"][0]["criteria"].update(language="text/cql-expression")),
        changed(lambda m: group_of(m).update(modifierExtension=[{"url": "http://x", "valueBoolean": True}])),
    ],
)  # fmt: skip
def test_what_is_not_computed_here(made: Json) -> None:
    with pytest.raises(UnsupportedError):
        read_measure(made)


def nodes(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if at:
        yield at
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in pairs:
        yield from nodes(each, (*at, key))


def replaced(made: Json, at: tuple[Any, ...], by: Any) -> Json:
    made = copy.deepcopy(made)
    holder: Any = made
    for key in at[:-1]:
        holder = holder[key]
    holder[at[-1]] = by
    return made


def read_or_refused(made: Any) -> Measure | str:
    """The measure, or why it is none; anything else that is raised is our fault."""
    try:
        return read_measure(made)
    except LakmusError as error:
        return str(error)


def test_no_document_breaks_the_reader() -> None:
    more = {"stratifier": [{"component": [{"code": concept("x"), "criteria": criteria("Y")}]}]}
    whole = document("proportion", [*PARTS, population("denominator-exclusion")], basis="Encounter", **more)
    group_of(whole).update(extension(populationBasis="Encounter"))
    group_of(whole)["extension"].append({"url": GUIDE + "scoring", "valueInteger": 5})
    for at in nodes(whole):
        for by in (None, "", "x", 1, True, {}, [], [None], {"x": {}}, [{}], [[]]):
            assert read_or_refused(replaced(whole, at, by))


def test_the_standards_own_examples_are_read_or_refused(shared: Path) -> None:
    text = gzip.decompress((shared / "data" / "hl7-r4-examples" / "examples.ndjson.gz").read_bytes())
    found = [loads(line) for line in text.splitlines() if b'"resourceType":"Measure"' in line[:100]]
    assert found
    for each in found:
        assert read_or_refused(each)
