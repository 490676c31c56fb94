"""Literals, names, paths, selectors, retrieves (grammar: term)."""

from __future__ import annotations

import re

from lakmus.query.frontends.cql import syntax as s
from lakmus.query.frontends.cql.formatting import names
from lakmus.query.frontends.cql.formatting.layout import bracketed
from lakmus.query.frontends.cql.formatting.types import named, specifier
from lakmus.query.frontends.cql.formatting.writer import Level, writes, written
from lakmus.query.frontends.cql.parsing.words import PRECISIONS

# Literals


@writes(s.Null)
def _null(_node: s.Null, _room: int) -> str:
    return "null"


@writes(s.Boolean)
def _boolean(node: s.Boolean, _room: int) -> str:
    return "true" if node.value else "false"


@writes(s.Number)
def _number(node: s.Number, _room: int) -> str:
    return node.text


@writes(s.String)
def _string(node: s.String, _room: int) -> str:
    return names.text(node.value)


@writes(s.Moment)
def _moment(node: s.Moment, _room: int) -> str:
    return f"@{node.text}"


@writes(s.QuantityLiteral)
def quantity(node: s.QuantityLiteral, _room: int = 0) -> str:
    if not node.unit and not node.calendar:
        return node.number
    return f"{node.number} {node.unit if node.calendar else names.text(node.unit)}"


@writes(s.RatioLiteral)
def _ratio(node: s.RatioLiteral, _room: int) -> str:
    return f"{quantity(node.numerator)} : {quantity(node.denominator)}"


# Names and paths


@writes(s.Identifier)
def _identifier(node: s.Identifier, _room: int) -> str:
    return names.name(node.name)


@writes(s.Special)
def _special(node: s.Special, _room: int) -> str:
    return node.name


@writes(s.External)
def _external(node: s.External, _room: int) -> str:
    return f"%{node.name}" if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", node.name) else f"%'{node.name}'"


@writes(s.Member)
def _member(node: s.Member, room: int) -> str:
    return f"{written(node.source, room, Level.PATH)}.{names.member(node.name)}"


@writes(s.Indexer)
def _indexer(node: s.Indexer, room: int) -> str:
    index = written(node.index, room, Level.GREEDY)
    return f"{written(node.source, room, Level.PATH)}[{index}]"


@writes(s.Call)
def _call(node: s.Call, room: int) -> str:
    """A query as the only argument needs no parentheses of its own."""
    head = names.name(node.name)
    if node.source is not None:
        head = f"{written(node.source, room, Level.PATH)}.{names.function(node.name)}"
    least = Level.QUERY if len(node.arguments) == 1 else Level.GREEDY
    arguments = [written(argument, room - 2, least) for argument in node.arguments]
    return bracketed(f"{head}(", arguments, ")", room)


# Selectors


@writes(s.IntervalSelector)
def _interval(node: s.IntervalSelector, room: int) -> str:
    bounds = [written(bound, room - 2, Level.GREEDY) for bound in (node.low, node.high)]
    opening, closing = "[" if node.low_closed else "(", "]" if node.high_closed else ")"
    return bracketed(f"Interval{opening}", bounds, closing, room)


@writes(s.TupleSelector)
def _tuple(node: s.TupleSelector, room: int) -> str:
    return _elements("{", node.elements, room)


@writes(s.InstanceSelector)
def _instance(node: s.InstanceSelector, room: int) -> str:
    return _elements(f"{named(node.type)} {{", node.elements, room)


def _elements(opening: str, elements: tuple[tuple[str, s.Expression], ...], room: int) -> str:
    if not elements:
        return f"{opening}:}}"
    items = [f"{names.member(name)}: {written(value, room - 2, Level.GREEDY)}" for name, value in elements]
    return bracketed(opening, items, "}", room, " ")


@writes(s.ListSelector)
def _list(node: s.ListSelector, room: int) -> str:
    items = [written(item, room - 2, Level.GREEDY) for item in node.items]
    head = "" if node.type is None else f"List<{specifier(node.type)}>"
    return bracketed(f"{head}{{", items, "}", room, " ")


@writes(s.CodeSelector)
def _code(node: s.CodeSelector, _room: int) -> str:
    return f"Code {names.text(node.code)} from {qualified(node.system)}{display(node.display)}"


@writes(s.ConceptSelector)
def _concept(node: s.ConceptSelector, room: int) -> str:
    codes = [written(code, room - 2) for code in node.codes]
    return bracketed("Concept {", codes, "}", room, " ") + display(node.display)


def qualified(node: s.Identifier | s.Member) -> str:
    """The name of a code system or code, of a library or not; no keyword stands bare in it."""
    if isinstance(node, s.Identifier):
        return names.name(node.name)
    return f"{written(node.source, 0)}.{names.name(node.name)}"


def display(value: str | None) -> str:
    return "" if value is None else f" display {names.text(value)}"


@writes(s.TypeExtent)
def _extent(node: s.TypeExtent, _room: int) -> str:
    return f"{node.extent} {named(node.type)}"


@writes(s.Conversion)
def _conversion(node: s.Conversion, room: int) -> str:
    return f"convert {written(node.operand, room - 8, Level.GREEDY)} to {_converted_to(node)}"


def _converted_to(node: s.Conversion) -> str:
    if node.type is not None:
        return specifier(node.type)
    unit = node.unit or ""
    return f"{unit}s" if unit in PRECISIONS else names.text(unit)


@writes(s.Retrieve)
def _retrieve(node: s.Retrieve, room: int) -> str:
    context = "" if node.context is None else f"{written(node.context, room)} -> "
    if node.terminology is None:
        return f"[{context}{named(node.type)}]"
    path = ".".join(map(_step, node.code_path.split(".")))
    # Without a comparator of its own, one in the terminology would be taken for it.
    filter_, least = (f"{path} {node.comparator} ", Level.SIGN) if node.comparator else ("", Level.TERM)
    return f"[{context}{named(node.type)}: {filter_}{written(node.terminology, room - 2, least)}]"


def _step(part: str) -> str:
    """`coding[0]` of a path to a code."""
    name, opened, index = part.partition("[")
    return f"{names.member(name)}{opened}{index}"
