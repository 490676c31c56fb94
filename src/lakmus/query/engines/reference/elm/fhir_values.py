"""System values of FHIR's types: the native conversions, which give what the library FHIRHelpers 4.4 gives.

Each row takes an `Instance` and reads its JSON. JSON that is not what FHIR's definitions say is an error with its path.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar

from lakmus.core.dates import PartialDateTime, parse_datetime_literal, parse_time_literal
from lakmus.core.errors import InputError, Place
from lakmus.core.quantities import UCUM, Quantity
from lakmus.query.engines.reference.elm.items import misfit
from lakmus.query.engines.reference.elm.rows import ROWS, Call, row
from lakmus.query.ir.elm.types import DATETIME, QUANTITY
from lakmus.query.ir.elm.values import (
    Code,
    Concept,
    Date,
    DateTime,
    Instance,
    Interval,
    Ratio,
    Time,
    ValueSet,
)
from lakmus.query.ir.model import SYSTEM_OF

T = TypeVar("T")
_UNIT_SYSTEMS = (None, UCUM, "http://hl7.org/fhirpath/CodeSystem/calendar-units")
CALENDAR = {
    "ms": "millisecond", "s": "second", "min": "minute", "h": "hour",
    "d": "day", "wk": "week", "mo": "month", "a": "year",
}  # fmt: skip
_MOST_DIGITS = 60

# Primitives


@row("FHIR.ToString")
def to_string(_: Call, source: Instance) -> str | None:
    return _held(source, str)


@row("FHIR.ToBoolean")
def to_boolean(_: Call, source: Instance) -> bool | None:
    return _held(source, bool)


@row("FHIR.ToInteger")
def to_integer(_: Call, source: Instance) -> int | None:
    found = _held(source, int)
    if isinstance(found, bool):
        raise misfit(source.path)
    return found


@row("FHIR.ToDecimal")
def to_decimal(_: Call, source: Instance) -> Decimal | None:
    return None if source.content is None else _decimal(source.content, source.path)


@row("FHIR.ToDate")
def to_date(_: Call, source: Instance) -> Date | None:
    text = _held(source, str)
    return None if text is None else Date(parse_datetime_literal(text, Place(path=source.path)).parts[:3])


@row("FHIR.ToDateTime")
def to_datetime(call: Call, source: Instance) -> DateTime | None:
    return _moment(call, source.content, source.path)


@row("FHIR.ToTime")
def to_time(_: Call, source: Instance) -> Time | None:
    text = _held(source, str)
    if text is None:
        return None
    found = parse_time_literal(text, Place(path=source.path))
    return Time(_clock(found.parts, found.microsecond, text))


# Codes


@row("FHIR.ToCode")
def to_code(_: Call, source: Instance) -> Code:
    return _code(_structure(source), source.path)


@row("FHIR.ToConcept")
def to_concept(_: Call, source: Instance) -> Concept:
    """Codes that are there twice are one: FHIRHelpers returns them from a query, which keeps what is distinct."""
    content = _structure(source)
    codings = content.get("coding")
    if codings is not None and not isinstance(codings, list):
        raise misfit(source.path)
    codes = [_code(coding, f"{source.path}.coding") for coding in codings or ()]
    distinct = codes if len(codes) < 2 else dict.fromkeys(codes)
    return Concept(tuple(distinct), _text(content, "text", source.path))


@row("FHIR.ToValueSet")
def to_value_set(_: Call, url: str) -> ValueSet:
    return ValueSet(url)


# Quantities


@row("FHIR.ToQuantity")
def to_quantity(_: Call, source: Instance) -> Quantity | None:
    return _quantity(_structure(source), source.path)


@row("FHIR.ToQuantityIgnoringComparator")
def to_quantity_ignoring_comparator(_: Call, source: Instance) -> Quantity | None:
    return _amount(_structure(source), source.path)


@row("FHIR.ToCalendarUnit")
def to_calendar_unit(_: Call, unit: str) -> str:
    """UCUM's definite durations as the calendar's; other units as they are."""
    return CALENDAR.get(unit, unit)


@row("FHIR.ToRatio")
def to_ratio(_: Call, source: Instance) -> Ratio:
    numerator, denominator = _pair(source, "numerator", "denominator")
    return Ratio(numerator, denominator)


# Intervals


@row("FHIR.ToInterval")
def to_interval(call: Call, source: Instance) -> Interval | None:
    """Of a Period, a Range, or a Quantity with what its comparator leaves open."""
    if source.type.name == "Period":
        return _period(call, source)
    if source.type.name == "Range":
        return Interval(*_pair(source, "low", "high"), True, True, QUANTITY)
    return _compared(_structure(source), source.path)


def _period(call: Call, source: Instance) -> Interval:
    """A start that is not given is unknown; an end that is not given is not yet."""
    content = _structure(source)
    start = _moment(call, content.get("start"), f"{source.path}.start")
    end = _moment(call, content.get("end"), f"{source.path}.end")
    return Interval(start, end, start is not None, True, DATETIME)


def _compared(content: dict[str, Any], path: str) -> Interval:
    match content.get("comparator"):
        case "<":
            return Interval(None, _amount(content, path), True, False, QUANTITY)
        case "<=":
            return Interval(None, _amount(content, path), True, True, QUANTITY)
        case ">=":
            return Interval(_amount(content, path), None, True, True, QUANTITY)
        case ">":
            return Interval(_amount(content, path), None, False, True, QUANTITY)
    found = _quantity(content, path)
    return Interval(found, found, True, True, QUANTITY)


# Any of them


@row("FHIR.ToValue")
def to_value(call: Call, source: Any) -> Any:
    """The System value of whatever has one, other instances as they are."""
    name = conversion_of(source.type.name) if isinstance(source, Instance) else None
    return ROWS[name, ""].function(call, source) if name else source


_OTHERS = {
    "Coding": "FHIR.ToCode", "CodeableConcept": "FHIR.ToConcept", "Ratio": "FHIR.ToRatio",
    "Period": "FHIR.ToInterval", "Range": "FHIR.ToInterval",
}  # fmt: skip


def conversion_of(structure: str) -> str | None:
    """The conversion that a FHIR type has; None for a type that is none of System's."""
    system = SYSTEM_OF.get(structure)
    return f"FHIR.To{system.name}" if system else _OTHERS.get(structure)


