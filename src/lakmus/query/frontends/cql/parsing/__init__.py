"""Text to syntax: a lexer, and recursive descent by the chapters of the grammar (CQL 1.5, appendix G).

lexer · escapes · words   tokens, and the words that mean something
cursor · hints            walking over tokens, with errors that say what was expected and what to do
boundaries                where statements begin, for going on after an error
expressions · operators · timing · terms · literals · selectors · queries · types · statements
parser                    whole libraries and single expressions
"""

from lakmus.query.frontends.cql.parsing.parser import parse_expression, parse_library, snippet

__all__ = ["parse_expression", "parse_library", "snippet"]
