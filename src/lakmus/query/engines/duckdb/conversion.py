"""N1 5.5 Conversion: one item to a System type, empty when it has no such form."""

from __future__ import annotations

from typing import Any

from lakmus.lake import schema
from lakmus.query.engines.duckdb import quantities
from lakmus.query.engines.duckdb.compiler import Compiler, Scope, compiles
from lakmus.query.engines.duckdb.literals import CALENDAR, quantity
from lakmus.query.engines.duckdb.values import (
    NULL,
    Form,
    Value,
    bare,
    exists,
    one,
    single,
    sql_type,
)
from lakmus.query.ir import structure as ir
from lakmus.query.ir.types import (
    BOOLEAN,
    DATE,
    DATETIME,
    DECIMAL,
    INTEGER,
    LONG,
    QUANTITY,
    STRING,
    TIME,
    TypeName,
)

WORDS = "CASE WHEN lower({0}) IN ('true', 't', 'yes', 'y', '1', '1.0') THEN true WHEN lower({0}) IN ('false', 'f', 'no', 'n', '0', '0.0') THEN false END"
DAY = "[0-9]{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?"
CLOCK = r"([01][0-9]|2[0-3])(:[0-5][0-9](:[0-5][0-9](\.[0-9]+)?)?)?"
ZONED = "(Z|[+-][0-9]{2}:[0-9]{2})?"
NUMBER = r"[+-]?[0-9]{1,60}(\.[0-9]{1,60})?"
MEASURE = r"^([+-]?[0-9]{1,60}(?:\.[0-9]{1,60})?)(?:\s*''([^'']{1,200})''|\s+(year|month|week|day|hour|minute|second|millisecond)s?)?$"


def _date(text: str) -> str:
    real = f"try_cast(left({text} || '-01-01', 10) AS DATE) IS NOT NULL"
    return f"CASE WHEN regexp_full_match({text}, '{DAY}') AND {real} THEN {text} END"


def _datetime(text: str) -> str:
    whole = f"{DAY}(T{CLOCK}{ZONED})?"
    day = f"split_part({text}, 'T', 1)"
    real = f"try_cast(left({day} || '-01-01', 10) AS DATE) IS NOT NULL AND (length({day}) = 10 OR NOT contains({text}, 'T'))"
    return f"CASE WHEN regexp_full_match({text}, '{whole}') AND {real} THEN {text} END"


def convert(kind: TypeName, to: TypeName, x: str, digits: str = "") -> str:
    """SQL: an item of a System type as another one; NULL when it has no such form."""
    if kind == to:
        return x
    whole = kind in (INTEGER, LONG)
    match to:
        case t if t == BOOLEAN:
            if kind == STRING:
                return WORDS.format(x)
            if whole or kind == DECIMAL:
                return f"CASE WHEN {x} = 1 THEN true WHEN {x} = 0 THEN false END"
        case t if t in (INTEGER, LONG):
            if kind == BOOLEAN or whole:
                return f"try_cast({x} AS {sql_type(to)})"
            if kind == STRING:
                return f"CASE WHEN regexp_full_match({x}, '[+-]?[0-9]{{1,20}}') THEN try_cast({x} AS {sql_type(to)}) END"
        case t if t == DECIMAL:
            if kind == STRING:
                return (
                    f"CASE WHEN regexp_full_match({x}, '{NUMBER}') THEN try_cast({x} AS {schema.DECIMAL}) END"
                )
            if kind == BOOLEAN:
                return f"CASE {x} WHEN true THEN 1 WHEN false THEN 0 END::{schema.DECIMAL}"
            if whole:
                return f"({x})::{schema.DECIMAL}"
        case t if t == DATE:
            if kind == DATETIME:
                return f"split_part({x}, 'T', 1)"
            if kind == STRING:
                return _date(x)
        case t if t == DATETIME:
            if kind == DATE:
                return x
            if kind == STRING:
                return _datetime(x)
        case t if t == TIME:
            if kind == STRING:
                return f"CASE WHEN regexp_full_match({x}, '{CLOCK}') THEN {x} END"
        case t if t == QUANTITY:
            return _to_quantity(kind, x)
        case t if t == STRING:
            return _to_string(kind, x, digits)
    return f"{NULL}::{sql_type(to)}"


