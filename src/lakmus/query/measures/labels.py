"""What strata are called: the value of a stratifier's criteria as a FHIR CodeableConcept.

R4, MeasureReport.group.stratifier.stratum.value: "rendered such that the value for each stratum is unique".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from lakmus.core.errors import InputError
from lakmus.core.quantities import Quantity, plain
from lakmus.query.engines.reference.elm.literals import written
from lakmus.query.ir.elm.values import Code, Concept, Date, DateTime, Instance, Time
from lakmus.query.measures.measure import Criteria, Json

NONE = "null"


@dataclass(frozen=True)
class Label:
    """One value. Labels of the same codes are the same, whatever their displays; `concept` is for reports."""

    key: tuple[tuple[str, str], ...] | str
    concept: Json = field(compare=False)


def label(criteria: Criteria, value: Any) -> Label:
    """The label of a value. Raises InputError when values of this kind cannot name a stratum."""
    match value:
        case None:
            return _text(NONE)
        case bool():
            return _text(str(value).lower())
        case str():
            return _text(value)
        case Decimal():  # 1.5 and 1.50 are one value
            return _text(plain(value.normalize()))
        case int() | Quantity() | Date() | DateTime() | Time():
            return _text(written(value))
        case Code():
            return _coded([value])
        case Concept():
            return _coded(value.codes, value.display)
        case Instance():
            return _of_instance(criteria, value.content)
    raise _unnamed(criteria)


def _of_instance(criteria: Criteria, content: Any) -> Label:
    """FHIR's own types: a primitive, a Coding, a CodeableConcept."""
    if not isinstance(content, Mapping):
        return label(criteria, content)
    if "coding" in content:
        return _coded(map(_code, content["coding"]), content.get("text"))
    if "code" in content and "value" not in content:
        return _coded([_code(content)])
    if "text" in content:
        return _text(content["text"])
    raise _unnamed(criteria)


def _code(coding: Json) -> Code:
    return Code(coding.get("code"), coding.get("system"), coding.get("version"), coding.get("display"))


def _coded(codes: Iterable[Code], text: str | None = None) -> Label:
    found = tuple(codes)
    key = tuple(sorted((code.system or "", code.code or "") for code in found))
    shown = text or next((code.display or code.code for code in found), None) or NONE
    return Label(key, {"coding": [_coding(code) for code in found], "text": shown})


def _coding(code: Code) -> Json:
    parts = {"system": code.system, "version": code.version, "code": code.code, "display": code.display}
    return {name: part for name, part in parts.items() if part}


def _text(text: str) -> Label:
    return Label(text, {"text": text})


def _unnamed(criteria: Criteria) -> InputError:
    return InputError(
        f"the value of `{criteria.name}` cannot name a stratum",
        place=criteria.place,
        hint="a stratifier's criteria is a Boolean, text, number, date, code, or a list of what is counted",
    )
