"""Instances in SQL: a struct of the elements that a program reads, each converted once, where the record is read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeGuard

from lakmus.core.errors import UnsupportedError
from lakmus.fhir.definitions import is_resource
from lakmus.fhir.shapes import Shape
from lakmus.lake.schema import quoted
from lakmus.query.engines.duckdb.elm import values
from lakmus.query.engines.duckdb.elm.items import Fresh, Item, walk
from lakmus.query.engines.duckdb.elm.system_values import converted
from lakmus.query.ir.elm import nodes as elm
from lakmus.query.ir.elm.types import DATETIME, ChoiceType, CqlType, IntervalType, ListType, Named, TupleType
from lakmus.query.models.fhir import fhir_model
from lakmus.query.models.model import Element, Model, Reading, is_system

# What tells a record of a class from others: its site, type and id.
ID = "$id"
DATETIME_INTERVAL = IntervalType(DATETIME)
# Ends of an interval stand beside it, as `period$start`: they are computed once, where the record is read.
ENDS = ("start", "end")
Part = tuple[CqlType, str]
OF_ENDS = frozenset(
    [
        "Start",
        "End",
        "Before",
        "After",
        "In",
        "Contains",
        "IncludedIn",
        "Includes",
        "Overlaps",
        "OverlapsAfter",
        "OverlapsBefore",
    ]
)


@dataclass
class Classes:
    """Which elements of which classes are read (`demand`), and their SQL. Conversions stand beside elements, as `$FHIR.ToCode`.

    Instances of `whole` classes are compared: elements, which have no key, are then known by all that they hold.
    """

    models: Mapping[str, Model]
    fresh: Fresh
    named: Callable[[str], str]
    demanded: dict[Named, dict[str, CqlType]] = field(default_factory=dict)
    whole: set[Named] = field(default_factory=set)

    def model(self, class_: Named) -> Model:
        return self.models[class_.namespace] if class_.namespace in self.models else fhir_model()

    def demand(self, trees: Iterable[elm.Elm]) -> None:
        """Notes what expressions read of instances."""
        for tree in trees:
            for node in tree.walk():
                for element in _interval_elements(node):
                    for end in ENDS:
                        self._noted(
                            replace(element, path=f"{element.path}${end}", type=DATETIME), element.source.type
                        )
                if _compares(node):
                    self.whole |= {
                        each for part in (node, *node.children()) for each in _classes_in(part.type)
                    }
                source = getattr(node, "source", None)
                if isinstance(node, elm.Property | elm.Convert) and isinstance(source, elm.Elm):
                    self._noted(node, source.type)

    def _noted(self, node: elm.Property | elm.Convert, type_: CqlType) -> None:
        if isinstance(type_, Named) and type_.namespace != "System":
            name = node.path if isinstance(node, elm.Property) else f"${node.conversion}"
            self.demanded.setdefault(type_, {})[name] = node.type

    def fields(self, class_: Named) -> Mapping[str, str]:
        """The fields of a class's struct with their SQL types."""
        found = {ID: "VARCHAR"}
        for name, type_ in self.demanded.get(class_, {}).items():
            if class_ in _classes_in(type_):
                raise UnsupportedError(f"`{name}` of {class_}, which is made of itself", engine="DuckDB")
            found[name] = values.sql_type(type_, self.fields)
        return found

    def occurring(self, class_: Named, name: str, shape: Callable[[str], Shape]) -> frozenset[CqlType] | None:
        """The types of an element that records of a class have; None for what is no record."""
        info = self.model(class_).class_of(class_)
        element = self.model(class_).element(class_, name)
        if info is None or not info.resource or element is None or not element.path:
            return None
        item = Item("t", shape(info.resource), info.resource)
        read = (self._read(item, class_, element, reading) for reading in element.path)
        return frozenset(type_ for parts in read for type_, _ in parts)

    def read(self, source: str, class_: Named, name: str) -> str:
        """An element of an instance that stands in SQL as a struct."""
        return f"{source if source.isidentifier() else f'({source})'}.{quoted(name)}"

    def record(self, item: Item, class_: Named) -> tuple[dict[str, str], str]:
        """The struct of a record, over columns of which it is made: the intervals whose ends stand beside them."""
        columns: dict[str, str] = {}
        struct = self._struct(item, class_, columns)
        return columns, struct

    def instance(self, item: Item, class_: Named) -> str:
        """The struct of a single element."""
        found = self._struct(item, class_, None)
        return f"CASE WHEN {item.sql} IS NOT NULL THEN {found} END"

    def _struct(self, item: Item, class_: Named, columns: dict[str, str] | None) -> str:
        """A struct of the fields; those that go into `columns` are read from there."""
        made = {ID: self._identity(item, class_)}
        for name, type_ in self.demanded.get(class_, {}).items():
            made[name] = (
                f"({self._field(item, class_, name, type_)})::{self.named(values.sql_type(type_, self.fields))}"
            )
        if columns is not None:
            self._apart(class_, made, columns)
        return values.record(made)

    def _apart(self, class_: Named, made: dict[str, str], columns: dict[str, str]) -> None:
        """Every field as a column; the ends of an interval are those of its column."""
        ends = [name for name in made if name.partition("$")[0] and "$" in name]
        for i, name in enumerate(list(made)):
            if name not in ends:
                columns[f"e{i}"], made[name] = made[name], f"e{i}"
        for name in ends:
            element, _, end = name.partition("$")
            whole = made.get(element)
            if whole is None:
                continue
            made[name] = f"cql.{end}_datetime({whole})"

    def _identity(self, item: Item, class_: Named) -> str:
        """The key of a record, as views have it; of an element that is compared all that it holds."""
        if not is_resource(item.structure):
            return f"to_json({item.sql})::VARCHAR" if class_ in self.whole else "NULL::VARCHAR"
        id_ = item.child("id")
        return f"t.lk_site || '/{item.structure}/' || {id_}" if id_ else "NULL::VARCHAR"

    def _field(self, item: Item, class_: Named, name: str, type_: CqlType) -> str:
        element_name, _, end = name.partition("$")
        if element_name and end:
            whole = self._field(item, class_, element_name, DATETIME_INTERVAL)
            return whole if whole == "NULL" else f"cql.{end}_datetime({whole})"
        if name.startswith("$"):
            found = converted(item, self.fresh)
            return found[1] if found is not None else "NULL"
        element = self.model(class_).element(class_, name)
        assert element is not None
        read = [parts for reading in element.path if (parts := self._read(item, class_, element, reading))]
        return self._first(read, type_)

    def _first(self, read: list[list[Part]], type_: CqlType) -> str:
        """What the first reading gives that leads to something."""
        found = [self._joined(parts, type_) for parts in read]
        if not found:
            return "NULL"
        return found[0] if len(found) == 1 else f"coalesce({', '.join(found)})"

    def _joined(self, parts: list[Part], type_: CqlType) -> str:
        if isinstance(type_, ListType):
            lists = [self._fitted(part, ListType(part[0]), type_) for part in parts]
            return lists[0] if len(lists) == 1 else f"list_concat({', '.join(lists)})"
        if isinstance(type_, ChoiceType):
            return self._choice(parts, type_)
        return parts[0][1] if len(parts) == 1 else f"coalesce({', '.join(sql for _, sql in parts)})"

    def _fitted(self, part: Part, given: CqlType, wanted: ListType) -> str:
        if not isinstance(wanted.item, ChoiceType):
            return part[1]
        x = self.fresh()
        return f"list_transform({part[1]}, lambda {x}: {self._choice([(part[0], x)], wanted.item)})"

    def _choice(self, parts: list[Part], type_: ChoiceType) -> str:
        """A struct with a field for each alternative."""
        given = {values.tag(t): sql for t, sql in parts}
        sqls = [given[tag] for tag in map(values.tag, type_.types) if tag in given]
        if not sqls:
            return "NULL"
        fields = [
            (values.tag(t), given.get(values.tag(t), f"NULL::{self.named(values.sql_type(t, self.fields))}"))
            for t in type_.types
        ]
        there = " OR ".join(f"{sql} IS NOT NULL" for sql in sqls)
        return f"CASE WHEN {there} THEN {values.record(fields)} END"

    def _read(self, item: Item, class_: Named, element: Element, reading: Reading) -> list[Part]:
        """The values that a reading's steps lead to: one expression for each type."""
        parts = []
        for found in walk(item, reading.steps, self.fresh):
            part = self._finished(found, class_, element, reading)
            if part is not None:
                parts.append(part)
        return parts

    def _finished(self, item: Item, class_: Named, element: Element, reading: Reading) -> Part | None:
        if not item.many:
            return self._value(item, class_, element, reading)
        x = self.fresh()
        part = self._value(Item(x, item.shape, item.structure), class_, element, reading)
        if part is None:
            return None
        listed = item.sql if part[1] == x else f"list_transform({item.sql}, lambda {x}: {part[1]})"
        return part[0], listed if isinstance(element.type, ListType) else f"({listed})[1]"

    def _value(self, item: Item, class_: Named, element: Element, reading: Reading) -> Part | None:
        """A System value where the element's type, or its conversion, is of the System model; else an instance."""
        found = converted(item, self.fresh)
        if found is not None and (reading.conversion or is_system(element.type)):
            return found
        type_ = self.model(class_).class_for(element.type, item.structure)
        return None if type_ is None or reading.conversion else (type_, self.instance(item, type_))


