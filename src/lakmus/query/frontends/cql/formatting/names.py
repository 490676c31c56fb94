"""Names and texts as they are written: in quotes only where the grammar asks for them (CQL 1.5, appendix G)."""

from __future__ import annotations

import re

from lakmus.query.frontends.cql.parsing import words

# Two words that are one together, `on or`, could meet behind a name: each of them is quoted.
_PHRASED = frozenset(word for phrase in words.PHRASES for word in phrase)
# Never a name without quotes, not even behind a dot.
RESERVED = words.RESERVED | _PHRASED
# What may stand bare where only a name can stand, but neither names a definition nor begins an expression.
KEYWORDS = words.KEYWORDS | _PHRASED
# `typeNameIdentifier`
TYPE_NAMES = frozenset(("Code", "Concept"))
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_ESCAPES = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\f": "\\f"}


def name(word: str) -> str:
    """A name where an expression or a definition begins."""
    return _quoted_if(word, KEYWORDS)


def member(word: str) -> str:
    """A name behind a dot, or of an element: keywords that are not reserved are bare."""
    return _quoted_if(word, RESERVED)


def function(word: str) -> str:
    """The name of a function behind a dot: any word will do (`functionIdentifier`)."""
    return _quoted_if(word, frozenset())


def type_name(word: str) -> str:
    return _quoted_if(word, KEYWORDS - TYPE_NAMES)


def type_member(word: str) -> str:
    return _quoted_if(word, RESERVED - TYPE_NAMES)


def dotted(parts: str) -> str:
    """`org.example.Common`"""
    return ".".join(map(name, parts.split(".")))


def _quoted_if(word: str, taken: frozenset[str]) -> str:
    return word if _PLAIN.fullmatch(word) and word not in taken else quoted(word)


def quoted(word: str) -> str:
    return _between('"', word)


def text(value: str) -> str:
    return _between("'", value)


def _between(mark: str, value: str) -> str:
    return f"{mark}{''.join(_escaped(sign, mark) for sign in value)}{mark}"


def _escaped(sign: str, mark: str) -> str:
    if sign == mark:
        return f"\\{mark}"
    if sign in _ESCAPES:
        return _ESCAPES[sign]
    return sign if sign.isprintable() or ord(sign) > 0xFFFF else f"\\u{ord(sign):04x}"
