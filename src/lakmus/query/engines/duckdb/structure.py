"""Nodes that read, navigate or bind names."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from lakmus.core.quantities import UCUM, Quantity
from lakmus.fhir.shapes import Shape
from lakmus.lake import schema
from lakmus.query.engines.duckdb.compiler import Compiler, Scope, compiles
from lakmus.query.engines.duckdb.values import (
    NULL,
    QUANTITY_SQL,
    Form,
    Value,
    bare,
    count,
    exists,
    grouped,
    listed,
    one,
    single,
    sql_type,
    unsupported,
)
from lakmus.query.ir import structure as ir
from lakmus.query.ir.model import SYSTEM_OF, Element, specialises
from lakmus.query.ir.types import (
    BOOLEAN,
    DATETIME,
    DECIMAL,
    INTEGER,
    LONG,
    QUANTITY,
    TYPE_INFO,
    TypeName,
)

# R4 fhirpath.html#quantity: UCUM codes that stand for calendar durations.
CALENDAR = {"a": "year", "mo": "month", "d": "day", "h": "hour", "min": "minute", "s": "second"}


def decimal(number: Decimal) -> str:
    return f"{number:f}::{schema.DECIMAL}"


def quantity(value: str, unit: str) -> str:
    return f"{{'value': {value}, 'unit': {unit}}}::{QUANTITY_SQL}"


@compiles(ir.Literal)
def literal(compiler: Compiler, node: ir.Literal, scope: Scope) -> Value:
    value = node.value
    if node.name == BOOLEAN:
        return one(BOOLEAN, "true" if value else "false")
    if node.name in (INTEGER, LONG):
        return Value((Form(node.name, f"{value}::{sql_type(node.name)}", digits="0"),))
    if isinstance(value, Decimal):
        digits = max(0, -int(value.as_tuple().exponent))
        return Value((Form(DECIMAL, decimal(value), digits=str(digits)),))
    if isinstance(value, Quantity):
        digits = max(0, -int(value.value.as_tuple().exponent))
        sql = quantity(decimal(value.value), schema.literal(value.unit))
        return Value((Form(QUANTITY, sql, digits=str(digits)),))
    return one(node.name, schema.literal(str(value)))


@compiles(ir.Empty)
def empty(compiler: Compiler, node: ir.Empty, scope: Scope) -> Value:
    return Value(())


@compiles(ir.Variable)
def variable(compiler: Compiler, node: ir.Variable, scope: Scope) -> Value:
    if node.name not in scope:
        raise unsupported(node, f"the variable {node.name}")
    return scope[node.name]


@compiles(ir.Member)
def member(compiler: Compiler, node: ir.Member, scope: Scope) -> Value:
    source = compiler.value(node.source, scope)
    if node.source.type.is_(TYPE_INFO):
        return _of_type_info(compiler, source, node.name)
    owned = [
        (form, element)
        for form in source.forms
        if form.type.namespace == "FHIR"
        for element in compiler.model.elements(form.type.name).get(node.name, ())
    ]
    readable(node, source)
    many = source.many or any(element.many for _, element in owned)
    forms = [_child(compiler, form, source.many, element, many) for form, element in owned]
    return Value(tuple(forms), many) if not source.many else _merged(compiler, forms)


def readable(node: Any, value: Value) -> None:
    """Refuses to look into resources inside resources: the lake holds them as JSON texts."""
    if any(f.type.name == "Resource" and f.shape is not None and not f.structured for f in value.forms):
        raise unsupported(node, "an element of a resource inside a resource")


def _of_type_info(compiler: Compiler, source: Value, name: str) -> Value:
    kind = TypeName("System", "String")
    if not source.many:
        found = [f"({form.sql}).{name}" for form in source.forms]
        return one(kind, f"coalesce({', '.join(found)}, {NULL})" if found else NULL)
    forms = [Form(kind, compiler.names.each(f.sql, lambda x: f"{x}.{name}")) for f in source.forms]
    return grouped(forms, compiler.names)


def _merged(compiler: Compiler, forms: list[Form]) -> Value:
    """Lists under one name; those of one type only are left as they are."""
    kinds = {form.type for form in forms}
    if len(kinds) == len(forms):
        return Value(tuple(forms), True)
    return grouped(forms, compiler.names)


def _child(compiler: Compiler, form: Form, in_list: bool, element: Element, many: bool) -> Form:
    """What the items of a form have under a name."""
    content, fields = form.sql, form.shape.fields if form.shape else {}
    if form.siblings is not None:  # the children of a primitive stand beside it
        fields = form.siblings.fields
        content = form.beside
    shape, beside = fields.get(element.json_name), fields.get(f"_{element.json_name}")
    if shape is None and beside is None:
        return Form(element.type, f"{NULL}::{sql_type(element.type)}{'[]' if many else ''}")
    if not in_list:
        return _single_child(compiler, content, element, shape, beside, many)
    return _listed_child(compiler, form, element, shape, beside)


def _typed(element: Element, sql: str, shape: Shape | None, beside: str, siblings: Shape | None) -> Form:
    digits = ""
    if element.type.name == "decimal":
        digits = _digits(sql, beside if siblings is not None and "lexical" in siblings.fields else "")
        if siblings is not None and not siblings.fields.keys() - {"lexical"}:
            beside, siblings = "", None
    return Form(element.type, sql, shape, beside, siblings, digits)


def _digits(sql: str, beside: str) -> str:
    """The decimals written: those of the text as sent, else those that are not zero."""
    text = (
        f"coalesce({beside}.lexical, rtrim(rtrim({sql}::VARCHAR, '0'), '.'))"
        if beside
        else (f"rtrim(rtrim({sql}::VARCHAR, '0'), '.')")
    )
    return f"length(split_part({text}, '.', 2))"


def _single_child(
    compiler: Compiler, content: str, element: Element, shape: Shape | None, beside: Shape | None, many: bool
) -> Form:
    name, sibling = schema.quoted(element.json_name), schema.quoted(f"_{element.json_name}")
    kind = sql_type(element.type) + ("[]" if element.many else "")
    sql = f"{content}.{name}" if shape is not None else f"{NULL}::{kind}"
    if beside is None:
        if element.many and _primitive(element):
            return Form(element.type, compiler.names.present(sql), shape)
        found = _typed(element, sql, shape, "", None)
        return found if element.many or not many else listed(Value((found,)), compiler.names).forms[0]
    if element.many:
        return Form(element.type, _zipped(compiler, sql, f"{content}.{sibling}"), shape, siblings=beside)
    found = _typed(element, sql, shape, f"{content}.{sibling}", beside)
    return listed(Value((found,)), compiler.names).forms[0] if many else found


def _primitive(element: Element) -> bool:
    return element.type.name[0].islower()


def _zipped(compiler: Compiler, values: str, besides: str) -> str:
    x = compiler.names.fresh()
    pairs = f"list_transform(list_zip({values}, {besides}), lambda {x}: {{'v': {x}[1], 'b': {x}[2]}})"
    return compiler.names.kept(pairs, lambda y: f"({y}.v IS NOT NULL OR {y}.b IS NOT NULL)")


def _listed_child(
    compiler: Compiler, form: Form, element: Element, shape: Shape | None, beside: Shape | None
) -> Form:
    found: list[Form] = []

    def inner(x: str) -> str:
        item = form.item(x)
        content = item.beside if item.siblings is not None else item.sql
        child = _single_child(compiler, content, element, shape, beside, element.many)
        found.append(child)
        return child.sql if element.many else child.packed

    each = compiler.names.each(form.sql, inner)
    sql = f"flatten({each})" if element.many else compiler.names.present(each)
    return replace(found[0], sql=sql, beside="", digits="")


def bind(compiler: Compiler, node: Any, form: Form, scope: Scope) -> tuple[str, Scope]:
    """Names of a lambda's parameters, and the scope where an item and its place are bound."""
    x, i = compiler.names.fresh(), compiler.names.fresh("i")
    item = Value((form.item(x),))
    return f"lambda {x}, {i}", {**scope, node.item: item, "$index": one(INTEGER, f"({i} - 1)::INTEGER")}


