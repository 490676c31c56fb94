"""What type a value turns out to have."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from lakmus.core.quantities import Quantity
from lakmus.query.ir.elm import types as t
from lakmus.query.ir.elm.types import ChoiceType, CqlType, IntervalType, ListType, Named, TupleType
from lakmus.query.ir.elm.values import (
    Code,
    CodeSystem,
    Concept,
    Date,
    DateTime,
    Instance,
    Interval,
    Long,
    Ratio,
    Time,
    Tuple,
    Uncertainty,
    ValueSet,
)

NAMES: dict[type, Named] = {
    bool: t.BOOLEAN,
    int: t.INTEGER,
    Uncertainty: t.INTEGER,
    Long: t.LONG,
    Decimal: t.DECIMAL,
    str: t.STRING,
    Date: t.DATE,
    DateTime: t.DATETIME,
    Time: t.TIME,
    Quantity: t.QUANTITY,
    Ratio: t.RATIO,
    Code: t.CODE,
    Concept: t.CONCEPT,
    CodeSystem: t.CODE_SYSTEM,
    ValueSet: t.VALUE_SET,
}


def point_type(static: CqlType, low: Any, high: Any) -> CqlType:
    """The type of an interval's bounds: where several are possible, that which the bounds turn out to have."""
    bound = high if low is None else low
    return NAMES.get(type(bound), static) if isinstance(static, ChoiceType) else static


def is_of(value: Any, type_: CqlType, models: Mapping[str, Any]) -> bool:
    """Whether a value that is not null is of a type; of a list or tuple, whether all inside are."""
    if type_ == t.ANY:
        return True
    match type_:
        case ChoiceType(types):
            return any(is_of(value, each, models) for each in types)
        case ListType(item):
            return isinstance(value, list) and all(v is None or is_of(v, item, models) for v in value)
        case IntervalType(point):
            return isinstance(value, Interval) and _bounded_by(value, point, models)
        case TupleType():
            return isinstance(value, Tuple) and _has(value, type_, models)
        case Named():
            return _is_named(value, type_, models)
    return False


def _bounded_by(value: Interval, point: CqlType, models: Mapping[str, Any]) -> bool:
    bounds = [bound for bound in (value.low, value.high) if bound is not None]
    return all(is_of(bound, point, models) for bound in bounds) if bounds else value.point == point


def _has(value: Tuple, type_: TupleType, models: Mapping[str, Any]) -> bool:
    wanted = dict(type_.elements)
    return value.elements.keys() == wanted.keys() and all(
        each is None or is_of(each, wanted[name], models) for name, each in value.elements.items()
    )


def _is_named(value: Any, type_: Named, models: Mapping[str, Any]) -> bool:
    if isinstance(value, Instance):
        return _specialises(value.type, type_, models)
    found = NAMES.get(type(value))
    return found == type_ or (type_ == t.VOCABULARY and isinstance(value, ValueSet | CodeSystem))


def _specialises(name: CqlType | None, type_: Named, models: Mapping[str, Any]) -> bool:
    while isinstance(name, Named):
        if name == type_:
            return True
        model = models.get(name.namespace)
        name = model.base(name) if model is not None else None
    return False
