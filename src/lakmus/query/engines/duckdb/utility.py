"""N1 5.9 and 2.1: boundaries, precision, reflection, the clock; what FHIR R4 and SQL on FHIR add."""

from __future__ import annotations

from functools import partial
from typing import Any

from lakmus.core.dates import from_datetime
from lakmus.core.errors import InputError
from lakmus.lake import schema
from lakmus.query.engines.duckdb import moments, quantities
from lakmus.query.engines.duckdb.compiler import Compiler, Scope, compiles
from lakmus.query.engines.duckdb.literals import quantity
from lakmus.query.engines.duckdb.types import form_as_system
from lakmus.query.engines.duckdb.values import (
    NULL,
    Form,
    Value,
    bare,
    count,
    fault,
    one,
    several,
    unsupported,
)
from lakmus.query.ir import operations as op
from lakmus.query.ir import structure as ir
from lakmus.query.ir.model import specialises
from lakmus.query.ir.types import (
    BOOLEAN,
    DATE,
    DATETIME,
    DECIMAL,
    INTEGER,
    QUANTITY,
    STRING,
    TIME,
    TYPE_INFO,
)

PROFILES = "http://hl7.org/fhir/StructureDefinition/"
# Digits counted as in the text → length of the text that is kept: YYYY, YYYY-MM, YYYY-MM-DD, ...
DATE_LENGTHS = {4: 4, 6: 7, 8: 10}
MOMENT_LENGTHS = {**DATE_LENGTHS, 10: 13, 12: 16, 14: 19, 17: 23}
TIME_LENGTHS = {2: 2, 4: 5, 6: 8, 9: 12}


@compiles(op.LowBoundary, op.HighBoundary)
def boundary(compiler: Compiler, node: Any, scope: Scope) -> Value:
    form = bare(Value((compiler.form(node.operands[0], scope),)), compiler.names).forms[0]
    high = isinstance(node, op.HighBoundary)
    digits = compiler.scalar(node.operands[1], scope, INTEGER) if len(node.operands) > 1 else "NULL::INTEGER"
    if form.type in (DATE, DATETIME, TIME):
        bound = compiler.names.bound(form.sql, lambda t: _of_moment(compiler, form, t, digits, high))
        return one(form.type, bound)
    if not form.digits:
        raise unsupported(node, "the boundary of a computed number")
    value = f"({form.sql}).value" if form.type == QUANTITY else f"({form.sql})"
    found = _of_number(value, form.digits, f"coalesce({digits}, 8)", high)
    if form.type == QUANTITY:
        found = f"CASE WHEN {found} IS NOT NULL THEN {quantity(found, f'({form.sql}).unit')} END"
    kind = QUANTITY if form.type == QUANTITY else DECIMAL
    return Value((Form(kind, found, digits=f"least(coalesce({digits}, 8), 12)"),))


def _of_number(value: str, written: str, digits: str, high: bool) -> str:
    """Half a unit of the last digit away, cut to the digits asked for: outward away from zero."""
    half = f"(5 * pow(10::DOUBLE, -1 - ({written})))::{schema.DECIMAL}"
    edge = f"({value}::{schema.DECIMAL} {'+' if high else '-'} {half})"
    outward = f"({value} {'>=' if high else '<='} 0)"
    cut = f"CASE WHEN {outward} THEN round({edge}, least({digits}, 12)) ELSE trunc({edge}, least({digits}, 12)) END"
    far = fault("a boundary with more than twelve decimals", schema.DECIMAL)
    return (
        f"CASE WHEN {digits} BETWEEN 0 AND 28 AND {value} IS NOT NULL THEN "
        f"CASE WHEN {written} > 11 THEN {far} ELSE ({cut})::{schema.DECIMAL} END END"
    )


