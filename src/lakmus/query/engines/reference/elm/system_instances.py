"""Instances of the System model's classes that CQL makes: `Quantity { value: 1, unit: 'g' }`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from lakmus.core.quantities import Quantity
from lakmus.query.ir.elm import types as t
from lakmus.query.ir.elm.values import Code, CodeSystem, Concept, Ratio, ValueSet

Elements = Mapping[str, Any]


def system_instance(type_: t.Named, given: Elements) -> Any:
    """The value with these elements; those not given are null."""
    return _MAKERS[type_](given)


def _quantity(given: Elements) -> Quantity | None:
    """Without a number there is no quantity."""
    value = given.get("value")
    return None if value is None else Quantity(value, given.get("unit") or "1")


def _concept(given: Elements) -> Concept:
    return Concept(tuple(given.get("codes") or ()), given.get("display"))


def _value_set(given: Elements) -> ValueSet:
    systems = tuple(given.get("codesystems") or ())
    return ValueSet(given.get("id") or "", given.get("version"), given.get("name"), systems)


_MAKERS: dict[t.Named, Callable[[Elements], Any]] = {
    t.QUANTITY: _quantity,
    t.RATIO: lambda given: Ratio(given.get("numerator"), given.get("denominator")),
    t.CODE: lambda given: Code(*(given.get(name) for name in ("code", "system", "version", "display"))),
    t.CONCEPT: _concept,
    t.CODE_SYSTEM: lambda given: CodeSystem(given.get("id") or "", given.get("version"), given.get("name")),
    t.VALUE_SET: _value_set,
}
