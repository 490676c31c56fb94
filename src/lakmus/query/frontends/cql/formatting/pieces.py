"""Text as words, signs and comments with their places: what is compared before and after a text is laid out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

# What is not closed ends with the text, so that no sign is looked at twice.
_PATTERN = re.compile(
    r"""
      (?P<comment>//[^\n\r]*|/\*.*?(?:\*/|\Z))
    | (?P<name>"(?:[^"\\]|\\.)*(?:"|\Z)|`(?:[^`\\]|\\.)*(?:`|\Z))
    | (?P<text>'(?:[^'\\]|\\.)*(?:'|\Z))
    | (?P<word>[A-Za-z_][A-Za-z0-9_]*)
    | (?P<number>[0-9]+)
    | (?P<sign>\S)
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Comment:
    """`start` and `end` are offsets in the text, here and below."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Piece:
    """`key` is the same for a name with quotes and without; `above` are the comments between it and the piece before."""

    key: str
    start: int
    end: int
    is_name: bool = False
    above: tuple[Comment, ...] = field(default=(), compare=False)


def pieces(text: str) -> list[Piece]:
    """All of them; the last one is the end of the text, with the comments that nothing follows."""
    return list(_pieces(text))


def _pieces(text: str) -> Iterator[Piece]:
    comments: list[Comment] = []
    for match in _PATTERN.finditer(text):
        if match.lastgroup == "comment":
            comments.append(Comment(match.group().rstrip(), match.start(), match.end()))
            continue
        quoted = match.lastgroup == "name"
        key = match.group()[1:-1] if quoted else match.group()
        named = quoted or match.lastgroup == "word"
        yield Piece(key, match.start(), match.end(), named, tuple(comments))
        comments = []
    yield Piece("", len(text), len(text), above=tuple(comments))


def counterparts(old: list[Piece], new: list[Piece]) -> dict[int, int]:
    """Which piece of a new text each piece of the old one became, both without their end.

    The printer adds or leaves out parentheses and a few words, so the next common piece is never far.
    """
    found: dict[int, int] = {}
    i = j = 0
    while i < len(old) and j < len(new):
        step = _step(old, new, i, j)
        if step is None:
            return found
        i, j = i + step[0], j + step[1]
        found[i] = j
        i, j = i + 1, j + 1
    return found


_FAR = 8
_STEPS = sorted(((a, b) for a in range(_FAR) for b in range(_FAR)), key=sum)


def _step(old: list[Piece], new: list[Piece], i: int, j: int) -> tuple[int, int] | None:
    for a, b in _STEPS:
        if i + a < len(old) and j + b < len(new) and old[i + a].key == new[j + b].key:
            return a, b
    return None
