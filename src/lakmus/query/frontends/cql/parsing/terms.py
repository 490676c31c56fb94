"""Names, calls, parentheses, conditionals, and what is written before a term (grammar: expressionTerm, invocation)."""

from __future__ import annotations

from lakmus.query.frontends.cql import syntax as s
from lakmus.query.frontends.cql.parsing.cursor import REFERENCES, Cursor
from lakmus.query.frontends.cql.parsing.expressions import (
    TERMS,
    arguments,
    begins,
    expression,
    prefixed,
)
from lakmus.query.frontends.cql.parsing.lexer import NAME, QUOTED, TEXT
from lakmus.query.frontends.cql.parsing.operators import duration_of
from lakmus.query.frontends.cql.parsing.types import TYPE_NAMES, named_type, type_specifier
from lakmus.query.frontends.cql.parsing.words import KEYWORD_IDENTIFIERS, PRECISIONS, UNITS

# Words with `of` or `from` that apply to the term after them.
_OF = ("start", "end", "width", "successor", "predecessor")
_FROM = ("singleton", "point")
_COMPONENTS = (*PRECISIONS, "date", "time", "timezoneoffset", "timezone")


@begins(TERMS, NAME, QUOTED, *KEYWORD_IDENTIFIERS)
def _named(cursor: Cursor) -> s.Expression:
    """An identifier, a call, or an instance of a class."""
    if instance_ahead(cursor):
        return instance(cursor)
    place, name = cursor.place, cursor.take().value
    if cursor.kind == "(":
        return s.Call(None, name, arguments(cursor), place=place)
    return s.Identifier(name, place=place)


def instance_ahead(cursor: Cursor) -> bool:
    """`Quantity {`, `FHIR.Coding {`: nothing else puts a brace behind a name."""
    steps = 1
    while cursor.ahead(steps) == "." and cursor.ahead(steps + 1) in TYPE_NAMES:
        steps += 2
    return cursor.ahead(steps) == "{"


def instance(cursor: Cursor) -> s.Expression:
    place, type_ = cursor.place, named_type(cursor)
    return s.InstanceSelector(type_, elements(cursor), place=place)


def elements(cursor: Cursor) -> tuple[tuple[str, s.Expression], ...]:
    """`{ name: value, … }`; `{ : }` has none."""
    opened, found = cursor.expect("{"), []
    if not cursor.took(":"):
        found.append(_element(cursor))
        while cursor.took(","):
            found.append(_element(cursor))
    cursor.close("}", opened)
    return tuple(found)


def _element(cursor: Cursor) -> tuple[str, s.Expression]:
    name = cursor.reference("the name of an element")
    cursor.expect(":")
    return name, expression(cursor)


@begins(TERMS, "(")
def _parenthesis(cursor: Cursor) -> s.Expression:
    opened = cursor.take()
    found = expression(cursor)
    cursor.close(")", opened)
    return found


# Before a term


@begins(TERMS, "+", "-")
def _sign(cursor: Cursor) -> s.Expression:
    place, operator = cursor.place, cursor.take().kind
    return s.Unary(operator, prefixed(cursor), place=place)


@begins(TERMS, *_OF)
def _of(cursor: Cursor) -> s.Expression:
    if cursor.ahead() != "of":
        return _named(cursor)
    place, word = cursor.place, cursor.take().kind
    cursor.take()
    return s.Unary(f"{word} of", prefixed(cursor), place=place)


@begins(TERMS, *_FROM)
def _from(cursor: Cursor) -> s.Expression:
    place, word = cursor.place, cursor.take().kind
    cursor.expect("from")
    return s.Unary(f"{word} from", prefixed(cursor), place=place)


@begins(TERMS, *_COMPONENTS)
def _component(cursor: Cursor) -> s.Expression:
    """`timezone` is what CQL called `timezoneoffset` before 1.3."""
    if cursor.kind in REFERENCES and cursor.ahead() != "from":
        return _named(cursor)
    place, word = cursor.place, cursor.take().kind
    cursor.expect("from")
    component = "timezoneoffset" if word == "timezone" else word
    return s.ComponentOf(component, prefixed(cursor), place=place)


begins(TERMS, "duration", "difference")(duration_of)


@begins(TERMS, "minimum", "maximum")
def _extent(cursor: Cursor) -> s.Expression:
    place, word = cursor.place, cursor.take().kind
    return s.TypeExtent(word, named_type(cursor), place=place)


# Words that take whole expressions


@begins(TERMS, "convert")
def _convert(cursor: Cursor) -> s.Expression:
    place = cursor.place
    cursor.take()
    operand = expression(cursor)
    cursor.expect("to")
    if cursor.kind == TEXT:
        return s.Conversion(operand, unit=cursor.take().value, place=place)
    if cursor.kind in UNITS:
        return s.Conversion(operand, unit=cursor.take().kind.removesuffix("s"), place=place)
    return s.Conversion(operand, type_specifier(cursor), place=place)


@begins(TERMS, "distinct", "flatten")
def _whole(cursor: Cursor) -> s.Expression:
    place, word = cursor.place, cursor.take().kind
    return s.Unary(word, expression(cursor), place=place)


@begins(TERMS, "expand", "collapse")
def _set(cursor: Cursor) -> s.Expression:
    place, word = cursor.place, cursor.take().kind
    operand = expression(cursor)
    if not cursor.took("per"):
        return s.Unary(word, operand, place=place)
    return s.SetPer(word, operand, _per(cursor), place=place)


def _per(cursor: Cursor) -> s.Expression:
    if cursor.kind not in PRECISIONS or cursor.ahead() == "from":
        return expression(cursor)
    place = cursor.place
    return s.QuantityLiteral("1", cursor.take().kind, calendar=True, place=place)


@begins(TERMS, "if")
def _if(cursor: Cursor) -> s.Expression:
    place = cursor.place
    cursor.take()
    condition = expression(cursor)
    cursor.expect("then")
    then = expression(cursor)
    cursor.expect("else")
    return s.If(condition, then, expression(cursor), place=place)


@begins(TERMS, "case")
def _case(cursor: Cursor) -> s.Expression:
    place = cursor.place
    cursor.take()
    comparand = None if cursor.kind == "when" else expression(cursor)
    items = [_case_item(cursor)]
    while cursor.kind == "when":
        items.append(_case_item(cursor))
    cursor.expect("else")
    otherwise = expression(cursor)
    cursor.expect("end")
    return s.Case(comparand, tuple(items), otherwise, place=place)


def _case_item(cursor: Cursor) -> tuple[s.Expression, s.Expression]:
    cursor.expect("when")
    condition = expression(cursor)
    cursor.expect("then")
    return condition, expression(cursor)
