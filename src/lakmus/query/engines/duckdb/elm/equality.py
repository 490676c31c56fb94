"""Equal and Equivalent of values that are made of others (CQL 1.5, appendix B, "Comparison Operators").

Structures are equal when their elements are, taken in order: the first that differs or is not known decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lakmus.lake.schema import quoted
from lakmus.query.engines.duckdb.elm import values
from lakmus.query.engines.duckdb.elm.choosing import chosen
from lakmus.query.engines.duckdb.elm.compiler import Compiler, Scope, operates, unsupported
from lakmus.query.engines.duckdb.elm.interval_relations import ends_equal, ends_equivalent
from lakmus.query.engines.duckdb.elm.logic import called
from lakmus.query.engines.duckdb.elm.spans import POINTS, Points, sides
from lakmus.query.ir.elm import nodes as elm
from lakmus.query.ir.elm import types as t
from lakmus.query.ir.elm.types import ANY, ChoiceType, CqlType, IntervalType, ListType, Named, TupleType

# Types that SQL compares as CQL does.
PLAIN = frozenset((t.BOOLEAN, t.INTEGER, t.LONG, t.DECIMAL, t.STRING))
_NUMBERS = {t.INTEGER, t.LONG, t.DECIMAL}
_EXACT = PLAIN - {t.DECIMAL, t.STRING}
Field = tuple[str, str, CqlType, CqlType]


@operates("Equal")
def compared(compiler: Compiler, node: elm.Apply, scope: Scope) -> str:
    operands = [_core(each) for each in node.operands]
    types = [each.type for each in operands]
    if (types[0] in PLAIN and types[0] == types[1]) or chosen(node.operator, types) is not None:
        return called(compiler, node, scope)
    a, b = (compiler.value(each, scope) for each in operands)
    compare = equal if node.operator == "Equal" else equivalent
    return compiler.together(
        {"a": a, "b": b}, lambda v: compare(compiler, node, v["a"], v["b"], types[0], types[1])
    )


def _core(node: elm.Elm) -> elm.Elm:
    """What is only seen as something of no type."""
    if isinstance(node, elm.As) and node.type in (ANY, ListType(ANY)):
        return _core(node.source)
    return node


def equal(compiler: Compiler, node: elm.Elm, a: str, b: str, left: CqlType, right: CqlType) -> str:
    """Whether two values, that may be copied, are equal: null where either is, or it is not known."""
    if (left == right and left in PLAIN) or {left, right} <= _NUMBERS:
        return f"({a} = {b})"
    if left == right and chosen("Equal", (left, right)) is not None:
        return compiler.macro(node, "Equal", (left, right), (a, b))
    if ANY in (left, right):
        return _unknown(compiler, a, b)
    match left, right:
        case ListType(item), ListType(other):
            same = _all_same(compiler, node, a, b, item, other)
            return f"CASE WHEN len({a}) <> len({b}) THEN false ELSE {same} END"
        case IntervalType(), IntervalType():
            return _intervals(compiler, node, a, b, left, right, loose=False)
        case (ChoiceType(), _) | (_, ChoiceType()):
            return _alternatives(compiler, node, a, b, left, right, loose=False)
    fields = _fields(a, b, left, right, told_by_id=True)
    if fields is None:
        return _never(compiler, node, a, b, left, right, "false")
    parts = [_or_both_null(equal(compiler, node, x, y, *types), x, y) for x, y, *types in fields]
    return f"CASE WHEN {a} IS NULL OR {b} IS NULL THEN NULL {_decided(parts)} END"


def equivalent(compiler: Compiler, node: elm.Elm, a: str, b: str, left: CqlType, right: CqlType) -> str:
    """Whether two values, that may be copied, mean the same, two nulls too; never null."""
    if left == right and left in _EXACT:
        return f"({a} IS NOT DISTINCT FROM {b})"
    if left == right and chosen("Equivalent", (left, right)) is not None:
        return f"coalesce({compiler.macro(node, 'Equivalent', (left, right), (a, b))}, false)"
    both, one = f"{a} IS NULL AND {b} IS NULL", f"{a} IS NULL OR {b} IS NULL"
    return f"CASE WHEN {one} THEN {both} ELSE {_meaning(compiler, node, a, b, left, right)} END"


def _meaning(compiler: Compiler, node: elm.Elm, a: str, b: str, left: CqlType, right: CqlType) -> str:
    if left == right and chosen("Equal", (left, right)) is not None:
        return f"coalesce({compiler.macro(node, 'Equal', (left, right), (a, b))}, false)"
    if ANY in (left, right):
        return _unknown(compiler, a, b)
    match left, right:
        case ListType(item), ListType(other):
            x = compiler.fresh()
            inner = equivalent(compiler, node, f"{x}[1]", f"{x}[2]", item, other)
            pairs = f"list_transform(list_zip({a}, {b}), lambda {x}: {inner})"
            return f"(len({a}) = len({b}) AND NOT list_contains({pairs}, false))"
        case IntervalType(), IntervalType():
            return _intervals(compiler, node, a, b, left, right, loose=True)
        case (ChoiceType(), _) | (_, ChoiceType()):
            return _alternatives(compiler, node, a, b, left, right, loose=True)
    fields = _fields(a, b, left, right, told_by_id=False)
    if fields is None:
        return _never(compiler, node, a, b, left, right, "false")
    return " AND ".join(equivalent(compiler, node, x, y, *types) for x, y, *types in fields) or "true"


def same(compiler: Compiler, node: elm.Elm, a: str, b: str, item: CqlType) -> str:
    """Whether both are known to be the same value, or both null: never null."""
    if item in PLAIN:
        return f"({a} IS NOT DISTINCT FROM {b})"
    found = equal(compiler, node, a, b, item, item)
    return f"coalesce({found}, {a} IS NULL AND {b} IS NULL)"


def _unknown(compiler: Compiler, a: str, b: str) -> str:
    """Of a value of no type SQL does not know what it is: only null may stand there."""
    fault = compiler.fault(a, "a value of no known type is compared")
    return f"CASE WHEN {a} IS NOT NULL AND {b} IS NOT NULL THEN {fault} END"


def _never(
    compiler: Compiler, node: elm.Elm, a: str, b: str, left: CqlType, right: CqlType, answer: str
) -> str:
    """Values of types that have nothing in common."""
    named = {type(left), type(right)} == {Named}
    if left == right or (named and not {left, right} <= set(t.SYSTEM_TYPES.values())):
        raise unsupported(node, f"the comparison of {left} with {right}")
    return f"CASE WHEN {a} IS NOT NULL AND {b} IS NOT NULL THEN {answer} END"


def _fields(a: str, b: str, left: CqlType, right: CqlType, told_by_id: bool) -> list[Field] | None:
    """The elements of two structures, in the order of their names; None when they are not of one kind."""
    x, y = _elements(left, told_by_id), _elements(right, told_by_id)
    if x is None or y is None or x.keys() != y.keys() or (isinstance(left, Named) and left != right):
        return None
    return [(f"({a}).{quoted(name)}", f"({b}).{quoted(name)}", x[name], y[name]) for name in x]


def _elements(type_: CqlType, told_by_id: bool) -> dict[str, CqlType] | None:
    if isinstance(type_, TupleType):
        return dict(type_.elements)
    if type_ in (t.VOCABULARY, t.CODE_SYSTEM, t.VALUE_SET):
        return {"id": t.STRING, "version": t.STRING} if told_by_id else {"id": t.STRING}
    return t.SYSTEM_CLASSES.get(type_) if isinstance(type_, Named) else None


def _or_both_null(sql: str, x: str, y: str) -> str:
    return f"coalesce({sql}, CASE WHEN {x} IS NULL AND {y} IS NULL THEN true END)"


def _decided(parts: Sequence[str]) -> str:
    """The first part that is not true."""
    return " ".join(f"WHEN ({part}) IS NOT TRUE THEN {part}" for part in parts) + " ELSE true"


def _all_same(compiler: Compiler, node: elm.Elm, a: str, b: str, item: CqlType, other: CqlType) -> str:
    x = compiler.fresh()
    inner = _or_both_null(equal(compiler, node, f"{x}[1]", f"{x}[2]", item, other), f"{x}[1]", f"{x}[2]")
    return f"cql.first_untrue(list_transform(list_zip({a}, {b}), lambda {x}: {inner}))"


def _intervals(
    compiler: Compiler, node: elm.Elm, a: str, b: str, left: IntervalType, right: IntervalType, loose: bool
) -> str:
    """By their ends."""
    if ANY in (left.point, right.point):
        return "NULL::BOOLEAN" if not loose else "false"
    kind = POINTS.get(left.point, "")
    if not kind or left != right:
        return _never(compiler, node, a, b, left, right, "false")
    nodes: dict[str, elm.Elm] = {"a": elm.Local(left, "a"), "b": elm.Local(right, "b")}
    relation = ends_equivalent if loose else ends_equal
    return sides(compiler, nodes, {"a": a, "b": b}, kind, lambda x, y: relation(Points(compiler, kind), x, y))


def _alternatives(
    compiler: Compiler, node: elm.Elm, a: str, b: str, left: CqlType, right: CqlType, loose: bool
) -> str:
    """Values of the same alternative are compared as such; of different ones they are not the same."""
    compare = equivalent if loose else equal
    found = ""
    for x, type_ in _tagged(a, left):
        for y, other in _tagged(b, right):
            if type_ == other:
                there = f"{x} IS NOT NULL AND {y} IS NOT NULL"
                found += f" WHEN {there} THEN {compare(compiler, node, x, y, type_, other)}"
    some = [
        " OR ".join(f"{x} IS NOT NULL" for x, _ in _tagged(v, kind)) for v, kind in ((a, left), (b, right))
    ]
    return f"CASE{found} WHEN ({some[0]}) AND ({some[1]}) THEN false END"


def _tagged(v: str, type_: CqlType) -> Iterable[tuple[str, CqlType]]:
    if not isinstance(type_, ChoiceType):
        return [(v, type_)]
    return [(f"({v}).{quoted(values.tag(each))}", each) for each in type_.types]
