"""Records by the person they are about, for a measure that is run over a file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from lakmus.core.errors import InputError
from lakmus.fhir import definitions, patient_id

Record = Mapping[str, Any]


@dataclass(frozen=True)
class Person:
    """A patient's id, and the resources about them, their Patient among them."""

    id: str
    records: list[Record] = field(default_factory=list)


class People:
    """Persons in the order they were met.

    Records of types that are about no patient (places, medications) belong to everybody. `unclaimed` is how many are of
    other types and yet name no patient: they belong to nobody.
    """

    def __init__(self) -> None:
        self.unclaimed = 0
        self._persons: dict[str, Person] = {}
        self._shared: list[Record] = []
        self._known: set[str] = set()

    def add(self, document: Any) -> None:
        """A resource, or a Bundle of them. Raises InputError for anything else.

        The references of the patient compartment decide; what names no patient, in a Bundle with one Patient, is about
        that one.
        """
        if not _is_resource(document):
            raise InputError("this is no FHIR resource", hint="NDJSON of resources, or a Bundle")
        if document["resourceType"] == "Bundle":
            self._bundle(document)
        else:
            self._keep(document, _patient_of(document, {}))

    def _bundle(self, bundle: Record) -> None:
        given = (each for each in bundle.get("entry") or [] if isinstance(each, Mapping))
        entries = [each for each in given if _is_resource(each.get("resource"))]
        records = [each["resource"] for each in entries]
        addresses = {
            str(each.get("fullUrl")): _id_of(each["resource"])
            for each in entries
            if each["resource"]["resourceType"] == "Patient"
        }
        patients = {_id_of(each) for each in records if each["resourceType"] == "Patient"}
        only = next(iter(patients)) if len(patients) == 1 else ""
        for record in records:
            self._keep(record, _patient_of(record, addresses) or only)

    def _keep(self, record: Record, patient: str) -> None:
        if patient:
            self._persons.setdefault(patient, Person(patient)).records.append(record)
        elif _about_patients(record):
            self.unclaimed += 1
        else:
            self._shared.append(record)
        if record["resourceType"] == "Patient":
            self._known.add(patient)

    def __len__(self) -> int:
        return len(self._known)

    def __iter__(self) -> Iterator[Person]:
        """Those whose Patient is there: a measure counts nobody of whom only a reference is known."""
        for person in self._persons.values():
            if person.id in self._known:
                yield Person(person.id, [*person.records, *self._shared])


def _is_resource(value: Any) -> bool:
    return isinstance(value, Mapping) and isinstance(value.get("resourceType"), str)


def _about_patients(record: Record) -> bool:
    kind = record["resourceType"]
    return definitions.is_resource(kind) and bool(definitions.patient_references(kind))


def _id_of(patient: Record) -> str:
    if not isinstance(patient.get("id"), str) or not patient["id"]:
        raise InputError("a Patient has no id", hint="records say by it who they are about")
    return str(patient["id"])


def _patient_of(record: Record, addresses: Mapping[str, str]) -> str:
    """The id of the patient a record is about; "" when it is about none.

    `addresses` are those that a Bundle gives its patients, such as `urn:uuid:...`.
    """
    if record["resourceType"] == "Patient":
        return _id_of(record)
    if not _about_patients(record):
        return ""
    for path in definitions.patient_references(record["resourceType"]):
        for reference in _at(record, (*path, "reference")):
            if isinstance(reference, str) and (found := addresses.get(reference) or patient_id(reference)):
                return found
    return ""


def _at(value: Any, path: tuple[str, ...]) -> Iterator[Any]:
    if isinstance(value, list):
        for item in value:
            yield from _at(item, path)
    elif not path:
        yield value
    elif isinstance(value, Mapping) and path[0] in value:
        yield from _at(value[path[0]], path[1:])
