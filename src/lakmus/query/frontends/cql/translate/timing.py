"""Timing phrases and what they stand for (CQL 1.5, author's guide, "Timing and Interval Operators"; grammar: intervalOperatorPhrase)."""

from __future__ import annotations

from lakmus.core.errors import InputError
from lakmus.query.frontends.cql import syntax as s
from lakmus.query.frontends.cql.translate.literals import quantity_of
from lakmus.query.frontends.cql.translate.scope import Scope
from lakmus.query.frontends.cql.translate.translator import Translator, translates
from lakmus.query.frontends.cql.typing import is_null
from lakmus.query.ir.elm import nodes as elm
from lakmus.query.ir.elm.types import ANY, BOOLEAN, QUANTITY, IntervalType

NAMES: dict[str, tuple[str, ...]] = {
    "includes": ("Includes", "Contains"),
    "included in": ("IncludedIn", "In"),
    "in": ("In", "IncludedIn"),
    "contains": ("Contains", "Includes"),
    "meets": ("Meets",),
    "meets before": ("MeetsBefore",),
    "meets after": ("MeetsAfter",),
    "overlaps": ("Overlaps",),
    "overlaps before": ("OverlapsBefore",),
    "overlaps after": ("OverlapsAfter",),
    "starts": ("Starts",),
    "ends": ("Ends",),
}
PROPER = {
    "Includes": "ProperIncludes",
    "Contains": "ProperContains",
    "IncludedIn": "ProperIncludedIn",
    "In": "ProperIn",
}
CONCURRENT = {"as": "SameAs", "or before": "SameOrBefore", "or after": "SameOrAfter"}
COMPONENTS = {
    "date": "DateFrom",
    "time": "TimeFrom",
    "timezoneoffset": "TimezoneOffsetFrom",
    "timezone": "TimezoneOffsetFrom",
}


@translates(s.ComponentOf)
def component(run: Translator, node: s.ComponentOf, scope: Scope) -> elm.Elm:
    operand = run.expression(node.operand, scope)
    name = COMPONENTS.get(node.component)
    if name is not None:
        return run.apply(name, operand, place=node.place, shown=f"{node.component} from")
    precision = singular(node.component)
    shown = f"{node.component} from"
    return run.apply("DateTimeComponentFrom", operand, place=node.place, precision=precision, shown=shown)


def singular(word: str) -> str:
    """`days` as `day`."""
    return word.removesuffix("s")


@translates(s.DurationBetween)
def duration_between(run: Translator, node: s.DurationBetween, scope: Scope) -> elm.Elm:
    low, high = run.expression(node.low, scope), run.expression(node.high, scope)
    name = "DifferenceBetween" if node.difference else "DurationBetween"
    return run.apply(
        name,
        low,
        high,
        place=node.place,
        precision=singular(node.precision),
        shown=f"{node.precision} between",
    )


@translates(s.DurationOf)
def duration_of(run: Translator, node: s.DurationOf, scope: Scope) -> elm.Elm:
    operand = run.expression(node.operand, scope)
    low, high = run.apply("Start", operand, place=node.place), run.apply("End", operand, place=node.place)
    name = "DifferenceBetween" if node.difference else "DurationBetween"
    return run.apply(
        name,
        low,
        high,
        place=node.place,
        precision=singular(node.precision),
        shown=f"duration in {node.precision}",
    )


@translates(s.Timing)
def timing(run: Translator, node: s.Timing, scope: Scope) -> elm.Elm:
    left, right = run.expression(node.left, scope), run.expression(node.right, scope)
    left, right = bound(run, left, node.left_bound), bound(run, right, node.right_bound)
    if node.operator == "concurrent":
        return _apply(run, node, CONCURRENT[node.relation], left, right)
    if node.operator == "within":
        return _within(run, node, left, right)
    if node.operator in ("before", "after"):
        return _relative(run, node, left, right)
    names = NAMES[node.operator]
    if node.properly:  # of a null where an item or a list may stand it is asked whether it is an item
        names = tuple(PROPER.get(name, name) for name in names)
        names = names[::-1] if (right if "includes" in node.operator else left).type == ANY else names
    return _apply(run, node, names, left, right)


def bound(run: Translator, operand: elm.Elm, which: str) -> elm.Elm:
    """`start` or `end` of an interval, where one is named."""
    if not which:
        return operand
    return run.apply(
        "Start" if which == "start" else "End", operand, place=operand.place, shown=f"{which} of"
    )


