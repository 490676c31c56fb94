"""Small cells: counts below a threshold are not shown, nor can they be had by subtraction from a total.

Primary suppression hides counts from 1 to threshold - 1; zero stays, for it speaks of nobody. Secondary suppression then
hides the smallest shown counts of the same breakdown until at least two are hidden and the hidden ones add up to the
threshold (Hundepool and others, Statistical Disclosure Control, 2012, chapter 4).
"""

from __future__ import annotations

from collections.abc import Mapping

THRESHOLD = 5


def suppressed(counts: Mapping[str, int], threshold: int = THRESHOLD) -> dict[str, int | None]:
    """The breakdown with small counts as None, in the same order.

    >>> suppressed({"a": 100, "b": 3, "c": 40}, 5)
    {'a': 100, 'b': None, 'c': None}
    """
    hidden = {name for name, count in counts.items() if 0 < count < threshold}
    shown = sorted((count, name) for name, count in counts.items() if count >= threshold)
    while hidden and shown and _exposed(counts, hidden, threshold):
        hidden.add(shown.pop(0)[1])
    return {name: None if name in hidden else count for name, count in counts.items()}


def _exposed(counts: Mapping[str, int], hidden: set[str], threshold: int) -> bool:
    return len(hidden) < 2 or sum(counts[name] for name in hidden) < threshold


def total(count: int, threshold: int = THRESHOLD) -> int | None:
    """A single count: None when it is small."""
    return None if 0 < count < threshold else count
