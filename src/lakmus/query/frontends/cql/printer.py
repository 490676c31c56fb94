"""Syntax to text that parses to the same syntax."""

from lakmus.query.frontends.cql.formatting import format_text, write

__all__ = ["format_text", "write"]
