"""The records of one patient, as retrieves ask for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from lakmus.query.engines.reference.elm.instances import Reader
from lakmus.query.engines.reference.elm.items import resource_type
from lakmus.query.frontends.cql.models.model import ClassInfo
from lakmus.query.frontends.cql.models.profiles import is_of
from lakmus.query.ir.elm.types import Named
from lakmus.query.ir.elm.values import Instance

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
        """All instances of a class, each with the value of an element: what codes and dates are looked for in."""
        if (info.type, path) not in self._read:
            pairs = ((each, reader.property(each, path)) for each in self.retrieve(info))
            self._read[info.type, path] = tuple(pairs)
        return self._read[info.type, path]

    def _of(self, resource: str) -> Iterable[Record]:
        if resource in ("Resource", "DomainResource"):
            return (record for records in self._by_type.values() for record in records)
        return self._by_type.get(resource, ())


def instance(type_: Named, record: Record) -> Instance:
    """A record as an instance of a class; its path is its type and id."""
    return Instance(type_, record, f"{record.get('resourceType', '')}/{record.get('id', '')}")