def needed(head: str, body: str) -> str:
    """The parameters of a lambda without that of the place, when its body does not ask for it."""
    item, _, place = head.partition(", ")
    return head if place in body else item


@compiles(ir.Where)
def where(compiler: Compiler, node: ir.Where, scope: Scope) -> Value:
    source = compiler.value(node.source, scope)
    forms = []
    for form in source.forms:
        if source.many:
            head, inner = bind(compiler, node, form, scope)
            test = compiler.truth(node.criteria, inner)
            forms.append(replace(form, sql=f"list_filter({form.sql}, {needed(head, test)}: {test})"))
            continue
        inner = {**scope, node.item: Value((form,)), "$index": one(INTEGER, "0")}
        test = compiler.truth(node.criteria, inner)
        beside = f"CASE WHEN {test} THEN {form.beside} END" if form.siblings is not None else ""
        forms.append(replace(form, sql=f"CASE WHEN {test} THEN {form.sql} END", beside=beside))
    return Value(tuple(forms), source.many)


@compiles(ir.All)
def all_(compiler: Compiler, node: ir.All, scope: Scope) -> Value:
    left = where(compiler, ir.Where(node.source, node.criteria, node.item), scope)
    return one(BOOLEAN, f"({count(left)} = {count(compiler.value(node.source, scope))})")


