"""The tree as SQL over one row of a table of the lake: set-based, no Python function is called from it.

Three-valued logic is SQL's own; an empty collection is NULL or an empty list. What this engine cannot say is refused
when it is compiled, never answered otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from lakmus.core.errors import UnsupportedError
from lakmus.fhir.shapes import Shape
from lakmus.lake import schema
from lakmus.query.engines.duckdb.values import NULL, Form, Names, Value, count, exists, one
from lakmus.query.ir import operations as op
from lakmus.query.ir import structure as ir
from lakmus.query.ir.model import FhirR4, specialises
from lakmus.query.ir.node import Node
from lakmus.query.ir.types import BOOLEAN, DATE, DATETIME, DECIMAL, INTEGER, STRING, TIME, TypeName

ENGINE = "DuckDB"
MOMENTS = {DATE, DATETIME, TIME}
SQL_OF: dict[TypeName, str] = {
    BOOLEAN: "BOOLEAN",
    INTEGER: "INTEGER",
    DECIMAL: schema.DECIMAL,
    STRING: "VARCHAR",
    DATE: "VARCHAR",
    DATETIME: "VARCHAR",
    TIME: "VARCHAR",
}
Scope = Mapping[str, Value]


def unsupported(node: Node, what: str = "") -> UnsupportedError:
    return UnsupportedError(what or type(node).__name__, engine=ENGINE, place=node.place)


class Compiler:
    """Compiles trees over rows of one table. `columns` is the shape of what was recorded, `row` the table's alias."""

    def __init__(self, resource_type: str, columns: Shape, row: str = "r") -> None:
        self.names = Names()
        self.model = FhirR4()
        self.row = row
        self.resource_type = resource_type
        resource = Value((Form(TypeName("FHIR", resource_type), row, columns),))
        self.scope: dict[str, Value] = dict.fromkeys(
            ("$this", "%context", "%resource", "%rootResource"), resource
        )

    def value(self, node: Node, scope: Scope | None = None) -> Value:
        """The collection a node stands for."""
        scope = self.scope if scope is None else scope
        for kind, compile_ in HANDLERS.items():
            if isinstance(node, kind):
                return compile_(self, node, scope)
        raise unsupported(node)

    def scalar(self, node: Node, scope: Scope) -> str:
        """A value of at most one item of one type as SQL."""
        value = self.value(node, scope)
        if value.many:
            raise unsupported(node, "a collection of several items where one is wanted")
        if len(value.forms) > 1:
            raise unsupported(node, "an item of one of several types where one is wanted")
        return value.sql

    def truth(self, node: Node, scope: Scope) -> str:
        """A criterion as SQL that is true, false or NULL."""
        value = self.value(node, scope)
        if value.many or len(value.forms) > 1 or (value.forms and value.forms[0].type != BOOLEAN):
            kinds = {form.type for form in value.forms}
            if kinds <= {BOOLEAN, TypeName("FHIR", "boolean")} and not value.many:
                return value.sql
            return f"CASE WHEN {exists(value)} THEN true END"
        return value.sql


# structure


def literal(compiler: Compiler, node: ir.Literal, scope: Scope) -> Value:
    if node.name == BOOLEAN:
        text = "true" if node.value else "false"
    elif node.name in (INTEGER, DECIMAL):
        text = f"{node.value}::{SQL_OF[node.name]}"
    elif node.name in (STRING, *MOMENTS):
        text = schema.literal(str(node.value))
    else:
        raise unsupported(node, f"a literal of {node.name}")
    return one(node.name, text)


def empty(compiler: Compiler, node: ir.Empty, scope: Scope) -> Value:
    return Value(())


def variable(compiler: Compiler, node: ir.Variable, scope: Scope) -> Value:
    if node.name not in scope:
        raise unsupported(node, f"the variable {node.name}")
    return scope[node.name]


def member(compiler: Compiler, node: ir.Member, scope: Scope) -> Value:
    source = compiler.value(node.source, scope)
    many = source.many or any(element.many for element in node.elements)
    forms = []
    for form in source.forms:
        owned = compiler.model.elements(form.type.name).get(node.name, ())
        for element in owned:
            if element in node.elements:
                forms.append(_child(compiler, form, source.many, element, many))
    if not forms and not node.elements:
        raise unsupported(node, "an element of an item whose type only the data knows")
    return Value(tuple(forms), many)


