"""Comments of a statement put back into its new text, at the word they stood at."""

from __future__ import annotations

from dataclasses import dataclass

from lakmus.query.frontends.cql.formatting.pieces import Comment, Piece, counterparts, pieces


@dataclass(frozen=True, slots=True)
class Insertion:
    """A text to be put in at an offset."""

    offset: int
    text: str


def woven(old: str, new: str) -> str | None:
    """The new text of a statement with the comments inside and right behind the old one; None when one has no place."""
    before, after = pieces(old), pieces(new)
    if not any(piece.above for piece in before):
        return new
    run = _Weaver(old, new, before, after)
    found: list[Insertion] = []
    for i, piece in enumerate(before):
        for comment in piece.above:
            insertion = run.insertion(comment, i)
            if insertion is None:
                return None
            found.append(insertion)
    return _inserted(new, found)


def _inserted(text: str, insertions: list[Insertion]) -> str:
    parts, at = [], 0
    for insertion in sorted(insertions, key=lambda each: each.offset):
        parts += [text[at : insertion.offset], insertion.text]
        at = insertion.offset
    return "".join((*parts, text[at:]))


class _Weaver:
    """Where the comments of one statement go: behind a line, above a line, or before a word."""

    def __init__(self, old: str, new: str, before: list[Piece], after: list[Piece]) -> None:
        self.old, self.new, self.before, self.after = old, new, before, after
        self.became = counterparts(before[:-1], after[:-1])

    def insertion(self, comment: Comment, i: int) -> Insertion | None:
        """`i` is the piece that the comment stands before."""
        previous, following = self.before[i - 1] if i else None, self.before[i]
        if previous is not None and "\n" not in self.old[previous.end : comment.start]:
            if i == len(self.before) - 1 or "\n" in self.old[comment.end : following.start]:
                return self._behind(comment, i)
            return self._before(comment, i)
        if "\n" in self.old[comment.end : following.start]:
            return self._above(comment, i)
        return self._before(comment, i)

    def _behind(self, comment: Comment, i: int) -> Insertion | None:
        """At the end of the line that ends with what stood before it."""
        end = self._end(i)
        if end is None or self.new[end : end + 1] not in ("", "\n"):
            return None
        return Insertion(end, f" {comment.text}")

    def _end(self, i: int) -> int | None:
        """Where the last piece before `i` ends that there still is; only parentheses and commas may be gone."""
        if i == len(self.before) - 1:
            return len(self.new)
        for k in range(i - 1, -1, -1):
            if k in self.became:
                return self.after[self.became[k]].end
            if self.before[k].key not in "(),":
                return None
        return None

    def _above(self, comment: Comment, i: int) -> Insertion | None:
        """On a line of its own, above the line that begins with what followed."""
        start = self._start(i)
        if start is None:
            return None
        line = self.new.rfind("\n", 0, start) + 1
        if self.new[line:start].strip():
            return None
        return Insertion(line, f"{self.new[line:start]}{comment.text}\n")

    def _before(self, comment: Comment, i: int) -> Insertion | None:
        start = self._start(i)
        if start is None or comment.text.startswith("//"):
            return None
        return Insertion(start, f"{comment.text} ")

    def _start(self, i: int) -> int | None:
        for k in range(i, len(self.before) - 1):
            if k in self.became:
                return self.after[self.became[k]].start
            if self.before[k].key not in "(),":
                return None
        return None
