"""Escape sequences of texts and quoted names, both ways (CQL 1.5, author's guide, "String Literals"; grammar: ESC)."""

from __future__ import annotations

import re

_MEANINGS = {"f": "\f", "n": "\n", "r": "\r", "t": "\t", **{c: c for c in "\\/'\"`"}}
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|(.))", re.DOTALL)
_HALVES = re.compile("[\ud800-\udbff][\udc00-\udfff]")
_WRITTEN = {"\\": "\\\\", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_TO_WRITE = re.compile(r"[\\\x00-\x1f\x7f\u0085\u2028\u2029\ufeff]")


def unescaped(text: str) -> tuple[str, str]:
    """What a text means, and what is wrong with it ("" when nothing)."""
    unknown = next((m[2] for m in _ESCAPE.finditer(text) if m[2] and m[2] not in _MEANINGS), None)
    if unknown is not None:
        return text, f"\\{unknown} is no escape"
    meant = _ESCAPE.sub(lambda m: chr(int(m[1], 16)) if m[1] else _MEANINGS[m[2]], text)
    whole = _HALVES.sub(_joined, meant)
    if any("\ud800" <= c <= "\udfff" for c in whole):
        return whole, "\\u escapes half a character: its other half is missing"
    return whole, ""


def _joined(halves: re.Match[str]) -> str:
    high, low = map(ord, halves[0])
    return chr(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))


def escaped(text: str, quote: str) -> str:
    """A text in quotes, so that it means itself."""
    inner = _TO_WRITE.sub(lambda m: _WRITTEN.get(m[0]) or f"\\u{ord(m[0]):04x}", text)
    return f"{quote}{inner.replace(quote, chr(92) + quote)}{quote}"
