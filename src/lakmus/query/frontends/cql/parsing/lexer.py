"""Text into tokens: white space goes, comments are kept aside, every token knows its line and column."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from lakmus.core.errors import InputError, Place

# A library is written by people; what is longer is an attack or a mistake.
LONGEST = 5_000_000


class Kind(Enum):
    WORD = "a name"
    QUOTED = "a quoted name"
    NUMBER = "a number"
    TEXT = "a text"
    MOMENT = "a date or time"
    SPECIAL = "a special name"
    EXTERNAL = "an external constant"
    SIGN = "a sign"
    END = "the end of the text"


@dataclass(frozen=True, slots=True)
class Token:
    """`value` is the meaning: escapes resolved, quotes gone. `comment` is what stands right above."""

    kind: Kind
    value: str
    place: Place
    comment: str = ""

    def __str__(self) -> str:
        shown = len(self.value) <= 40 and self.kind is not Kind.END
        return f"`{self.value}`" if shown else str(self.kind.value)


_PATTERN = re.compile(
    r"""
      (?P<space>\s+)
    | (?P<comment>//[^\n\r]*|/\*.*?\*/)
    | (?P<moment>@(?:T[0-9:]+(?:\.[0-9]+)?
                   |[0-9]{4}(?:-[0-9]{2}(?:-[0-9]{2})?)?
                    (?:T(?:[0-9:]+(?:\.[0-9]+)?)?(?:Z|[+-][0-9]{2}:[0-9]{2})?)?))
    | (?P<number>[0-9]+(?:\.[0-9]+)?L?)
    | (?P<external>%(?:[A-Za-z_][A-Za-z0-9_]*|'(?:[^'\\]|\\.)*'))
    | (?P<special>\$(?:this|index|total)\b)
    | (?P<word>[A-Za-z_][A-Za-z0-9_]*)
    | (?P<quoted>"(?:[^"\\]|\\.)*"|`(?:[^`\\]|\\.)*`)
    | (?P<text>'(?:[^'\\]|\\.)*')
    | (?P<sign>!=|!~|<=|>=|->|[-+*/&|<>=~^.,:()\[\]{}])
    """,
    re.VERBOSE | re.DOTALL,
)
_KINDS = {
    "moment": Kind.MOMENT,
    "number": Kind.NUMBER,
    "external": Kind.EXTERNAL,
    "special": Kind.SPECIAL,
    "word": Kind.WORD,
    "quoted": Kind.QUOTED,
    "text": Kind.TEXT,
    "sign": Kind.SIGN,
}
_ESCAPES = {"f": "\f", "n": "\n", "r": "\r", "t": "\t", **{c: c for c in "\\/'\"`"}}
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|(.))", re.DOTALL)
_HINTS = {
    "'": "close the text with '",
    '"': 'close the name with "',
    "`": "close the name with `",
    "@": "dates are written @2020-05-01, times @T10:30, both @2020-05-01T10:30:00Z",
    "!": "`not` negates, `!=` and `!~` compare",
    ";": "statements end where the next one begins: leave it out",
}


def tokens(text: str, source: str = "") -> tuple[list[Token], list[InputError]]:
    """All tokens, the last one END, and what could not be read (one character is skipped and reading goes on)."""
    if len(text) > LONGEST:
        raise InputError(f"a library of {len(text):,} characters", hint=f"at most {LONGEST:,} are read")
    errors: list[InputError] = []
    return list(_scan(text, source, errors)), errors


def _scan(text: str, source: str, errors: list[InputError]) -> Iterator[Token]:
    at, line, line_start = 0, 1, 0
    comments: list[str] = []
    while at < len(text):
        place = Place(source, line, at - line_start + 1)
        match = _PATTERN.match(text, at)
        end = match.end() if match else at + 1
        if match is None or (match.lastgroup == "sign" and text.startswith("/*", at)):
            errors.append(_unreadable(text, at, place))
            end = len(text) if text[at] in "'\"`/" else end
        elif match.lastgroup == "comment":
            comments.append(match.group())
        elif match.lastgroup != "space":
            yield _token(match, place, errors, _plain(comments))
            comments = []
        newlines = text.count("\n", at, end)
        if newlines:
            line, line_start = line + newlines, text.rfind("\n", at, end) + 1
        at = end
    yield Token(Kind.END, "", Place(source, line, at - line_start + 1), _plain(comments))


def _plain(comments: list[str]) -> str:
    """The text of comments, without their signs."""
    if not comments:
        return ""
    lines = [line for comment in comments for line in _without_signs(comment).splitlines()]
    return "\n".join(line.strip().removeprefix("*").strip() for line in lines).strip()


def _without_signs(comment: str) -> str:
    return comment[2:] if comment.startswith("//") else comment[2:-2]


def _unreadable(text: str, at: int, place: Place) -> InputError:
    sign = text[at]
    if sign == "/":
        return InputError("a comment is not closed", place=place, hint="close it with */")
    message = "a text or name is not closed" if sign in "'\"`" else f"{sign!r} means nothing here"
    return InputError(message, place=place, hint=_HINTS.get(sign, ""))


def _token(match: re.Match[str], place: Place, errors: list[InputError], comment: str) -> Token:
    group = match.lastgroup
    assert group is not None
    written = match.group()
    if group in ("text", "quoted"):
        return Token(_KINDS[group], unescaped(written[1:-1], place, errors), place, comment)
    if group == "external":
        return Token(Kind.EXTERNAL, written[1:].strip("'"), place, comment)
    return Token(_KINDS[group], written, place, comment)


def unescaped(text: str, place: Place, errors: list[InputError]) -> str:
    if "\\" not in text:
        return text

    def meaning(match: re.Match[str]) -> str:
        if match[1]:
            return chr(int(match[1], 16))
        if match[2] not in _ESCAPES:
            hint = "\\' \\\" \\` \\\\ \\/ \\f \\n \\r \\t \\uXXXX exist"
            errors.append(InputError(f"\\{match[2]} is no escape", place=place, hint=hint))
        return _ESCAPES.get(match[2], match[2])

    return _ESCAPE.sub(meaning, text)
