"""Records by the person they are about, for a measure that is run over a file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
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
    """Persons in the order they were met; what is about nobody (places, medications) belongs to everybody."""

    def __init__(self) -> None:
        self._persons: dict[str, Person] = {}
        self._shared: list[Record] = []
        self._known: set[str] = set()

    def add(self, document: Any) -> None:
        """A resource, or a Bundle of them. Raises InputError for anything else.

        A Bundle with one Patient is about that patient as a whole. In others, and among resources that come alone, the
        references of the patient compartment decide.
        """
        if not isinstance(document, Mapping) or not isinstance(document.get("resourceType"), str):
            raise InputError("this is no FHIR resource", hint="NDJSON of resources, or a Bundle")
        if document["resourceType"] != "Bundle":
            self._keep(document, _patient_of(document))
            return
        records = list(_entries(document))
        patients = [_patient_of(each) for each in records if each["resourceType"] == "Patient"]
        for each in records:
            self._keep(each, patients[0] if len(patients) == 1 else _patient_of(each))

    def _keep(self, record: Record, patient: str) -> None:
        if not patient:
            self._shared.append(record)
            return
        self._persons.setdefault(patient, Person(patient)).records.append(record)
        if record["resourceType"] == "Patient":
            self._known.add(patient)

    def __len__(self) -> int:
        return len(self._known)

    def __iter__(self) -> Iterator[Person]:
        """Those whose Patient is there: a measure counts nobody of whom only a reference is known."""
        for person in self._persons.values():
            if person.id in self._known:
                yield Person(person.id, [*person.records, *self._shared])


def _entries(bundle: Record) -> Iterable[Record]:
    for entry in bundle.get("entry") or []:
        record = entry.get("resource") if isinstance(entry, Mapping) else None
        if isinstance(record, Mapping) and isinstance(record.get("resourceType"), str):
            yield record


def _patient_of(record: Record) -> str:
    """The id of the patient a record is about; "" when it is about none."""
    if record["resourceType"] == "Patient":
        if not isinstance(record.get("id"), str):
            raise InputError("a Patient has no id", hint="records say by it who they are about")
        return str(record["id"])
    if not definitions.is_resource(record["resourceType"]):
        return ""
    for path in definitions.patient_references(record["resourceType"]):
        for reference in _at(record, (*path, "reference")):
            if isinstance(reference, str) and (found := patient_id(reference)):
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
