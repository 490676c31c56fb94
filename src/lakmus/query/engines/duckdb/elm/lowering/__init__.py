"""Passes over the tree before it becomes SQL: a tree in, a tree out that means the same.

>>> from lakmus.query.ir.elm import nodes as elm
>>> from lakmus.query.ir.elm.types import BOOLEAN, INTEGER
>>> unknown = elm.Apply(BOOLEAN, "IsNull", (elm.Null(INTEGER),))
>>> known(unknown)
Literal(type=Named(namespace='System', name='Boolean'), value=True)
"""

from lakmus.query.engines.duckdb.elm.lowering.answers import answered
from lakmus.query.engines.duckdb.elm.lowering.inline import Inlining, Let
from lakmus.query.engines.duckdb.elm.lowering.known import known
from lakmus.query.engines.duckdb.elm.lowering.narrowed import narrowed

__all__ = ["Inlining", "Let", "answered", "known", "narrowed"]
