"""Small measures of our own from CQL to report: ratios, items, strata, observations; of persons one after another, and of a lake."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from lakmus.core.errors import InputError, LakmusError
from lakmus.query import cql
from lakmus.query.engines.duckdb.elm.plan import Plan
from lakmus.query.frontends.cql.translate.program import compile
from lakmus.query.ir.elm.library import Program
from lakmus.query.measures import Kind, Measure, People, Subject, check, read_measure, subjects
from lakmus.query.measures.population import Everybody
from tests.query.cql.measure_tables import MeasureTables
from tests.query.measures.making import CLOCK, PERIOD, concept, counts, criteria, document, population, told

LIBRARY = """
library Test version '1.0'
using FHIR version '4.0.1'
codesystem "Classes": 'http://terminology.hl7.org/CodeSystem/v3-ActCode'
code "IMP": 'IMP' from "Classes"
code "EMER": 'EMER' from "Classes"
parameter "Measurement Period" Interval<DateTime>
context Patient

define "Encounters": [Encounter] E where E.period during "Measurement Period"
define "Inpatient": "Encounters" E where E.class ~ "IMP"
define "Long": "Encounters" E where duration in days of E.period >= 5
define "Emergency": "Encounters" E where E.class ~ "EMER"
define "Adult": AgeInYearsAt(start of "Measurement Period") >= 18
define "Admitted": exists "Inpatient"
define "Seen in emergency": exists "Emergency"
define "Sex": Patient.gender
define "Decade": (AgeInYearsAt(start of "Measurement Period") div 10) * 10
define "Place": Patient.maritalStatus
define "Unknown": null as Boolean
define "Two things": { 1, 2 }
define function "Days"(e Encounter): duration in days of e.period
define function "Stay"(e Encounter): System.Quantity { value: ToDecimal(duration in days of e.period), unit: 'd' }
define function "Length"(e Encounter): e.length
define function "Visits"(): Count("Encounters")
define function "Nothing"(e Encounter): null as Integer
define function "Mixed"(e Encounter):
  if e.class ~ "IMP" then 1 'd' else 1 'h'
"""
MARRIED = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-MaritalStatus", "code": "M"}]}


def person(
    id: str, gender: str, born: str, *stays: tuple[str, int, int], **more: Any
) -> list[dict[str, Any]]:
    """A Patient and their encounters in March 2026: class, first day, days."""
    patient = {"resourceType": "Patient", "id": id, "gender": gender, "birthDate": born, **more}
    return [patient, *(_encounter(id, n, *stay) for n, stay in enumerate(stays))]


def _encounter(id: str, number: int, kind: str, day: int, days: int) -> dict[str, Any]:
    period = {"start": f"2026-03-{day:02}T10:00:00Z", "end": f"2026-03-{day + days:02}T10:00:00Z"}
    return {
        "resourceType": "Encounter",
        "id": f"{id}-{number}",
        "status": "finished",
        "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": kind},
        "subject": {"reference": f"Patient/{id}"},
        "period": period,
        "length": {"value": days * 24, "unit": "hours", "system": "http://unitsofmeasure.org", "code": "h"},
    }


PERSONS = [
    *person("a", "female", "1960-01-01", ("IMP", 1, 6), ("IMP", 10, 2), ("EMER", 20, 1), maritalStatus=MARRIED),
    *person("b", "male", "1985-05-05", ("IMP", 1, 8)),
    *person("c", "male", "1961-02-02", ("EMER", 3, 1)),
    *person("d", "female", "2015-02-02", ("EMER", 3, 1)),
    *person("e", "female", "1982-02-02"),
]  # fmt: skip


Ask = Callable[[Measure, Program, Kind], list[Subject]]


def one_after_another(measure: Measure, program: Program, kind: Kind) -> list[Subject]:
    people = People()
    for record in PERSONS:
        people.add(record)
    return list(subjects(program, people, PERIOD, CLOCK))


def of_a_lake(measure: Measure, program: Program, kind: Kind) -> list[Subject]:
    """By tables of the lake's shape; persons under the ids that they have in the records."""
    everybody = Everybody(measure, program)
    asked = everybody.question(PERIOD, CLOCK.now())
    people = {name: [r for r in PERSONS if name in (r["id"], r["id"][:1])] for name in "abcde"}
    tables = MeasureTables([{"resources": records} for records in people.values()], cql.moment(CLOCK.now()))
    plan = Plan(asked.program, tables, asked.given())
    *before, last = plan.script(asked.names, readable=True)
    tables.codes(plan, {})
    for statement in before:
        tables.connection.execute(statement)
    batches = tables.connection.execute(last).to_arrow_table().to_batches()
    found = everybody.subjects(batches, named=kind is not Kind.SUMMARY)
    return [replace(each, id=each.id and "abcde"[int(each.id)]) for each in found]


engine: dict[str, Ask] = {}