def _child(compiler: Compiler, form: Form, listed: bool, element: Any, many: bool) -> Form:
    shape = form.shape.fields.get(element.json_name) if form.shape else None
    if shape is None:
        return Form(element.type, f"NULL::{_nothing(element, many)}")
    name = schema.quoted(element.json_name)
    if not listed:
        sql = f"{form.sql}.{name}"
        return Form(element.type, sql, shape)
    x = compiler.names.fresh()
    inner = f"list_transform({form.sql}, lambda {x}: {x}.{name})"
    sql = f"flatten({inner})" if element.many else inner
    return Form(element.type, _present(compiler, sql), shape)


def _nothing(element: Any, many: bool) -> str:
    """The SQL type of what nobody recorded: typed where it is a value, so that results have their columns' types."""
    kinds = {"boolean": "BOOLEAN", "integer": "INTEGER", "positiveInt": "INTEGER", "unsignedInt": "INTEGER"}
    base = schema.DECIMAL if element.type.name == "decimal" else kinds.get(element.type.name, "VARCHAR")
    return f"{base}[]" if many else base


def _present(compiler: Compiler, sql: str) -> str:
    x = compiler.names.fresh()
    return f"list_filter({sql}, lambda {x}: {x} IS NOT NULL)"


def where(compiler: Compiler, node: ir.Where, scope: Scope) -> Value:
    source = compiler.value(node.source, scope)
    forms = []
    for form in source.forms:
        if not source.many:
            this = Value((form,))
            test = compiler.truth(node.criteria, {**scope, node.item: this})
            forms.append(Form(form.type, f"CASE WHEN {test} THEN {form.sql} END", form.shape))
            continue
        x = compiler.names.fresh()
        this = Value((Form(form.type, x, form.shape),))
        test = compiler.truth(node.criteria, {**scope, node.item: this})
        forms.append(Form(form.type, f"list_filter({form.sql}, lambda {x}: {test})", form.shape))
    return Value(tuple(forms), source.many)


def all_(compiler: Compiler, node: ir.All, scope: Scope) -> Value:
    left = where(compiler, ir.Where(node.source, node.criteria, node.item), scope)
    return one(BOOLEAN, f"({count(left)} = {count(compiler.value(node.source, scope))})")


def select(compiler: Compiler, node: ir.Select, scope: Scope) -> Value:
    source = compiler.value(node.source, scope)
    if len(source.forms) > 1:
        raise unsupported(node, "a projection of items of several types")
    if not source.forms:
        return Value((), node.type.many)
    form = source.forms[0]
    if not source.many:
        return compiler.value(node.projection, {**scope, node.item: Value((form,))})
    x = compiler.names.fresh()
    inner = compiler.value(node.projection, {**scope, node.item: Value((Form(form.type, x, form.shape),))})

    def each(sql: str) -> str:
        listed = f"list_transform({form.sql}, lambda {x}: {sql})"
        return _present(compiler, f"flatten({listed})" if inner.many else listed)

    return Value(inner.map(each).forms, True)


def of_type(compiler: Compiler, node: ir.OfType | ir.As, scope: Scope) -> Value:
    source = compiler.value(node.source, scope)
    return Value(tuple(f for f in source.forms if _matches(compiler, f.type, node.name)), source.many)


def _matches(compiler: Compiler, held: TypeName, wanted: TypeName) -> bool:
    if held == wanted:
        return True
    both_fhir = held.namespace == wanted.namespace == "FHIR"
    complex_ = both_fhir and not held.name[0].islower()
    return complex_ and specialises(compiler.model, held.name, wanted.name)


def is_(compiler: Compiler, node: ir.Is, scope: Scope) -> Value:
    source = compiler.value(node.source, scope)
    if source.many:
        raise unsupported(node, "the type of one of several items")
    right = Value(tuple(f for f in source.forms if specialises(compiler.model, f.type.name, node.name.name)))
    return one(BOOLEAN, f"CASE WHEN {exists(source)} THEN {exists(right)} END")


def unchanged(compiler: Compiler, node: Any, scope: Scope) -> Value:
    source = compiler.value(node.source, scope)
    names = {n.name: n for n in node.type.names if n.namespace == "System"}
    if isinstance(node, ir.Trace):
        return source
    return Value(
        tuple(Form(_system(f.type) if names else f.type, f.sql, f.shape) for f in source.forms), source.many
    )


def _system(held: TypeName) -> TypeName:
    from lakmus.query.ir.model import SYSTEM_OF

    if held.namespace == "System":
        return held
    found = SYSTEM_OF.get(held.name, held)
    return held if found.name == "Quantity" else found


def promote(compiler: Compiler, node: ir.Promote, scope: Scope) -> Value:
    if node.to not in (DECIMAL, DATETIME):
        raise unsupported(node, f"a promotion to {node.to}")
    source = compiler.value(node.source, scope)
    return Value(tuple(Form(node.to, f.sql, f.shape) for f in source.forms), source.many)