@compiles(ir.Select)
def select(compiler: Compiler, node: ir.Select, scope: Scope) -> Value:
    source = compiler.value(node.source, scope)
    parts = [part for form in source.forms for part in _projected(compiler, node, form, source.many, scope)]
    if not source.many and len(source.forms) == 1:
        return compiler.value(node.projection, {**scope, node.item: source, "$index": one(INTEGER, "0")})
    if not source.forms:
        return Value((), node.type.many)
    return grouped(parts, compiler.names)


def _projected(compiler: Compiler, node: Any, form: Form, many: bool, scope: Scope) -> list[Form]:
    """The projection of each item of one form, as lists."""
    if not many:
        form = listed(Value((form,)), compiler.names).forms[0]
    head, inner = bind(compiler, node, form, scope)
    value = listed(compiler.value(node.projection, inner), compiler.names)
    return [
        replace(f, sql=f"flatten(list_transform({form.sql}, {head}: coalesce({f.sql}, [])))", digits="")
        for f in value.forms
    ]


@compiles(ir.Repeat)
def repeat(compiler: Compiler, node: ir.Repeat, scope: Scope) -> Value:
    """Level by level, as deep as recorded data is: the shape ends the recursion."""
    found: list[Form] = []
    level = list(listed(compiler.value(node.source, scope), compiler.names).forms)
    while level:
        parts = [p for form in level for p in _projected(compiler, node, form, True, scope)]
        level = [part for part in parts if part.structured]
        if any(not part.structured and part.shape is not None for part in parts):
            raise unsupported(node, "repeat() of primitives or computed values")
        if any(part.type.namespace == "System" for part in parts):
            raise unsupported(node, "repeat() of computed values")
        found += level
    return Value(tuple(found), True)


@compiles(ir.Children)
def children(compiler: Compiler, node: ir.Children, scope: Scope) -> Value:
    source = listed(compiler.value(node.source, scope), compiler.names)
    readable(node, source)
    return Value(tuple(f for form in source.forms for f in _children(compiler, form)), True)


@compiles(ir.Descendants)
def descendants(compiler: Compiler, node: ir.Descendants, scope: Scope) -> Value:
    level = list(listed(compiler.value(node.source, scope), compiler.names).forms)
    found: list[Form] = []
    while level:
        level = [f for form in level for f in _children(compiler, form)]
        readable(node, Value(tuple(level)))
        found += level
    return Value(tuple(found), True)


def _children(compiler: Compiler, form: Form) -> list[Form]:
    shape = form.siblings if form.siblings is not None else form.shape
    if shape is None or form.type.namespace != "FHIR":
        return []
    made = []
    for elements in compiler.model.elements(form.type.name).values():
        for element in elements:
            if {element.json_name, f"_{element.json_name}"} & shape.fields.keys():
                made.append(_child(compiler, form, True, element, True))
    return made


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
    forms = [_as_system(compiler, form, source.many) for form in source.forms]
    return (
        grouped(forms, compiler.names) if source.many and len(forms) > 1 else Value(tuple(forms), source.many)
    )


def _as_system(compiler: Compiler, form: Form, many: bool) -> Form:
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
    return Form(QUANTITY, converted(form.sql), digits=_digits(f"{form.sql}.value", lexical))


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


