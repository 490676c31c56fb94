"""Tokens into an expression: operator precedence by binding power (Pratt), one function per kind of term.

Errors are collected: after one, reading goes on at the next sign that can follow, so that one run shows them all.
Nesting is bounded, so that no expression can exhaust the stack of this or a later stage.
"""

from __future__ import annotations

from decimal import Decimal

from lakmus.core.dates import PartialDateTime, PartialTime, parse_datetime_literal, parse_time_literal
from lakmus.core.errors import InputError, LakmusError, ManyErrors, Place
from lakmus.core.quantities import Quantity
from lakmus.query.frontends.fhirpath import syntax
from lakmus.query.frontends.fhirpath.lexer import Kind, Token, tokens
from lakmus.query.frontends.fhirpath.syntax import Expression, height
from lakmus.query.ir.types import (
    BOOLEAN,
    DATE,
    DATETIME,
    DECIMAL,
    INTEGER,
    LONG,
    QUANTITY,
    STRING,
    TIME,
    TypeName,
)

# How deep an expression may nest: a parenthesis, an argument, a step of a path, an operator of a chain is one level.
# Later stages walk it recursively with up to eight frames a level; Python allows a thousand.
DEEPEST = 100

# N1 6.8 "Operator Precedence", the loosest first.
LEVELS = (
    ("implies",),
    ("or", "xor"),
    ("and",),
    ("in", "contains"),
    ("=", "~", "!=", "!~"),
    ("<=", "<", ">", ">="),
    ("|",),
    ("is", "as"),
    ("+", "-", "&"),
    ("*", "/", "div", "mod"),
)
POWER = {operator: 10 * (level + 1) for level, row in enumerate(LEVELS) for operator in row}
SIGN_POWER = 10 * (len(LEVELS) + 1)
PATH_POWER = SIGN_POWER + 10
# Words that may also be names (N1 appendix "Grammar", identifier).
_ALSO_NAMES = frozenset(("as", "contains", "in", "is"))
_KEYWORDS = frozenset(("and", "or", "xor", "implies", "div", "mod", "true", "false"))

CALENDAR = {
    **{name: name for name in ("year", "month", "week", "day", "hour", "minute", "second", "millisecond")},
    **{
        f"{name}s": name
        for name in ("year", "month", "week", "day", "hour", "minute", "second", "millisecond")
    },
}
_INTEGERS = {INTEGER: 2**31, LONG: 2**63}
_MOST_DIGITS = 60
_TOO_DEEP = "an expression nested too deep"
_TOO_DEEP_HINT = f"at most {DEEPEST} levels of parentheses, arguments, steps and operators are read"


def parse(text: str, source: str = "") -> Expression:
    """The expression; raises ManyErrors with every fault's line, column, snippet and hint."""
    found, errors = tokens(text, source)
    reader = _Parser(found, list(errors))
    expression = reader.whole()
    if reader.errors:
        raise ManyErrors([with_snippet(error, text) for error in _by_place(reader.errors)])
    return expression


def with_snippet(error: LakmusError, text: str) -> LakmusError:
    """The same error, its hint headed by the line it is about and a mark under the column."""
    place = error.place
    if place is None or place.line is None or place.column is None:
        return error
    line = (text.splitlines() or [""])[min(place.line, len(text.splitlines()) or 1) - 1]
    start = max(0, place.column - 60)
    mark = " " * (place.column - 1 - start) + "^"
    hint = f"{line[start : start + 100]}\n  {mark}" + (f"\n  {error.hint}" if error.hint else "")
    return InputError(error.message, place=place, hint=hint)


def _by_place(errors: list[InputError]) -> list[InputError]:
    def order(error: InputError) -> tuple[int, int]:
        place = error.place or Place()
        return place.line or 0, place.column or 0

    return sorted(errors, key=order)


class _TooDeep(InputError):
    pass


