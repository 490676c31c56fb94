"""Strings (CQL 1.5, appendix B, "String Operators").

Regular expressions run in RE2, which takes time linear in the text whatever the pattern. Its own limits hold: no
back-references, no look-around. They match parts of a text, and `.` matches line ends (single line mode).
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import re2

from lakmus.core.errors import InputError
from lakmus.query.engines.reference.elm.rows import Call, certain, row

LONGEST_PATTERN = 10_000
LONGEST_RESULT = 10_000_000
_REFERENCE = r"\\(.)|\$(?:([0-9])|\{([A-Za-z0-9_]+)\})"


@row("Concatenate")
def _concatenate(call: Call, left: str, right: str) -> str:
    _bound(len(left) + len(right))
    return left + right


@row("Combine", nulls=True)
def _combine(call: Call, source: Iterable[str | None] | None, separator: str | None = None) -> str | None:
    """Nulls in the list are left out; null when nothing is in it."""
    parts = [part for part in source or () if part is not None]
    between = separator or ""
    _bound(sum(len(part) + len(between) for part in parts))
    return between.join(parts) if parts else None


def _bound(length: int) -> None:
    if length > LONGEST_RESULT:
        raise InputError("a text would be too long", hint=f"at most {LONGEST_RESULT:,} characters")


@row("Split", nulls=True)
def _split(call: Call, text: str | None, separator: str | None) -> list[str] | None:
    """The text itself where there is no separator; every character alone where it is empty."""
    if text is None or separator is None:
        return None if text is None else [text]
    return text.split(separator) if separator else list(text) or [text]


@row("SplitOnMatches", nulls=True)
def _split_on_matches(call: Call, text: str | None, pattern: str | None) -> list[str] | None:
    """Where nothing is matched, nothing is split."""
    if text is None or pattern is None:
        return None if text is None else [text]
    found = [match.span() for match in _compiled(pattern).finditer(text) if match.start() < match.end()]
    starts, ends = [0, *(end for _, end in found)], [*(start for start, _ in found), len(text)]
    return [text[start:end] for start, end in zip(starts, ends, strict=True)]


@row("Length")
def _length(call: Call, text: str) -> int:
    return len(text)


@row("Upper")
def _upper(call: Call, text: str) -> str:
    return text.upper()


@row("Lower")
def _lower(call: Call, text: str) -> str:
    return text.lower()


@row("Indexer")
@certain
def _indexer(call: Call, text: str, index: int) -> str | None:
    return text[index] if 0 <= index < len(text) else None


@row("PositionOf")
def _position_of(call: Call, pattern: str, text: str) -> int:
    return text.find(pattern)


@row("LastPositionOf")
def _last_position_of(call: Call, pattern: str, text: str) -> int:
    return text.rfind(pattern)


@row("Substring", nulls=True)
@certain
def _substring(call: Call, text: str | None, start: int | None, length: int | None = None) -> str | None:
    """Null when it starts outside; the whole of an empty text starts at 0."""
    if text is None or start is None or not 0 <= start <= max(0, len(text) - 1):
        return None
    return text[start:] if length is None else text[start : start + max(0, length)]


@row("StartsWith")
def _starts_with(call: Call, text: str, part: str) -> bool:
    return text.startswith(part)


@row("EndsWith")
def _ends_with(call: Call, text: str, part: str) -> bool:
    return text.endswith(part)


@row("Matches")
def _matches(call: Call, text: str, pattern: str) -> bool:
    return _compiled(pattern).search(text) is not None


@row("ReplaceMatches")
def _replace_matches(call: Call, text: str, pattern: str, substitution: str) -> str:
    """`$1` and `${name}` are the groups, `\\$` is the sign itself."""
    found = _compiled(pattern)
    count = sum(1 for _ in found.finditer(text))
    _bound(len(text) * (1 + substitution.count("$")) + len(substitution) * count)
    return str(found.sub(lambda match: _filled(substitution, match), text))


def _filled(substitution: str, match: Any) -> str:
    def group(reference: Any) -> str:
        escaped, number, name = reference.groups()
        try:
            return escaped or match.group(int(number) if number else name) or ""
        except (IndexError, KeyError):
            return ""

    return str(re2.sub(_REFERENCE, group, substitution))


@row("ToChars")
def _to_chars(call: Call, text: str) -> list[str]:
    return list(text)


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> Any:
    if len(pattern) > LONGEST_PATTERN:
        raise InputError(f"a regular expression longer than {LONGEST_PATTERN:,} characters")
    options = re2.Options()
    options.dot_nl, options.log_errors = True, False
    try:
        return re2.compile(pattern, options=options)
    except re2.error as error:
        hint = "RE2 syntax: no back-references, no look-around, repetitions up to 1000"
        raise InputError("this is no regular expression that can be run", hint=hint) from error