def if_(compiler: Compiler, node: ir.If, scope: Scope) -> Value:
    then, other = compiler.value(node.then, scope), compiler.value(node.otherwise, scope)
    kinds = {f.type for f in (*then.forms, *other.forms)}
    if (then.many != other.many and then.forms and other.forms) or len(kinds) > 1:
        raise unsupported(node, "a choice between values of different types")
    test = compiler.truth(node.condition, scope)
    first = (then if then.forms else other).forms
    sql = f"CASE WHEN {test} THEN {then.sql} ELSE {other.sql} END"
    return Value(tuple(Form(f.type, sql, f.shape) for f in first), then.many or other.many)


# operations


def first(compiler: Compiler, node: Any, scope: Scope) -> Value:
    value = compiler.value(node.operands[0], scope)
    place = "-1" if isinstance(node, op.Last) else "1"
    if not value.many:
        return value
    if isinstance(node, op.Single):
        raise unsupported(node, "single() of what may be several items")
    return Value(value.map(lambda sql: f"{sql}[{place}]").forms)


def index(compiler: Compiler, node: op.Index, scope: Scope) -> Value:
    value, place = compiler.value(node.operands[0], scope), compiler.scalar(node.operands[1], scope)
    if not value.many:
        return value.map(lambda sql: f"CASE WHEN {place} = 0 THEN {sql} END")
    return Value(value.map(lambda sql: f"{sql}[{place} + 1]").forms)


def equal(compiler: Compiler, node: op.Equal, scope: Scope) -> Value:
    left, right = (compiler.value(operand, scope) for operand in node.operands)
    if not left.forms or not right.forms:
        return one(BOOLEAN, "NULL::BOOLEAN")
    if left.many or right.many:
        raise unsupported(node, "equality of collections of several items")
    if len(left.forms) > 1 or len(right.forms) > 1:
        raise unsupported(node, "equality of items of one of several types")
    a, b = left.forms[0], right.forms[0]
    if {a.type, b.type} & MOMENTS:
        return one(BOOLEAN, f"CASE WHEN length({a.sql}) = length({b.sql}) THEN {a.sql} = {b.sql} END")
    if a.shape is not None and a.shape.kind == "struct":
        raise unsupported(node, "equality of items with children")
    return one(BOOLEAN, f"({a.sql} = {b.sql})")


def compare(sign: str) -> Callable[[Compiler, Any, Scope], Value]:
    def compile_(compiler: Compiler, node: Any, scope: Scope) -> Value:
        left, right = (compiler.value(operand, scope) for operand in node.operands)
        kinds = {f.type for f in (*left.forms, *right.forms)}
        if kinds & MOMENTS or any(k.name == "Quantity" for k in kinds):
            raise unsupported(node, "order of moments and quantities")
        a, b = (compiler.scalar(operand, scope) for operand in node.operands)
        return one(BOOLEAN, f"({a} {sign} {b})")

    return compile_


def logic(word: str) -> Callable[[Compiler, Any, Scope], Value]:
    def compile_(compiler: Compiler, node: Any, scope: Scope) -> Value:
        left, right = (compiler.truth(operand, scope) for operand in node.operands)
        return one(BOOLEAN, f"({left} {word} {right})")

    return compile_


def not_(compiler: Compiler, node: op.Not, scope: Scope) -> Value:
    return one(BOOLEAN, f"(NOT {compiler.truth(node.operands[0], scope)})")


def truth(compiler: Compiler, node: op.Truth, scope: Scope) -> Value:
    return one(BOOLEAN, compiler.truth(node.operands[0], scope))


def exists_(compiler: Compiler, node: op.Exists, scope: Scope) -> Value:
    return one(BOOLEAN, exists(compiler.value(node.operands[0], scope)))


def count_(compiler: Compiler, node: op.Count, scope: Scope) -> Value:
    return one(INTEGER, count(compiler.value(node.operands[0], scope)))


def join(compiler: Compiler, node: op.Join, scope: Scope) -> Value:
    value = compiler.value(node.operands[0], scope)
    between = compiler.scalar(node.operands[1], scope) if len(node.operands) > 1 else "''"
    if not value.many:
        return value
    return one(STRING, f"CASE WHEN len({value.sql}) > 0 THEN array_to_string({value.sql}, {between}) END")


def in_(compiler: Compiler, node: op.In, scope: Scope) -> Value:
    item, among = compiler.scalar(node.operands[0], scope), compiler.value(node.operands[1], scope)
    if len(among.forms) > 1:
        raise unsupported(node, "membership among items of several types")
    test = f"list_contains({among.sql}, {item})" if among.many else f"coalesce({among.sql} = {item}, false)"
    return one(
        BOOLEAN, f"CASE WHEN {item} IS NOT NULL THEN coalesce({test}, false) END" if among.forms else "false"
    )