def _apply(
    run: Translator, node: s.Timing, names: str | tuple[str, ...], left: elm.Elm, right: elm.Elm
) -> elm.Elm:
    shown = f"{node.operator} {node.relation}".strip().replace("concurrent", "same")
    return run.apply(names, left, right, place=node.place, precision=singular(node.precision), shown=shown)


def _relative(run: Translator, node: s.Timing, left: elm.Elm, right: elm.Elm) -> elm.Elm:
    before = node.operator == "before"
    if node.offset is None:
        plain = "Before" if before else "After"
        inclusive = "SameOrBefore" if before else "SameOrAfter"
        return _apply(run, node, inclusive if node.inclusive else plain, left, right)
    left, right = (
        _facing(run, left, "end" if before else "start"),
        _facing(run, right, "start" if before else "end"),
    )
    offset = elm.Literal(QUANTITY, quantity_of(node.offset), place=node.offset.place)
    limit = run.apply("Subtract" if before else "Add", right, offset, place=node.place, shown=node.operator)
    if node.qualifier in ("or less", "less than"):
        return _near(run, node, left, right, limit)
    if node.qualifier == "more than":
        return _apply(run, node, "Before" if before else "After", left, limit)
    if node.qualifier == "or more":
        return _apply(run, node, "SameOrBefore" if before else "SameOrAfter", left, limit)
    precision = singular(node.precision) or _precision(node.offset)
    return run.apply("SameAs", left, limit, place=node.place, precision=precision, shown=node.operator)


def _precision(offset: s.QuantityLiteral) -> str:
    """Of an exact offset: that of its own unit, when it has one."""
    unit = quantity_of(offset).unit
    return unit if unit in ("year", "month", "week", "day", "hour", "minute", "second", "millisecond") else ""


def _facing(run: Translator, operand: elm.Elm, which: str) -> elm.Elm:
    """The bound of an interval that an offset is counted from; a point is its own."""
    if isinstance(operand.type, IntervalType) or _converts_to_interval(run, operand):
        return bound(run, operand, which)
    return operand


def _converts_to_interval(run: Translator, operand: elm.Elm) -> bool:
    """Whether a model's type stands for an interval (`FHIR.Period`) and for no point."""
    targets = list(run.typing.targets(operand.type))
    return any(isinstance(t, IntervalType) for t in targets) and run.is_class(operand.type)


def _near(run: Translator, node: s.Timing, left: elm.Elm, right: elm.Elm, limit: elm.Elm) -> elm.Elm:
    """At most the offset away: `or less` takes the far limit in, `on or` the near one."""
    far, near = node.qualifier == "or less", node.inclusive
    before = node.operator == "before"
    low, high = (limit, right) if before else (right, limit)
    closed = (far, near) if before else (near, far)
    return _in_span(run, node, left, right, (low, high), closed)


def _within(run: Translator, node: s.Timing, left: elm.Elm, right: elm.Elm) -> elm.Elm:
    """`within 3 days of`: not further than the offset from the start and the end."""
    if node.offset is None:
        raise InputError("`within` needs a quantity", hint="write `within 3 days of …`")
    offset = elm.Literal(QUANTITY, quantity_of(node.offset), place=node.offset.place)
    low = run.apply("Subtract", _facing(run, right, "start"), offset, place=node.place, shown="within")
    high = run.apply("Add", _facing(run, right, "end"), offset, place=node.place, shown="within")
    return _in_span(run, node, left, right, (low, high), (not node.properly, not node.properly))


def _in_span(
    run: Translator,
    node: s.Timing,
    left: elm.Elm,
    right: elm.Elm,
    bounds: tuple[elm.Elm, elm.Elm],
    closed: tuple[bool, bool],
) -> elm.Elm:
    """Membership in a span around a moment; of no moment nothing is near."""
    low, high = bounds
    point = run.common(low, high)
    ends = [elm.Literal(BOOLEAN, each) for each in closed]
    span = elm.Interval(
        IntervalType(point), run.fitted(low, point), run.fitted(high, point), *ends, place=node.place
    )
    found = _apply(run, node, ("In", "IncludedIn"), left, span)
    known = run.apply("Not", is_null(right), place=node.place)
    return run.apply("And", found, known, place=node.place)
