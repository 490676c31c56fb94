"""The reference engine by chapter of the standard: each row is an expression and what it gives.

The official suite covers most of the language; these rows are what it leaves out, and what is ours: paths, the
environment, bounds.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from lakmus.core.clock import FixedClock
from lakmus.core.errors import InputError, UnsupportedError
from lakmus.query.engines.reference import Environment, Value, evaluate
from lakmus.query.engines.reference.values import as_system, value_of
from lakmus.query.frontends.fhirpath import compile
from lakmus.query.ir.types import INTEGER, one
from lakmus.terminology.model import Coding, Subsumption, Validation
from lakmus.terminology.units import Units

PATIENT: dict[str, Any] = {
    "resourceType": "Patient",
    "id": "p1",
    "active": True,
    "birthDate": "1974-12",
    "_birthDate": {"extension": [{"url": "u", "valueDateTime": "1974-12-25T14:35:45-05:00"}]},
    "name": [
        {"use": "official", "family": "Ivanova", "given": ["Anna", None], "_given": [None, {"id": "second"}]},
        {"use": "usual", "given": ["Anya"]},
    ],
    "managingOrganization": {"reference": "Organization/o1"},
    "multipleBirthInteger": 2,
    "contained": [{"resourceType": "Observation", "id": "c1", "status": "final", "code": {"text": "weight"}}],
    "maritalStatus": {"coding": [{"system": "s", "code": "M"}], "text": "Married"},
    "text": {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml"><p>Anna</p></div>'},
}
OBSERVATION: dict[str, Any] = {
    "resourceType": "Observation",
    "id": "o1",
    "status": "final",
    "code": {"coding": [{"system": "http://loinc.org", "code": "29463-7"}]},
    "effectiveDateTime": "2020-05-01T10:30:00+03:00",
    "valueQuantity": {
        "value": Decimal("72.50"),
        "unit": "kg",
        "system": "http://unitsofmeasure.org",
        "code": "kg",
    },
    "component": [
        {
            "code": {"text": "age"},
            "valueQuantity": {"value": 3, "system": "http://unitsofmeasure.org", "code": "a"},
        }
    ],
}
RESOURCES = {"Patient": PATIENT, "Observation": OBSERVATION}
NOW = FixedClock(datetime(2026, 1, 2, 23, 4, 5, 678000, tzinfo=UTC))
ENVIRONMENT = Environment(clock=NOW, units=Units())


def ask(context: str, expression: str, environment: Environment = ENVIRONMENT) -> list[Value]:
    return evaluate(compile(expression, context=context), RESOURCES[context], environment)


def texts(items: list[Value]) -> list[str]:
    """Values as text: enough for tables; types are looked at where they matter."""
    return [str(system.value) for item in items if (system := as_system(item)) is not None]


NAVIGATION = [
    ("Patient", "name.given", ["Anna", "Anya"]),
    ("Patient", "name.given.count()", ["3"]),
    ("Patient", "name.given.where(hasValue())", ["Anna", "Anya"]),
    ("Patient", "name.given.id", ["second"]),
    ("Patient", "birthDate.extension('u').value", ["1974-12-25T14:35:45-05:00"]),
    ("Patient", "multipleBirth + 1", ["3"]),
    ("Patient", "contained.ofType(Observation).code.text", ["weight"]),
    ("Patient", "contained.ofType(DomainResource).id", ["c1"]),
    ("Patient", "contained.status", ["final"]),
    ("Patient", "name.select(given.first() | family)", ["Anna", "Ivanova", "Anya"]),
    ("Patient", "name.select($index)", ["0", "1"]),
    ("Patient", "name.where($index = 1).given", ["Anya"]),
    ("Patient", "name[5].given", []),
    ("Patient", "descendants().ofType(id)", ["p1", "c1"]),
    ("Patient", "%resource.id = %context.id", ["True"]),
    ("Observation", "value.unit", ["kg"]),
    ("Observation", "value.value", ["72.50"]),
    ("Observation", "value.value.type().name", ["decimal"]),
    ("Observation", "component.type().name", ["BackboneElement"]),
]
VALUES = [
    ("Observation", "value > 72 'kg'", ["True"]),
    ("Observation", "value > 72000 'g'", ["True"]),
    ("Observation", "value > 1 'm'", []),
    ("Observation", "value = 72.5 'kg'", ["True"]),
    ("Observation", "component.value = 3 years", ["True"]),
    ("Observation", "component.value > 24 months", ["True"]),
    ("Observation", "effective > @2020-04-30", ["True"]),
    ("Observation", "effective > @2020-05-01", []),
    ("Observation", "effective = @2020-05-01T07:30:00Z", ["True"]),
    ("Observation", "effective > @2020-05-01T10:00:00", []),
    ("Observation", "effective > @2020-04-29T10:00:00", ["True"]),
    ("Patient", "birthDate < @1974-12-07", []),
    ("Patient", "birthDate <= @1975", ["True"]),
    ("Patient", "birthDate + 1 month", ["1975-01"]),
    ("Patient", "@2020-01-31 + 1 month", ["2020-02-29"]),
    ("Patient", "@2020 + 24 months", ["2022"]),
    ("Patient", "@2020 - 11 months", ["2020"]),
    ("Patient", "@2020-02-29 - 1 year", ["2019-02-28"]),
    ("Patient", "@2020-05 + 40 days", ["2020-06"]),
    ("Patient", "@2020-12-31T23:59:59Z + 1 second", ["2021-01-01T00:00:00Z"]),
    ("Patient", "@2020-12-31T23 + 90 minutes", ["2021-01-01T00"]),
    ("Patient", "@T23:30 + 45 minutes", ["00:15"]),
    ("Patient", "@T00:10 - 20 minutes", ["23:50"]),
    ("Patient", "@9999-12-31 + 1 day", []),
    ("Patient", "@0001-01-01 - 1 year", []),
    ("Patient", "2147483647 + 1", []),
    ("Patient", "2147483647L + 1L", ["2147483648"]),
    ("Patient", "9223372036854775807L + 1L", []),
    ("Patient", "7 div 0", []),
    ("Patient", "-7 mod 3", ["-1"]),
    ("Patient", "-7 div 2", ["-3"]),
    ("Patient", "1 / 3", ["0." + "3" * 28]),
    ("Patient", "2.5.round()", ["3"]),
    ("Patient", "(-2.5).round()", ["-3"]),
    ("Patient", "2.power(-1)", ["0.5"]),
    ("Patient", "10.power(40)", []),
    ("Patient", "0.ln()", []),
    ("Patient", "1 'mg' + 1 'g'", ["1001 'mg'"]),
    ("Patient", "1 'mg' + 1 'm'", []),
    ("Patient", "6 'mg' / 2", ["3 'mg'"]),
    ("Patient", "'4 days'.toQuantity() + 1 day", ["5 'day'"]),
    ("Patient", "4 days.toString()", ["4 days"]),
    ("Patient", "1000.toQuantity().toString()", ["1000 '1'"]),
    ("Patient", "'1500 \\'mg\\''.toQuantity('g')", ["1.5 'g'"]),
    ("Patient", "@2020-05-01T10:30:00Z.toDate()", ["2020-05-01"]),
    ("Patient", "'2020-02-30'.toDate()", []),
    ("Patient", "'25:00'.convertsToTime()", ["False"]),
    ("Patient", "'YES'.toBoolean()", ["True"]),
    ("Patient", "active.toString()", ["true"]),
]
TEXTS = [
    ("Patient", "'abcabc'.lastIndexOf('b')", ["4"]),
    ("Patient", "'abc'.substring(1, {})", ["bc"]),
    ("Patient", "'2020-05'.replaceMatches('(\\\\d+)-(\\\\d+)', '$2/$1')", ["05/2020"]),
    ("Patient", "'abc'.matches('^b')", ["False"]),
    ("Patient", "'a,b,,c'.split(',').count()", ["4"]),
    ("Patient", "'zz'.decode('hex')", []),
    ("Patient", "'a'.encode('rot13')", []),
    ("Patient", "'Привет'.encode('base64').decode('base64')", ["Привет"]),
    ("Patient", "('b' | 'a').sort($this).join('-')", ["a-b"]),
    ("Patient", "name.family & name.where(use = 'none').family", ["Ivanova"]),
]
LOGIC = [
    ("Patient", "name.exists() and active", ["True"]),
    ("Patient", "{} implies true", ["True"]),
    ("Patient", "name.all(given.exists())", ["True"]),
    ("Patient", "name.family.all(false)", ["False"]),
    ("Patient", "deceased.exists() or {}", []),
    ("Patient", "maritalStatus ~ maritalStatus", ["True"]),
    ("Patient", "'  A b' ~ 'a  B '", ["True"]),
    ("Patient", "0.3 ~ 0.30", ["True"]),
    ("Patient", "1 = true", ["False"]),
    ("Patient", "(1 | 2) = (2 | 1)", ["False"]),
    ("Patient", "(1 | 2) ~ (2 | 1)", ["True"]),
    ("Patient", "@2020-05 = @2020-05-01", []),
    ("Patient", "@2020-05 ~ @2020-05-01", ["False"]),
    ("Patient", "'x' in {}", ["False"]),
    ("Patient", "{} in 'x'", []),
]
UTILITY = [
    ("Patient", "now()", ["2026-01-02T23:04:05.678+00:00"]),
    ("Patient", "today()", ["2026-01-02"]),
    ("Patient", "timeOfDay()", ["23:04:05.678"]),
    ("Patient", "text.htmlChecks()", ["True"]),
    ("Patient", "text.div.htmlChecks()", ["True"]),
    ("Patient", "birthDate.getValue()", ["1974-12"]),
    ("Patient", "conformsTo('http://hl7.org/fhir/StructureDefinition/DomainResource')", ["True"]),
    ("Patient", "birthDate.lowBoundary()", ["1974-12-01"]),
    ("Patient", "birthDate.highBoundary()", ["1974-12-31"]),
    ("Patient", "@2024-02.highBoundary(8)", ["2024-02-29"]),
]
ERRORS = [
    ("Patient", "name.single()", "has 2 items where one is wanted"),
    ("Patient", "name.given + 'x'", "has 2 items"),
    ("Patient", "@T10:00 + 1 month", "a month cannot be added to a time"),
    ("Patient", "@2020-01-01 + 1 'a'", "the unit is no duration that can be added"),
    ("Patient", "descendants().first() + 1", "have no sum"),
    ("Patient", "1.5.round(-1)", "round() takes a number of decimals"),
    ("Patient", "'x'.matches('(?=y)')", "this is no regular expression that can be run"),
    ("Patient", "conformsTo('http://example.org/p')", "no profile is known"),
]


@pytest.mark.parametrize(
    ("context", "expression", "expected"),
    [*NAVIGATION, *VALUES, *TEXTS, *LOGIC, *UTILITY],
)
def test_what_an_expression_gives(context: str, expression: str, expected: list[str]) -> None:
    assert texts(ask(context, expression)) == expected


@pytest.mark.parametrize(("context", "expression", "message"), ERRORS)
def test_data_that_does_not_fit_is_an_error_with_a_place(context: str, expression: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        ask(context, expression)
    assert message in caught.value.message
    assert caught.value.place is not None


def test_no_error_holds_a_value_of_the_record() -> None:
    for _, expression, _ in ERRORS:
        with pytest.raises(InputError) as caught:
            ask("Patient", expression)
        assert "Anna" not in str(caught.value)


def test_every_value_names_where_it_came_from() -> None:
    assert [item.path for item in ask("Patient", "name.given")] == [
        "Patient.name[0].given[0]",
        "Patient.name[0].given[1]",
        "Patient.name[1].given[0]",
    ]
    assert ask("Observation", "value.value + 1 > 5")[0].path == ""
    assert ask("Patient", "contained.id")[0].path == "Patient.contained[0].id"
    assert ask("Patient", "birthDate.toString()")[0].path == "Patient.birthDate"


def test_an_element_can_be_asked_as_well_as_a_resource() -> None:
    name = ask("Patient", "name.first()")[0]
    found = evaluate(compile("given.first()", context="HumanName"), name)
    assert texts(found) == ["Anna"]


def test_trace_hands_items_to_the_environment() -> None:
    seen: list[tuple[str, list[str]]] = []
    environment = Environment(trace=lambda label, items: seen.append((label, texts(list(items)))))
    assert texts(ask("Patient", "name.trace('n', use).family", environment)) == ["Ivanova"]
    assert seen == [("n", ["official", "usual"])]


def test_variables_are_given_with_the_environment() -> None:
    tree = compile("name.count() < %limit", context="Patient", variables={"limit": one(INTEGER)})
    environment = Environment(variables={"limit": [value_of(3)]})
    assert texts(evaluate(tree, PATIENT, environment)) == ["True"]
    with pytest.raises(InputError, match="%limit was given no value"):
        evaluate(tree, PATIENT)


def test_references_are_resolved_by_the_environment() -> None:
    organizations: Mapping[str, Mapping[str, Any]] = {
        "Organization/o1": {"resourceType": "Organization", "name": "Clinic"}
    }
    environment = Environment(resolver=organizations.get)
    assert texts(ask("Patient", "managingOrganization.resolve().name", environment)) == ["Clinic"]
    assert texts(ask("Patient", "managingOrganization.resolve() is Organization", environment)) == ["True"]
    with pytest.raises(UnsupportedError, match="another record"):
        ask("Patient", "managingOrganization.resolve()")


def test_references_within_the_record_need_no_resolver() -> None:
    local = {
        **PATIENT,
        "managingOrganization": {"reference": "#c1"},
        "generalPractitioner": [{"reference": "#none"}],
    }
    tree = compile("(managingOrganization | generalPractitioner).resolve().id", context="Patient")
    assert texts(evaluate(tree, local)) == ["c1"]
    bundle = {"resourceType": "Bundle", "entry": [{"fullUrl": "urn:uuid:1", "resource": PATIENT}]}
    for reference in ("urn:uuid:1", "Patient/p1"):
        tree = compile(f"'{reference}'.resolve().birthDate", context="Bundle")
        assert texts(evaluate(tree, bundle)) == ["1974-12"]


class Marriages:
    """A terminology that knows one value set and one hierarchy."""

    def validate_code(self, coding: Coding, value_set: str = "") -> Validation:
        return Validation(valid=(coding.system, coding.code, value_set) == ("s", "M", "v"))

    def subsumes(self, system: str, code_a: str, code_b: str) -> Subsumption:
        return Subsumption.EQUIVALENT if code_a == code_b else Subsumption.NOT_SUBSUMED


def test_codes_are_judged_by_the_environments_terminology() -> None:
    environment = Environment(terminology=Marriages())  # type: ignore[arg-type]
    assert texts(ask("Patient", "maritalStatus.memberOf('v')", environment)) == ["True"]
    assert texts(ask("Patient", "maritalStatus.coding.memberOf('w')", environment)) == ["False"]
    assert texts(ask("Patient", "maritalStatus.subsumes(maritalStatus)", environment)) == ["True"]
    with pytest.raises(UnsupportedError, match="terminology"):
        ask("Patient", "maritalStatus.memberOf('v')")


NARRATIVES = [
    ('<div xmlns="http://www.w3.org/1999/xhtml"><p>a<br/><a href="#x">b</a></p></div>', True),
    ('<div xmlns="http://www.w3.org/1999/xhtml"><script>a</script></div>', False),
    ('<div xmlns="http://www.w3.org/1999/xhtml"><p onclick="a">b</p></div>', False),
    ('<div xmlns="http://www.w3.org/1999/xhtml"> </div>', False),
    ("<div><p>no namespace</p></div>", False),
    ('<p xmlns="http://www.w3.org/1999/xhtml">no div</p>', False),
    ('<div xmlns="http://www.w3.org/1999/xhtml"><p>broken</div>', False),
    ('<!DOCTYPE d [<!ENTITY e "x">]><div xmlns="http://www.w3.org/1999/xhtml">&e;</div>', False),
]


@pytest.mark.parametrize(("div", "safe"), NARRATIVES)
def test_narratives_hold_formatting_only(div: str, safe: bool) -> None:
    patient = {"resourceType": "Patient", "text": {"status": "generated", "div": div}}
    assert evaluate(compile("text.htmlChecks()", context="Patient"), patient)[0].value is safe


MISFITS = [
    {"name": "Anna"},
    {"name": ["Anna"]},
    {"name": [["Anna"]]},
    {"name": {"given": {"x": "Anna"}}},
    {"_birthDate": "x"},
    {"birthDate": "1974-13"},
    {"birthDate": 1974},
    {"active": "true"},
    {"multipleBirthInteger": True},
    {"multipleBirthInteger": "2"},
    {"extension": [{"url": "u", "valueDecimal": Decimal("NaN")}]},
    {"extension": [{"url": "u", "valueDecimal": Decimal("1E+999999")}]},
    {"extension": [{"url": "u", "valueDecimal": "1"}]},
    {"extension": [{"url": "u", "valueQuantity": {"value": "1"}}]},
]


@pytest.mark.parametrize("content", MISFITS, ids=str)
def test_a_record_that_is_no_fhir_is_an_error_with_its_path(content: dict[str, Any]) -> None:
    tree = compile("descendants().where($this = 1).exists()", context="Patient")
    with pytest.raises(InputError) as caught:
        evaluate(tree, {"resourceType": "Patient", **content})
    assert caught.value.place is not None
    assert caught.value.place.path.startswith("Patient.")
    assert "Anna" not in str(caught.value)


NUMBERS = "(" + "|".join(map(str, range(60))) + ")"
RUNAWAYS = [
    f"{NUMBERS}.aggregate($total & $total, 'aaaa')",
    f"{NUMBERS}.aggregate($total.combine($total), 1)",
    f"{NUMBERS}.aggregate($total.replace('a', $total), 'aa')",
    f"{NUMBERS}.aggregate($total.encode('hex'), 'a')",
    "(1).repeat($this + 1)",
    "descendants().select(%resource.descendants().select(%resource.descendants().select(%resource.descendants())))",
]


@pytest.mark.timeout(60)
@pytest.mark.parametrize("expression", RUNAWAYS)
def test_a_hostile_expression_ends_in_an_error(expression: str) -> None:
    environment = Environment(budget=200_000)
    with pytest.raises(InputError, match=r"too much work|too long"):
        ask("Patient", expression, environment)


@pytest.mark.timeout(20)
def test_a_regular_expression_cannot_hang() -> None:
    expression = "'" + "a" * 5000 + "!'.matches('^(a+)+$')"
    assert texts(ask("Patient", expression)) == ["False"]
