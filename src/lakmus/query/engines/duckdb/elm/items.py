"""What stands in a table of the lake: an expression with its shape and FHIR's type, and the way to what is inside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from lakmus.fhir.shapes import Shape
from lakmus.lake.schema import literal, quoted
from lakmus.query.ir.model import FhirR4
from lakmus.query.models.model import Member, Step, Where

_FHIR = FhirR4()
Fresh = Callable[[], str]


@dataclass(frozen=True, slots=True)
class Item:
    """`sql` is a list when `many`; its shape is that of each item."""

    sql: str
    shape: Shape
    structure: str
    many: bool = False

    def child(self, name: str) -> str | None:
        """The SQL of a primitive child of a single item; None when nobody recorded one."""
        return f"({self.sql}).{quoted(name)}" if name in self.shape.fields else None


def walk(start: Item, steps: tuple[Step, ...], fresh: Fresh) -> list[Item]:
    """What steps lead to: an item for each FHIR type that may stand there."""
    items = [start]
    for step in steps:
        if isinstance(step, Member):
            items = [found for item in items for found in members(item, step.name, fresh)]
        else:
            items = [_kept(item, step, fresh) for item in items]
    return items


def members(item: Item, name: str, fresh: Fresh) -> Iterator[Item]:
    """The forms of an element that data has; the value of a primitive is the primitive itself."""
    if name == "value" and item.structure[:1].islower():
        yield item
        return
    for element in _FHIR.elements(item.structure).get(name, ()):
        shape = item.shape.fields.get(element.json_name)
        if shape is not None:
            yield _member(item, element.json_name, element.type.name, shape, fresh)


def _member(item: Item, name: str, structure: str, shape: Shape, fresh: Fresh) -> Item:
    if not item.many:
        return Item(f"({item.sql}).{quoted(name)}", shape, structure, shape.many)
    x = fresh()
    found = f"list_transform({item.sql}, lambda {x}: {x}.{quoted(name)})"
    if shape.many:
        return Item(f"flatten({found})", shape, structure, True)
    y = fresh()
    return Item(f"list_filter({found}, lambda {y}: {y} IS NOT NULL)", shape, structure, True)


def _kept(item: Item, step: Where, fresh: Fresh) -> Item:
    """Items with something at a path that has all of the texts."""
    if item.many:
        x = fresh()
        test = holds(Item(x, item.shape, item.structure), step, fresh)
        return Item(f"list_filter({item.sql}, lambda {x}: {test})", item.shape, item.structure, True)
    test = holds(item, step, fresh)
    return Item(f"CASE WHEN {test} THEN {item.sql} END", item.shape, item.structure)


def holds(item: Item, step: Where, fresh: Fresh) -> str:
    """SQL: whether an item has something at a path with all of these texts."""
    if not step.path:
        tests = [_has(item.child(name), text) for name, text in step.texts]
        return " AND ".join(tests)
    shape = item.shape.fields.get(step.path[0])
    if shape is None:
        return "false"
    inner, rest = f"({item.sql}).{quoted(step.path[0])}", Where(step.path[1:], step.texts)
    if not shape.many:
        return holds(Item(inner, shape, ""), rest, fresh)
    x = fresh()
    return f"len(list_filter({inner}, lambda {x}: {holds(Item(x, shape, ''), rest, fresh)})) > 0"


def _has(child: str | None, text: str) -> str:
    return "false" if child is None else f"coalesce({child} = {literal(text)}, false)"