def _of_moment(compiler: Compiler, form: Form, t: str, digits: str, high: bool) -> str:
    lengths = {DATE: DATE_LENGTHS, DATETIME: MOMENT_LENGTHS, TIME: TIME_LENGTHS}[form.type]
    default = max(lengths)
    cases = " ".join(f"WHEN {d} THEN {n}" for d, n in lengths.items())
    length = f"CASE coalesce({digits}, {default}) {cases} END"
    clock = "23:59:59.999" if high else "00:00:00.000"
    if form.type == TIME:
        return f"left({t} || substr('{clock}', length({t}) + 1), {length})"
    given = moments.bare(t)

    def filled(b: str) -> str:
        month = f"left({b} || '{'-12' if high else '-01'}', 7)"
        last = f"strftime(last_day(({month} || '-01')::DATE), '%Y-%m-%d')" if high else f"({month} || '-01')"
        day = f"CASE WHEN length({b}) < 10 THEN {last} ELSE left({b}, 10) END"
        if form.type == DATE:
            return f"left({day}, {length})"
        time = f"substr({b}, 12) || substr('{clock}', greatest(length({b}) - 10, 1))"
        outermost = "-12:00" if high else "+14:00"
        zone = f"coalesce(nullif({moments.zone(t)}, ''), '{outermost}')"
        zone = f"CASE WHEN {zone} IN ('+00:00', '-00:00') THEN 'Z' ELSE {zone} END"
        whole = f"({day} || 'T' || {time})"
        return f"left({whole}, {length}) || CASE WHEN {length} > 10 THEN {zone} ELSE '' END"

    return compiler.names.bound(f"({given})", filled)


@compiles(op.Precision)
def precision(compiler: Compiler, node: op.Precision, scope: Scope) -> Value:
    form = bare(Value((compiler.form(node.operands[0], scope),)), compiler.names).forms[0]
    if form.type in (DATE, DATETIME, TIME):
        text = moments.bare(form.sql) if form.type != TIME else form.sql
        return one(INTEGER, f"length(regexp_replace({text}, '[^0-9]', '', 'g'))::INTEGER")
    if not form.digits:
        raise unsupported(node, "the precision of a computed number")
    return one(INTEGER, f"CASE WHEN {form.sql} IS NOT NULL THEN ({form.digits})::INTEGER END")


@compiles(op.Comparable)
def comparable(compiler: Compiler, node: op.Comparable, scope: Scope) -> Value:
    a, b = (compiler.scalar(o, scope, QUANTITY) for o in node.operands)
    return one(BOOLEAN, f"({quantities.base(f'({a}).unit')} = {quantities.base(f'({b}).unit')})")


def _same(sql: str, x: str) -> str:
    return sql


@compiles(op.TypeOf)
def type_of(compiler: Compiler, node: op.TypeOf, scope: Scope) -> Value:
    value = compiler.value(node.operands[0], scope)
    forms = []
    for form in value.forms:
        name = "BackboneElement" if "." in form.type.name else form.type.name
        told = f"{{'namespace': '{form.type.namespace}', 'name': '{name}'}}"
        if value.many:
            sql = compiler.names.each(form.sql, partial(_same, told))
        else:
            sql = f"CASE WHEN {form.present} THEN {told} END"
        forms.append(Form(TYPE_INFO, sql))
    return Value(tuple(forms), value.many)


@compiles(op.Now, op.Today, op.TimeOfDay)
def clock(compiler: Compiler, node: Any, scope: Scope) -> Value:
    if compiler.now is None:
        raise unsupported(node, "the clock of a statement that is given none")
    now = compiler.now
    if isinstance(node, op.Today):
        return one(DATE, schema.literal(now.date().isoformat()))
    if isinstance(node, op.TimeOfDay):
        return one(TIME, schema.literal(now.time().isoformat(timespec="milliseconds")))
    return one(DATETIME, schema.literal(str(from_datetime(now))))


@compiles(op.HasValue)
def has_value(compiler: Compiler, node: op.HasValue, scope: Scope) -> Value:
    value = compiler.value(node.operands[0], scope)
    primitive = tuple(filter(_is_primitive, value.forms))
    held = bare(Value(primitive, value.many), compiler.names)
    return one(BOOLEAN, f"({count(value)} = 1 AND {count(held)} = 1)")


