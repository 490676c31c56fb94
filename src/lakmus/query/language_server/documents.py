"""A text with its positions: lines from 0, and columns in UTF-16 units, as editors count them."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from lakmus.core.errors import Place
from lakmus.query.frontends.cql.formatting.pieces import Piece, pieces

Position = dict[str, int]
Range = dict[str, Position]


@dataclass(frozen=True)
class Word:
    """A name in a text; `qualifier` is the name before its dot, and `behind_dot` says that there is one."""

    name: str
    start: int
    end: int
    behind_dot: bool
    qualifier: str


class Document:
    """`version` is the number that the client gave to this text."""

    def __init__(self, uri: str, text: str, version: int | None = None) -> None:
        self.uri = uri
        self.text = text
        self.version = version

    @cached_property
    def pieces(self) -> list[Piece]:
        return pieces(self.text)

    @cached_property
    def ends(self) -> list[int]:
        return [piece.end for piece in self.pieces]

    @cached_property
    def starts(self) -> list[int]:
        """Where each line begins."""
        found = [0]
        for line in self.text.split("\n")[:-1]:
            found.append(found[-1] + len(line) + 1)
        return found

    def position(self, offset: int) -> Position:
        line = bisect_right(self.starts, offset) - 1
        return {"line": line, "character": _units(self.text[self.starts[line] : offset])}

    def range(self, start: int, end: int) -> Range:
        return {"start": self.position(start), "end": self.position(end)}

    @property
    def whole(self) -> Range:
        return self.range(0, len(self.text))

    def offset(self, line: int, character: int) -> int:
        """Of a position that a client sent; what is beyond the text is its end."""
        if line >= len(self.starts):
            return len(self.text)
        at, units = self.starts[line], 0
        while at < len(self.text) and self.text[at] != "\n" and units < character:
            units += _units(self.text[at])
            at += 1
        return at

    def offset_of(self, place: Place | None) -> int:
        """Of a place in an error or in the syntax; 0 where it says none."""
        if place is None or place.line is None or place.line > len(self.starts):
            return 0
        return min(self.starts[place.line - 1] + (place.column or 1) - 1, len(self.text))

    def at(self, offset: int) -> int:
        """The index of the first piece that ends behind an offset; the last one is the end of the text."""
        return min(bisect_right(self.ends, offset), len(self.pieces) - 1)

    def range_of(self, place: Place | None) -> Range:
        """The word that stands there."""
        start = self.offset_of(place)
        piece = self.pieces[self.at(start)]
        return self.range(start, max(piece.end, start) if piece.start <= start else start + 1)

    def name_of(self, node: Any) -> Range:
        """The name that a statement gives; its place may be that of the keyword before it."""
        first = self.at(self.offset_of(node.place))
        for piece in self.pieces[first : first + 6]:
            if piece.is_name and piece.key == node.name:
                return self.range(piece.start, piece.end)
        return self.range_of(node.place)

    def word(self, line: int, character: int) -> Word | None:
        """The name under a position, or right before it."""
        offset = self.offset(line, character)
        first = self.at(max(offset - 1, 0))
        for i in (first + 1, first):
            if (
                i < len(self.pieces)
                and self.pieces[i].is_name
                and self.pieces[i].start <= offset <= self.pieces[i].end
            ):
                return self._word(i)
        return None

    def _word(self, i: int) -> Word:
        piece = self.pieces[i]
        behind_dot = i > 0 and self.pieces[i - 1].key == "."
        before = self.pieces[i - 2] if behind_dot and i > 1 else None
        qualifier = before.key if before is not None and before.is_name else ""
        return Word(piece.key, piece.start, piece.end, behind_dot, qualifier)


def _units(text: str) -> int:
    return len(text) + sum(character > "\uffff" for character in text)