def has_ends(node: elm.Elm) -> TypeGuard[elm.Property]:
    """Whether it is an element whose ends stand beside it."""
    if not isinstance(node, elm.Property) or node.type != DATETIME_INTERVAL:
        return False
    return isinstance(node.source.type, Named) and node.source.type.namespace != "System"


def _compares(node: elm.Elm) -> bool:
    """Whether it tells equal items from others."""
    if isinstance(node, elm.Query):
        return node.distinct
    return isinstance(node, elm.Apply) and node.operator in _COMPARING


_COMPARING = frozenset(
    [
        "Union",
        "Intersect",
        "Except",
        "Distinct",
        "Equal",
        "NotEqual",
        "Equivalent",
        "In",
        "Contains",
        "IndexOf",
        "Includes",
        "IncludedIn",
    ]
)


def _interval_elements(node: elm.Elm) -> Iterator[elm.Property]:
    """Elements that an operator on intervals asks for the ends of."""
    if isinstance(node, elm.Apply) and node.operator in OF_ENDS:
        yield from filter(has_ends, node.operands)


def _classes_in(type_: CqlType) -> set[Named]:
    match type_:
        case ListType(item):
            return _classes_in(item)
        case ChoiceType(types):
            return {each for t in types for each in _classes_in(t)}
        case TupleType(elements):
            return {each for _, t in elements for each in _classes_in(t)}
        case Named():
            return {type_}
    return set()
