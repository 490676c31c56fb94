"""System values of FHIR's types in SQL: what the reference engine's `fhir_values` gives, over the columns of the lake."""

from __future__ import annotations

from collections.abc import Callable

from lakmus.lake.schema import literal
from lakmus.query.engines.duckdb.elm import values
from lakmus.query.engines.duckdb.elm.items import Fresh, Item
from lakmus.query.engines.reference.elm.fhir_values import CALENDAR
from lakmus.query.ir.elm import types as t
from lakmus.query.ir.elm.types import CqlType, IntervalType
from lakmus.query.ir.model import SYSTEM_OF

Convert = Callable[[Item, Fresh], str]
NOTHING = "NULL::VARCHAR"


def converted(item: Item, fresh: Fresh) -> tuple[CqlType, str] | None:
    """The System value of a single item of a FHIR type, with its type; None for a type that is none of System's."""
    system = SYSTEM_OF.get(item.structure)
    if system is not None and system.name != "Quantity":
        type_ = t.SYSTEM_TYPES[system.name]
        return type_, _PRIMITIVES.get(type_, "{0}").format(item.sql)
    found = _CLASSES.get("Quantity" if system is not None else item.structure)
    return None if found is None else (found[0], found[1](item, fresh))


_PRIMITIVES: dict[CqlType, str] = {
    t.DATE: "cql.to_date({0})",
    t.DATETIME: "cql.to_datetime({0})",
    t.TIME: "cql.to_time({0})",
    t.DECIMAL: f"{{0}}::{values.DECIMAL}",
}


def _text(item: Item, name: str) -> str:
    return item.child(name) or NOTHING


def _code(item: Item, _: Fresh) -> str:
    fields = {name: _text(item, name) for name in ("code", "system", "version", "display")}
    return _there(item, values.record(fields))


def _concept(item: Item, fresh: Fresh) -> str:
    shape, codes = item.shape.fields.get("coding"), f"[]::{values.CODE}[]"
    if shape is not None:
        x = fresh()
        code = _code(Item(x, shape, "Coding"), fresh)
        codes = f"list_transform(coalesce(({item.sql}).coding, []), lambda {x}: {code})"
    return _there(item, values.record({"codes": codes, "display": _text(item, "text")}))


def _quantity(item: Item, _: Fresh) -> str:
    """In UCUM's unit, with the calendar's words for its definite durations; of no number there is none."""
    value = item.child("value")
    if value is None:
        return f"NULL::{values.QUANTITY}"
    unit = f"coalesce({_text(item, 'code')}, {_text(item, 'unit')}, '1')"
    words = {**CALENDAR, **{f"{word}s": word for word in CALENDAR.values()}}
    cases = " ".join(f"WHEN {literal(code)} THEN {literal(word)}" for code, word in words.items())
    made = values.record(
        {"value": f"{value}::{values.DECIMAL}", "unit": f"CASE {unit} {cases} ELSE {unit} END"}
    )
    return f"CASE WHEN {value} IS NOT NULL THEN {made} END"


def _period(item: Item, _: Fresh) -> str:
    """A start that is not given is unknown; an end that is not given is not yet."""
    start, end = (f"cql.to_datetime({_text(item, name)})" for name in ("start", "end"))
    closed = f"{_text(item, 'start')} IS NOT NULL"
    return _there(item, values.record({"low": start, "high": end, "lc": closed, "hc": "true"}))


def _pair(item: Item, fresh: Fresh, *names: str) -> list[str]:
    found = []
    for name in names:
        shape = item.shape.fields.get(name)
        child = Item(f"({item.sql}).{name}", shape, "Quantity") if shape is not None else None
        found.append(_quantity(child, fresh) if child else f"NULL::{values.QUANTITY}")
    return found


def _range(item: Item, fresh: Fresh) -> str:
    low, high = _pair(item, fresh, "low", "high")
    return _there(item, values.record({"low": low, "high": high, "lc": "true", "hc": "true"}))


def _ratio(item: Item, fresh: Fresh) -> str:
    numerator, denominator = _pair(item, fresh, "numerator", "denominator")
    return _there(item, values.record({"numerator": numerator, "denominator": denominator}))


def _there(item: Item, made: str) -> str:
    return f"CASE WHEN {item.sql} IS NOT NULL THEN {made} END"


_CLASSES: dict[str, tuple[CqlType, Convert]] = {
    "Coding": (t.CODE, _code),
    "CodeableConcept": (t.CONCEPT, _concept),
    "Quantity": (t.QUANTITY, _quantity),
    "Period": (IntervalType(t.DATETIME), _period),
    "Range": (IntervalType(t.QUANTITY), _range),
    "Ratio": (t.RATIO, _ratio),
}
