"""How values of CQL stand in SQL: the type each one has, and literals of it.

A choice is a struct with a field for each alternative, of which one at most is there. An instance of a model's class is a
struct of the elements that the program reads (`fields`), with `id`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from lakmus.core.dates import days_in_month
from lakmus.core.quantities import Quantity
from lakmus.lake.schema import literal, quoted
from lakmus.query.ir.elm import types as t
from lakmus.query.ir.elm.types import ChoiceType, CqlType, IntervalType, ListType, Named, TupleType
from lakmus.query.ir.elm.values import Code, CodeSystem, Concept, Date, Ratio, Time, ValueSet

DATE = "STRUCT(lo DATE, hi DATE, p UTINYINT)"
DATETIME = "STRUCT(lo TIMESTAMP, hi TIMESTAMP, p UTINYINT, z SMALLINT)"
TIME = "STRUCT(lo INTEGER, hi INTEGER, p UTINYINT)"
DECIMAL = "DECIMAL(28,8)"
QUANTITY = f"STRUCT(value {DECIMAL}, unit VARCHAR)"
CODE = 'STRUCT(code VARCHAR, "system" VARCHAR, version VARCHAR, display VARCHAR)'
VOCABULARY = "STRUCT(id VARCHAR, version VARCHAR, name VARCHAR)"
SIMPLE: dict[CqlType, str] = {
    t.ANY: "VARCHAR",
    t.BOOLEAN: "BOOLEAN",
    t.INTEGER: "INTEGER",
    t.LONG: "BIGINT",
    t.DECIMAL: DECIMAL,
    t.STRING: "VARCHAR",
    t.DATE: DATE,
    t.DATETIME: DATETIME,
    t.TIME: TIME,
    t.QUANTITY: QUANTITY,
    t.RATIO: f"STRUCT(numerator {QUANTITY}, denominator {QUANTITY})",
    t.CODE: CODE,
    t.CONCEPT: f"STRUCT(codes {CODE}[], display VARCHAR)",
    t.VOCABULARY: VOCABULARY,
    t.CODE_SYSTEM: VOCABULARY,
    t.VALUE_SET: VOCABULARY,
}
# The fields of a class's struct, by name with their SQL types.
Fields = Callable[[Named], Mapping[str, str]]


def tag(type_: CqlType) -> str:
    """The name of an alternative within a choice's struct."""
    return str(type_)


def sql_type(type_: CqlType, fields: Fields) -> str:
    """The SQL type of a value."""
    match type_:
        case ListType(item):
            return f"{sql_type(item, fields)}[]"
        case IntervalType(point):
            bound = sql_type(point, fields)
            return f"STRUCT(low {bound}, high {bound}, lc BOOLEAN, hc BOOLEAN)"
        case TupleType(elements):
            return _struct((name, sql_type(each, fields)) for name, each in elements)
        case ChoiceType(types):
            return _struct((tag(each), sql_type(each, fields)) for each in types)
        case Named() if type_ in SIMPLE:
            return SIMPLE[type_]
        case Named():
            return _struct(fields(type_).items())
    raise AssertionError(type_)


def _struct(fields: Any) -> str:
    return "STRUCT(" + ", ".join(f"{quoted(name)} {type_}" for name, type_ in fields) + ")"


def record(fields: Mapping[str, str] | Sequence[tuple[str, str]]) -> str:
    """A struct of expressions."""
    pairs = fields.items() if isinstance(fields, Mapping) else fields
    return "{" + ", ".join(f"{literal(name)}: {sql}" for name, sql in pairs) + "}"


# Literals


def written(value: Any, type_: CqlType) -> str:
    """A value as an SQL constant."""
    if value is None:
        return f"NULL::{SIMPLE.get(type_, 'VARCHAR')}"
    return _WRITERS[type_](value)


def _decimal(value: Decimal) -> str:
    return f"{value:f}::{DECIMAL}"


def _quantity(value: Quantity) -> str:
    return record({"value": _decimal(value.value), "unit": literal(value.unit)})


def _date(value: Date) -> str:
    year, month, day = (*value.parts, 0, 0)[:3]
    low = f"{year:04d}-{month or 1:02d}-{day or 1:02d}"
    last = month or 12
    high = f"{year:04d}-{last:02d}-{day or days_in_month(year, last):02d}"
    return record({"lo": f"DATE '{low}'", "hi": f"DATE '{high}'", "p": f"{len(value.parts)}::UTINYINT"})


def _time(value: Time) -> str:
    units = (3_600_000, 60_000, 1000, 1)
    low = sum(part * unit for part, unit in zip(value.parts, units, strict=False))
    high = low + units[len(value.parts) - 1] - 1
    return record({"lo": str(low), "hi": str(high), "p": f"{len(value.parts) + 3}::UTINYINT"})


def _code(value: Code) -> str:
    fields = ("code", "system", "version", "display")
    return record({name: _text(getattr(value, name)) for name in fields})


def _text(value: str | None) -> str:
    return "NULL::VARCHAR" if value is None else literal(value)


def _concept(value: Concept) -> str:
    codes = f"[{', '.join(map(_code, value.codes))}]"
    return record({"codes": codes, "display": _text(value.display)})


def _vocabulary(value: ValueSet | CodeSystem) -> str:
    return record({name: _text(getattr(value, name)) for name in ("id", "version", "name")})


def _ratio(value: Ratio) -> str:
    parts = {"numerator": value.numerator, "denominator": value.denominator}
    return record({name: written(part, t.QUANTITY) for name, part in parts.items()})


_WRITERS: dict[CqlType, Callable[[Any], str]] = {
    t.BOOLEAN: lambda value: "true" if value else "false",
    t.INTEGER: lambda value: f"{value}::INTEGER" if value >= 0 else f"({value})::INTEGER",
    t.LONG: lambda value: f"({value})::BIGINT",
    t.DECIMAL: lambda value: f"({value:f})::{DECIMAL}",
    t.STRING: literal,
    t.DATE: _date,
    t.TIME: _time,
    t.QUANTITY: _quantity,
    t.RATIO: _ratio,
    t.CODE: _code,
    t.CONCEPT: _concept,
    t.CODE_SYSTEM: _vocabulary,
    t.VALUE_SET: _vocabulary,
}