@compiles(ir.If)
def if_(compiler: Compiler, node: ir.If, scope: Scope) -> Value:
    test = compiler.truth(node.condition, scope)
    then, other = compiler.value(node.then, scope), compiler.value(node.otherwise, scope)
    many = then.many or other.many
    if many:
        then, other = listed(then, compiler.names), listed(other, compiler.names)
    chosen = [_when(f"coalesce({test}, false)", f, many) for f in then.forms]
    rest = [_when(f"NOT coalesce({test}, false)", f, many) for f in other.forms]
    if many:
        return grouped([*chosen, *rest], compiler.names)
    return Value(tuple(alternatives([*chosen, *rest])))


def _when(test: str, form: Form, many: bool) -> Form:
    none = "[]" if many else NULL
    beside = f"CASE WHEN {test} THEN {form.beside} END" if form.siblings is not None and not many else ""
    return replace(form, sql=f"CASE WHEN {test} THEN {form.sql} ELSE {none} END", beside=beside, digits="")


def alternatives(forms: list[Form]) -> list[Form]:
    """Single items of which one is there: one expression for each type."""
    found: dict[object, Form] = {}
    for form in forms:
        key = (form.type, repr(form.shape) if form.structured else "")
        if key in found:
            form = replace(form, sql=f"coalesce({found[key].sql}, {form.sql})", beside="", siblings=None)
        found[key] = form
    return list(found.values())


@compiles(ir.Trace)
def trace(compiler: Compiler, node: ir.Trace, scope: Scope) -> Value:
    """What is traced goes nowhere from SQL."""
    return compiler.value(node.source, scope)


@compiles(ir.Let)
def let(compiler: Compiler, node: ir.Let, scope: Scope) -> Value:
    return compiler.value(node.body, {**scope, node.name: compiler.value(node.value, scope)})


@compiles(ir.Aggregate)
def aggregate(compiler: Compiler, node: ir.Aggregate, scope: Scope) -> Value:
    """A fold over a list whose total keeps one type."""
    source = listed(compiler.value(node.source, scope), compiler.names)
    initial = compiler.value(node.initial, scope)
    if len(source.forms) != 1 or initial.many or len(initial.forms) > 1:
        raise unsupported(node, "aggregate() over items of several types")
    kinds = [f.type for f in initial.forms] or list(node.type.names)
    if len(kinds) != 1:
        raise unsupported(node, "aggregate() whose total has several types")
    kind, form = sql_type(kinds[0]), source.forms[0]
    total, x, i = (compiler.names.fresh(s) for s in ("t", "x", "i"))
    this = Value((form.item(f"{x}.i"),))
    names = {
        **scope,
        node.item: this,
        "$total": one(kinds[0], f"{total}.t"),
        "$index": one(INTEGER, f"({i} - 2)::INTEGER"),
    }
    step = compiler.value(node.step, names)
    if step.many or any(f.type != kinds[0] for f in step.forms):
        raise unsupported(node, "aggregate() whose total changes its type")
    begin = f"{{'t': {initial.sql}::{kind}, 'i': ({form.sql})[1]}}"
    items = compiler.names.each(form.sql, lambda y: f"{{'t': {NULL}::{kind}, 'i': {y}}}")
    fold = f"list_reduce(list_concat([{begin}], {items}), lambda {total}, {x}, {i}: {{'t': ({step.sql})::{kind}, 'i': {x}.i}}).t"
    return one(kinds[0], fold)


@compiles(ir.Sort)
def sort(compiler: Compiler, node: ir.Sort, scope: Scope) -> Value:
    """By stable sorts, the last key first; items without a value come first."""
    source = listed(compiler.value(node.source, scope), compiler.names)
    if len(source.forms) != 1:
        raise unsupported(node, "sort() of items of several types")
    form = source.forms[0]
    sql = form.sql
    for key in reversed(node.keys):
        head, inner = bind(compiler, node, form, scope)
        by = compiler.form(key.expression, inner)
        if by.type not in (INTEGER, LONG, DECIMAL, TypeName("System", "String")):
            raise unsupported(node, f"sort() by {by.type}")
        place = head.rpartition(" ")[2]
        order = "ASC" if not key.descending else "DESC"
        first = f"{by.sql} IS {'' if key.descending else 'NOT '}NULL"
        parts = f"'n': {first}, 'k': {by.sql}, 'p': {'-' if key.descending else ''}{place}"
        keyed = f"list_transform({sql}, {head}: {{{parts}, 'v': {head.split()[1].rstrip(',')}}})"
        sql = compiler.names.each(f"list_sort({keyed}, '{order}')", lambda x: f"{x}.v")
    return Value((replace(form, sql=sql),), True)