def infix(sign: str) -> Callable[[Compiler, Any, Scope], Value]:
    def compile_(compiler: Compiler, node: Any, scope: Scope) -> Value:
        kinds = [n for operand in node.operands for n in operand.type.names]
        if any(kind in MOMENTS or kind.name == "Quantity" for kind in kinds):
            raise unsupported(node, "arithmetic of moments and quantities")
        a, b = (compiler.scalar(operand, scope) for operand in node.operands)
        if sign == "+" and STRING in kinds:
            return one(STRING, f"({a} || {b})")
        result = node.type.only or DECIMAL
        return one(result, f"({a} {sign} {b})")

    return compile_


def divide(compiler: Compiler, node: op.Divide, scope: Scope) -> Value:
    a, b = (compiler.scalar(operand, scope) for operand in node.operands)
    return one(DECIMAL, f"({a}::DECIMAL(38,12) / nullif({b}, 0))::DECIMAL(38,12)")


def calls(pattern: str, result: TypeName) -> Callable[[Compiler, Any, Scope], Value]:
    """A function of SQL over scalars: `upper({0})`."""

    def compile_(compiler: Compiler, node: Any, scope: Scope) -> Value:
        return one(result, pattern.format(*(compiler.scalar(operand, scope) for operand in node.operands)))

    return compile_


def resource_key(compiler: Compiler, node: op.ResourceKey, scope: Scope) -> Value:
    """Unique in the lake: site, type, id."""
    return one(STRING, f"({compiler.row}.lk_site || '/{compiler.resource_type}/' || {compiler.row}.id)")


def reference_key(compiler: Compiler, node: op.ReferenceKey, scope: Scope) -> Value:
    """The key of the resource a relative reference names; NULL when it is of another type than asked for."""
    wanted = node.operands[1] if len(node.operands) > 1 else None
    kind = wanted.value if isinstance(wanted, ir.Literal) else "[A-Z][A-Za-z]+"
    value = compiler.value(node.operands[0], scope)

    def key(sql: str) -> str:
        found = (
            f"regexp_extract({sql}.reference, '(?:^|/)({kind}/[A-Za-z0-9.-]{{1,64}})(?:/_history/.*)?$', 1)"
        )
        return f"({compiler.row}.lk_site || '/' || nullif({found}, ''))"

    if not value.forms or value.forms[0].shape is None or "reference" not in value.forms[0].shape.fields:
        return one(STRING, "NULL::VARCHAR")
    if not value.many:
        return one(STRING, key(value.sql))
    x = compiler.names.fresh()
    return Value(
        (Form(STRING, _present(compiler, f"list_transform({value.sql}, lambda {x}: {key(x)})")),), True
    )


HANDLERS: dict[type[Node], Callable[[Compiler, Any, Scope], Value]] = {
    ir.Literal: literal,
    ir.Empty: empty,
    ir.Variable: variable,
    ir.Member: member,
    ir.Where: where,
    ir.All: all_,
    ir.Select: select,
    ir.OfType: of_type,
    ir.As: of_type,
    ir.Is: is_,
    ir.AsSystem: unchanged,
    ir.Trace: unchanged,
    ir.Promote: promote,
    ir.If: if_,
    op.First: first,
    op.Last: first,
    op.Single: first,
    op.Index: index,
    op.Equal: equal,
    op.Less: compare("<"),
    op.LessOrEqual: compare("<="),
    op.And: logic("AND"),
    op.Or: logic("OR"),
    op.Xor: logic("<>"),
    op.Not: not_,
    op.Truth: truth,
    op.Exists: exists_,
    op.Count: count_,
    op.Join: join,
    op.In: in_,
    op.Add: infix("+"),
    op.Subtract: infix("-"),
    op.Multiply: infix("*"),
    op.Divide: divide,
    op.Upper: calls("upper({0})", STRING),
    op.Lower: calls("lower({0})", STRING),
    op.Length: calls("length({0})", INTEGER),
    op.StartsWith: calls("starts_with({0}, {1})", BOOLEAN),
    op.EndsWith: calls("ends_with({0}, {1})", BOOLEAN),
    op.ContainsText: calls("contains({0}, {1})", BOOLEAN),
    op.Concatenate: calls("(coalesce({0}, '') || coalesce({1}, ''))", STRING),
    op.ResourceKey: resource_key,
    op.ReferenceKey: reference_key,
}

__all__ = ["HANDLERS", "NULL", "Compiler"]
