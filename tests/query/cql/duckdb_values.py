"""Values that the DuckDB engine gives, as the Python values of the tree."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from lakmus.core.quantities import Quantity
from lakmus.query.engines.duckdb.elm import values
from lakmus.query.ir.elm import types as t
from lakmus.query.ir.elm.types import ChoiceType, CqlType, IntervalType, ListType, TupleType
from lakmus.query.ir.elm.values import (
    Code,
    CodeSystem,
    Concept,
    Date,
    DateTime,
    Interval,
    Long,
    Ratio,
    Time,
    Tuple,
    ValueSet,
)

_UNITS = (3_600_000, 60_000, 1000, 1)


def read(value: Any, type_: CqlType) -> Any:
    """A value of a type, as DuckDB's client gives it."""
    if value is None:
        return None
    match type_:
        case ListType(item):
            return [read(each, item) for each in value]
        case IntervalType(point):
            low, high = read(value["low"], point), read(value["high"], point)
            return Interval(low, high, bool(value["lc"]), bool(value["hc"]), point)
        case TupleType(elements):
            return Tuple({name: read(value[name], each) for name, each in elements})
        case ChoiceType(types):
            there = [(value[values.tag(each)], each) for each in types if value[values.tag(each)] is not None]
            return read(*there[0]) if there else None
    return _READERS.get(type_, lambda v: v)(value)


def _date(value: dict[str, Any]) -> Date:
    day: date = value["lo"]
    return Date((day.year, day.month, day.day)[: value["p"]])


def _datetime(value: dict[str, Any]) -> DateTime:
    moment: datetime = value["lo"] + timedelta(minutes=value["z"])
    clock = (moment.hour, moment.minute, moment.second, moment.microsecond // 1000)
    return DateTime((moment.year, moment.month, moment.day, *clock)[: value["p"]], value["z"])


def _time(value: dict[str, Any]) -> Time:
    parts, rest = [], value["lo"]
    for unit in _UNITS[: value["p"] - 3]:
        parts.append(rest // unit)
        rest %= unit
    return Time(tuple(parts))


def _quantity(value: dict[str, Any]) -> Quantity:
    return Quantity(value["value"], value["unit"] or "1")


def _ratio(value: dict[str, Any]) -> Ratio:
    return Ratio(read(value["numerator"], t.QUANTITY), read(value["denominator"], t.QUANTITY))


def _code(value: dict[str, Any]) -> Code:
    return Code(**value)


def _concept(value: dict[str, Any]) -> Concept:
    return Concept(tuple(map(_code, value["codes"])), value["display"])


_READERS = {
    t.LONG: Long,
    t.DECIMAL: Decimal,
    t.DATE: _date,
    t.DATETIME: _datetime,
    t.TIME: _time,
    t.QUANTITY: _quantity,
    t.RATIO: _ratio,
    t.CODE: _code,
    t.CONCEPT: _concept,
    t.CODE_SYSTEM: lambda value: CodeSystem(**value),
    t.VALUE_SET: lambda value: ValueSet(**value),
}
