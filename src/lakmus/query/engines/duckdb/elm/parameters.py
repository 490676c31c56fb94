"""Values given from outside as SQL: parameters of a run."""

from __future__ import annotations

from typing import Any

from lakmus.core.errors import InputError
from lakmus.query.engines.duckdb.elm import values
from lakmus.query.ir.elm.types import DATETIME, CqlType, IntervalType, ListType
from lakmus.query.ir.elm.values import DateTime, Interval


def given(value: Any, type_: CqlType) -> str:
    """A parameter's value of its declared type. InputError for types that have no literal."""
    match value, type_:
        case None, _:
            return f"NULL::{values.sql_type(type_, lambda _: {})}"
        case Interval(), IntervalType(point):
            ends = {"low": given(value.low, point), "high": given(value.high, point)}
            closed = {"lc": str(value.low_closed).lower(), "hc": str(value.high_closed).lower()}
            return values.record(ends | closed)
        case list(), ListType(item):
            return (
                f"[{', '.join(given(each, item) for each in value)}]::{values.sql_type(type_, lambda _: {})}"
            )
        case DateTime(), _ if type_ == DATETIME:
            parts = (*map(str, value.parts), *["NULL"] * (7 - len(value.parts)))
            return f"cql.made({', '.join(parts)}, {value.offset})"
    try:
        return values.written(value, type_)
    except (KeyError, AttributeError, TypeError):
        raise InputError(f"a parameter of type {type_} cannot be given") from None
