"""Syntax to text that parses to the same syntax, and whole texts in the form this gives them."""

from __future__ import annotations

from lakmus.query.frontends.cql.printing import operators, queries, statements, terms, types
from lakmus.query.frontends.cql.printing.layout import WIDTH
from lakmus.query.frontends.cql.printing.texts import format_text
from lakmus.query.frontends.cql.printing.writer import written
from lakmus.query.frontends.cql.syntax import Syntax

assert operators and queries and statements and terms and types, "the chapters fill the table of writers"
__all__ = ["format_text", "write"]


def write(node: Syntax) -> str:
    """The canonical text of a library, an expression, a type, or any part of one."""
    return written(node, WIDTH)