class _Parser:
    def __init__(self, found: list[Token], errors: list[InputError]) -> None:
        self.tokens = found
        self.at = 0
        self.depth = 0
        self.errors = errors

    @property
    def next(self) -> Token:
        return self.tokens[self.at]

    def whole(self) -> Expression:
        try:
            expression = self.expression()
            if self.next.kind is not Kind.END:
                self.fail(
                    f"{self.shown()} is not expected here", "an operator or the end of the expression is"
                )
            if height(expression) > DEEPEST:
                raise _TooDeep(_TOO_DEEP, place=expression.place, hint=_TOO_DEEP_HINT)
        except _TooDeep as error:
            self.errors.append(error)
            return syntax.Nothing()
        return expression

    # Operators

    def expression(self, power: int = 0) -> Expression:
        self.depth += 1
        if self.depth > DEEPEST:
            raise _TooDeep(_TOO_DEEP, place=self.next.place, hint=_TOO_DEEP_HINT)
        left = self.prefixed()
        while (operator := self.operator()) and POWER.get(operator, PATH_POWER) > power:
            left = self.continued(left, operator)
        self.depth -= 1
        return left

    def operator(self) -> str | None:
        token = self.next
        if token.kind is Kind.SIGN and (token.value in POWER or token.value in ".["):
            return token.value
        return (
            token.value if token.kind is Kind.NAME and not token.delimited and token.value in POWER else None
        )

    def continued(self, left: Expression, operator: str) -> Expression:
        place = self.advance().place
        if operator == ".":
            return self.step(left)
        if operator == "[":
            index = self.expression()
            self.expect("]")
            return syntax.Indexed(left, index, place=place)
        if operator in ("is", "as"):
            return syntax.Typed(operator, left, self.type_name(), place=place)
        return syntax.Binary(operator, left, self.expression(POWER[operator]), place=place)

    def prefixed(self) -> Expression:
        if self.next.kind is Kind.SIGN and self.next.value in "+-":
            token = self.advance()
            return syntax.Sign(token.value, self.expression(SIGN_POWER), place=token.place)
        return self.term()

    # Terms

    def term(self) -> Expression:
        token = self.next
        if token.kind is Kind.NAME:
            return self.word()
        if token.kind in (Kind.NUMBER, Kind.TEXT, Kind.MOMENT):
            return self.constant()
        if token.kind is Kind.SPECIAL:
            return syntax.Special(self.advance().value, place=token.place)
        if token.kind is Kind.EXTERNAL:
            return syntax.External(self.advance().value, place=token.place)
        if token.value == "(":
            return self.parenthesis()
        if token.value == "{":
            self.advance()
            self.expect("}")
            return syntax.Nothing(place=token.place)
        return self.missing()

    def missing(self) -> Expression:
        self.fail(f"{self.shown()} where a value is expected", "write a path, a literal, a function or (...)")
        if self.next.kind is not Kind.END and self.next.value not in (")", "]", "}", ","):
            self.advance()
        return syntax.Nothing(place=self.next.place)

    def parenthesis(self) -> Expression:
        self.advance()
        inner = self.expression()
        self.expect(")")
        return inner

    def word(self) -> Expression:
        token = self.next
        if token.value in ("true", "false") and not token.delimited:
            return syntax.Constant(self.advance().value == "true", BOOLEAN, place=token.place)
        return self.step(None)

    def step(self, source: Expression | None) -> Expression:
        """A name or call, of a source or at the beginning of a path."""
        token = self.next
        if token.kind is Kind.SPECIAL:  # `source.$this` is of the grammar, and means $this
            return syntax.Special(self.advance().value, place=token.place)
        # after a dot no word can be an operator: `text.div` needs no backquotes
        if not (self.is_name() or (source is not None and token.kind is Kind.NAME)):
            self.fail(f"{self.shown()} where a name is expected", "after '.' comes an element or a function")
            return source or self.missing()
        self.advance()
        if self.next.kind is Kind.SIGN and self.next.value == "(":
            return syntax.Call(source, token.value, self.arguments(), place=token.place)
        return syntax.Name(source, token.value, place=token.place)

    def is_name(self) -> bool:
        token = self.next
        return token.kind is Kind.NAME and (token.delimited or token.value not in _KEYWORDS)

    def arguments(self) -> tuple[Expression, ...]:
        self.expect("(")
        found: list[Expression] = []
        while self.next.kind is not Kind.END and self.next.value != ")":
            found.append(self.expression())
            if self.next.value != "," or self.next.kind is not Kind.SIGN:
                break
            self.advance()
            if self.next.value == ")":
                self.fail("an argument is missing after ','", "write it, or take the comma away")
        self.expect(")")
        return tuple(found)

    def type_name(self) -> tuple[str, ...]:
        names = [self.identifier()]
        while self.next.kind is Kind.SIGN and self.next.value == "." and self.next_is_plain_name():
            self.advance()
            names.append(self.identifier())
        return tuple(names)

    def next_is_plain_name(self) -> bool:
        """Whether a name and no call follows the dot."""
        after = self.tokens[min(self.at + 1, len(self.tokens) - 1)]
        then = self.tokens[min(self.at + 2, len(self.tokens) - 1)]
        return after.kind is Kind.NAME and then.value != "("

    def identifier(self) -> str:
        if not self.is_name():
            self.fail(
                f"{self.shown()} where a type is expected", "write a type such as Quantity or FHIR.Patient"
            )
            return "Any"
        return self.advance().value

    # Literals

    def constant(self) -> Expression:
        token = self.advance()
        if token.kind is Kind.TEXT:
            return syntax.Constant(token.value, STRING, place=token.place)
        if token.kind is Kind.MOMENT:
            return self.moment(token)
        return self.number(token)

    def number(self, token: Token) -> Expression:
        if len(token.value) > _MOST_DIGITS:
            self.fail("a number too long", f"at most {_MOST_DIGITS} digits are read", token)
            return syntax.Constant(0, INTEGER, place=token.place)
        unit = self.unit()
        if unit is not None:
            return syntax.Constant(
                Quantity(Decimal(token.value.rstrip("L")), unit), QUANTITY, place=token.place
            )
        if "." in token.value and not token.value.endswith("L"):
            return syntax.Constant(Decimal(token.value), DECIMAL, place=token.place)
        return self.integer(token)

    def integer(self, token: Token) -> Expression:
        type_: TypeName = LONG if token.value.endswith("L") else INTEGER
        digits = token.value.rstrip("L")
        if "." in digits or int(digits) >= _INTEGERS[type_]:
            self.fail(
                f"a number out of the range of {type_.name}",
                "write a decimal, or a Long with the suffix L",
                token,
            )
            return syntax.Constant(0, type_, place=token.place)
        return syntax.Constant(int(digits), type_, place=token.place)

    def unit(self) -> str | None:
        token = self.next
        if token.kind is Kind.TEXT:
            return self.advance().value
        if token.kind is Kind.NAME and not token.delimited and token.value in CALENDAR:
            return CALENDAR[self.advance().value]
        return None

    def moment(self, token: Token) -> Expression:
        written = token.value[1:]
        value: PartialDateTime | PartialTime
        try:
            if written.startswith("T"):
                value, type_ = parse_time_literal(written[1:]), TIME
            else:
                value, type_ = parse_datetime_literal(written), DATETIME if "T" in written else DATE
        except InputError as error:
            self.fail(error.message, error.hint, token)
            return syntax.Nothing(place=token.place)
        return syntax.Constant(value, type_, place=token.place)

    # Reading

    def advance(self) -> Token:
        token = self.next
        if token.kind is not Kind.END:
            self.at += 1
        return token

    def expect(self, sign: str) -> None:
        if self.next.kind is Kind.SIGN and self.next.value == sign:
            self.advance()
            return
        self.fail(f"{self.shown()} where {sign!r} is expected", "")
        while self.next.kind is not Kind.END and self.next.value != sign:
            self.advance()
        self.advance()

    def shown(self) -> str:
        token = self.next
        return "the end of the expression" if token.kind is Kind.END else repr(token.value[:40])

    def fail(self, message: str, hint: str, token: Token | None = None) -> None:
        self.errors.append(InputError(message, place=(token or self.next).place, hint=hint))
