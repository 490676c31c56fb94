"""What type an item is of: choosing by it, and from FHIR's types to the system's."""

from __future__ import annotations

from dataclasses import replace

from lakmus.core.quantities import UCUM
from lakmus.lake import schema
from lakmus.query.engines.duckdb.compiler import Compiler, Scope, compiles
from lakmus.query.engines.duckdb.literals import CALENDAR, quantity
from lakmus.query.engines.duckdb.navigation import digits_of, readable
from lakmus.query.engines.duckdb.values import (
    NULL,
    QUANTITY_SQL,
    Form,
    Value,
    bare,
    exists,
    grouped,
    one,
    single,
    sql_type,
)
from lakmus.query.ir import structure as ir
from lakmus.query.ir.model import SYSTEM_OF, specialises
from lakmus.query.ir.types import BOOLEAN, DATETIME, QUANTITY, TypeName


@compiles(ir.OfType)
def of_type(compiler: Compiler, node: ir.OfType, scope: Scope) -> Value:
    source = compiler.value(node.source, scope)
    readable(node, source)
    return Value(tuple(f for f in source.forms if _matches(compiler, f.type, node.name)), source.many)


@compiles(ir.As)
def as_(compiler: Compiler, node: ir.As, scope: Scope) -> Value:
    source = single(compiler.value(node.source, scope), "the input of as")
    readable(node, source)
    return Value(tuple(f for f in source.forms if _matches(compiler, f.type, node.name)))


def _matches(compiler: Compiler, held: TypeName, wanted: TypeName) -> bool:
    """As `ofType` and `as` choose: a primitive exactly, other types also when derived."""
    if held == wanted:
        return True
    exact = held.namespace == "FHIR" and held.name[0].islower() and wanted.name[0].islower()
    return not exact and _is(compiler, held, wanted)


def _is(compiler: Compiler, held: TypeName, wanted: TypeName) -> bool:
    if wanted.name == "Any" or held == wanted:
        return True
    return held.namespace == wanted.namespace == "FHIR" and specialises(
        compiler.model, held.name, wanted.name
    )


@compiles(ir.Is)
def is_(compiler: Compiler, node: ir.Is, scope: Scope) -> Value:
    source = single(compiler.value(node.source, scope), "the input of is")
    readable(node, source)
    right = Value(tuple(f for f in source.forms if _is(compiler, f.type, node.name)))
    return one(BOOLEAN, f"CASE WHEN {exists(source)} THEN {exists(right)} END")


@compiles(ir.AsSystem)
def as_system(compiler: Compiler, node: ir.AsSystem, scope: Scope) -> Value:
    source = compiler.value(node.source, scope)
    forms = [form_as_system(compiler, form, source.many) for form in source.forms]
    return (
        grouped(forms, compiler.names) if source.many and len(forms) > 1 else Value(tuple(forms), source.many)
    )


def form_as_system(compiler: Compiler, form: Form, many: bool) -> Form:
    to = SYSTEM_OF.get(form.type.name) if form.type.namespace == "FHIR" else None
    if to is None:
        return form
    if to == QUANTITY:
        return _as_quantity(compiler, form, many)
    found = bare(Value((form,), many), compiler.names).forms[0]
    return replace(found, type=to)


def _as_quantity(compiler: Compiler, form: Form, many: bool) -> Form:
    fields = form.shape.fields if form.shape else {}
    if "value" not in fields:
        return Form(QUANTITY, f"{NULL}::{QUANTITY_SQL}{'[]' if many else ''}")

    def converted(x: str) -> str:
        given = {n: f"{x}.{n}" if n in fields else f"{NULL}::VARCHAR" for n in ("code", "system", "unit")}
        words = " ".join(f"WHEN '{code}' THEN '{word}'" for code, word in CALENDAR.items())
        calendar = f"CASE WHEN {given['system']} = '{UCUM}' THEN CASE {given['code']} {words} END END"
        unit = f"coalesce({calendar}, {given['code']}, {given['unit']}, '1')"
        plain = f" AND {x}.comparator IS NULL" if "comparator" in fields else ""
        return f"CASE WHEN {x}.value IS NOT NULL{plain} THEN {quantity(f'{x}.value', unit)} END"

    if many:
        return Form(QUANTITY, compiler.names.present(compiler.names.each(form.sql, converted)))
    sibling = fields.get("_value")
    lexical = f"{form.sql}._value" if sibling is not None and "lexical" in sibling.fields else ""
    return Form(QUANTITY, converted(form.sql), digits=digits_of(f"{form.sql}.value", lexical))


@compiles(ir.Promote)
def promote(compiler: Compiler, node: ir.Promote, scope: Scope) -> Value:
    source = compiler.value(node.source, scope)

    def widened(x: str) -> str:
        if node.to == QUANTITY:
            return f"CASE WHEN {x} IS NOT NULL THEN {quantity(x, schema.literal('1'))} END"
        return x if node.to == DATETIME else f"{x}::{sql_type(node.to)}"

    return Value(
        tuple(
            replace(
                f, type=node.to, sql=compiler.names.each(f.sql, widened) if source.many else widened(f.sql)
            )
            for f in source.forms
        ),
        source.many,
    )
