"""From an element to what is inside it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from lakmus.fhir.shapes import Shape
from lakmus.lake import schema
from lakmus.query.engines.duckdb.compiler import Compiler, Scope, compiles
from lakmus.query.engines.duckdb.values import NULL, Form, Value, grouped, listed, one, sql_type, unsupported
from lakmus.query.ir import structure as ir
from lakmus.query.ir.model import Element
from lakmus.query.ir.types import TYPE_INFO, TypeName


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
        digits = digits_of(sql, beside if siblings is not None and "lexical" in siblings.fields else "")
        if siblings is not None and not siblings.fields.keys() - {"lexical"}:
            beside, siblings = "", None
    return Form(element.type, sql, shape, beside, siblings, digits)


def digits_of(sql: str, beside: str) -> str:
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
