"""Where statements begin. The words that begin them are no reserved words: `define` may be somebody's operand.

Known before anything is parsed, so that a statement that breaks off does not take the next one with it, and reading goes
on there after an error.
"""

from __future__ import annotations

from lakmus.query.frontends.cql.parsing.cursor import NAMES, Cursor
from lakmus.query.frontends.cql.parsing.lexer import END, Lexed, Token
from lakmus.query.frontends.cql.parsing.words import KEYWORDS

_ACCESS = frozenset(("public", "private"))
_NAMED = frozenset(("codesystem", "valueset", "code", "concept"))
_WORDS = _NAMED | _ACCESS | {"library", "using", "include", "parameter", "context", "define"}
_TYPES = NAMES | {"Interval", "List", "Tuple", "Choice", "Code", "Concept", "default", "date", "time"}
# The kind of a word that begins a statement, unlike that of the same word elsewhere.
_MARK = "statement "


def mark(lexed: Lexed) -> list[int]:
    """Gives the first words of statements a kind of their own; where they are."""
    tokens = lexed.tokens
    found = [at for at, token in enumerate(tokens) if token.kind in _WORDS and _begins(lexed, at)]
    for at in found:
        token = tokens[at]
        tokens[at] = Token(_MARK + token.kind, token.value, token.at)
    return found


def statement_ahead(cursor: Cursor) -> str:
    """The word of a statement that begins here; "" when none does."""
    word = cursor.kind.removeprefix(_MARK)
    return word if word in _WORDS else ""


def _begins(lexed: Lexed, at: int) -> bool:
    """Whether what stands around a word is what stands around a statement's first word, and around no name."""
    kind, after = lexed.tokens[at].kind, [token.kind for token in lexed.tokens[at + 1 : at + 5]]
    first = at == 0 or _line(lexed, at - 1) < _line(lexed, at)
    if kind == "define":
        return _defines(after, first)
    if kind in _NAMED:
        return after[0] in NAMES and after[1] == ":"
    if kind in _ACCESS:
        return after[0] == "parameter" or (after[0] in _NAMED and after[1] in NAMES)
    if not first or after[0] not in NAMES:
        return False
    return _headed(kind, after)


def _defines(after: list[str], first: bool) -> bool:
    if after[0] in ("function", "fluent", *_ACCESS):
        return True
    named = after[0] in NAMES or after[0] in KEYWORDS
    return named and (after[1] == ":" or (first and after[0] in NAMES))


def _headed(kind: str, after: list[str]) -> bool:
    """`context Patient`, `using FHIR version '4.0.1'`: words that could begin a query of a name and an alias."""
    if kind == "parameter":
        return after[1] in _TYPES
    behind = after[3] if after[1] == "." else after[1]
    return behind in _WORDS or behind in ("version", "called", END)


def _line(lexed: Lexed, at: int) -> int:
    return lexed.line(lexed.tokens[at].at)
