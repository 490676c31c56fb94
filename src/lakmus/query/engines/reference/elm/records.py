"""The records of one patient, as retrieves ask for them.

What a record is about may be coded in another one: `MedicationRequest.medication` is a concept, or a reference to a
Medication that has it. A retrieve that looks for codes follows the reference (R4 references.html: `Type/id`, `#id`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import Any

from lakmus.query.engines.reference.elm.instances import Reader
from lakmus.query.engines.reference.elm.items import listed, resource_type
from lakmus.query.ir.elm.types import Named
from lakmus.query.ir.elm.values import Instance
from lakmus.query.models.fhir import fhir_model
from lakmus.query.models.model import ClassInfo
from lakmus.query.models.profiles import is_of

Record = Mapping[str, Any]


class Records:
    """Resources of one patient. They are grouped once; what a retrieve has made is kept for the next of its kind."""

    def __init__(self, resources: Iterable[Record]) -> None:
        self._by_type: dict[str, list[Record]] = {}
        for record in resources:
            self._by_type.setdefault(resource_type(record), []).append(record)
        self._instances: dict[Named, tuple[Instance, ...]] = {}
        self._read: dict[tuple[Named, str], tuple[tuple[Instance, Any], ...]] = {}

    def retrieve(self, info: ClassInfo) -> tuple[Instance, ...]:
        """All instances of a class, in the order they came in."""
        if info.type not in self._instances:
            records = (record for record in self._of(info.resource) if is_of(info.profile, record))
            self._instances[info.type] = tuple(instance(info.type, record) for record in records)
        return self._instances[info.type]

    def read(self, info: ClassInfo, path: str, reader: Reader) -> tuple[tuple[Instance, Any], ...]:
        """All instances of a class, each with what codes or dates are looked for in: the value at a path of elements.

        For a reference that is what the record is coded by that it names, or the reference when that is not there.
        """
        if (info.type, path) not in self._read:
            pairs = ((each, self._value(each, path, reader)) for each in self.retrieve(info))
            self._read[info.type, path] = tuple(pairs)
        return self._read[info.type, path]

    def _value(self, source: Instance, path: str, reader: Reader) -> Any:
        value: Any = source
        for name in path.split("."):
            value = self._property(source, value, name, reader)
        return _each(value, lambda each: self._coded(source, each, reader)) if _refers(value) else value

    def _property(self, source: Instance, value: Any, name: str, reader: Reader) -> Any:
        if isinstance(value, Instance) and not _refers(value):
            return reader.property(value, name)
        return _each(value, lambda each: reader.property(self._referenced(source, each), name))

    def _coded(self, source: Instance, value: Any, reader: Reader) -> Any:
        found = self._referenced(source, value)
        info = fhir_model().class_of(found.type) if found is not value else None
        return reader.property(found, info.primary_code_path) if info and info.primary_code_path else value

    def _referenced(self, source: Instance, value: Any) -> Any:
        """The record that a reference names, as an instance of FHIR's class; what is no reference as it is."""
        if not _refers(value):
            return value
        text = value.content.get("reference") if isinstance(value.content, dict) else None
        record = self._named(source, text) if isinstance(text, str) else None
        return value if record is None else instance(Named("FHIR", resource_type(record)), record)

    def _named(self, source: Instance, reference: str) -> Record | None:
        if reference.startswith("#"):
            contained = (each for each in listed(source.content.get("contained")) if isinstance(each, dict))
            return next((each for each in contained if each.get("id") == reference[1:]), None)
        kind, _, id_ = reference.partition("/_history/")[0].rpartition("/")
        return self._by_id.get((kind.rpartition("/")[2], id_))

    @cached_property
    def _by_id(self) -> dict[tuple[str, Any], Record]:
        return {(kind, str(each.get("id"))): each for kind, all_ in self._by_type.items() for each in all_}

    def _of(self, resource: str) -> Iterable[Record]:
        if resource in ("Resource", "DomainResource"):
            return (record for records in self._by_type.values() for record in records)
        return self._by_type.get(resource, ())


def instance(type_: Named, record: Record) -> Instance:
    """A record as an instance of a class; its path is its type and id."""
    return Instance(type_, record, f"{record.get('resourceType', '')}/{record.get('id', '')}")


def _refers(value: Any) -> bool:
    """Whether a value is a reference, or a list that has one."""
    if isinstance(value, list):
        return any(map(_refers, value))
    return isinstance(value, Instance) and value.type.name == "Reference"


def _each(value: Any, change: Callable[[Any], Any]) -> Any:
    """What becomes of each item: one value as it is, several as one list, lists laid flat; None for none."""
    flat = [found for item in listed(value) for found in listed(change(item))]
    return flat if len(flat) > 1 else next(iter(flat), None)
