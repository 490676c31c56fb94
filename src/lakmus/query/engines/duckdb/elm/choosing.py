"""Which macro an operator is for operands of these types."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from lakmus.query.engines.duckdb.elm.macros import table
from lakmus.query.ir.elm.types import CqlType, IntervalType, ListType, TypeParameter


def chosen(operator: str, types: Sequence[CqlType]) -> tuple[str, bool] | None:
    """The macro's name, and whether it is told the precision; None when there is none for these types."""
    return _chosen(operator, tuple(types))


@lru_cache(maxsize=4096)
def _chosen(operator: str, types: tuple[CqlType, ...]) -> tuple[str, bool] | None:
    for signature, name, precise in table().get(operator, ()):
        wanted = signature.operands(len(types))
        if wanted is not None and _fits(wanted, types):
            return name, precise
    return None


def _fits(wanted: Sequence[CqlType], given: Sequence[CqlType]) -> bool:
    bound: dict[str, CqlType] = {}
    return all(_unified(w, g, bound) for w, g in zip(wanted, given, strict=True))


def _unified(wanted: CqlType, given: CqlType, bound: dict[str, CqlType]) -> bool:
    """Whether a type is the one wanted, `T` being the same type everywhere."""
    match wanted, given:
        case TypeParameter(name), _:
            return bound.setdefault(name, given) == given
        case ListType(inner), ListType(item):
            return _unified(inner, item, bound)
        case IntervalType(inner), IntervalType(point):
            return _unified(inner, point, bound)
    return wanted == given