def _is_primitive(form: Form) -> bool:
    return form.type.namespace == "System" or form.type.name[0].islower()


@compiles(op.GetValue)
def get_value(compiler: Compiler, node: op.GetValue, scope: Scope) -> Value:
    value = compiler.value(node.operands[0], scope)
    primitive = [form_as_system(compiler, f, value.many) for f in value.forms if _is_primitive(f)]
    if not value.many:
        return Value(tuple(primitive))
    lone = f"{count(value)} = 1"
    return Value(tuple(Form(f.type, f"CASE WHEN {lone} THEN ({f.sql})[1] END") for f in primitive))


@compiles(op.ConformsTo)
def conforms_to(compiler: Compiler, node: op.ConformsTo, scope: Scope) -> Value:
    """The standard's own structures are judged by the type; other profiles are not known here."""
    profile = node.operands[1]
    if not isinstance(profile, ir.Literal):
        raise unsupported(node, "a profile that is not written out")
    name = str(profile.value).removeprefix(PROFILES)
    if name == profile.value or not compiler.model.has_type(name):
        hint = f"known are {PROFILES} and a type of FHIR R4"
        raise InputError("no profile is known by this address", place=node.place, hint=hint)
    value = compiler.one(node.operands[0], scope)
    fits = [
        f"WHEN {form.present} THEN {str(specialises(compiler.model, form.type.name, name)).lower()}"
        for form in value.forms
    ]
    return one(BOOLEAN, f"CASE {' '.join(fits)} END" if fits else "NULL::BOOLEAN")


@compiles(op.ResourceKey)
def resource_key(compiler: Compiler, node: op.ResourceKey, scope: Scope) -> Value:
    """Unique in the lake: site, type, id. Of the row's own resource; what is inside one has no key in the lake."""
    source = compiler.one(node.operands[0], scope)
    if any(form.sql != compiler.row for form in source.forms):
        raise unsupported(node, "getResourceKey() of another item than the resource")
    if not source.forms:
        return one(STRING, f"{NULL}::VARCHAR")
    return one(STRING, f"({compiler.row}.lk_site || '/{compiler.resource_type}/' || {compiler.row}.id)")


@compiles(op.ReferenceKey)
def reference_key(compiler: Compiler, node: op.ReferenceKey, scope: Scope) -> Value:
    """The key of the resource a literal reference names; NULL when it is of another type than asked for."""
    kind = "[A-Z][A-Za-z]+"
    if len(node.operands) > 1:
        wanted = node.operands[1]
        if not isinstance(wanted, ir.Literal) or not str(wanted.value).isalpha():
            raise unsupported(node, "getReferenceKey() of a type that is not written out")
        kind = str(wanted.value)
    value = compiler.value(node.operands[0], scope)
    plain = f"{kind}/[A-Za-z0-9.-]{{1,64}}"  # nearly all references are this, and a match costs less than a search
    pattern = f"^(?:.*/)?({kind}/[A-Za-z0-9.-]+)(?:/_history/.*)?$"

    def found(x: str) -> str:
        site = f"{compiler.row}.lk_site || '/' ||"
        key = f"regexp_extract({x}.reference, '{pattern}', 1)"
        fits = f"length({key}) - instr({key}, '/') BETWEEN 1 AND 64"
        whole = f"regexp_full_match({x}.reference, '{plain}')"
        return f"CASE WHEN {whole} THEN {site} {x}.reference WHEN {fits} THEN {site} {key} END"

    forms = [f for f in value.forms if f.shape is not None and "reference" in f.shape.fields]
    if not forms:
        return Value((Form(STRING, f"{NULL}::VARCHAR{'[]' if value.many else ''}"),), value.many)
    if not value.many:
        return one(STRING, found(forms[0].sql))
    parts = [compiler.names.present(compiler.names.each(f.sql, found)) for f in forms]
    return several(STRING, parts[0])
