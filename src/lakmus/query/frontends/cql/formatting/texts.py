"""Whole texts laid out again, statement by statement, with every comment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lakmus.core.errors import InputError
from lakmus.query.frontends.cql import syntax as s
from lakmus.query.frontends.cql.formatting.comments import woven
from lakmus.query.frontends.cql.formatting.layout import WIDTH
from lakmus.query.frontends.cql.formatting.pieces import Piece, pieces
from lakmus.query.frontends.cql.formatting.statements import apart, statement
from lakmus.query.frontends.cql.parsing import parse_library

# A comment may need a line break where the text would fit on one line: a narrower page has more of them.
WIDTHS = (WIDTH, 80, 60, 40, 20, 0)
_BEFORE_NAMES = ("define", "private", "public", "fluent", "function")


@dataclass(frozen=True, slots=True)
class Stretch:
    """A statement from its first word to the comment that trails it, and what stands above it: comments, `blank` lines."""

    node: s.Syntax
    text: str
    above: str
    blank: bool


def format_text(text: str) -> str:
    """The text of a library as it should look. Raises ManyErrors when it is none."""
    library = parse_library(text)
    found = pieces(text)
    starts = _starts(library, text, found)
    if not starts:
        return text
    stretches = list(_stretches(text, found, starts))
    return _joined(stretches) + _ending(text, found)


def _starts(library: s.Library, text: str, found: list[Piece]) -> list[tuple[int, s.Syntax]]:
    """The statements in their order, each with the index of its first piece."""
    at = {piece.start: i for i, piece in enumerate(found)}
    lines = [0]
    for line in text.split("\n"):
        lines.append(lines[-1] + len(line) + 1)
    every: list[s.Syntax] = [*library.usings, *library.includes, *library.definitions, *library.statements]
    if library.place.line is not None:
        every.append(library)
    starts = []
    for node in every:
        assert node.place.line is not None
        assert node.place.column is not None
        starts.append((_first(found, at[lines[node.place.line - 1] + node.place.column - 1]), node))
    return sorted(starts, key=lambda start: start[0])


def _first(found: list[Piece], i: int) -> int:
    """From the word or name where the syntax puts a statement to the word that begins it."""
    while i and found[i - 1].key in _BEFORE_NAMES and found[i - 1].is_name:
        i -= 1
    return i


def _stretches(text: str, found: list[Piece], starts: list[tuple[int, s.Syntax]]) -> Iterator[Stretch]:
    ends = [i for i, _ in starts[1:]] + [len(found) - 1]
    begins_at = 0
    for (i, node), end in zip(starts, ends, strict=True):
        ends_at = _trailed(text, found, end)
        yield _stretch(text, found[i], node, begins_at, ends_at)
        begins_at = ends_at


def _stretch(text: str, first: Piece, node: s.Syntax, begins_at: int, ends_at: int) -> Stretch:
    at, gaps, above = begins_at, [], []
    for comment in first.above:
        if comment.start >= begins_at:
            gaps.append(_gap(text, at, comment.start))
            above.append(comment.text)
            at = comment.end
    gaps.append(_gap(text, at, first.start))
    lead = "".join(comment + gap for comment, gap in zip(above, gaps[1:], strict=True))
    return Stretch(node, text[first.start : ends_at], lead, gaps[0] == "\n\n")


def _gap(text: str, start: int, end: int) -> str:
    """White space as it is kept: a space, a line break, or one blank line."""
    return "\n" * min(text.count("\n", start, end), 2) or " "


def _trailed(text: str, found: list[Piece], i: int) -> int:
    """Where the statement before the piece ends, with the comments on its last line."""
    end, is_last = found[i - 1].end, i == len(found) - 1
    for comment in found[i].above:
        ends_line = is_last or "\n" in text[comment.end : found[i].start]
        if "\n" in text[end : comment.start] or not ends_line:
            break
        end = comment.end
    return end


def _joined(stretches: list[Stretch]) -> str:
    parts: list[str] = []
    for i, stretch in enumerate(stretches):
        if i:
            gap = apart(stretches[i - 1].node, stretch.node) or stretch.blank
            parts.append("\n\n" if gap else "\n")
        parts += [stretch.above, _formatted(stretch)]
    return "".join(parts)


def _ending(text: str, found: list[Piece]) -> str:
    """The comments below the last statement."""
    at, parts = _trailed(text, found, len(found) - 1), []
    for comment in found[-1].above:
        if comment.start >= at:
            parts.append(_gap(text, at, comment.start) + comment.text)
            at = comment.end
    return "".join((*parts, "\n"))


def _formatted(stretch: Stretch) -> str:
    """The statement laid out, or as it was written where a comment would be lost or anything else be changed."""
    try:
        same, comments = parse_library(stretch.text), _comments(stretch.text)
        for width in WIDTHS:
            found = woven(stretch.text, statement(stretch.node, width))
            if found is not None and _comments(found) == comments and parse_library(found) == same:
                return found
    except InputError:
        # Layout can nest no deeper than the parser goes, but a statement at the very limit may.
        return stretch.text
    return stretch.text


def _comments(text: str) -> list[str]:
    return [comment.text for piece in pieces(text) for comment in piece.above]
