"""References, properties, conditionals and types."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack

from lakmus.lake.schema import quoted
from lakmus.query.engines.duckdb.elm import values
from lakmus.query.engines.duckdb.elm.compiler import Compiler, Scope, compiles, unsupported
from lakmus.query.engines.duckdb.elm.lowering import Let
from lakmus.query.ir.elm import nodes as elm
from lakmus.query.ir.elm.types import (
    ANY,
    CODE_SYSTEM,
    SYSTEM_CLASSES,
    VALUE_SET,
    VOCABULARY,
    ChoiceType,
    CqlType,
    IntervalType,
    ListType,
    Named,
    TupleType,
)

VOCABULARIES = (CODE_SYSTEM, VALUE_SET)
BOUNDS = {"low": "low", "high": "high", "lowClosed": "lc", "highClosed": "hc"}


@compiles(elm.Local)
def local(_: Compiler, node: elm.Local, scope: Scope) -> str:
    return scope[node.name]


@compiles(elm.ExpressionRef)
def expression_ref(compiler: Compiler, node: elm.ExpressionRef, _: Scope) -> str:
    """Of a definition that failed for this patient there is no value to go on with: the fault goes on too."""
    assert compiler.frame is not None
    column, fault = compiler.reader.defined(compiler.frame, node)
    if fault:
        compiler.faulty(fault)
    return column


@compiles(Let)
def let(compiler: Compiler, node: Let, scope: Scope) -> str:
    value = compiler.value(node.value, scope)
    return compiler.bound(value, lambda v: compiler.value(node.body, {**scope, node.name: v}))


@compiles(elm.ParameterRef)
def parameter_ref(compiler: Compiler, node: elm.ParameterRef, _: Scope) -> str:
    """One that was given; what others are by default stands in their place."""
    qualified = f"{node.library}.{node.name}"
    return compiler.parameters[qualified if qualified in compiler.parameters else node.name]


@compiles(elm.Property)
def property_(compiler: Compiler, node: elm.Property, scope: Scope) -> str:
    source, type_ = compiler.value(node.source, scope), node.source.type
    match type_:
        case IntervalType():
            return f"({source}).{BOUNDS[node.path]}"
        case TupleType():
            return f"({source}).{quoted(node.path)}"
        case Named() if type_ in SYSTEM_CLASSES:
            return f"({source}).{quoted(node.path)}"
        case Named():
            return compiler.reader.read(source, type_, node.path)
    raise unsupported(node, f"an element of {type_}")


@compiles(elm.If)
def if_(compiler: Compiler, node: elm.If, scope: Scope) -> str:
    return _cases(compiler, ((node.condition, node.then),), node.otherwise, scope)


@compiles(elm.Case)
def case(compiler: Compiler, node: elm.Case, scope: Scope) -> str:
    return _cases(compiler, node.items, node.otherwise, scope)


def _cases(
    compiler: Compiler, items: Sequence[tuple[elm.Elm, elm.Elm]], otherwise: elm.Elm, scope: Scope
) -> str:
    """Each result is guarded by its condition, and by those before it that do not hold."""
    found = ""
    with ExitStack() as before:
        for condition, result in items:
            test = compiler.short(compiler.value(condition, scope))
            with compiler.guarded(test):
                found += f" WHEN {test} THEN {compiler.value(result, scope)}"
            before.enter_context(compiler.guarded(f"({test}) IS NOT TRUE"))
        last = compiler.value(otherwise, scope)
    return f"CASE{found} ELSE {last} END"


@compiles(elm.Is)
def is_(compiler: Compiler, node: elm.Is, scope: Scope) -> str:
    source = compiler.value(node.source, scope)
    if isinstance(node.source.type, ChoiceType):
        tests = [
            f"({source}).{quoted(values.tag(t))} IS NOT NULL" for t in _within(node.source.type, node.of)
        ]
        return f"({' OR '.join(tests)})" if tests else "false"
    if node.source.type == ANY:
        raise unsupported(node, "the type of a value of which nothing is known")
    surely = node.of in (ANY, node.source.type) or (
        node.of == VOCABULARY and node.source.type in VOCABULARIES
    )
    return f"({source}) IS NOT NULL" if surely else "false"


def _within(type_: ChoiceType, of: CqlType) -> list[CqlType]:
    wanted = of.types if isinstance(of, ChoiceType) else (of,)
    return [t for t in type_.types if t in wanted]


@compiles(elm.As)
def as_(compiler: Compiler, node: elm.As, scope: Scope) -> str:
    return cast(compiler, compiler.value(node.source, scope), node.source.type, node.type, node)


def cast(compiler: Compiler, sql: str, given: CqlType, wanted: CqlType, node: elm.Elm) -> str:
    """A value of one static type as one of another, null where it is not."""
    if given == wanted or wanted == ANY:
        return sql
    match given, wanted:
        case ListType(item), ListType(inner):
            name = compiler.fresh()
            return f"list_transform({sql}, lambda {name}: {cast(compiler, name, item, inner, node)})"
        case ChoiceType(), ChoiceType():
            return compiler.bound(sql, lambda v: _narrowed(compiler, v, given, wanted))
        case ChoiceType(types), _ if wanted in types:
            return f"({sql}).{quoted(values.tag(wanted))}"
        case _, ChoiceType(types) if given in types:
            return compiler.bound(sql, lambda v: _alternative(compiler, v, given, wanted))
    if given == ANY or isinstance(given, ChoiceType):
        return compiler.null(wanted)
    return sql


def _alternative(compiler: Compiler, v: str, given: CqlType, wanted: ChoiceType) -> str:
    fields = [(values.tag(t), v if t == given else compiler.null(t)) for t in wanted.types]
    return f"CASE WHEN {v} IS NOT NULL THEN {values.record(fields)} END"


def _narrowed(compiler: Compiler, v: str, given: ChoiceType, wanted: ChoiceType) -> str:
    shared = [t for t in given.types if t in wanted.types]
    fields = [
        (values.tag(t), f"{v}.{quoted(values.tag(t))}" if t in shared else compiler.null(t))
        for t in wanted.types
    ]
    there = " OR ".join(f"{v}.{quoted(values.tag(t))} IS NOT NULL" for t in shared) or "false"
    return f"CASE WHEN {there} THEN {values.record(fields)} END"
