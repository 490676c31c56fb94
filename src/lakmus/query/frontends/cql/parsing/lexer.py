"""Text into tokens: white space goes, comments right above a token are kept beside it."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from lakmus.core.errors import InputError, ManyErrors, Place
from lakmus.query.frontends.cql.parsing.escapes import unescaped
from lakmus.query.frontends.cql.parsing.words import KEYWORDS, PHRASES

# A library is written by people; what is longer is an attack or a mistake.
LONGEST = 5_000_000
MOST_DIGITS = 60
# Where so much cannot be read, the text is not CQL.
MOST_FAULTS = 20

# Kinds of tokens. Signs, and words and phrases of the language, are kinds of their own: `and`, `or before`, `(`.
NAME, QUOTED, NUMBER, TEXT, MOMENT = "a name", "a quoted name", "a number", "a text", "a date or time"
SPECIAL, EXTERNAL, UNREADABLE, END = "a special name", "an external constant", "nothing", ""


class Token(NamedTuple):
    """`value` is the meaning: escapes resolved, quotes gone; of what cannot be read, the text. `at` counts from 0."""

    kind: str
    value: str
    at: int


@dataclass(slots=True)
class Lexed:
    """The tokens of a text, the last ones END. `comments` are the lines of those right above the token of that number."""

    text: str
    source: str
    tokens: list[Token] = field(default_factory=list)
    comments: dict[int, list[str]] = field(default_factory=dict)
    faults: dict[int, InputError] = field(default_factory=dict)
    lines: list[int] = field(default_factory=list)

    def line(self, at: int) -> int:
        return bisect_right(self.lines, at)

    def place(self, at: int) -> Place:
        line = self.line(at)
        return Place(self.source, line, at - self.lines[line - 1] + 1)


# Every alternative runs over its text once: what is quantified is possessive.
_PATTERN = re.compile(
    r"""[\s\ufeff]*+(?:
      (?P<word>[A-Za-z_][A-Za-z0-9_]*+)
    | (?P<comment>//[^\n\r]*+|/\*.*?\*/)
    | (?P<endless>/\*.*+)
    | (?P<sign>->|!=|!~|<=|>=|[-+*/&|<>=~^.,:()\[\]{}])
    | (?P<quoted>"[^"\\]*+(?:\\.[^"\\]*+)*+"|`[^`\\]*+(?:\\.[^`\\]*+)*+`)
    | (?P<text>'[^'\\]*+(?:\\.[^'\\]*+)*+')
    | (?P<number>[0-9]++(?:\.[0-9]++)?L?)
    | (?P<moment>@(?:T[0-9:]++(?:\.[0-9]++)?(?:Z|[+-][0-9]{2}:[0-9]{2})?
                    |[0-9]{4}(?:-[0-9]{2}(?:-[0-9]{2})?)?
                     (?:T(?:[0-9:]++(?:\.[0-9]++)?)?(?:Z|[+-][0-9]{2}:[0-9]{2})?)?))
    | (?P<external>%(?:[A-Za-z_][A-Za-z0-9_]*+|'[^'\\]*+(?:\\.[^'\\]*+)*+'
                      |"[^"\\]*+(?:\\.[^"\\]*+)*+"|`[^`\\]*+(?:\\.[^`\\]*+)*+`))
    | (?P<special>\$(?:this|index|total)\b)
    | (?P<open>['"`][^\n\r]*+)
    | (?P<other>.)
    | (?P<end>\Z)
    )""",
    re.VERBOSE | re.DOTALL,
)
LINE = re.compile(r"\r\n|\n|\r")
_SECONDS = frozenset(second for _, second in PHRASES)
_BLANK_LINE = re.compile(r"[ \t]*+(?:\r\n|\n|\r)[ \t]*+[\n\r]")
_ESCAPES = "\\' \\\" \\` \\\\ \\/ \\f \\n \\r \\t \\uXXXX exist"
_HINTS = {
    "@": "dates are written @2020-05-01, times @T10:30, both @2020-05-01T10:30:00Z",
    "!": "`not` negates; `!=` and `!~` compare",
    ";": "a statement ends where the next one begins: leave it out",
    "$": "only $this, $index and $total exist",
    "%": "an external constant is written %name or %'name'",
    "#": "comments begin with //",
    **dict.fromkeys("“”„‘’«»", "texts stand in straight single quotes, names in straight double quotes"),
}


def lexed(text: str, source: str = "") -> Lexed:
    """All tokens; what could not be read is one of its own, with its fault kept."""
    if len(text) > LONGEST:
        error = InputError(f"a text of {len(text):,} characters", hint=f"at most {LONGEST:,} are read")
        raise ManyErrors([error])
    found = Lexed(text, source, lines=[0, *(match.end() for match in LINE.finditer(text))])
    for match in _PATTERN.finditer(text):
        group = match.lastgroup
        assert group is not None
        _READ[group](found, match[group], match.start(group))
        if len(found.faults) == MOST_FAULTS:
            _end(found, "", len(text))
            break
    return found


def _word(found: Lexed, written: str, at: int) -> None:
    """A word by itself, or the second half of a phrase."""
    if written in _SECONDS and found.tokens:
        first = found.tokens[-1]
        if (first.value, written) in PHRASES and first.kind != QUOTED:
            phrase = f"{first.value} {written}"
            found.tokens[-1] = Token(phrase, phrase, first.at)
            return
    found.tokens.append(Token(written if written in KEYWORDS else NAME, written, at))


def _sign(found: Lexed, written: str, at: int) -> None:
    found.tokens.append(Token(written, written, at))


def _plain(kind: str) -> Callable[[Lexed, str, int], None]:
    return lambda found, written, at: found.tokens.append(Token(kind, written, at))


def _quoted(kind: str) -> Callable[[Lexed, str, int], None]:
    """What stands in quotes, with its escapes resolved."""

    def read(found: Lexed, written: str, at: int) -> None:
        fault, value = "", written[1:-1]
        if "\\" in value:
            value, fault = unescaped(value)
        if not value and kind == QUOTED:
            fault = "a name without a letter"
        if fault:
            _unreadable(found, written, at, fault, _ESCAPES if "\\" in fault else "")
        else:
            found.tokens.append(Token(kind, value, at))

    return read


def _number(found: Lexed, written: str, at: int) -> None:
    if len(written) > MOST_DIGITS:
        _unreadable(found, written, at, f"a number of more than {MOST_DIGITS} digits")
    else:
        found.tokens.append(Token(NUMBER, written, at))


def _external(found: Lexed, written: str, at: int) -> None:
    if written[1] in "'\"`":
        _quoted(EXTERNAL)(found, written[1:], at)
    else:
        found.tokens.append(Token(EXTERNAL, written[1:], at))


def _comment(found: Lexed, written: str, at: int) -> None:
    """One behind something else, or with a blank line behind it, is not about what follows."""
    if found.tokens and found.line(found.tokens[-1].at) == found.line(at):
        return
    lines = found.comments.setdefault(len(found.tokens), [])
    if _BLANK_LINE.match(found.text, at + len(written)):
        lines.clear()
        return
    inner = written[2:] if written.startswith("//") else written[2:-2]
    lines += [line.strip().removeprefix("*").strip() for line in inner.splitlines()]


def _unreadable(found: Lexed, written: str, at: int, fault: str, hint: str = "") -> None:
    found.faults[at] = InputError(fault, place=found.place(at), hint=hint)
    found.tokens.append(Token(UNREADABLE, written, at))


def _endless(found: Lexed, written: str, at: int) -> None:
    _unreadable(found, written, at, "a comment is not closed", "close it with */")


def _open(found: Lexed, written: str, at: int) -> None:
    what = "a text" if written[0] == "'" else "a quoted name"
    _unreadable(found, written, at, f"{what} is not closed", f"close it with {written[0]}")


def _other(found: Lexed, written: str, at: int) -> None:
    _unreadable(found, written, at, f"`{written}` means nothing here", _HINTS.get(written, ""))


def _end(found: Lexed, written: str, at: int) -> None:
    """More than one, so that looking ahead stays inside."""
    found.tokens += [Token(END, "", at)] * 8


_READ: dict[str, Callable[[Lexed, str, int], None]] = {
    "word": _word,
    "comment": _comment,
    "endless": _endless,
    "sign": _sign,
    "quoted": _quoted(QUOTED),
    "text": _quoted(TEXT),
    "number": _number,
    "moment": _plain(MOMENT),
    "external": _external,
    "special": _plain(SPECIAL),
    "open": _open,
    "other": _other,
    "end": _end,
}
