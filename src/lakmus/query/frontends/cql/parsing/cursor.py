"""Walking over tokens: looking, taking, expecting; and how deep expressions may nest."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from lakmus.core.errors import InputError, Place
from lakmus.query.frontends.cql.parsing.lexer import Kind, Token

DEEPEST = 100
PRECISIONS = ("year", "month", "week", "day", "hour", "minute", "second", "millisecond")
PLURALS = tuple(f"{word}s" for word in PRECISIONS)
# Words that begin or continue a clause or an operator: no alias is called like that without quotes.
RESERVED = frozenset(
    [
        "aggregate",
        "all",
        "and",
        "as",
        "asc",
        "ascending",
        "before",
        "between",
        "by",
        "called",
        "case",
        "cast",
        "code",
        "codesystem",
        "codesystems",
        "collapse",
        "concept",
        "contains",
        "context",
        "convert",
        "default",
        "define",
        "desc",
        "descending",
        "difference",
        "display",
        "distinct",
        "div",
        "duration",
        "during",
        "else",
        "end",
        "ends",
        "except",
        "exists",
        "expand",
        "false",
        "flatten",
        "fluent",
        "from",
        "function",
        "if",
        "implies",
        "in",
        "include",
        "included",
        "includes",
        "intersect",
        "is",
        "let",
        "library",
        "matches",
        "maximum",
        "meets",
        "minimum",
        "mod",
        "not",
        "null",
        "occurs",
        "of",
        "on",
        "or",
        "overlaps",
        "parameter",
        "per",
        "point",
        "predecessor",
        "private",
        "properly",
        "public",
        "return",
        "same",
        "singleton",
        "sort",
        "start",
        "starting",
        "starts",
        "successor",
        "such",
        "then",
        "to",
        "true",
        "union",
        "using",
        "valueset",
        "version",
        "when",
        "where",
        "width",
        "with",
        "within",
        "without",
        "xor",
        "after",
        "less",
        "more",
        "cast",
        "timezoneoffset",
    ]
) - {"code", "display", "version", "called", "date", "time"}


class Cursor:
    """The tokens of one text. Words are compared as they are written: CQL knows no other case."""

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.at = 0
        self.depth = 0

    @property
    def token(self) -> Token:
        return self.tokens[self.at]

    def ahead(self, count: int = 1) -> Token:
        return self.tokens[min(self.at + count, len(self.tokens) - 1)]

    @property
    def place(self) -> Place:
        return self.token.place

    def is_word(self, *words: str, ahead: int = 0) -> bool:
        token = self.ahead(ahead)
        return token.kind is Kind.WORD and token.value in words

    def is_sign(self, *signs: str, ahead: int = 0) -> bool:
        token = self.ahead(ahead)
        return token.kind is Kind.SIGN and token.value in signs

    def are_words(self, *words: str) -> bool:
        """Whether these words follow, one after the other."""
        return all(self.is_word(word, ahead=i) for i, word in enumerate(words))

    def take(self) -> Token:
        token = self.token
        if token.kind is not Kind.END:
            self.at += 1
        return token

    def took_word(self, *words: str) -> bool:
        if self.is_word(*words):
            self.at += 1
            return True
        return False

    def took_words(self, *words: str) -> bool:
        if self.are_words(*words):
            self.at += len(words)
            return True
        return False

    def took_sign(self, *signs: str) -> bool:
        if self.is_sign(*signs):
            self.at += 1
            return True
        return False

    def word(self, *words: str) -> Token:
        if not self.is_word(*words):
            raise self.expected(" or ".join(f"`{word}`" for word in words))
        return self.take()

    def sign(self, sign: str, opened: Token | None = None) -> Token:
        """Takes a sign; `opened` is the bracket that it closes."""
        if not self.is_sign(sign):
            closing = (
                f" to close the `{opened.value}` opened at {opened.place.line}:{opened.place.column}"
                if opened
                else ""
            )
            raise self.expected(f"`{sign}`{closing}")
        return self.take()

    def expected(self, what: str) -> InputError:
        return InputError(f"expected {what}, found {self.token}", place=self.place, hint=self._hint())

    def _hint(self) -> str:
        if self.is_sign("=") and self.is_sign("=", ahead=-1):
            return "equality is written with one `=`"
        if self.is_sign("&") and self.is_sign("&", ahead=-1):
            return "write `and`"
        if self.is_sign("|") and self.is_sign("|", ahead=-1):
            return "write `or`"
        return ""

    # Names

    def name(self, what: str = "a name") -> str:
        """An identifier: any word will do where nothing else can stand."""
        if self.token.kind not in (Kind.WORD, Kind.QUOTED):
            raise self.expected(what)
        return self.take().value

    def is_name(self) -> bool:
        """Whether an alias may stand here."""
        token = self.token
        if token.kind is Kind.QUOTED:
            return True
        return (
            token.kind is Kind.WORD
            and token.value not in RESERVED
            and token.value not in PRECISIONS + PLURALS
        )

    def text(self, what: str = "a text in single quotes") -> str:
        if self.token.kind is not Kind.TEXT:
            raise self.expected(what)
        return self.take().value

    def optional_text(self) -> str | None:
        return self.take().value if self.token.kind is Kind.TEXT else None

    @contextmanager
    def deeper(self) -> Iterator[None]:
        self.depth += 1
        if self.depth > DEEPEST:
            raise InputError(
                f"an expression nested deeper than {DEEPEST} levels",
                place=self.place,
                hint="give its parts names with `define`",
            )
        try:
            yield
        finally:
            self.depth -= 1
