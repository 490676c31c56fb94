"""Literals and selectors (CQL 1.5, author's guide, "Literals", "Clinical Values", "Structured Values")."""

from __future__ import annotations

import re
from decimal import Decimal

from lakmus.core.errors import InputError
from lakmus.core.quantities import Quantity
from lakmus.query.frontends.cql import syntax as s
from lakmus.query.frontends.cql.translate.scope import Scope
from lakmus.query.frontends.cql.translate.specifiers import named_type, type_of
from lakmus.query.frontends.cql.translate.translator import Translator, translates
from lakmus.query.ir.elm import nodes as elm
from lakmus.query.ir.elm.types import (
    ANY,
    BOOLEAN,
    CODE,
    CODE_SYSTEM,
    CONCEPT,
    DATE,
    DATETIME,
    DECIMAL,
    INTEGER,
    LONG,
    QUANTITY,
    RATIO,
    STRING,
    SYSTEM_CLASSES,
    TIME,
    CqlType,
    IntervalType,
    ListType,
    Named,
    tuple_of,
)
from lakmus.query.ir.elm.values import Code, Concept, Date, Long, Ratio, Time

INTEGERS = range(-(2**31), 2**31)
LONGS = range(-(2**63), 2**63)
LARGEST = Decimal("9999999999999999999999999999.99999999")
_DAY = r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?"
_CLOCK = r"(\d\d)(?::(\d\d)(?::(\d\d)(?:\.(\d{1,3})\d*)?)?)?"
_DATE = re.compile(_DAY, re.ASCII)
_DATETIME = re.compile(rf"{_DAY}T(?:{_CLOCK})?(Z|[+-]\d\d:\d\d)?", re.ASCII)
_TIME = re.compile(rf"T{_CLOCK}", re.ASCII)
_RANGES = ((1, 9999), (1, 12), (1, 31), (0, 23), (0, 59), (0, 59), (0, 999))


@translates(s.Null)
def null(_: Translator, node: s.Null, __: Scope) -> elm.Elm:
    return elm.Null(ANY, place=node.place)


@translates(s.Boolean)
def boolean(_: Translator, node: s.Boolean, __: Scope) -> elm.Elm:
    return elm.Literal(BOOLEAN, node.value, place=node.place)


@translates(s.String)
def string(_: Translator, node: s.String, __: Scope) -> elm.Elm:
    return elm.Literal(STRING, node.value, place=node.place)


@translates(s.Number)
def number(_: Translator, node: s.Number, __: Scope) -> elm.Elm:
    return numeral(node, node.text)


def numeral(node: s.Syntax, text: str) -> elm.Literal:
    """A number as written, its sign included; InputError outside the type's range."""
    if text.endswith("L"):
        return elm.Literal(LONG, Long(_within(int(text[:-1]), LONGS, "a long integer")), place=node.place)
    if "." in text:
        return elm.Literal(DECIMAL, _decimal(text), place=node.place)
    return elm.Literal(INTEGER, _within(int(text), INTEGERS, "an integer"), place=node.place)


def _within(value: int, bounds: range, what: str) -> int:
    if value not in bounds:
        raise InputError(f"{what} lies between {bounds[0]} and {bounds[-1]}")
    return value


def _decimal(text: str) -> Decimal:
    value = Decimal(text)
    if value.copy_abs() > LARGEST or -int(value.as_tuple().exponent) > 8:
        raise InputError("a decimal has at most 28 digits before the point and 8 after it")
    return value


@translates(s.Moment)
def moment(_: Translator, node: s.Moment, __: Scope) -> elm.Elm:
    """A time of day with no zone written is one in the zone of the evaluation: made when it runs."""
    text = node.text
    if found := _TIME.fullmatch(text):
        return elm.Literal(TIME, Time(_parts(found.groups(), 3)), place=node.place)
    if found := _DATE.fullmatch(text):
        return elm.Literal(DATE, Date(_parts(found.groups(), 0)), place=node.place)
    if found := _DATETIME.fullmatch(text):
        return _datetime(found, node)
    hint = "write @YYYY-MM-DD, @YYYY-MM-DDThh:mm:ss.fff with a zone or without, or @Thh:mm:ss.fff; parts at the end may be left out"
    raise InputError("this is no date or time", hint=hint)


def _datetime(found: re.Match[str], node: s.Moment) -> elm.Elm:
    *texts, zone = found.groups()
    parts = _parts(tuple(texts), 0)
    operands: list[elm.Elm] = [elm.Literal(INTEGER, part, place=node.place) for part in parts]
    if zone is not None:
        operands += [elm.Null(INTEGER)] * (7 - len(parts)) + [elm.Literal(DECIMAL, _hours(zone))]
    return elm.Apply(DATETIME, "DateTime", tuple(operands), place=node.place)


def _hours(zone: str) -> Decimal:
    if zone == "Z":
        return Decimal("0.0")
    minutes = int(zone[1:3]) * 60 + int(zone[4:6])
    if minutes > 14 * 60:
        raise InputError("an offset lies between -14:00 and +14:00")
    return Decimal(-minutes if zone[0] == "-" else minutes) / 60


