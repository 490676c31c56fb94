"""Records by the person they are about."""

from __future__ import annotations

from typing import Any

import pytest

from lakmus.core.errors import InputError
from lakmus.query.measures import People

PATIENT = {"resourceType": "Patient", "id": "a"}
OTHER = {"resourceType": "Patient", "id": "b"}


def about(patient: str, id: str = "1") -> dict[str, Any]:
    return {"resourceType": "Observation", "id": id, "subject": {"reference": patient}}


def bundle(*resources: Any) -> dict[str, Any]:
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": each} for each in resources],
    }


PLACE = {"resourceType": "Location", "id": "l"}
GROUPS = [
    ("alone", [PATIENT, about("Patient/a")], {"a": ["a", "1"]}),
    ("before its patient", [about("http://x/fhir/Patient/a/_history/2"), PATIENT], {"a": ["1", "a"]}),
    ("of somebody unknown", [about("Patient/x"), PATIENT], {"a": ["a"]}),
    ("of a group", [about("Group/a"), PATIENT], {"a": ["a"]}),
    ("of nobody", [PLACE, PATIENT, OTHER], {"a": ["a", "l"], "b": ["b", "l"]}),
    ("a Bundle of one", [bundle(PATIENT, about("urn:uuid:a"), PLACE), OTHER], {"a": ["a", "1", "l"], "b": ["b"]}),
    ("a page of a search", [bundle(PATIENT, about("Patient/b"))], {"a": ["a"]}),
    ("a Bundle of two", [bundle(PATIENT, OTHER, about("Patient/b"))], {"a": ["a"], "b": ["b", "1"]}),
    ("an entry without a resource", [{"resourceType": "Bundle", "entry": [{}, None]}, PATIENT], {"a": ["a"]}),
    ("in a list", [PATIENT, {"resourceType": "Appointment", "id": "p", "participant": [
        {"actor": {"reference": "Location/l"}}, {"actor": {"reference": "Patient/a"}}]}], {"a": ["a", "p"]}),
    ("of no type of FHIR", [PATIENT, {"resourceType": "Strange", "id": "s"}], {"a": ["a", "s"]}),
]  # fmt: skip


@pytest.mark.parametrize(("how", "documents", "wanted"), GROUPS, ids=[case[0] for case in GROUPS])
def test_whose_records_they_are(how: str, documents: list[Any], wanted: dict[str, list[str]]) -> None:
    people = People()
    for each in documents:
        people.add(each)
    assert {person.id: [each["id"] for each in person.records] for person in people} == wanted
    assert len(people) == len(wanted)


def test_patients_by_their_address_in_a_bundle() -> None:
    made = bundle(PATIENT, OTHER, about("urn:uuid:2"), about("urn:uuid:3", "2"))
    for number, entry in enumerate(made["entry"], 1):
        entry["fullUrl"] = f"urn:uuid:{number}"
    people = People()
    people.add(made)
    assert [[each["id"] for each in person.records] for person in people] == [["a"], ["b", "1"]]
    assert people.unclaimed == 1


@pytest.mark.parametrize("document", [[], "x", None, {}, {"resourceType": 1}, {"resourceType": "Patient"}])
def test_what_is_no_record(document: Any) -> None:
    with pytest.raises(InputError):
        People().add(document)