def _to_quantity(kind: TypeName, x: str) -> str:
    if kind in (INTEGER, LONG, DECIMAL):
        return f"CASE WHEN {x} IS NOT NULL THEN {quantity(f'{x}', schema.literal('1'))} END"
    if kind == BOOLEAN:
        return f"CASE WHEN {x} IS NOT NULL THEN {quantity(f'{x}::INTEGER', schema.literal('1'))} END"
    if kind != STRING:
        return f"{NULL}::{sql_type(QUANTITY)}"
    parts = [f"regexp_extract({x}, '{MEASURE}', {n})" for n in (1, 2, 3)]
    number = f"try_cast({parts[0]} AS {schema.DECIMAL})"
    unit = f"coalesce(nullif({parts[1]}, ''), nullif({parts[2]}, ''), '1')"
    return f"CASE WHEN regexp_matches({x}, '{MEASURE}') AND {number} IS NOT NULL THEN {quantity(number, unit)} END"


def text_of(number: str, digits: str = "") -> str:
    """A decimal with the digits it was written with, or without the zeros the column adds."""
    if digits:
        text = f"({number})::{schema.DECIMAL}::VARCHAR"
        return f"rtrim(left({text}, (length({text}) - 12 + least({digits}, 12))::INTEGER), '.')"
    return f"rtrim(rtrim(({number})::{schema.DECIMAL}::VARCHAR, '0'), '.')"


def _to_string(kind: TypeName, x: str, digits: str) -> str:
    if kind == DECIMAL:
        return text_of(x, digits)
    if kind == DATETIME:
        return f"rtrim({x}, 'T')"
    if kind == QUANTITY:
        words = ", ".join(f"'{word}'" for word in (*CALENDAR.values(), "week", "millisecond"))
        number, unit = text_of(f"({x}).value", digits), f"({x}).unit"
        plural = f"CASE WHEN ({x}).value = 1 THEN '' ELSE 's' END"
        return f"CASE WHEN {unit} IN ({words}) THEN {number} || ' ' || {unit} || {plural} ELSE {number} || ' ''' || {unit} || '''' END"
    return f"({x})::VARCHAR"


def _converted(compiler: Compiler, node: Any, scope: Scope) -> tuple[Value, list[str]]:
    source = single(compiler.value(ir.AsSystem(node.source), scope), "the input of a conversion")
    source = bare(source, compiler.names)
    found = [
        convert(form.type, node.to, form.sql, form.digits)
        for form in source.forms
        if form.type.namespace == "System"
    ]
    if node.unit is not None:
        unit = compiler.scalar(node.unit, scope, STRING)
        found = [compiler.names.bound(f"({sql})", lambda q: in_unit(q, unit)) for sql in found]
    return source, found


def in_unit(q: str, unit: str) -> str:
    """A quantity in another unit; NULL when it has no such measure."""
    factors = f"{quantities.factor(f'({q}).unit')} / {quantities.factor(unit)}"
    number = f"CASE WHEN ({q}).unit = {unit} THEN ({q}).value ELSE (({q}).value::DOUBLE * {factors})::{schema.DECIMAL} END"
    same = f"{quantities.base(f'({q}).unit')} = {quantities.base(unit)}"
    return f"CASE WHEN {unit} IS NULL THEN {q} WHEN {same} THEN {quantity(number, unit)} END"


def _first(found: list[str], to: TypeName) -> str:
    if not found:
        return f"{NULL}::{sql_type(to)}"
    return found[0] if len(found) == 1 else f"coalesce({', '.join(found)})"


@compiles(ir.To)
def to(compiler: Compiler, node: ir.To, scope: Scope) -> Value:
    source, found = _converted(compiler, node, scope)
    digits = source.forms[0].digits if len(source.forms) == 1 else ""
    return Value(
        (Form(node.to, _first(found, node.to), digits=digits if node.to in (DECIMAL, QUANTITY) else ""),)
    )


@compiles(ir.ConvertsTo)
def converts_to(compiler: Compiler, node: ir.ConvertsTo, scope: Scope) -> Value:
    source, found = _converted(compiler, node, scope)
    return one(BOOLEAN, f"CASE WHEN {exists(source)} THEN {_first(found, node.to)} IS NOT NULL END")
