"""Retrieves and what is read of their records."""

from __future__ import annotations

from lakmus.lake.schema import quoted
from lakmus.query.engines.duckdb.elm.compiler import Compiler, Scope, compiles, operates, unsupported
from lakmus.query.ir.elm import nodes as elm
from lakmus.query.ir.elm.types import CODE, CONCEPT, VALUE_SET, CqlType, ListType, Named


@compiles(elm.Convert)
def convert(compiler: Compiler, node: elm.Convert, scope: Scope) -> str:
    """Conversions were made where the record was read."""
    assert isinstance(node.source.type, Named)
    return f"({compiler.value(node.source, scope)}).{quoted(f'${node.conversion}')}"


@operates("InValueSet", "AnyInValueSet")
def in_value_set(compiler: Compiler, node: elm.Apply, scope: Scope) -> str:
    """Whether one of the codes is among a value set's, which stand in a variable of the connection."""
    code, chosen = node.operands
    if not isinstance(chosen, elm.Literal) or chosen.type != VALUE_SET:
        raise unsupported(node, "membership in a value set that is computed")
    codes = _codes(compiler, compiler.value(code, scope), code.type, node)
    members, x = f"getvariable('{compiler.reader.value_set(chosen.value.id)}')", compiler.fresh("c")
    key = f"coalesce({x}.\"system\", '') || '|' || {x}.code"
    return f"(coalesce(len(list_filter({codes}, lambda {x}: list_contains({members}, {key}))), 0) > 0)"


def _codes(compiler: Compiler, sql: str, type_: CqlType, node: elm.Apply) -> str:
    """The codes of a code, a concept, or a list of them, as one list."""
    if type_ == CODE:
        return f"[{sql}]"
    if type_ == CONCEPT:
        return f"({sql}).codes"
    if type_ == ListType(CODE):
        return sql
    if type_ == ListType(CONCEPT):
        x = compiler.fresh()
        return f"flatten(list_transform({sql}, lambda {x}: {x}.codes))"
    raise unsupported(node, f"membership of {type_} in a value set")