@pytest.fixture(autouse=True, params=[one_after_another, of_a_lake])
def by(request: pytest.FixtureRequest) -> None:
    engine["ask"] = request.param


def run(made: dict[str, Any], kind: Kind = Kind.SUMMARY) -> list[dict[str, Any]]:
    measure, program = read_measure(made), compile(LIBRARY, cql.known_models())
    check(measure, program)
    return told(measure, engine["ask"](measure, program, kind), kind)


def group(made: dict[str, Any]) -> dict[str, Any]:
    (report,) = run(made)
    found: dict[str, Any] = report["group"][0]
    return found


def strata(found: dict[str, Any]) -> dict[str, tuple[list[int], Any]]:
    """By name, the counts of the first stratifier's strata and their scores."""
    return {
        each["value"]["text"]: (list(counts(each).values()), each.get("measureScore", {}).get("value"))
        for each in found["stratifier"][0]["stratum"]
    }


def proportion(basis: str, initial: str, numerator: str, **more: Any) -> dict[str, Any]:
    parts = [
        population("initial-population", initial),
        population("denominator", initial),
        population("numerator", numerator),
    ]
    return document("proportion", parts, basis=basis, **more)


def test_a_ratio_of_patients() -> None:
    parts = [
        population("initial-population", "Adult"),
        population("denominator", "Admitted"),
        population("numerator", "Seen in emergency"),
    ]
    found = group(document("ratio", parts))
    assert counts(found) == {"initial-population": 4, "denominator": 2, "numerator": 2}
    assert found["measureScore"] == {"value": 1}


def test_a_proportion_of_encounters() -> None:
    found = group(proportion("Encounter", "Inpatient", "Long"))
    assert counts(found) == {"initial-population": 3, "denominator": 3, "numerator": 2}
    assert found["measureScore"] == {"value": 0.666667}


def test_individual_reports_of_encounters() -> None:
    reports = run(proportion("Encounter", "Inpatient", "Long"), Kind.INDIVIDUAL)
    found = {each["subject"]["reference"]: list(counts(each["group"][0]).values()) for each in reports}
    assert (found["Patient/a"], found["Patient/b"]) == ([2, 2, 1], [1, 1, 1])
    assert found["Patient/e"] == [0, 0, 0]


class TestStrata:
    def test_by_a_code_of_the_patient(self) -> None:
        found = group(proportion("boolean", "Adult", "Admitted", stratifier=[{"criteria": criteria("Sex")}]))
        assert strata(found) == {"female": ([2, 2, 1], 0.5), "male": ([2, 2, 1], 0.5)}

    def test_by_a_number(self) -> None:
        stratifier = [{"id": "s", "code": {"text": "decade"}, "criteria": criteria("Decade")}]
        found = group(proportion("boolean", "Adult", "Admitted", stratifier=stratifier))
        assert found["stratifier"][0]["id"] == "s"
        assert strata(found) == {"40": ([2, 2, 1], 0.5), "60": ([2, 2, 1], 0.5)}

    def test_by_a_concept_that_not_everybody_has(self) -> None:
        found = group(
            proportion("boolean", "Adult", "Admitted", stratifier=[{"criteria": criteria("Place")}])
        )
        assert strata(found) == {"M": ([1, 1, 1], 1), "null": ([3, 3, 1], pytest.approx(1 / 3, abs=1e-6))}
        assert found["stratifier"][0]["stratum"][0]["value"] == MARRIED | {"text": "M"}

    def test_by_components(self) -> None:
        parts = [
            {"code": {"text": name.lower()}, "criteria": criteria(name)}
            for name in ("Sex", "Seen in emergency")
        ]
        found = group(proportion("boolean", "Adult", "Admitted", stratifier=[{"component": parts}]))
        told_ = {
            tuple(part["value"]["text"] for part in each["component"]): list(counts(each).values())
            for each in found["stratifier"][0]["stratum"]
        }
        assert told_ == {
            ("female", "false"): [1, 1, 0],
            ("female", "true"): [1, 1, 1],
            ("male", "false"): [1, 1, 1],
            ("male", "true"): [1, 1, 0],
        }

    def test_of_encounters_by_a_list(self) -> None:
        made = proportion("Encounter", "Encounters", "Long", stratifier=[{"criteria": criteria("Emergency")}])
        assert strata(group(made)) == {"false": ([3, 3, 2], 0.666667), "true": ([3, 3, 0], 0)}

    def test_of_encounters_by_their_patient(self) -> None:
        made = proportion("Encounter", "Encounters", "Long", stratifier=[{"criteria": criteria("Sex")}])
        assert strata(group(made)) == {"female": ([4, 4, 1], 0.25), "male": ([2, 2, 1], 0.5)}

    def test_patients_in_the_list_of_a_stratum(self) -> None:
        made = proportion("boolean", "Adult", "Admitted", stratifier=[{"criteria": criteria("Sex")}])
        (report,) = run(made, Kind.SUBJECT_LIST)
        lists = {f"#{each['id']}": each["entry"] for each in report["contained"]}
        male = report["group"][0]["stratifier"][0]["stratum"][1]["population"][2]
        assert lists[male["subjectResults"]["reference"]] == [{"item": {"reference": "Patient/b"}}]

    def test_a_value_that_names_no_stratum(self) -> None:
        made = proportion("boolean", "Adult", "Admitted", stratifier=[{"criteria": criteria("Two things")}])
        with pytest.raises(InputError, match="`Two things` cannot name a stratum"):
            run(made)


