"""Text as people type it: folding for search, and what they may have meant."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from difflib import get_close_matches

_LONGEST = 1_000
# Only Latin letters are freed of their accents: й must not lose its breve.
_PLAIN = {n: unicodedata.normalize("NFD", chr(n))[0] for n in range(0xC0, 0x250)} | {ord("ё"): "е"}
_MOST_COMPARED = 5_000


def fold(text: str) -> str:
    """For comparing and searching: lower case, `ё` as `е`, Latin letters without accents, single spaces.

    >>> fold("  Тяжёлая  АНЕМИЯ ")
    'тяжелая анемия'
    """
    return " ".join(text[:_LONGEST].casefold().translate(_PLAIN).split())


def stems(text: str) -> list[str]:
    """The beginnings of the words of a search, short enough to be met in their other cases.

    >>> stems("глюкоза плазмы крови")
    ['глюк', 'плаз', 'кров']
    """
    return [word[: max(4, len(word) - 3)] for word in fold(text).split()]


def closest(text: str, known: Iterable[str], count: int = 3) -> list[str]:
    """The known names nearest to what was typed, nearest first."""
    folded = {fold(name): name for name, _ in zip(known, range(_MOST_COMPARED), strict=False)}
    return [folded[name] for name in get_close_matches(fold(text[:200]), folded, n=count, cutoff=0.6)]
