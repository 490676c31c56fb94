"""Values for tests of rows, written as CQL writes them: `Interval[@2012, null)`, `{1.0 'g', 2 days}`.

The operands' static types are read off the values, as the compiler would know them.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from lakmus.core.quantities import Quantity
from lakmus.query.engines.reference.elm import (  # noqa: F401 - they fill the table of rows
    clinical,
    comparison,
    durations,
    expand,
    interval_sets,
    interval_timing,
    moment_rows,
)
from lakmus.query.engines.reference.elm import interval as intervals
from lakmus.query.engines.reference.elm.rows import Call, Context, apply
from lakmus.query.ir.elm.types import (
    ANY,
    BOOLEAN,
    DATE,
    DATETIME,
    DECIMAL,
    INTEGER,
    LONG,
    QUANTITY,
    STRING,
    TIME,
    CqlType,
    IntervalType,
    ListType,
)
from lakmus.query.ir.elm.values import Date, DateTime, Interval, Long, Time, Uncertainty
from lakmus.terminology.units import Units

NOW = DateTime((2024, 2, 29, 12, 30, 0, 0), 0)
CONTEXT = Context(now=NOW, units=Units())
_TOKEN = re.compile(r"\s*(@[0-9T:.+Z-]+|'[^']*'|[A-Za-z]+|-?[0-9]+(?:\.[0-9]*)?|[][(){},~])")
_MOMENT = re.compile(r"@([0-9-]*?)(T[0-9:.]*)?(Z|[+-][0-9]{2}:[0-9]{2})?")
_TYPES: dict[type, CqlType] = {
    bool: BOOLEAN,
    str: STRING,
    int: INTEGER,
    Long: LONG,
    Decimal: DECIMAL,
    Quantity: QUANTITY,
    Date: DATE,
    DateTime: DATETIME,
    Time: TIME,
    Uncertainty: INTEGER,
}


def literal(text: str) -> Any:
    """The value; `1~5` is the uncertainty from 1 to 5."""
    tokens = _TOKEN.findall(text)
    value = _value(tokens)
    assert not tokens, f"{text}: what is {tokens}?"
    return value


def type_of(value: Any) -> CqlType:
    if isinstance(value, list):
        return ListType(next((type_of(item) for item in value if item is not None), ANY))
    return IntervalType(value.point) if isinstance(value, Interval) else _TYPES.get(type(value), ANY)


def run(name: str, *operands: str, precision: str = "", context: Context = CONTEXT) -> Any:
    """What the row gives for literals."""
    values = [literal(operand) for operand in operands]
    return apply(name, Call(context, tuple(map(type_of, values)), ANY, precision), *values)


def is_literal(value: Any, text: str) -> bool:
    """The very value: `1` is not `1.0` nor `true`, null is not false."""
    expected = literal(text)
    return type(value) is type(expected) and bool(value == expected)


def _value(tokens: list[str]) -> Any:
    token = tokens.pop(0)
    if token == "{":
        return _items(tokens)
    if token == "Interval":
        return _interval(tokens)
    if token in ("null", "true", "false"):
        return {"null": None, "true": True, "false": False}[token]
    if token[0] == "@":
        return _moment(token)
    return token[1:-1] if token[0] == "'" else _number(token, tokens)


def _items(tokens: list[str]) -> list[Any]:
    items = []
    while tokens[0] != "}":
        items.append(_value(tokens))
        if tokens[0] == ",":
            tokens.pop(0)
    tokens.pop(0)
    return items


def _interval(tokens: list[str]) -> Interval:
    opening, low, _, high, closing = (
        tokens.pop(0),
        _value(tokens),
        tokens.pop(0),
        _value(tokens),
        tokens.pop(0),
    )
    point = type_of(high if low is None else low)
    call = Call(CONTEXT, (point, point, BOOLEAN, BOOLEAN), IntervalType(point))
    return intervals.interval(call, low, high, opening == "[", closing == "]")


def _number(token: str, tokens: list[str]) -> Any:
    number = Decimal(token) if "." in token else int(token)
    if tokens and tokens[0] == "L":
        return Long(tokens.pop(0) and token)
    if tokens and tokens[0] == "~":
        tokens.pop(0)
        return Uncertainty(int(number), int(tokens.pop(0)))
    if tokens and (tokens[0][0] == "'" or tokens[0].isalpha()):
        return Quantity(Decimal(number), tokens.pop(0).strip("'"))
    return number


def _moment(token: str) -> Date | DateTime | Time:
    found = _MOMENT.fullmatch(token)
    assert found is not None, token
    day, clock, zone = found.groups()
    parts = tuple(int(part) for part in re.findall("[0-9]+", f"{day} {clock or ''}"))
    if not day:
        return Time(parts)
    return Date(parts) if clock is None else DateTime(parts, _minutes(zone or "Z"))


def _minutes(zone: str) -> int:
    if zone == "Z":
        return 0
    hours, minutes = zone[1:].split(":")
    return (int(hours) * 60 + int(minutes)) * (-1 if zone[0] == "-" else 1)
