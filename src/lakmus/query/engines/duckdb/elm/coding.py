"""Codes and concepts beside one that is written in the rule: its codes are compared as texts (CQL 1.5, "Equivalent")."""

from __future__ import annotations

from lakmus.lake.schema import literal
from lakmus.query.engines.duckdb.elm.compiler import Compiler, Scope, operates
from lakmus.query.engines.duckdb.elm.equality import compared
from lakmus.query.ir.elm import nodes as elm
from lakmus.query.ir.elm.types import CODE, CONCEPT
from lakmus.query.ir.elm.values import Code, Concept


@operates("Equivalent")
def equivalent(compiler: Compiler, node: elm.Apply, scope: Scope) -> str:
    left, right = node.operands
    for each, other in ((left, right), (right, left)):
        if isinstance(other, elm.Literal) and other.type in (CODE, CONCEPT) and each.type == other.type:
            return _written(compiler, compiler.value(each, scope), other.value)
    return compared(compiler, node, scope)


def _written(compiler: Compiler, sql: str, wanted: Code | Concept) -> str:
    if isinstance(wanted, Code):
        return compiler.bound(sql, lambda v: f"coalesce({_is(v, wanted)}, false)")
    if len(wanted.codes) == 1 and wanted.codes[0].code is not None and wanted.codes[0].system is not None:
        return f"cql.has_code({sql}, {literal(wanted.codes[0].code)}, {literal(wanted.codes[0].system)})"
    x = compiler.fresh("code")
    tests = " OR ".join(f"({_is(x, code)})" for code in wanted.codes) or "false"
    return f"coalesce(len(list_filter(({sql}).codes, lambda {x}: {tests})) > 0, false)"


def _is(v: str, code: Code) -> str:
    system = f"= {literal(code.system)}" if code.system is not None else "IS NULL"
    if code.code is None:
        return "false"
    return f'({v}).code = {literal(code.code)} AND ({v})."system" {system}'
