"""Elements of instances read from FHIR JSON, the conversions to System values, and the records of one patient."""

from __future__ import annotations

import gzip
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from lakmus.core.errors import InputError, NotFoundError
from lakmus.core.quantities import Quantity
from lakmus.fhir.records import loads
from lakmus.query.engines.reference.elm.instances import Reader
from lakmus.query.engines.reference.elm.making import make_instance
from lakmus.query.engines.reference.elm.records import Records, instance
from lakmus.query.engines.reference.elm.rows import Call, Context, apply
from lakmus.query.ir.elm.types import ANY, DATETIME, INTEGER, QUANTITY, Named
from lakmus.query.ir.elm.values import (
    Code,
    Concept,
    Date,
    DateTime,
    Instance,
    Interval,
    Ratio,
    Time,
    Tuple,
    ValueSet,
)
from lakmus.query.models.fhir import fhir_model
from tests.query.cql.test_models import official, small

UCUM = "http://unitsofmeasure.org"
CONTEXT = Context(DateTime((2025, 1, 1, 0, 0, 0, 0), 120))
READER = Reader({"Small": small()}, CONTEXT)
PATIENT: dict[str, Any] = {
    "resourceType": "Patient",
    "id": "p1",
    "gender": "female",
    "birthDate": "1974-12",
    "_birthDate": {"extension": [{"url": "u", "valueDateTime": "1974-12-25T14:35:45-05:00"}]},
    "name": [{"family": "Ivanova", "given": ["Anna", None], "_given": [None, {"id": "second"}]}],
    "telecom": [{"value": "+1", "extension": [{"url": "http://preferred", "valueBoolean": True}]}],
    "multipleBirthInteger": 2,
    "maritalStatus": {"coding": [{"system": "s", "code": "M"}], "text": "Married"},
    "contact": [{"gender": "male"}],
    "contained": [{"resourceType": "Observation", "id": "c1"}],
    "extension": [
        {
            "url": "http://origin",
            "extension": [
                {"url": "code", "valueCoding": {"system": "s", "code": "a"}},
                {"url": "code", "valueCoding": {"system": "s", "code": "b"}},
                {"url": "text", "valueString": "from afar"},
            ],
        }
    ],
}
OBSERVATION: dict[str, Any] = {
    "resourceType": "Observation",
    "id": "o1",
    "code": {"coding": [{"system": "http://loinc.org", "code": "85354-9"}]},
    "category": [
        {"coding": [{"system": "http://c", "code": "lab"}]},
        {"coding": [{"system": "http://c", "code": "vital"}], "text": "vital sign"},
    ],
    "subject": {"reference": "Patient/p1"},
    "effectivePeriod": {"start": "2020-05-01T10:30:00.5Z"},
    "valueQuantity": {"value": Decimal("72.50"), "unit": "kg", "system": UCUM, "code": "kg"},
    "component": [
        {
            "code": {"coding": [{"system": "http://loinc.org", "code": code}]},
            "valueQuantity": {"value": value, "system": UCUM, "code": "mm[Hg]"},
        }
        for code, value in (("8462-4", 80), ("8480-6", 120))
    ],
}
RECORDS = {"Patient": PATIENT, "Observation": OBSERVATION, "Pressure": OBSERVATION}


def read(start: str, path: str) -> Any:
    """The value at a path from a record, the first item where an element repeats."""
    namespace, name = start.split(".")
    value: Any = instance(Named(namespace, name), RECORDS[name])
    for step in path.split("."):
        value = READER.property(value[0] if isinstance(value, list) else value, step)
    return value


def fhir(name: str, content: Any) -> Instance:
    return Instance(Named("FHIR", name), content)


def test_an_element_is_an_instance_with_its_type_and_its_path() -> None:
    name = read("FHIR.Patient", "name")
    assert name == [fhir("HumanName", PATIENT["name"][0])]
    assert name[0].path == "Patient/p1.name[0]"
    assert read("FHIR.Patient", "contact.gender") == fhir("code", "male")
    assert read("FHIR.Patient", "contact")[0].type == Named("FHIR", "Patient.Contact")


