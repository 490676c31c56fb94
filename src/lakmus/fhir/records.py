"""Between FHIR JSON and the lake's shape of a record.

The same tree with three differences: a decimal whose digits DECIMAL(38,12) would not give back has its text beside it
(`_value.lexical`), a resource inside a resource is JSON text, and absent elements come back as None.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from lakmus.fhir.definitions import Element, element
from lakmus.fhir.primitives import canonical, fits, kind_of, unquoted, without_exponent
from lakmus.fhir.shapes import Shape

Json = Any


def loads(text: bytes | str) -> Json:
    """JSON with the digits of its numbers: those with a point or an exponent as `Decimal`."""
    return json.loads(text, parse_float=Decimal)


def dumps(value: Json) -> str:
    """Compact JSON, decimals with their digits."""
    if isinstance(value, dict):
        return (
            "{" + ",".join(f"{json.dumps(k, ensure_ascii=False)}:{dumps(v)}" for k, v in value.items()) + "}"
        )
    if isinstance(value, list):
        return "[" + ",".join(map(dumps, value)) + "]"
    if isinstance(value, Decimal):
        return str(value)
    return json.dumps(value, ensure_ascii=False)


def to_lake(record: Mapping[str, Json]) -> dict[str, Json]:
    """A valid resource in the lake's shape; `resourceType` is left out, for it is the table's name."""
    content = {name: value for name, value in record.items() if name != "resourceType"}
    return _structure(record["resourceType"], content)


def _structure(structure: str, record: Mapping[str, Json]) -> dict[str, Json]:
    stored: dict[str, Json] = {}
    for name, value in record.items():
        if name.startswith("_"):
            _keep_sibling(stored, name, value)
            continue
        found = element(structure, name)
        assert found is not None, "only a valid record is stored"
        if found.type == "decimal":
            _decimal(stored, name, value)
        elif found.type == "Resource":
            stored[name] = [dumps(v) for v in value] if found.many else dumps(value)
        elif found.primitive:
            stored[name] = value
        else:
            stored[name] = _each(value, lambda v, s=found.structure: _structure(s, v))
    return stored


def _keep_sibling(stored: dict[str, Json], name: str, value: Json) -> None:
    """Ids and extensions of a primitive, beside the digits that may stand there already."""
    kept, held = _each(value, _sibling), stored.get(name)
    if isinstance(held, dict):
        kept = {**kept, **held}
    elif isinstance(held, list):
        kept = [{**(k or {}), **(h or {})} or None for k, h in zip(kept, held, strict=True)]
    stored[name] = kept


def _each(value: Json, convert: Any) -> Json:
    if isinstance(value, list):
        return [None if item is None else convert(item) for item in value]
    return convert(value)


def _sibling(value: Mapping[str, Json]) -> dict[str, Json]:
    return _structure("Element", value)


def _decimal(stored: dict[str, Json], name: str, value: Json) -> None:
    if isinstance(value, list):
        pairs = [(None, None) if v is None else _digits(v) for v in value]
        stored[name] = [number for number, _ in pairs]
        if any(text for _, text in pairs):
            held = stored.get(f"_{name}") or [None] * len(pairs)
            stored[f"_{name}"] = [_with_text(s, text) for s, (_, text) in zip(held, pairs, strict=True)]
        return
    stored_number, text = _digits(value)
    if stored_number is not None:
        stored[name] = stored_number
    if text is not None:
        stored[f"_{name}"] = _with_text(stored.get(f"_{name}"), text)


def _digits(value: Decimal | int) -> tuple[Decimal | str | None, str | None]:
    """The number as DECIMAL(38,12) takes it, and its text where that would not give it back."""
    exact = Decimal(value)
    if canonical(str(exact)):
        return _stored(str(value)), None
    return (_stored(without_exponent(exact)) if fits(exact) else None), str(value)


def _stored(text: str) -> Decimal | str:
    """A number, or its text where only that is read exactly."""
    number = Decimal(text)
    return number if unquoted(text) and unquoted(str(number)) else text


def _with_text(sibling: Json, text: str | None) -> Json:
    return sibling if text is None else {**(sibling or {}), "lexical": text}


def shape(resource_type: str, stored: Mapping[str, Json]) -> Shape:
    """The shape of a record that is in the lake's shape."""
    return Shape(fields=_fields(resource_type, stored))


def _fields(structure: str, stored: Mapping[str, Json]) -> dict[str, Shape]:
    return {name: _shape(structure, name, value) for name, value in stored.items()}


def _shape(structure: str, name: str, value: Json) -> Shape:
    if name == "lexical":
        return Shape("string")
    if name.startswith("_"):
        of = element(structure, name[1:])
        return _merged("Element", value, of is not None and of.many)
    found = element(structure, name)
    assert found is not None, "only a valid record is stored"
    if found.type == "Resource":
        return Shape("string", found.many)
    if found.primitive:
        return Shape(kind_of(found.type), found.many)
    return _merged(found.structure, value, found.many)


def _merged(structure: str, value: Json, many: bool) -> Shape:
    merged = Shape("struct", many)
    for item in value if isinstance(value, list) else [value]:
        if item is not None:
            merged = merged.merged(Shape("struct", many, _fields(structure, item)))
    return merged


def restore(row: Mapping[str, Json], resource_type: str) -> dict[str, Json]:
    """A row of the lake as the FHIR JSON it came from: decimals as `Decimal` with the digits sent.

    `row` has None for what is absent; None stays only inside lists of primitives, where JSON has null too.
    """
    return {"resourceType": resource_type, **_restored(resource_type, row)}


def _restored(structure: str, row: Mapping[str, Json]) -> dict[str, Json]:
    record: dict[str, Json] = {}
    for name, value in row.items():
        if value is not None and not name.startswith("_"):
            found = element(structure, name)
            assert found is not None, "the lake has only columns that FHIR has"
            record[name] = _restored_value(found, value)
    for name, value in row.items():  # the text of a decimal stands instead of the number
        if value is not None and name.startswith("_"):
            _restore_sibling(record, name, value)
    return record


def _restored_value(found: Element, value: Json) -> Json:
    if found.type == "decimal":
        return _each(value, plain)
    if found.type == "Resource":
        return [loads(v) for v in value] if found.many else loads(value)
    if found.primitive:
        return value
    return _each(value, lambda v: _restored(found.structure, v))


def _restore_sibling(record: dict[str, Json], name: str, value: Json) -> None:
    if isinstance(value, list):
        texts = [v and v.get("lexical") for v in value]
        if any(texts):
            plain_ones = record.get(name[1:]) or [None] * len(texts)
            record[name[1:]] = [number(t) if t else p for t, p in zip(texts, plain_ones, strict=True)]
        siblings = [v and (_restored("Element", _without_text(v)) or None) for v in value]
        if any(siblings) or not any(texts):
            record[name] = siblings
        return
    if (text := value.get("lexical")) is not None:
        record[name[1:]] = number(text)
    if rest := _restored("Element", _without_text(value)):
        record[name] = rest


def _without_text(sibling: Mapping[str, Json]) -> dict[str, Json]:
    return {k: v for k, v in sibling.items() if k != "lexical"}


def plain(value: Json) -> Decimal | int:
    """A stored decimal without needless zeros, as JSON would be read: a whole number as int."""
    text = format(Decimal(value), "f")
    return number(text.rstrip("0").rstrip(".") if "." in text else text)


def number(text: str) -> Decimal | int:
    """A number as `loads` reads it."""
    return Decimal(text) if any(c in text for c in ".eE") else int(text)
