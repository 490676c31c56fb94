"""FHIR R4 CodeSystem, ValueSet and ConceptMap as records; Bundles of them are opened."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from lakmus.core.errors import InputError, Place, UnsupportedError
from lakmus.terminology.model import Designation, split_canonical
from lakmus.terminology.records import (
    ConceptRecord,
    MappingRecord,
    MapRecord,
    Record,
    SystemRecord,
    ValueSetRecord,
)

_RETIRED = {"retired", "deprecated", "inactive", "withdrawn"}


def records_of(resource: object, place: Place) -> Iterator[Record]:
    """The terminology in a resource or Bundle; other resource types hold none. Raises InputError for what is amiss."""
    waiting = [resource]
    while waiting:
        found = waiting.pop()
        if not isinstance(found, Mapping) or not isinstance(found.get("resourceType"), str):
            raise InputError(
                "this is not a FHIR resource", place=place, hint="a JSON object with a resourceType"
            )
        if found["resourceType"] == "Bundle":
            entries = _objects(found, "entry", place)
            waiting.extend(entry["resource"] for entry in reversed(entries) if "resource" in entry)
        elif found["resourceType"] in _RECORDS:
            yield _RECORDS[found["resourceType"]](found, place)


def _system(resource: Mapping[str, Any], place: Place) -> SystemRecord:
    if resource.get("content") == "supplement":
        raise UnsupportedError(
            "a code system supplement", reference="FHIR R4 CodeSystem.content", place=place
        )
    return SystemRecord(
        url=_url(resource, place),
        version=_text(resource, "version", place),
        name=_text(resource, "title", place) or _text(resource, "name", place),
        concepts=list(_concepts(resource, place)),
        case_sensitive=resource.get("caseSensitive") is not False,
        complete=resource.get("content") == "complete",
        aliases=tuple(_oids(resource, place)),
        value_set=split_canonical(_text(resource, "valueSet", place))[0],
    )


def _value_set(resource: Mapping[str, Any], place: Place) -> ValueSetRecord:
    _check_definition(resource, place)
    name = _text(resource, "title", place) or _text(resource, "name", place)
    return ValueSetRecord(_url(resource, place), _text(resource, "version", place), name, resource)


def _check_definition(resource: Mapping[str, Any], place: Place) -> None:
    """Whoever expands it later may trust its shape."""
    compose = resource.get("compose", {})
    if not isinstance(compose, Mapping) or not isinstance(resource.get("expansion", {}), Mapping):
        raise InputError("compose and expansion must be objects", place=place)
    for part in (*_objects(compose, "include", place), *_objects(compose, "exclude", place)):
        _text(part, "system", place), _text(part, "version", place)
        for item in (*_objects(part, "concept", place), *_objects(part, "filter", place)):
            _text(item, "code", place), _text(item, "value", place)
        if not all(isinstance(url, str) for url in part.get("valueSet") or ()):
            raise InputError("valueSet must be a list of addresses", place=place)
    _check_contains(resource.get("expansion", {}), place)


def _check_contains(expansion: Mapping[str, Any], place: Place) -> None:
    waiting = _objects(expansion, "contains", place)[:]
    while waiting:
        waiting.extend(_objects(waiting.pop(), "contains", place))


def _map(resource: Mapping[str, Any], place: Place) -> MapRecord:
    name = _text(resource, "title", place) or _text(resource, "name", place)
    return MapRecord(
        _url(resource, place), _text(resource, "version", place), name, list(_mappings(resource, place))
    )


_RECORDS: dict[str, Callable[[Mapping[str, Any], Place], Record]]
_RECORDS = {"CodeSystem": _system, "ValueSet": _value_set, "ConceptMap": _map}


def _concepts(resource: Mapping[str, Any], place: Place) -> Iterator[ConceptRecord]:
    waiting: list[tuple[Mapping[str, Any], tuple[str, ...]]]
    waiting = [(concept, ()) for concept in reversed(_objects(resource, "concept", place))]
    while waiting:
        concept, parents = waiting.pop()
        record = _concept(concept, parents, place)
        yield record
        waiting.extend((child, (record.code,)) for child in reversed(_objects(concept, "concept", place)))


def _concept(concept: Mapping[str, Any], parents: tuple[str, ...], place: Place) -> ConceptRecord:
    code = _text(concept, "code", place)
    if not code:
        raise InputError("a concept has no code", place=place)
    properties = _properties(concept, place)
    return ConceptRecord(
        code=code,
        display=_text(concept, "display", place),
        active=_is_active(properties),
        abstract="true" in properties.get("notSelectable", ()) or "true" in properties.get("abstract", ()),
        definition=_text(concept, "definition", place),
        designations=tuple(
            Designation(_text(d, "value", place), _text(d, "language", place))
            for d in _objects(concept, "designation", place)
        ),
        properties={name: values for name, values in properties.items() if name not in ("parent", "child")},
        # http://hl7.org/fhir/concept-properties defines `parent` for systems with more than one parent.
        parents=(*parents, *properties.get("parent", ()), *properties.get("subsumedBy", ())),
    )


def _properties(concept: Mapping[str, Any], place: Place) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for item in _objects(concept, "property", place):
        value = next((item[name] for name in item if name.startswith("value")), None)
        text = _property_text(value)
        if text is not None:
            name = _text(item, "code", place)
            found[name] = (*found.get(name, ()), text)
    return found


def _property_text(value: object) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return str(value.get("code", ""))
    return None if value is None else str(value)


def _is_active(properties: Mapping[str, tuple[str, ...]]) -> bool:
    if "true" in properties.get("inactive", ()):
        return False
    return not _RETIRED.intersection(properties.get("status", ()))


def _mappings(resource: Mapping[str, Any], place: Place) -> Iterator[MappingRecord]:
    for group in _objects(resource, "group", place):
        for element in _objects(group, "element", place):
            for target in _objects(element, "target", place):
                if target.get("code"):
                    yield _mapping(group, element, target, place)


def _mapping(
    group: Mapping[str, Any], element: Mapping[str, Any], target: Mapping[str, Any], place: Place
) -> MappingRecord:
    return MappingRecord(
        source_system=_text(group, "source", place),
        source_code=_text(element, "code", place),
        target_system=_text(group, "target", place),
        target_code=_text(target, "code", place),
        equivalence=_text(target, "equivalence", place) or "relatedto",
        target_display=_text(target, "display", place),
        comment=_text(target, "comment", place),
    )


def _url(resource: Mapping[str, Any], place: Place) -> str:
    url = _text(resource, "url", place)
    if not url:
        raise InputError(f"a {resource['resourceType']} without url cannot be installed", place=place)
    return url


def _oids(resource: Mapping[str, Any], place: Place) -> Iterator[str]:
    for identifier in _objects(resource, "identifier", place):
        value = _text(identifier, "value", place)
        if value.startswith("urn:oid:"):
            yield value


def _text(holder: Mapping[str, Any], name: str, place: Place) -> str:
    value = holder.get(name, "")
    if not isinstance(value, str):
        raise InputError(f"{name} must be text", place=place)
    return value


def _objects(holder: Mapping[str, Any], name: str, place: Place) -> list[Mapping[str, Any]]:
    value = holder.get(name)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(item, Mapping) for item in value):
        raise InputError(f"{name} must be a list of objects", place=place)
    return value
