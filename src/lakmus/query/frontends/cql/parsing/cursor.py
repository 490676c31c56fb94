"""Walking over tokens: looking, taking, expecting; and how deep expressions may nest."""

from __future__ import annotations

from lakmus.core.errors import InputError, Place
from lakmus.query.frontends.cql.parsing.hints import hint
from lakmus.query.frontends.cql.parsing.lexer import END, NAME, NUMBER, QUOTED, TEXT, UNREADABLE, Lexed, Token
from lakmus.query.frontends.cql.parsing.words import KEYWORD_IDENTIFIERS, KEYWORDS

# How deep an expression may nest; later stages walk it recursively, and Python allows a thousand calls.
DEEPEST = 100
NAMES = frozenset((NAME, QUOTED))
REFERENCES = NAMES | KEYWORD_IDENTIFIERS


class Cursor:
    """`kind` is that of the next token."""

    __slots__ = ("at", "closing", "commented", "depth", "kind", "lexed", "tokens", "told")

    def __init__(self, lexed: Lexed) -> None:
        self.lexed = lexed
        self.tokens = lexed.tokens
        self.at = 0
        self.kind = self.tokens[0].kind
        self.depth = 0
        self.closing = _pairs(self.tokens)

    @property
    def token(self) -> Token:
        return self.tokens[self.at]

    @property
    def place(self) -> Place:
        return self.lexed.place(self.tokens[self.at].at)

    def ahead(self, count: int = 1) -> str:
        """The kind of a token behind the next one; END when there is none."""
        at = self.at + count
        return self.tokens[at].kind if 0 <= at < len(self.tokens) else END

    def take(self) -> Token:
        token = self.tokens[self.at]
        if token.kind:
            self.at += 1
            self.kind = self.tokens[self.at].kind
        return token

    def back(self, at: int) -> None:
        """To a token before, after a look further than `ahead` sees."""
        self.at = at
        self.kind = self.tokens[at].kind

    def took(self, kind: str) -> bool:
        if self.kind != kind:
            return False
        self.take()
        return True

    def expect(self, kind: str) -> Token:
        if self.kind != kind:
            raise self.expected(f"`{kind}`")
        return self.take()

    def close(self, sign: str, opened: Token) -> Token:
        """Takes the bracket that closes another."""
        if self.kind != sign:
            place = self.lexed.place(opened.at)
            raise self.expected(
                f"`{sign}` to close the `{opened.value}` opened at {place.line}:{place.column}"
            )
        return self.take()

    # Names and texts

    def identifier(self, what: str) -> str:
        """What is given to something as its name: no word of the language without quotes."""
        if self.kind not in NAMES:
            raise self.expected(what)
        return self.take().value

    def reference(self, what: str) -> str:
        """What refers to something."""
        if self.kind not in REFERENCES:
            raise self.expected(what)
        return self.take().value

    def word(self, what: str) -> str:
        """After a dot no word can be anything but a name."""
        if self.kind not in NAMES and self.kind not in KEYWORDS:
            raise self.expected(what)
        return self.take().value

    def text(self, what: str) -> str:
        if self.kind != TEXT:
            raise self.expected(what)
        return self.take().value

    def number(self, what: str = "a number") -> Token:
        if self.kind != NUMBER:
            raise self.expected(what)
        return self.take()

    # Errors

    def expected(self, what: str) -> InputError:
        token = self.token
        if token.kind == UNREADABLE:
            return self.lexed.faults[token.at]
        message = f"expected {what}, found {_shown(token)}"
        return InputError(message, place=self.place, hint=hint(self.lexed, self.at, what))

    def enter(self) -> None:
        self.depth += 1
        if self.depth > DEEPEST:
            raise too_deep(self.place)

    def leave(self) -> None:
        self.depth -= 1


def too_deep(place: Place) -> InputError:
    return InputError(
        f"an expression nested deeper than {DEEPEST} levels",
        place=place,
        hint="give its parts names with `define`",
    )


def _shown(token: Token) -> str:
    if token.kind == END:
        return "the end of the text"
    quote = {TEXT: "'", QUOTED: '"'}.get(token.kind, "")
    shown = token.value if len(token.value) <= 40 else f"{token.value[:40]}…"
    return f"`{quote}{shown}{quote}`"


def _pairs(tokens: list[Token]) -> dict[int, int]:
    """Where each bracket is closed; of which kind is left to the grammar, since `Interval[1, 2)` mixes them."""
    found: dict[int, int] = {}
    open_: list[int] = []
    for at, token in enumerate(tokens):
        if token.kind in _OPENING:
            open_.append(at)
        elif token.kind in _CLOSING and open_:
            found[open_.pop()] = at
    return found


_OPENING = frozenset("([{")
_CLOSING = frozenset(")]}")
