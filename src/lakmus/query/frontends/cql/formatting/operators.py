"""Operators, conditions, timing phrases (grammar: expression)."""

from __future__ import annotations

from lakmus.query.frontends.cql import syntax as s
from lakmus.query.frontends.cql.formatting.layout import fits, hanging, in_parentheses, indented
from lakmus.query.frontends.cql.formatting.terms import quantity
from lakmus.query.frontends.cql.formatting.types import specifier
from lakmus.query.frontends.cql.formatting.writer import Level, level, writes, written
from lakmus.query.frontends.cql.parsing.words import PRECISIONS, UNITS

_LOGIC = (Level.IMPLIES, Level.OR, Level.AND)
_BOUNDS = {"start": "starts ", "end": "ends ", "": ""}


@writes(s.Binary)
def _binary(node: s.Binary, room: int) -> str:
    """A whole chain at once: operators of one level are broken together or not at all."""
    own, first, links = level(node), node.left, [(node.operator, node.right)]
    while isinstance(first, s.Binary) and level(first) == own:
        links.append((first.operator, first.right))
        first = first.left
    rest = [f"{operator} {_operand(right, own, room, own + 1)}" for operator, right in reversed(links)]
    return hanging(_operand(first, own, room, own), rest, room, hug=own not in _LOGIC)


def _operand(node: s.Expression, around: Level, room: int, least: int) -> str:
    """`and` in `or` binds tighter, but readers are glad of the parentheses."""
    if around in _LOGIC and level(node) in _LOGIC and level(node) != around:
        least = Level.PREFIX
    return written(node, room - 2, least)


@writes(s.Unary)
def _unary(node: s.Unary, room: int) -> str:
    operator = node.operator
    if operator.startswith("is "):
        return f"{written(node.operand, room, Level.TYPE)} {operator}"
    if operator in "+-":
        return f"{operator}{written(node.operand, room, Level.TERM)}"
    own = level(node)
    least = Level.TYPE if own == Level.PREFIX else own
    return f"{operator} {written(node.operand, room, least)}"


@writes(s.Between)
def _between(node: s.Between, room: int) -> str:
    operand = written(node.operand, room, Level.BETWEEN)
    if operand.split()[-1] in UNITS:
        # `3 days between` would be a duration.
        operand = in_parentheses(operand)
    low, high = (written(each, room - 2, Level.SUM) for each in (node.low, node.high))
    properly = "properly " if node.properly else ""
    return hanging(f"{operand} {properly}between {low}", [f"and {high}"], room)


@writes(s.DurationBetween)
def _duration_between(node: s.DurationBetween, room: int) -> str:
    head = "difference in " if node.difference else ""
    low, high = (written(each, room - 2, Level.SUM) for each in (node.low, node.high))
    return hanging(f"{head}{node.precision} between {low}", [f"and {high}"], room)


@writes(s.DurationOf)
def _duration_of(node: s.DurationOf, room: int) -> str:
    head = "difference" if node.difference else "duration"
    return f"{head} in {node.precision} of {written(node.operand, room, Level.SIGN)}"


@writes(s.ComponentOf)
def _component(node: s.ComponentOf, room: int) -> str:
    return f"{node.component} from {written(node.operand, room, Level.SIGN)}"


@writes(s.SetPer)
def _set_per(node: s.SetPer, room: int) -> str:
    operand = f"{node.operator} {written(node.operand, room, Level.SETS)}"
    return operand if node.per is None else hanging(operand, [f"per {_per(node.per, room - 2)}"], room)


def _per(node: s.Expression, room: int) -> str:
    if (
        isinstance(node, s.QuantityLiteral)
        and node.number == "1"
        and node.calendar
        and node.unit in PRECISIONS
    ):
        return node.unit
    return written(node, room, Level.GREEDY)


# Types


@writes(s.TypeTest)
def _type_test(node: s.TypeTest, room: int) -> str:
    return f"{written(node.operand, room, Level.TYPE)} is {specifier(node.type)}"


@writes(s.Cast)
def _cast(node: s.Cast, room: int) -> str:
    if node.strict:
        return f"cast {written(node.operand, room, Level.CLOSED)} as {specifier(node.type)}"
    return f"{written(node.operand, room, Level.TYPE)} as {specifier(node.type)}"


# Conditions


@writes(s.If)
def _if(node: s.If, room: int) -> str:
    condition, then, otherwise = (
        written(each, room - 2, Level.GREEDY) for each in (node.condition, node.then, node.otherwise)
    )
    line = f"if {condition} then {then} else {otherwise}"
    if fits(line, room):
        return line
    return f"if {condition}\n{indented(f'then {then}')}\nelse {otherwise}"


@writes(s.Case)
def _case(node: s.Case, room: int) -> str:
    head = "case" if node.comparand is None else f"case {written(node.comparand, room, Level.GREEDY)}"
    items = [_item(condition, then, room - 2) for condition, then in node.items]
    items.append(f"else {written(node.otherwise, room - 2, Level.GREEDY)}")
    line = " ".join((head, *items, "end"))
    return line if fits(line, room) else "\n".join((head, *map(indented, items), "end"))


def _item(condition: s.Expression, then: s.Expression, room: int) -> str:
    when = f"when {written(condition, room, Level.GREEDY)}"
    return hanging(when, [f"then {written(then, room - 2, Level.GREEDY)}"], room)


# Timing


@writes(s.Timing)
def _timing(node: s.Timing, room: int) -> str:
    own = level(node)
    left = written(node.left, room - 2, own)
    right = written(node.right, room - 2, own + 1)
    if node.operator in ("starts", "ends") and right[0].isdigit():
        # A number here would begin the offset of another relation.
        right = in_parentheses(right)
    return hanging(left, [f"{_phrase(node)} {right}"], room)


def _phrase(node: s.Timing) -> str:
    properly = "properly " if node.properly else ""
    bound = f" {node.right_bound}" if node.right_bound else ""
    return f"{_BOUNDS[node.left_bound]}{properly}{_relation(node)}{bound}"


def _relation(node: s.Timing) -> str:
    if node.operator == "concurrent":
        return " ".join(filter(None, ("same", node.precision, node.relation)))
    if node.operator == "within":
        assert node.offset is not None
        return f"within {quantity(node.offset)} of"
    operator = "during" if node.operator == "included in" else node.operator
    words = (_offset(node), "on or" if node.inclusive else "", operator, _of(node.precision))
    return " ".join(filter(None, words))


def _offset(node: s.Timing) -> str:
    if node.offset is None:
        return ""
    words = (node.qualifier, quantity(node.offset))
    return " ".join(filter(None, words if node.qualifier.endswith("than") else reversed(words)))


def _of(precision: str) -> str:
    return f"{precision} of" if precision else ""
