"""Elements of instances, read from FHIR JSON through the model; and of the System model's own classes.

An element gives an instance, a System value, or a list of them; None when it is not there. What stands at an element but
is of no type that the model allows there (a reference where only a code is) is not one of its values.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from lakmus.core.errors import InputError, NotFoundError, Place
from lakmus.core.quantities import Quantity
from lakmus.query.engines.reference.elm.fhir_values import conversion, conversion_of
from lakmus.query.engines.reference.elm.items import PRIMITIVES, Item, holds, listed, members
from lakmus.query.engines.reference.elm.rows import Call, Context
from lakmus.query.ir.elm.types import ANY, Named
from lakmus.query.ir.elm.values import Code, CodeSystem, Concept, Instance, Interval, Ratio, Tuple, ValueSet
from lakmus.query.models.fhir import fhir_model
from lakmus.query.models.model import Element, Member, Model, Reading, Step, is_system

_ANY_VALUE = "FHIR.ToValue"
_VALUES: dict[type, tuple[str, ...]] = {
    Quantity: ("value", "unit"),
    Ratio: ("numerator", "denominator"),
    Code: ("code", "system", "version", "display"),
    Concept: ("codes", "display"),
    CodeSystem: ("id", "version", "name"),
    ValueSet: ("id", "version", "name", "codesystems"),
    Interval: ("low", "high", "lowClosed", "highClosed"),
}
_ATTRIBUTES = {"lowClosed": "low_closed", "highClosed": "high_closed"}
Finish = Callable[[Call, Item], Any]


class Reader:
    """Reads instances of some models in the context of an evaluation; FHIR's own classes are always among them."""

    def __init__(self, models: Mapping[str, Model], context: Context) -> None:
        self.models = {"FHIR": fhir_model(), **models}
        self._call = Call(context, (), ANY)

    def property(self, source: Any, name: str) -> Any:
        """An element by name; None of None. Raises InputError when there is no such element."""
        if isinstance(source, Instance):
            return self._of_instance(source, name)
        return None if source is None else system_property(source, name)

    def is_a(self, instance: Instance, type_: Named) -> bool:
        """Whether an instance is of a class, or of one that derives from it."""
        model = self.models.get(instance.type.namespace)
        return model is not None and model.is_a(instance.type, type_)

    def children(self, value: Any) -> list[Any]:
        """The values of all elements, items of lists one by one; of a list, those of its items."""
        if isinstance(value, list):
            return [child for item in value for child in self.children(item)]
        return [item for name in self._names(value) for item in listed(self.property(value, name))]

    def descendants(self, value: Any) -> list[Any]:
        """The children, theirs, and so on: each value before its own children."""
        found: list[Any] = []
        stack = self.children(value)[::-1]
        while stack:
            found.append(stack.pop())
            stack.extend(self.children(found[-1])[::-1])
        return found

    def _names(self, value: Any) -> tuple[str, ...]:
        if isinstance(value, Instance):
            return tuple(self.models[value.type.namespace].elements(value.type))
        return tuple(value.elements) if isinstance(value, Tuple) else _VALUES.get(type(value), ())

    def _of_instance(self, source: Instance, name: str) -> Any:
        plan = _plan(self.models[source.type.namespace], source.type, name)
        start = Item(plan.structure, source.content, source.beside, source.path)
        for reading in plan.element.path:
            items = [self._finished(item, reading, plan) for item in self._walk(start, reading.steps)]
            found = [value for value in items if value is not None]
            if found:
                return found if plan.many else _only(found, plan.element, source)
        return None

    def _walk(self, start: Item, steps: tuple[Step, ...]) -> list[Any]:
        """What steps lead to: items, or System values of primitives."""
        items: list[Any] = [start]
        for step in steps:
            if isinstance(step, Member):
                items = [found for item in items for found in self._members(item, step.name)]
            else:
                items = [item for item in items if holds(step, item.content)]
        return items

    def _members(self, item: Item, name: str) -> list[Any]:
        if name == "value" and item.structure in PRIMITIVES:
            return [_system_value(self._call, item)]
        return members(item, name)

    def _finished(self, item: Any, reading: Reading, plan: Plan) -> Any:
        if not isinstance(item, Item):
            convert = conversion(reading.conversion) if reading.conversion and item is not None else None
            return convert(self._call, item) if convert else item
        key = reading.conversion, item.structure
        if key not in plan.finishes:
            plan.finishes[key] = plan.finish(*key)
        return plan.finishes[key](self._call, item)


@dataclass(frozen=True, slots=True)
class Plan:
    """How an element of a class is read. `finishes` remembers what to do with items, by conversion and FHIR's type."""

    model: Model
    structure: str
    element: Element
    many: bool
    finishes: dict[tuple[str, str], Finish] = field(default_factory=dict)

    def finish(self, wanted: str, structure: str) -> Finish:
        """A conversion leaves out what it is not for; `ToValue`, which System types imply, converts what it can."""
        wanted = wanted or (_ANY_VALUE if is_system(self.element.type) else "")
        available = conversion_of(structure)
        if wanted and available:
            return _system_value if wanted in (_ANY_VALUE, available) else _nothing
        type_ = self.model.class_for(self.element.type, structure)
        if type_ is None or wanted not in ("", _ANY_VALUE):
            return _nothing
        return lambda _, item: Instance(type_, item.content, item.path, item.beside)


@lru_cache(maxsize=8192)
def _plan(model: Model, type_: Named, name: str) -> Plan:
    info, element = model.class_of(type_), model.element(type_, name)
    if info is None or element is None:
        raise NotFoundError(f"{type_} has no element `{name}`")
    return Plan(model, info.structure, element, element.many)


def _nothing(_: Call, __: Item) -> None:
    return None


def _system_value(call: Call, item: Item) -> Any:
    name = conversion_of(item.structure)
    if name is None:
        return None
    source = Instance(Named("FHIR", item.structure), item.content, item.path, item.beside)
    return conversion(name)(call, source)


def _only(found: list[Any], element: Element, source: Instance) -> Any:
    if len(found) == 1:
        return found[0]
    message = f"`{element.name}` is there {len(found)} times where {source.type} allows one"
    raise InputError(message, place=Place(path=source.path))


def system_property(value: Any, name: str) -> Any:
    """An element of a tuple, an interval or a class of the System model; lists are lists."""
    if isinstance(value, Tuple):
        return value.elements.get(name)
    if name not in _VALUES.get(type(value), ()):
        raise NotFoundError(f"a value has no element `{name}`")
    found = getattr(value, _ATTRIBUTES.get(name, name))
    return list(found) if isinstance(found, tuple) else found