def continuous(method: str, function: str = "Days", *more: dict[str, Any]) -> dict[str, Any]:
    observation = population("measure-observation", function, "o", aggregateMethod=method)
    parts = [population("initial-population", "Encounters"), population("measure-population", "Inpatient")]
    return document("continuous-variable", [*parts, observation, *more], basis="Encounter")


class TestObservations:
    @pytest.mark.parametrize(
        ("method", "score"),
        [("sum", 16), ("average", 5.333333), ("median", 6), ("minimum", 2), ("maximum", 8), ("count", 3)],
    )
    def test_a_continuous_variable(self, method: str, score: float) -> None:
        found = group(continuous(method))
        assert counts(found) == {"initial-population": 6, "measure-population": 3, "o": 3}
        assert found["measureScore"] == {"value": score}

    def test_what_is_excluded_is_not_observed(self) -> None:
        excluded = population("measure-population-exclusion", "Long")
        found = group(continuous("sum", "Days", excluded))
        assert counts(found)["measure-population-exclusion"] == 2
        assert found["measureScore"] == {"value": 2}

    def test_quantities_keep_their_unit(self) -> None:
        found = group(continuous("median", "Stay"))["measureScore"]
        assert found == {"value": 6, "unit": "d", "system": "http://unitsofmeasure.org", "code": "d"}

    def test_quantities_of_records(self) -> None:
        assert group(continuous("maximum", "Length"))["measureScore"]["value"] == 192
        assert group(continuous("maximum", "Length"))["measureScore"]["code"] == "h"

    def test_null_is_no_observation(self) -> None:
        found = group(continuous("average", "Nothing"))
        assert counts(found)["o"] == 0
        assert "measureScore" not in found
        assert group(continuous("sum", "Nothing"))["measureScore"] == {"value": 0}

    def test_units_that_differ(self) -> None:
        made = continuous("sum", "Mixed")
        made["group"][0]["population"][1] = population("measure-population", "Encounters")
        with pytest.raises(InputError, match="quantities of 2 units"):
            run(made)

    def test_of_patients(self) -> None:
        parts = [population("initial-population", "Adult"), population("measure-population", "Adult")]
        observation = population("measure-observation", "Visits", aggregateMethod="average")
        found = group(document("continuous-variable", [*parts, observation]))
        assert found["measureScore"] == {"value": 1.25}

    def test_by_stratum(self) -> None:
        made = continuous("sum")
        made["group"][0]["stratifier"] = [{"criteria": criteria("Sex")}]
        assert strata(group(made)) == {"female": ([4, 2, 2], 8), "male": ([2, 1, 1], 8)}

    def test_a_ratio_of_days_and_encounters(self) -> None:
        parts = [
            population("initial-population", "Encounters"),
            population("denominator", "Inpatient", "d"),
            population("numerator", "Long", "n"),
            population("measure-observation", "Days", "o", aggregateMethod="sum", criteriaReference="n"),
        ]
        found = group(document("ratio", parts, basis="Encounter"))
        assert counts(found) == {"initial-population": 6, "d": 3, "n": 2, "o": 2}
        assert found["measureScore"] == {"value": 4.666667}


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (proportion("boolean", "Adults", "Admitted"), "has no definition `Adults`"),
        (proportion("boolean", "Adult", "Long"), "`Long` is .*, but the population basis is boolean"),
        (proportion("Encounter", "Adult", "Long"), "but the population basis is Encounter"),
        (continuous("sum", "Visits"), "has no function of 1 operands `Visits`"),
        (continuous("sum", "Long"), "has no function of 1 operands `Long`"),
        (proportion("boolean", "Adult", "Admitted", stratifier=[{"criteria": criteria("X")}]), "`X`"),
        (document("cohort", [population("initial-population", "Adult")]) | {
            "supplementalData": [{"criteria": criteria("SDE")}]}, "`SDE`"),
    ],
)  # fmt: skip
def test_a_library_that_does_not_fit(made: dict[str, Any], message: str) -> None:
    with pytest.raises(LakmusError, match=message):
        run(made)


def test_null_of_a_boolean_is_false() -> None:
    assert counts(group(document("cohort", [population("initial-population", "Unknown")]))) == {
        "initial-population": 0
    }


def test_groups_keep_their_codes() -> None:
    made = proportion("boolean", "Adult", "Admitted", code=concept("x", "http://example.org/rates"))
    assert group(made)["code"]["coding"][0]["code"] == "x"