VALUES = [
    ("FHIR.Patient", "birthDate.value", Date((1974, 12))),
    ("FHIR.Patient", "id.value", "p1"),
    ("FHIR.Patient", "multipleBirth.value", 2),
    ("FHIR.Patient", "name.family.value", "Ivanova"),
    ("FHIR.Patient", "name.id", None),
    ("FHIR.Patient", "deceased", None),
    ("FHIR.Patient", "birthDate.extension.value.value", DateTime((1974, 12, 25, 14, 35, 45), -300)),
    ("FHIR.Observation", "value.value.value", Decimal("72.50")),
    ("FHIR.Observation", "value.unit.value", "kg"),
    ("FHIR.Observation", "component.value.value.value", Decimal(80)),
    ("Small.Patient", "gender", "female"),
    ("Small.Patient", "birthDate", Date((1974, 12))),
    ("Small.Patient", "id", "p1"),
    ("Small.Patient", "origin.text", "from afar"),
    ("Small.Patient", "origin.codes", [Code("a", "s"), Code("b", "s")]),
    ("Small.Patient", "telecom.preferred", True),
    ("Small.Patient", "telecom.value", "+1"),
    ("Small.Pressure", "code", Concept((Code("85354-9", "http://loinc.org"),))),
    ("Small.Pressure", "vital", Concept((Code("vital", "http://c"),), "vital sign")),
    (
        "Small.Pressure", "effective",
        Interval(DateTime((2020, 5, 1, 10, 30, 0, 500), 0), None, True, True, DATETIME),
    ),
    ("Small.Pressure", "value", Quantity(Decimal("72.50"), "kg")),
    ("Small.Pressure", "systolic.value", Quantity(Decimal(120), "mm[Hg]")),
    ("Small.Pressure", "subject.reference", "Patient/p1"),
]  # fmt: skip


@pytest.mark.parametrize(("start", "path", "expected"), VALUES)
def test_values_at_paths(start: str, path: str, expected: Any) -> None:
    found = read(start, path)
    assert found == expected
    assert type(found) is type(expected)


def test_a_choice_is_the_instance_of_the_type_it_has() -> None:
    assert read("FHIR.Observation", "value").type == Named("FHIR", "Quantity")
    assert read("FHIR.Patient", "multipleBirth").type == Named("FHIR", "integer")


def test_a_primitive_without_a_value_is_there_for_its_extensions() -> None:
    first, second = read("FHIR.Patient", "name.given")
    assert (first.content, second.content, second.beside) == ("Anna", None, {"id": "second"})
    assert READER.property(second, "value") is None
    assert READER.property(second, "id") == "second"


def test_a_contained_resource_is_of_its_own_class_where_the_model_has_one() -> None:
    assert read("FHIR.Patient", "contained")[0].type == Named("FHIR", "Observation")
    assert read("Small.Patient", "contained")[0].type == Named("Small", "Resource")


def test_a_value_set_stands_for_codes_that_were_not_done() -> None:
    code = {"extension": [{"url": "http://set", "valueCanonical": "http://vs"}]}
    record = instance(Named("Small", "Pressure"), {"resourceType": "Observation", "code": code})
    assert READER.property(record, "code") == ValueSet("http://vs")


def test_what_is_of_another_type_than_the_element_is_not_there() -> None:
    record = {"resourceType": "Observation", "valueString": "heavy"}
    assert READER.property(instance(Named("Small", "Pressure"), record), "value") is None


def test_several_where_the_model_allows_one_is_an_error() -> None:
    twice = {"resourceType": "Patient", "extension": PATIENT["extension"] * 2}
    with pytest.raises(InputError, match="`origin` is there 2 times"):
        READER.property(instance(Named("Small", "Patient"), twice), "origin")


@pytest.mark.parametrize(
    "record", [{"name": "Ivanova"}, {"name": [["Ivanova"]]}, {"birthDate": {}}, {"_birthDate": 1}]
)
def test_json_that_is_not_fhir_is_an_error(record: dict[str, Any]) -> None:
    patient = instance(Named("FHIR", "Patient"), record)
    with pytest.raises(InputError, match="not valid FHIR") as error:
        READER.property(patient, next(iter(record)).removeprefix("_"))
    assert "Ivanova" not in str(error.value)


def test_elements_that_are_not_there_are_an_error() -> None:
    with pytest.raises(NotFoundError, match="no element `age`"):
        read("FHIR.Patient", "age")
    with pytest.raises(NotFoundError, match="no element `age`"):
        READER.property(Code("a"), "age")


