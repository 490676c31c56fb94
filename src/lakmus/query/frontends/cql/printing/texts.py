"""Whole texts laid out again, statement by statement, with every comment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lakmus.core.errors import InputError
from lakmus.query.frontends.cql import syntax as s
from lakmus.query.frontends.cql.parsing import parse_library
from lakmus.query.frontends.cql.printing.comments import woven
from lakmus.query.frontends.cql.printing.layout import WIDTH
from lakmus.query.frontends.cql.printing.pieces import Comment, Piece, pieces
from lakmus.query.frontends.cql.printing.statements import apart, statement

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
    every = [*library.usings, *library.includes, *library.definitions, *library.statements]
    if library.place.line is not None:
        every.append(library)
    starts = []
    for node in every:
        assert node.place.line is not None and node.place.column is not None
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
    comments = [comment for comment in first.above if comment.start >= begins_at]
    at, above = begins_at, []
    for place in [*comments, first]:
        above.append("\n" * min(text.count("\n", at, place.start), 2))
        above.append(place.text if isinstance(place, Comment) else "")
        at = place.end
    blank = bool(above) and above[0] == "\n\n"
    return Stretch(node, text[first.start : ends_at], "".join(above[1:]), blank)


def _trailed(text: str, found: list[Piece], i: int) -> int:
    """Where the statement before the piece ends, with the comments on its last line."""
    end = found[i - 1].end
    for comment in found[i].above:
        if "\n" in text[end : comment.start] or "\n" not in text[comment.end : found[i].start] + "\n" * (
            i == len(found) - 1
        ):
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
            parts.append("\n" * min(max(text.count("\n", at, comment.start), 1), 2) + comment.text)
            at = comment.end
    return "".join((*parts, "\n"))


def _formatted(stretch: Stretch) -> str:
    """The statement laid out, or as it was written where a comment would be lost or anything else be changed."""
    try:
        same = parse_library(stretch.text)
        for width in WIDTHS:
            found = woven(stretch.text, statement(stretch.node, width))
            if found is not None and _is_kept(stretch.text, found) and parse_library(found) == same:
                return found
    except (InputError, RecursionError):
        # Chains of a thousand operators are trees as deep.
        return stretch.text
    return stretch.text


def _is_kept(old: str, new: str) -> bool:
    """Whether all comments are there, and no second statement was taken for a part of this one."""
    return _comments(old) == _comments(new) and sum(piece.key == "library" for piece in pieces(old)) < 2


def _comments(text: str) -> list[str]:
    return [comment.text for piece in pieces(text) for comment in piece.above]
