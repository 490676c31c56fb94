"""Values as those who asked for them read them: moments as text of their precision, records by their keys."""

from __future__ import annotations

from collections.abc import Callable

from lakmus.lake.schema import quoted
from lakmus.query.engines.duckdb.elm import values
from lakmus.query.engines.duckdb.elm.classes import ID
from lakmus.query.ir.elm import types as t
from lakmus.query.ir.elm.types import ChoiceType, CqlType, IntervalType, ListType, Named, TupleType

_MOMENTS = {t.DATE: "cql.text_of_date", t.DATETIME: "cql.text_of_datetime", t.TIME: "cql.text_of_time"}


def shown(sql: str, type_: CqlType, fresh: Callable[[], str]) -> str:
    """SQL of a value in the form it has in results."""
    match type_:
        case ListType(item):
            x = fresh()
            found = shown(x, item, fresh)
            return sql if found == x else f"list_transform({sql}, lambda {x}: {found})"
        case IntervalType(point):
            low, high = (shown(f"({sql}).{end}", point, fresh) for end in ("low", "high"))
            parts = {"low": low, "high": high, "lowClosed": f"({sql}).lc", "highClosed": f"({sql}).hc"}
            return _there(sql, values.record(parts))
        case TupleType(elements):
            return _there(
                sql, values.record([(n, shown(f"({sql}).{quoted(n)}", e, fresh)) for n, e in elements])
            )
        case ChoiceType(types):
            parts = {values.tag(e): shown(f"({sql}).{quoted(values.tag(e))}", e, fresh) for e in types}
            return _there(sql, values.record(parts))
        case Named() if type_ in _MOMENTS:
            return f"{_MOMENTS[type_]}({sql})"
        case Named() if type_ not in values.SIMPLE:
            return f"({sql}).{quoted(ID)}"
    return sql


def _there(sql: str, found: str) -> str:
    return f"CASE WHEN ({sql}) IS NOT NULL THEN {found} END"