SYSTEM = [
    (Quantity(Decimal(1), "mg"), {"value": Decimal(1), "unit": "mg"}),
    (Concept((Code("a"),), "A"), {"codes": [Code("a")], "display": "A"}),
    (Interval(1, 2, True, False, INTEGER), {"low": 1, "high": 2, "lowClosed": True, "highClosed": False}),
    (Tuple({"a": 1, "b": None}), {"a": 1, "b": None}),
    (ValueSet("http://vs"), {"id": "http://vs", "version": None, "codesystems": []}),
]


@pytest.mark.parametrize(("value", "expected"), SYSTEM)
def test_elements_of_system_values(value: Any, expected: dict[str, Any]) -> None:
    assert {name: READER.property(value, name) for name in expected} == expected
    assert READER.property(None, "anything") is None


def test_classes_derive() -> None:
    age = fhir("Age", {"value": 3})
    assert READER.is_a(age, Named("FHIR", "Quantity"))
    assert READER.is_a(age, Named("FHIR", "Element"))
    assert not READER.is_a(age, Named("FHIR", "Period"))


def test_children_and_descendants() -> None:
    period = fhir("Period", {"start": "2020", "end": "2021"})
    assert READER.children(period) == [fhir("dateTime", "2020"), fhir("dateTime", "2021")]
    assert READER.descendants(period) == [
        fhir("dateTime", "2020"), DateTime((2020,), 120), fhir("dateTime", "2021"), DateTime((2021,), 120),
    ]  # fmt: skip
    assert READER.children([Code("a"), Tuple({"x": [1, 2]})]) == ["a", 1, 2]
    assert READER.descendants(Concept((Code("a"),))) == [Code("a"), "a"]
    assert READER.children(5) == []


# Conversions


def convert(name: str, type_: str, content: Any) -> Any:
    return apply(f"FHIR.{name}", Call(CONTEXT, (Named("FHIR", type_),), ANY), fhir(type_, content))


def amount(value: int, unit: str = "mg") -> Quantity:
    return Quantity(Decimal(value), unit)


FIVE = {"value": 5, "code": "mg", "system": UCUM}
CONVERTED = [
    ("ToString", "code", "final", "final"),
    ("ToString", "code", None, None),
    ("ToBoolean", "boolean", False, False),
    ("ToInteger", "positiveInt", 3, 3),
    ("ToDecimal", "decimal", Decimal("1.50"), Decimal("1.50")),
    ("ToDecimal", "decimal", 1, Decimal(1)),
    ("ToDate", "date", "2020-02", Date((2020, 2))),
    ("ToDateTime", "dateTime", "2020-02-29", DateTime((2020, 2, 29), 120)),
    ("ToDateTime", "dateTime", "2020-02-29T10:00:00-05:00", DateTime((2020, 2, 29, 10, 0, 0), -300)),
    ("ToDateTime", "instant", "2020-02-29T10:00:00.1239Z", DateTime((2020, 2, 29, 10, 0, 0, 123), 0)),
    ("ToDateTime", "instant", "2016-12-31T23:59:60Z", DateTime((2016, 12, 31, 23, 59, 59), 0)),
    ("ToTime", "time", "10:30:00", Time((10, 30, 0))),
    ("ToCode", "Coding", {"code": "a", "system": "s", "version": "1", "display": "A"}, Code("a", "s", "1", "A")),
    ("ToConcept", "CodeableConcept", {"text": "T"}, Concept((), "T")),
    ("ToConcept", "CodeableConcept", {"coding": [{"code": "a"}, {"code": "a"}]}, Concept((Code("a"),))),
    ("ToQuantity", "Quantity", FIVE, amount(5)),
    ("ToQuantity", "Quantity", {"value": 5, "unit": "tablets"}, amount(5, "tablets")),
    ("ToQuantity", "Quantity", {"value": 5}, amount(5, "1")),
    ("ToQuantity", "Age", {"value": 5, "code": "a", "system": UCUM}, amount(5, "year")),
    ("ToQuantity", "Duration", {"value": 5, "code": "min", "system": UCUM}, amount(5, "minute")),
    ("ToQuantity", "Quantity", {"unit": "mg", "comparator": "<"}, None),
    ("ToQuantityIgnoringComparator", "Quantity", {**FIVE, "comparator": "<"}, amount(5)),
    ("ToInterval", "Quantity", FIVE, Interval(amount(5), amount(5), True, True, QUANTITY)),
    ("ToInterval", "Quantity", {**FIVE, "comparator": "<"}, Interval(None, amount(5), True, False, QUANTITY)),
    ("ToInterval", "Quantity", {**FIVE, "comparator": "<="}, Interval(None, amount(5), True, True, QUANTITY)),
    ("ToInterval", "Quantity", {**FIVE, "comparator": ">="}, Interval(amount(5), None, True, True, QUANTITY)),
    ("ToInterval", "Quantity", {**FIVE, "comparator": ">"}, Interval(amount(5), None, False, True, QUANTITY)),
    ("ToInterval", "Range", {"low": FIVE}, Interval(amount(5), None, True, True, QUANTITY)),
    (
        "ToInterval", "Period", {"start": "2020", "end": "2021"},
        Interval(DateTime((2020,), 120), DateTime((2021,), 120), True, True, DATETIME),
    ),
    ("ToInterval", "Period", {"end": "2021"}, Interval(None, DateTime((2021,), 120), False, True, DATETIME)),
    ("ToRatio", "Ratio", {"numerator": FIVE}, Ratio(amount(5), None)),
    ("ToValue", "Coding", {"code": "a"}, Code("a")),
    ("ToValue", "HumanName", {"text": "A"}, fhir("HumanName", {"text": "A"})),
]  # fmt: skip


