"""Bars as SVG without styles or scripts, in the reader's language. Every chart stands beside its table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

WIDTH, BAR, GAP, LABELS, NUMBERS = 640, 22, 8, 210, 90


@dataclass(frozen=True)
class Bar:
    """A bar: where it is, how long, what stands before and behind it."""

    label: str
    count: int | None
    top: int
    length: float


@dataclass(frozen=True)
class Bars:
    """A chart of counts by name; a count of None is a small cell, said and not drawn."""

    bars: tuple[Bar, ...]
    width: int = WIDTH
    labels: int = LABELS

    @property
    def height(self) -> int:
        return len(self.bars) * (BAR + GAP) + GAP


def bars(counts: Mapping[str, int | None] | Sequence[tuple[str, int | None]]) -> Bars:
    """Bars to the scale of the longest."""
    rows = list(counts.items()) if isinstance(counts, Mapping) else list(counts)
    greatest = max((count for _, count in rows if count), default=1)
    room = WIDTH - LABELS - NUMBERS
    return Bars(
        tuple(
            Bar(label, count, GAP + place * (BAR + GAP), round(room * (count or 0) / greatest, 1))
            for place, (label, count) in enumerate(rows)
        )
    )
