"""How SQL orders the values of CQL."""

from __future__ import annotations

from lakmus.query.engines.duckdb.elm.compiler import Compiler, unsupported
from lakmus.query.ir.elm import nodes as elm
from lakmus.query.ir.elm import types as t
from lakmus.query.ir.elm.types import CqlType


def ordered(compiler: Compiler, sql: str, type_: CqlType, node: elm.Elm) -> str:
    """A value as one that SQL orders as CQL does."""
    if type_ in (t.DATE, t.DATETIME, t.TIME):
        return f"({sql}).lo"
    if type_ == t.QUANTITY:
        return f"({sql}).value"
    if type_ in (t.INTEGER, t.LONG, t.DECIMAL, t.STRING, t.BOOLEAN):
        return sql
    raise unsupported(node, f"sorting by {type_}")
