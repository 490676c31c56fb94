"""A view over single records in plain Python: what other engines are held against.

Rows of one selection are made item by item as the definition reads: its columns, beside them the rows of its parts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from lakmus.core.errors import InputError, Place
from lakmus.query.engines.reference import Environment, Value, evaluate
from lakmus.query.engines.reference.values import as_system
from lakmus.query.frontends.fhirpath import Options, compile
from lakmus.query.frontends.views import ROW_INDEX, Column, Selection, View
from lakmus.query.ir.types import INTEGER, TypeName

Row = dict[str, Any]
STANDARD = Environment()


def rows(view: View, record: Mapping[str, Any], environment: Environment = STANDARD) -> Iterator[Row]:
    """The rows of a view for one record, as Python values; none when it is of another type or left out by `where`."""
    if record.get("resourceType") != view.resource:
        return
    constants = {name: [Value(c.value, c.name)] for name, c in view.constants.items()}
    run = _Run(record, replace(environment, variables={**environment.variables, **constants}))
    item = Value(record, TypeName("FHIR", view.resource))
    if all(run.holds(test, item) for test in view.where):
        yield from run.beside(view.selections, item, 0)


def nothing(part: Selection) -> Value:
    """An item without content: the one row of `forEachOrNull` where the path finds none."""
    assert part.for_each is not None, "only what has a path finds none"
    kind = part.for_each.type.only
    assert kind is not None, "the front end checked it"
    return Value(None if kind.name[0].islower() else {}, kind)


class _Run:
    def __init__(self, record: Mapping[str, Any], environment: Environment) -> None:
        self.environment = replace(environment, root=record)

    def of(self, node: Any, item: Value, index: int = 0) -> list[Value]:
        given = {**self.environment.variables, ROW_INDEX: [Value(index, INTEGER)]}
        return evaluate(node, item, replace(self.environment, variables=given))

    def holds(self, test: Any, item: Value) -> bool:
        found = [system for value in self.of(test, item) if (system := as_system(value)) is not None]
        return len(found) == 1 and found[0].value is True

    def beside(self, selections: tuple[Selection, ...], item: Value, index: int) -> Iterator[Row]:
        """Every row of one selection with every row of the others."""
        if not selections:
            yield {}
            return
        first, *rest = selections
        for row in self.selection(first, item, index):
            for other in self.beside(tuple(rest), item, index):
                yield {**row, **other}

    def selection(self, part: Selection, item: Value, index: int) -> Iterator[Row]:
        """The rows of one selection: one for each of its items and each row below."""
        if part.for_each is None and not part.repeat:
            yield from self.item(part, item, index)
            return
        items = self.items(part, item, index)
        if not items and part.or_null:
            items = [nothing(part)]
        for number, found in enumerate(items):
            yield from self.item(part, found, number)

    def items(self, part: Selection, item: Value, index: int) -> list[Value]:
        if part.for_each is not None:
            return self.of(part.for_each, item, index)
        return list(self.repeated(part.repeat, item))

    def repeated(self, paths: tuple[str, ...], item: Value) -> Iterator[Value]:
        """Each item before those below it."""
        for path in paths:
            node = compile(path, context=item.type.name, options=Options(strict=False))
            for found in self.of(node, item):
                yield found
                yield from self.repeated(paths, found)

    def item(self, part: Selection, item: Value, index: int) -> Iterator[Row]:
        own = {column.name: self.column(column, item, index) for column in part.columns}
        for below in self.beside(part.selections, item, index):
            if not part.union:
                yield {**own, **below}
            for one_of in part.union:
                for row in self.selection(one_of, item, index):
                    yield {**own, **below, **row}

    def column(self, column: Column, item: Value, index: int) -> Any:
        found = [s.value for v in self.of(column.path, item, index) if (s := as_system(v)) is not None]
        if column.collection:
            return found
        if len(found) > 1:
            message = f"the column {column.name} has several values; ask for first(), or a collection"
            raise InputError(message, place=Place(path=column.name))
        return found[0] if found else None
