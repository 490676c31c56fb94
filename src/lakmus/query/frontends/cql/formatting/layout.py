"""Lines: what fits on one stays on one; what does not is broken at its outermost joint and indented."""

from __future__ import annotations

from collections.abc import Sequence

WIDTH = 100
STEP = "  "


def is_flat(text: str) -> bool:
    return "\n" not in text


def fits(text: str, room: int) -> bool:
    return is_flat(text) and len(text) <= room


def indented(text: str) -> str:
    """Every line one step further: no text of a literal holds a line break, for they are escaped."""
    return "\n".join(STEP + line for line in text.split("\n"))


def hugs(text: str) -> bool:
    """Whether it opens a bracket at the end of its first line that its last line closes."""
    return not is_flat(text) and text.rpartition("\n")[2][0] in ")]}"


def in_parentheses(text: str) -> str:
    return f"({text})" if is_flat(text) else f"(\n{indented(text)}\n)"


def bracketed(opening: str, items: Sequence[str], closing: str, room: int, pad: str = "") -> str:
    """Items between brackets, on one line or each on its own."""
    line = f"{opening}{pad}{', '.join(items)}{pad}{closing}" if items else opening + closing
    if fits(line, room) or not items:
        return line
    return f"{opening}\n{indented(joined(items))}\n{closing}"


def joined(items: Sequence[str]) -> str:
    return ",\n".join(items)


def hanging(first: str, rest: Sequence[str], room: int, *, hug: bool = True) -> str:
    """One line, or the rest below the first. One that brings its own brackets may stay (`hug`)."""
    line = " ".join((first, *rest))
    if fits(line, room):
        return line
    if hug and len(rest) == 1 and _meet(first, rest[0], room):
        return line
    return "\n".join((first if hugs(first) else deeper(first), *map(indented, rest)))


def deeper(text: str) -> str:
    """Its further lines a step inward: they shall not look like the rest that follows."""
    first, *rest = text.split("\n")
    return "\n".join((first, *map(indented, rest)))


def _meet(first: str, second: str, room: int) -> bool:
    """Whether a bracket of one holds the break, and the line on which they meet is short enough."""
    meeting = f"{first.rpartition(chr(10))[2]} {second.partition(chr(10))[0]}"
    one_hugs = (is_flat(first) and hugs(second)) or (hugs(first) and is_flat(second))
    return one_hugs and len(meeting) <= room