# JSON


def _held(source: Instance, type_: type[T]) -> T | None:
    if source.content is None or isinstance(source.content, type_):
        return source.content
    raise misfit(source.path)


def _structure(source: Instance) -> dict[str, Any]:
    """The JSON of a structure; nothing for an element that has no content."""
    return _held(source, dict) or {}


def _text(content: dict[str, Any], name: str, path: str) -> str | None:
    found = content.get(name)
    if found is None or isinstance(found, str):
        return found
    raise misfit(f"{path}.{name}")


def _code(content: Any, path: str) -> Code:
    if not isinstance(content, dict):
        raise misfit(path)
    get = content.get
    texts = get("code"), get("system"), get("version"), get("display")
    for text in texts:
        if text is not None and not isinstance(text, str):
            raise misfit(path)
    return Code(*texts)


def _pair(source: Instance, first: str, second: str) -> tuple[Quantity | None, Quantity | None]:
    content = _structure(source)
    found = [content.get(name) or {} for name in (first, second)]
    if not all(isinstance(each, dict) for each in found):
        raise misfit(source.path)
    return _quantity(found[0], f"{source.path}.{first}"), _quantity(found[1], f"{source.path}.{second}")


def _quantity(content: dict[str, Any], path: str) -> Quantity | None:
    if content.get("value") is not None and content.get("comparator") is not None:
        raise InputError(
            "a quantity with a comparator is no single amount",
            place=Place(path=path),
            hint="FHIRHelpers.ToInterval(…) gives the amounts it may be",
        )
    return _amount(content, path)


def _amount(content: dict[str, Any], path: str) -> Quantity | None:
    value = content.get("value")
    if value is None:
        return None
    if content.get("system") not in _UNIT_SYSTEMS:
        raise InputError("the unit of a quantity is not of UCUM", place=Place(path=path))
    unit = _text(content, "code", path) or _text(content, "unit", path) or "1"
    return Quantity(_decimal(value, path), CALENDAR.get(unit, unit))


def _decimal(raw: Any, path: str) -> Decimal:
    """With the digits that were sent; what no later step could reckon with is refused."""
    if isinstance(raw, bool) or not isinstance(raw, Decimal | int | float):
        raise misfit(path)
    number = raw if isinstance(raw, Decimal) else Decimal(str(raw))
    if (
        not number.is_finite()
        or abs(number.adjusted()) > _MOST_DIGITS
        or len(number.as_tuple().digits) > _MOST_DIGITS
    ):
        raise InputError(f"a number with more than {_MOST_DIGITS} digits", place=Place(path=path))
    return number


# What almost all moments look like; the rest, and all that are wrong, are for the careful parser.
_WHOLE = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(?:Z|[+-](?:0[0-9]|1[0-3]):[0-5][0-9])"
)


def _moment(call: Call, text: Any, path: str) -> DateTime | None:
    if text is None:
        return None
    if not isinstance(text, str):
        raise misfit(path)
    found = _WHOLE.fullmatch(text)
    return (_whole(text, found[1]) if found else None) or _partial(call, text, path)


def _whole(text: str, fraction: str | None) -> DateTime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    offset = found.utcoffset() or timedelta()
    clock = (found.hour, found.minute, found.second)
    parts = (found.year, found.month, found.day, *clock)
    return DateTime(
        (*parts, found.microsecond // 1000) if fraction else parts, offset // timedelta(minutes=1)
    )


def _partial(call: Call, text: str, path: str) -> DateTime:
    found: PartialDateTime = parse_datetime_literal(text, Place(path=path))
    offset = call.context.now.offset if found.offset is None else found.offset
    return DateTime(found.parts[:3] + _clock(found.parts[3:], found.microsecond, text), offset)


def _clock(parts: tuple[int, ...], microsecond: int, text: str) -> tuple[int, ...]:
    """Hour to millisecond, this one when a fraction is written. CQL knows no leap second: it is the 59th."""
    if len(parts) < 3:
        return parts
    whole = (*parts[:2], min(parts[2], 59))
    return (*whole, microsecond // 1000) if "." in text else whole


Conversion = Callable[[Call, Any], Any]


def conversion(name: str) -> Conversion:
    """A native conversion by name."""
    found: Conversion = ROWS[name, ""].function
    return found
