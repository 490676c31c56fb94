"""Text into tokens (N1, appendix "Grammar"): white space and comments go, every token knows its line and column."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from lakmus.core.errors import InputError, Place

# An expression is written by hand; what is longer is an attack or a mistake.
LONGEST = 100_000


class Kind(Enum):
    NAME = "name"
    NUMBER = "number"
    TEXT = "text"
    MOMENT = "date or time"
    SPECIAL = "special variable"
    EXTERNAL = "external constant"
    SIGN = "sign"
    END = "end of the expression"


@dataclass(frozen=True, slots=True)
class Token:
    """`value` is the meaning: escapes resolved, quotes gone. `delimited` names were written in backquotes."""

    kind: Kind
    value: str
    place: Place
    delimited: bool = False


_PATTERN = re.compile(
    r"""
      (?P<space>\s+|//[^\n\r]*|/\*.*?\*/)
    | (?P<moment>@(?:T[0-9:]+(?:\.[0-9]+)?(?:Z|[+-][0-9:]+)?
                   |[0-9]{4}(?:-[0-9]{2}(?:-[0-9]{2})?)?
                    (?:T(?:[0-9:]+(?:\.[0-9]+)?)?(?:Z|[+-][0-9]{2}:[0-9]{2})?)?))
    | (?P<number>[0-9]+(?:\.[0-9]+)?L?)
    | (?P<external>%(?:[A-Za-z_][A-Za-z0-9_]*|'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`))
    | (?P<special>\$(?:this|index|total)\b)
    | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
    | (?P<delimited>`(?:[^`\\]|\\.)*`)
    | (?P<text>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")
    | (?P<sign>!=|!~|<=|>=|[-+*/&|<>=~.,()\[\]{}])
    """,
    re.VERBOSE | re.DOTALL,
)
_KINDS = {
    "moment": Kind.MOMENT,
    "number": Kind.NUMBER,
    "external": Kind.EXTERNAL,
    "special": Kind.SPECIAL,
    "name": Kind.NAME,
    "delimited": Kind.NAME,
    "text": Kind.TEXT,
    "sign": Kind.SIGN,
}
_ESCAPES = {"f": "\f", "n": "\n", "r": "\r", "t": "\t", **{c: c for c in "\\/'\"`"}}
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|(.))", re.DOTALL)
_HINTS = {
    "'": "close the text with '",
    '"': 'close the text with "',
    "`": "close the name with `",
    "@": "dates are written @2020-05-01, times @T10:30, both @2020-05-01T10:30:00Z",
    "$": "only $this, $index and $total exist",
    "%": "a constant is written %name or %`vs-name`",
}


def tokens(text: str, source: str = "") -> tuple[list[Token], list[InputError]]:
    """All tokens, the last one END, and what could not be read (one character is skipped and reading goes on)."""
    if len(text) > LONGEST:
        raise InputError(f"an expression of {len(text):,} characters", hint=f"at most {LONGEST:,} are read")
    found: list[Token] = []
    errors: list[InputError] = []
    for token in _scan(text, source, errors):
        found.append(token)
    return found, errors


def _scan(text: str, source: str, errors: list[InputError]) -> Iterator[Token]:
    at = 0
    line, line_start = 1, 0
    while at < len(text):
        place = Place(source, line, at - line_start + 1)
        match = _PATTERN.match(text, at)
        end = match.end() if match else at + 1
        if match is None:
            errors.append(_unreadable(text, at, place))
            end = len(text) if text[at] in "'\"`" or text.startswith("/*", at) else end
        elif match.lastgroup == "sign" and text.startswith("/*", at):
            errors.append(InputError("a comment is not closed", place=place, hint="close it with */"))
            end = len(text)
        elif match.lastgroup != "space":
            yield _token(match, place, errors)
        newlines = text.count("\n", at, end)
        if newlines:
            line, line_start = line + newlines, text.rfind("\n", at, end) + 1
        at = end
    yield Token(Kind.END, "", Place(source, line, at - line_start + 1))


def _unreadable(text: str, at: int, place: Place) -> InputError:
    sign = text[at]
    message = "a text or name is not closed" if sign in "'\"`" else f"{sign!r} means nothing here"
    return InputError(message, place=place, hint=_HINTS.get(sign, ""))


def _token(match: re.Match[str], place: Place, errors: list[InputError]) -> Token:
    group = match.lastgroup
    assert group is not None
    written = match.group()
    if group in ("text", "delimited"):
        return Token(_KINDS[group], _unescape(written[1:-1], place, errors), place, group == "delimited")
    if group == "external":
        name = written[1:]
        return Token(Kind.EXTERNAL, _unescape(name[1:-1], place, errors) if name[0] in "'`" else name, place)
    return Token(_KINDS[group], written, place)


def _unescape(text: str, place: Place, errors: list[InputError]) -> str:
    if "\\" not in text:
        return text

    def meaning(match: re.Match[str]) -> str:
        if match[1]:
            return chr(int(match[1], 16))
        if match[2] not in _ESCAPES:
            errors.append(
                InputError(
                    f"\\{match[2]} is no escape",
                    place=place,
                    hint="\\' \\\" \\` \\\\ \\/ \\f \\n \\r \\t \\uXXXX exist",
                )
            )
        return _ESCAPES.get(match[2], match[2])

    return _ESCAPE.sub(meaning, text)