def _parts(texts: tuple[str | None, ...], first: int) -> tuple[int, ...]:
    given = [text for text in texts if text is not None]
    parts = tuple(int(t.ljust(3, "0")) if first + i == 6 else int(t) for i, t in enumerate(given))
    for part, (low, high) in zip(parts, _RANGES[first:], strict=False):
        if not low <= part <= high:
            raise InputError(f"{part} is not between {low} and {high}")
    return _real(parts) if first == 0 else parts


def _real(parts: tuple[int, ...]) -> tuple[int, ...]:
    from lakmus.core.dates import days_in_month

    if len(parts) > 2 and parts[2] > days_in_month(parts[0], parts[1]):
        raise InputError("the month has no such day")
    return parts


def quantity_of(node: s.QuantityLiteral) -> Quantity:
    """A quantity literal's value; calendar words are singular."""
    unit = node.unit.removesuffix("s") if node.calendar and len(node.unit) > 1 else node.unit
    text = node.number
    value = Decimal(text) if "." in text else Decimal(_within(int(text), LONGS, "a number"))
    return Quantity(value, unit or "1")


@translates(s.QuantityLiteral)
def quantity(_: Translator, node: s.QuantityLiteral, __: Scope) -> elm.Elm:
    return elm.Literal(QUANTITY, quantity_of(node), place=node.place)


@translates(s.RatioLiteral)
def ratio(_: Translator, node: s.RatioLiteral, __: Scope) -> elm.Elm:
    value = Ratio(quantity_of(node.numerator), quantity_of(node.denominator))
    return elm.Literal(RATIO, value, place=node.place)


def code_of(run: Translator, node: s.CodeSelector, scope: Scope) -> Code:
    system = run.expression(node.system, scope)
    if not isinstance(system, elm.Literal) or system.type != CODE_SYSTEM:
        raise InputError("a code is `from` a code system", place=node.system.place)
    return Code(node.code, system.value.id, system.value.version, node.display)


@translates(s.CodeSelector)
def code(run: Translator, node: s.CodeSelector, scope: Scope) -> elm.Elm:
    return elm.Literal(CODE, code_of(run, node, scope), place=node.place)


@translates(s.ConceptSelector)
def concept(run: Translator, node: s.ConceptSelector, scope: Scope) -> elm.Elm:
    codes = tuple(code_of(run, each, scope) for each in node.codes)
    return elm.Literal(CONCEPT, Concept(codes, node.display), place=node.place)


@translates(s.IntervalSelector)
def interval(run: Translator, node: s.IntervalSelector, scope: Scope) -> elm.Elm:
    low, high = run.expression(node.low, scope), run.expression(node.high, scope)
    point = _point(run, low, high)
    closed = [elm.Literal(BOOLEAN, each) for each in (node.low_closed, node.high_closed)]
    bounds = run.fitted(low, point), run.fitted(high, point)
    return elm.Interval(IntervalType(point), *bounds, *closed, place=node.place)


def _point(run: Translator, low: elm.Elm, high: elm.Elm) -> CqlType:
    """A type with an order; a model's type stands for the one it converts to."""
    point = run.common(low, high)
    if run.is_class(point):
        point = next(
            (t for t in run.typing.targets(point) if isinstance(t, Named) and t.namespace == "System"), point
        )
    if point in (BOOLEAN, CODE, CONCEPT) or isinstance(point, ListType | IntervalType):
        raise InputError(f"an interval has no bounds of {point}")
    return point


@translates(s.TupleSelector)
def tuple_(run: Translator, node: s.TupleSelector, scope: Scope) -> elm.Elm:
    made = tuple((name, run.expression(each, scope)) for name, each in node.elements)
    return elm.Tuple(tuple_of((name, each.type) for name, each in made), made, place=node.place)


@translates(s.ListSelector)
def list_(run: Translator, node: s.ListSelector, scope: Scope) -> elm.Elm:
    items = [run.expression(each, scope) for each in node.items]
    if node.type is not None:
        item = type_of(run.around, node.type)
        fitting = tuple(run.converted(each, item, "an item of the list") for each in items)
        return elm.List(ListType(item), fitting, place=node.place)
    item = run.common(*items)
    return elm.List(ListType(item), tuple(run.fitted(each, item) for each in items), place=node.place)


@translates(s.InstanceSelector)
def instance(run: Translator, node: s.InstanceSelector, scope: Scope) -> elm.Elm:
    type_ = named_type(run.around, node.type.name, node.type.place, node.type.namespace)
    assert isinstance(type_, Named)
    made = []
    for name, each in node.elements:
        wanted = _element_type(run, type_, name)
        if wanted is None:
            raise InputError(f"{type_} has no element `{name}`", place=each.place)
        value = run.expression(each, scope)
        if isinstance(wanted, ListType) and not isinstance(value.type, ListType) and value.type != ANY:
            value = elm.List(ListType(value.type), (value,), place=value.place)
        made.append((name, run.converted(value, wanted, f"`{name}`")))
    return elm.Instance(type_, tuple(made), place=node.place)


def _element_type(run: Translator, type_: Named, name: str) -> CqlType | None:
    if type_ in SYSTEM_CLASSES:
        return SYSTEM_CLASSES[type_].get(name)
    model = run.around.models.get(type_.namespace)
    element = model.element(type_, name) if model else None
    return element.type if element else None
