"""Syntax to text that parses to the same syntax, and whole texts in the one form that `lakmus cql fmt` gives them.

names · layout      words, quotes and escapes; lines and their breaks
writer              which form is written by whom, and where parentheses are needed
types · terms · operators · queries · statements
pieces · comments · texts    a whole text again, with its comments where they stood
"""

from __future__ import annotations

from lakmus.query.frontends.cql.formatting import operators, queries, statements, terms, types
from lakmus.query.frontends.cql.formatting.layout import WIDTH
from lakmus.query.frontends.cql.formatting.texts import format_text
from lakmus.query.frontends.cql.formatting.writer import written
from lakmus.query.frontends.cql.syntax import Syntax

CHAPTERS = (types, terms, operators, queries, statements)  # imported, they fill the table of writers
__all__ = ["CHAPTERS", "format_text", "write"]


def write(node: Syntax) -> str:
    """The canonical text of a library, an expression, a type, or any part of one."""
    return written(node, WIDTH)
