"""Bars for a breakdown, as SVG without style sheets or scripts, so that it shows under any content security policy."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

WIDTH, BAR, GAP, LABELS = 640, 18, 6, 200


def bars(title: str, counts: Mapping[str, int | None]) -> str:
    """One bar per value with its label and count; a hidden count is said, not drawn."""
    greatest = max((count for count in counts.values() if count), default=1)
    height = len(counts) * (BAR + GAP) + GAP
    rows = [_bar(i, name, count, greatest) for i, (name, count) in enumerate(counts.items())]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}"'
        f' role="img" font-family="sans-serif" font-size="12"><title>{escape(title)}</title>{"".join(rows)}</svg>'
    )


def label(name: str) -> str:
    """How a value is written where people read it."""
    return name if name else "not recorded"


def _bar(place: int, name: str, count: int | None, greatest: int) -> str:
    top = GAP + place * (BAR + GAP)
    length = round((WIDTH - LABELS - 80) * (count or 0) / greatest, 1)
    middle = top + BAR - 5
    shown = f"{count:,}" if count is not None else "few"
    text = label(name)
    return (
        f'<text x="{LABELS - 8}" y="{middle}" text-anchor="end" fill="#333">{escape(text[:28])}</text>'
        f'<rect x="{LABELS}" y="{top}" width="{length}" height="{BAR}" fill="#2a6f97"/>'
        f'<text x="{LABELS + length + 6}" y="{middle}" fill="#333">{shown}</text>'
    )
