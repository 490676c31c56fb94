"""Values of our engines in a form that both sides can write: null, true, text, or an object of one key, the kind.

Integers and decimals are both `number`, for JavaScript has one number; `node/canonical.mjs` writes the other side.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from lakmus.core.quantities import Quantity
from lakmus.query.ir.elm.values import (
    Code,
    Concept,
    Date,
    DateTime,
    Instance,
    Interval,
    Long,
    Ratio,
    Time,
    Tuple,
    Uncertainty,
)

_WIDTHS = (4, 2, 2)


def canonical(value: Any) -> Any:
    if value is None or isinstance(value, bool | str):
        return value
    return FORMS[type(value)](value)


def numeral(value: int | Decimal) -> str:
    """No exponent, no zeros at the end: the digits of a Decimal that mean nothing differ between engines."""
    plain = format(Decimal(value), "f")
    plain = plain.rstrip("0").rstrip(".") if "." in plain else plain
    return "0" if plain == "-0" else plain


def _day(parts: tuple[int, ...]) -> str:
    return "-".join(f"{part:0{width}}" for part, width in zip(parts, _WIDTHS, strict=False))


def _clock(parts: tuple[int, ...]) -> str:
    whole = ":".join(f"{part:02}" for part in parts[:3])
    return f"{whole}.{parts[3]:03}" if len(parts) > 3 else whole


def _zone(minutes: int) -> str:
    hours, rest = divmod(abs(minutes), 60)
    return f"{'-' if minutes < 0 else '+'}{hours:02}:{rest:02}"


def _datetime(value: DateTime) -> Any:
    return {"DateTime": f"{_day(value.parts[:3])}T{_clock(value.parts[3:])}{_zone(value.offset)}"}


def _interval(value: Interval) -> Any:
    return {
        "Interval": [canonical(value.low), canonical(value.high), value.low_closed, value.high_closed],
    }


def _code(value: Code) -> list[str | None]:
    return [value.code, value.system, value.version, value.display]


def _instance(value: Instance) -> Any:
    if isinstance(value.content, dict) and "resourceType" in value.content:
        return {"record": f"{value.content['resourceType']}/{value.content['id']}"}
    return {"element": [value.type.name, value.content]}


def _number(value: int | Decimal) -> Any:
    return {"number": numeral(value)}


FORMS: dict[type, Callable[[Any], Any]] = {
    int: _number,
    Long: _number,
    Decimal: _number,
    Date: lambda value: {"Date": _day(value.parts)},
    DateTime: _datetime,
    Time: lambda value: {"Time": _clock(value.parts)},
    Uncertainty: lambda value: {"uncertain": [_number(value.low), _number(value.high)]},
    Interval: _interval,
    Quantity: lambda value: {"Quantity": [numeral(value.value), value.unit or "1"]},
    Ratio: lambda value: {"Ratio": [canonical(value.numerator), canonical(value.denominator)]},
    Concept: lambda value: {"Concept": [[_code(each) for each in value.codes], value.display]},
    Code: lambda value: {"Code": _code(value)},
    Tuple: lambda value: {"tuple": {name: canonical(each) for name, each in sorted(value.elements.items())}},
    list: lambda value: {"list": [canonical(each) for each in value]},
    Instance: _instance,
}
