"""Text to syntax: a lexer, and recursive descent by the chapters of the grammar (CQL 1.5, appendix G).

lexer · cursor      tokens, and walking over them with errors that say what was expected
expressions         operators by precedence
terms               what binds tighter than any operator
timing              interval operator phrases
queries · types · libraries
"""

from lakmus.query.frontends.cql.parsing.libraries import parse_expression, parse_library

__all__ = ["parse_expression", "parse_library"]
