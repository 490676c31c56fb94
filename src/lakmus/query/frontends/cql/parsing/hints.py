"""Hints for usual mistakes: what an author most likely meant where something else was expected."""

from __future__ import annotations

from lakmus.query.frontends.cql.parsing.lexer import NAME, QUOTED, TEXT, Lexed, Token
from lakmus.query.frontends.cql.parsing.words import KEYWORDS

# What was written before, and what stands there now.
_PAIRS = {
    ("=", "="): "equality is written with one `=`",
    ("<", ">"): "inequality is written `!=`",
    ("&", "&"): "write `and`",
    ("|", "|"): "write `or`; `|` and `union` join lists",
    ("=", ">"): "`>=` is the comparison",
    (">", "="): "`>=` is written without a space",
    ("<", "="): "`<=` is written without a space",
}
_EXPECTED = {
    "`else`": "an `if` and a `case` always have an `else`: `else null` where there is nothing else",
    "`end`": "a `case` is closed with `end`",
    "`then`": "a condition is followed by `then`",
    "`such that`": "`with` and `without` have a condition: `with [Encounter] E such that …`",
    "a number, a text, a quantity": "anything else stands in parentheses: `starting (-1):`",
    "`from`": "a code is `from` a code system: `Code '8480-6' from \"LOINC\"`",
}


def hint(lexed: Lexed, at: int, expected: str) -> str:
    """What to do about the token at this position; "" when nothing is known."""
    token = lexed.tokens[at]
    before = lexed.tokens[at - 1] if at else token
    return (
        _PAIRS.get((before.kind, token.kind), "")
        or _runaway(lexed, at)
        or _quotes(token.kind, expected)
        or _large(before)
        or _large(token)
        or _named(token, expected)
        or _EXPECTED.get(expected.partition(" or ")[0], "")
        or _juxtaposed(token.kind, expected)
    )


def _runaway(lexed: Lexed, at: int) -> str:
    """A text over several lines right before an error has lost its quote."""
    before = lexed.tokens[at - 1] if at else lexed.tokens[at]
    if before.kind in (TEXT, QUOTED) and "\n" in before.value:
        place = lexed.place(before.at)
        return f"the quote opened at {place.line}:{place.column} is closed only lines below: is one missing?"
    return ""


def _quotes(kind: str, expected: str) -> str:
    if kind == TEXT and "name" in expected:
        return "names stand in double quotes, texts in single ones"
    if kind == QUOTED and "single quotes" in expected:
        return "texts stand in single quotes, names in double ones"
    return ""


def _large(token: Token) -> str:
    word = token.value.lower()
    if token.kind != NAME or word == token.value or word not in KEYWORDS:
        return ""
    return f"words of the language are written in small letters: `{word}`"


def _named(token: Token, expected: str) -> str:
    """A word of the language where a name should be, and what goes between a name and its meaning."""
    if token.kind in KEYWORDS and "name" in expected:
        return f'`{token.value}` is a word of the language: as a name it stands in quotes, `"{token.value}"`'
    if token.kind == "=" and expected == "`:`":
        return "definitions, elements and `let` are written with `:`"
    return ""


def _juxtaposed(kind: str, expected: str) -> str:
    """Something stands behind a whole expression."""
    if "operator" not in expected:
        return ""
    if kind in (NAME, QUOTED):
        return "the source of a query is a retrieve, a name, or stands in parentheses: `(…) alias`"
    return "arithmetic binds tighter: are parentheses missing?" if kind in _ARITHMETIC else ""


_ARITHMETIC = frozenset(("+", "-", "*", "/", "^", "&", "div", "mod"))