@pytest.mark.parametrize(("name", "type_", "content", "expected"), CONVERTED)
def test_conversions(name: str, type_: str, content: Any, expected: Any) -> None:
    found = convert(name, type_, content)
    assert found == expected
    assert type(found) is type(expected)


FAULTS = [
    ("ToQuantity", "Quantity", {**FIVE, "comparator": "<"}, "no single amount"),
    ("ToQuantity", "Quantity", {**FIVE, "system": "http://snomed.info/sct"}, "not of UCUM"),
    ("ToQuantity", "Quantity", {"value": "five"}, "not valid FHIR"),
    ("ToQuantity", "Quantity", {"value": Decimal("1e999")}, "more than 60 digits"),
    ("ToDateTime", "dateTime", "2020-02-30T10:00:00Z", "not a FHIR dateTime"),
    ("ToDateTime", "dateTime", 2020, "not valid FHIR"),
    ("ToBoolean", "boolean", "true", "not valid FHIR"),
    ("ToInteger", "integer", True, "not valid FHIR"),
    ("ToConcept", "CodeableConcept", {"coding": {"code": "a"}}, "not valid FHIR"),
    ("ToCode", "Coding", {"code": 1}, "not valid FHIR"),
    ("ToRatio", "Ratio", {"numerator": 5}, "not valid FHIR"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "type_", "content", "message"), FAULTS)
