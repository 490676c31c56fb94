"""Retrieves and what is read of their records."""

from __future__ import annotations

from lakmus.lake.schema import quoted
from lakmus.query.engines.duckdb.elm.compiler import Compiler, Scope, compiles
from lakmus.query.ir.elm import nodes as elm
from lakmus.query.ir.elm.types import Named


@compiles(elm.Retrieve)
def retrieve(compiler: Compiler, node: elm.Retrieve, _: Scope) -> str:
    return compiler.seen(compiler.retrieved(node))


@compiles(elm.Convert)
def convert(compiler: Compiler, node: elm.Convert, scope: Scope) -> str:
    """Conversions were made where the record was read."""
    assert isinstance(node.source.type, Named)
    return f"({compiler.value(node.source, scope)}).{quoted(f'${node.conversion}')}"