def test_what_has_no_system_value(name: str, type_: str, content: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        convert(name, type_, content)


# Making

MADE = [
    ("Coding", {"code": fhir("code", "a"), "display": None}, {"code": "a"}),
    ("string", {"value": "a"}, "a"),
    ("decimal", {"value": Decimal("1.50")}, Decimal("1.50")),
    ("dateTime", {"value": DateTime((2020, 5, 1, 9, 5, 0, 7), -90)}, "2020-05-01T09:05:00.007-01:30"),
    ("date", {"value": Date((2020, 5))}, "2020-05"),
    ("time", {"value": Time((9, 5))}, "09:05"),
    ("HumanName", {"given": [fhir("string", "A"), fhir("string", "B")]}, {"given": ["A", "B"]}),
    ("Observation", {"value": fhir("Quantity", {"value": 1})}, {"resourceType": "Observation", "valueQuantity": {"value": 1}}),
    ("Extension", {"url": "u", "value": "text"}, {"url": "u", "valueString": "text"}),
    ("Extension", {"value": amount(2, "years")}, {"valueQuantity": {"value": 2, "unit": "years", "system": UCUM, "code": "a"}}),
    (
        "Extension", {"value": Concept((Code("a", "s"),), "A")},
        {"valueCodeableConcept": {"coding": [{"system": "s", "code": "a"}], "text": "A"}},
    ),
    (
        "Extension", {"value": Interval(None, DateTime((2020,), 0), False, True, DATETIME)},
        {"valuePeriod": {"end": "2020"}},
    ),
]  # fmt: skip


@pytest.mark.parametrize(("name", "elements", "content"), MADE)
def test_instances_that_are_made(name: str, elements: dict[str, Any], content: Any) -> None:
    made = make_instance(fhir_model(), Named("FHIR", name), elements)
    assert (made.type, made.content) == (Named("FHIR", name), content)


def test_what_is_made_is_read_as_any_other() -> None:
    day = make_instance(fhir_model(), Named("FHIR", "date"), {"value": Date((2020,)), "id": "d"})
    patient = make_instance(fhir_model(), Named("FHIR", "Patient"), {"birthDate": day})
    assert patient.content == {"resourceType": "Patient", "birthDate": "2020", "_birthDate": {"id": "d"}}
    assert READER.property(READER.property(patient, "birthDate"), "value") == Date((2020,))


def test_a_mapped_class_is_made_of_system_values() -> None:
    made = make_instance(small(), Named("Small", "Pressure"), {"value": amount(5), "subject": None})
    assert READER.property(made, "value") == amount(5)
    with pytest.raises(InputError, match="cannot be given a value"):
        make_instance(small(), Named("Small", "Pressure"), {"systolic": fhir("Quantity", {})})


# Records


def test_retrieves_of_one_patient() -> None:
    records = Records([PATIENT, OBSERVATION, {**OBSERVATION, "id": "o2"}, {"resourceType": "Nonsense"}])
    info = small().classes["Pressure"]
    assert [each.path for each in records.retrieve(info)] == ["Observation/o1", "Observation/o2"]
    assert records.retrieve(info) is records.retrieve(info)
    assert {value for _, value in records.read(info, "value", READER)} == {Quantity(Decimal("72.50"), "kg")}
    assert len(records.retrieve(small().classes["Resource"])) == 4
    assert records.retrieve(fhir_model().classes["Encounter"]) == ()


MEDICATION: dict[str, Any] = {"resourceType": "Medication", "id": "m", "code": {"text": "aspirin"}}
REFERENCES = [
    ({"medicationReference": {"reference": "Medication/m"}}, "aspirin"),
    ({"medicationReference": {"reference": "http://server/fhir/Medication/m/_history/2"}}, "aspirin"),
    ({"medicationReference": {"reference": "#c"}, "contained": [{**MEDICATION, "id": "c"}]}, "aspirin"),
    ({"medicationCodeableConcept": {"text": "ibuprofen"}}, "ibuprofen"),
    ({"medicationReference": {"reference": "Medication/other"}}, None),
    ({"medicationReference": {"display": "some pills"}}, None),
]  # fmt: skip


@pytest.mark.parametrize(("content", "expected"), REFERENCES)
def test_a_retrieve_finds_codes_behind_references(content: dict[str, Any], expected: str | None) -> None:
    records = Records([MEDICATION, {"resourceType": "MedicationRequest", **content}])
    ((_, found),) = records.read(fhir_model().classes["MedicationRequest"], "medication", READER)
    assert found.content.get("text") == expected


def test_a_path_to_codes_goes_through_references() -> None:
    device = {"resourceType": "Device", "id": "d", "type": {"text": "walker"}}
    records = Records([device, {"resourceType": "DeviceUseStatement", "device": {"reference": "Device/d"}}])
    ((_, found),) = records.read(fhir_model().classes["DeviceUseStatement"], "device.type", READER)
    assert found.content == {"text": "walker"}


def test_every_element_of_the_cases_of_a_measure_can_be_read(shared: Path) -> None:
    qicore = official(shared, "qicore-modelinfo-6.0.0")
    path = shared / "conformance" / "ecqm-2025-six" / "CMS124FHIRCervicalCancerScreening.json.gz"
    if not path.exists():
        pytest.skip("the cases of the measures are not there")
    reader = Reader({"QICore": qicore}, CONTEXT)
    found = 0
    for case in loads(gzip.decompress(path.read_bytes()))["cases"]:
        records = Records(case["resources"])
        for info in qicore.classes.values():
            for each in (
                records.retrieve(info) if info.resource not in ("", "Resource", "DomainResource") else ()
            ):
                found += len(reader.children(each))
    assert found > 1000
