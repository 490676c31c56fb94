"""SQL on FHIR v2 ViewDefinitions: JSON → a checked tree of selections whose paths are compiled.

https://sql-on-fhir.org/ig/StructureDefinition-ViewDefinition.html. All faults are collected, each with its place.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from lakmus.core.dates import parse_datetime_literal, parse_time_literal
from lakmus.core.errors import InputError, LakmusError, ManyErrors, Place
from lakmus.fhir import definitions
from lakmus.query.frontends.fhirpath import Options, compile
from lakmus.query.ir.node import Node
from lakmus.query.ir.operations import Concatenate, Join
from lakmus.query.ir.structure import Empty, Literal
from lakmus.query.ir.types import BOOLEAN, DATE, DATETIME, DECIMAL, INTEGER, STRING, TIME, Type, TypeName, one

ROW_INDEX = "rowIndex"
KNOWN_SELECT = {"column", "select", "forEach", "forEachOrNull", "unionAll", "repeat", "extension", "id"}
CONSTANTS: dict[str, TypeName] = {
    "Boolean": BOOLEAN,
    **dict.fromkeys(("Integer", "PositiveInt", "UnsignedInt"), INTEGER),
    "Decimal": DECIMAL,
    "Date": DATE,
    **dict.fromkeys(("DateTime", "Instant"), DATETIME),
    "Time": TIME,
    **dict.fromkeys(
        ("String", "Code", "Id", "Uri", "Url", "Oid", "Uuid", "Base64Binary", "Canonical", "Markdown"), STRING
    ),
}


@dataclass(frozen=True)
class Column:
    """One column of the result."""

    name: str
    path: Node
    collection: bool
    type: str  # FHIR type as declared or found; "" when it is not known


@dataclass(frozen=True)
class Selection:
    """Columns of each item of a path (or of the item around), beside or below other selections."""

    columns: tuple[Column, ...] = ()
    for_each: Node | None = None
    or_null: bool = False
    repeat: tuple[str, ...] = ()
    selections: tuple[Selection, ...] = ()
    union: tuple[Selection, ...] = ()

    def column_names(self) -> tuple[str, ...]:
        """In the order of the result."""
        names = [column.name for column in self.columns]
        for below in self.selections:
            names += below.column_names()
        return (*names, *(self.union[0].column_names() if self.union else ()))


@dataclass(frozen=True)
class View:
    """A checked view over one resource type."""

    name: str
    resource: str
    selections: tuple[Selection, ...]
    where: tuple[Node, ...] = ()
    constants: Mapping[str, Literal] = field(default_factory=dict)

    def column_names(self) -> tuple[str, ...]:
        return tuple(name for selection in self.selections for name in selection.column_names())

    def columns(self) -> Iterator[Column]:
        """All columns that are written, those of a union once."""
        for selection in self.selections:
            yield from _columns(selection)


def _columns(selection: Selection) -> Iterator[Column]:
    yield from selection.columns
    for below in selection.selections:
        yield from _columns(below)
    if selection.union:
        yield from _columns(selection.union[0])


def parse(definition: Mapping[str, Any]) -> View:
    """The view of a ViewDefinition resource; raises ManyErrors with every fault and its place."""
    reader = Reader(definition)
    view = reader.view()
    if reader.errors:
        raise ManyErrors(reader.errors)
    return view


class Reader:
    """Reads one definition."""

    def __init__(self, definition: Mapping[str, Any]) -> None:
        self.definition = definition
        self.errors: list[LakmusError] = []
        self.constants: dict[str, Literal] = {}

    def fault(self, message: str, path: str, hint: str = "") -> None:
        self.errors.append(InputError(message, place=Place(path=path), hint=hint))

    def view(self) -> View:
        resource = self.definition.get("resource")
        if not isinstance(resource, str) or not definitions.is_resource(resource):
            hint = definitions.suggestion(str(resource), definitions.resource_types())
            self.fault("`resource` names no resource type of FHIR R4", "resource", hint)
            return View("", "", ())
        self._constants()
        selections = self._selections(self.definition.get("select"), resource, "select")
        where = tuple(self._where(resource))
        view = View(
            str(self.definition.get("name", resource.lower())), resource, selections, where, self.constants
        )
        self._unique(view)
        return view

    def _constants(self) -> None:
        for number, entry in enumerate(_list(self.definition.get("constant"))):
            path = f"constant[{number}]"
            found = [(kind, entry[f"value{kind}"]) for kind in CONSTANTS if f"value{kind}" in entry]
            if not isinstance(entry.get("name"), str) or len(found) != 1:
                self.fault("a constant has a name and one value", path)
                continue
            kind, value = found[0]
            try:
                self.constants[entry["name"]] = Literal(_scalar(CONSTANTS[kind], value), CONSTANTS[kind])
            except (ValueError, AssertionError, ArithmeticError, LakmusError):
                self.fault(f"not a value of value{kind}", path)

    def _where(self, resource: str) -> Iterator[Node]:
        for number, entry in enumerate(_list(self.definition.get("where"))):
            node = self._path(entry.get("path"), resource, f"where[{number}].path")
            if node is None:
                continue
            if not node.type.may_be(BOOLEAN, TypeName("FHIR", "boolean")):
                self.fault("a condition is true or false", f"where[{number}].path")
            yield node

    def _selections(self, entries: Any, context: str, path: str) -> tuple[Selection, ...]:
        if not isinstance(entries, Sequence) or not entries:
            self.fault("at least one selection is needed", path)
            return ()
        return tuple(self._selection(entry, context, f"{path}[{n}]") for n, entry in enumerate(entries))

    def _selection(self, entry: Any, context: str, path: str) -> Selection:
        if not isinstance(entry, Mapping):
            self.fault("a selection is an object", path)
            return Selection()
        for unknown in entry.keys() - KNOWN_SELECT:
            self.fault(f"{unknown} is not known here", path, definitions.suggestion(unknown, KNOWN_SELECT))
        if len([name for name in ("forEach", "forEachOrNull", "repeat") if name in entry]) > 1:
            self.fault("only one of forEach, forEachOrNull and repeat", path)
        each = entry.get("forEach", entry.get("forEachOrNull"))
        node, inner = None, context
        repeat = tuple(str(p) for p in _list(entry.get("repeat")))
        if each is not None:
            node = self._path(each, context, f"{path}.forEach")
            inner = self._context(node, f"{path}.forEach") if node is not None else ""
        elif repeat:
            inner = self._repeat_context(repeat, context, f"{path}.repeat")
        if each is not None and not inner:
            return Selection()
        below, union = entry.get("select"), entry.get("unionAll")
        selection = Selection(
            tuple(self._columns_of(entry, inner, path)),
            node,
            "forEachOrNull" in entry,
            repeat,
            self._selections(below, inner, f"{path}.select") if below is not None else (),
            self._selections(union, inner, f"{path}.unionAll") if union is not None else (),
        )
        if len({part.column_names() for part in selection.union}) > 1:
            self.fault("all parts of a union have the same columns in the same order", f"{path}.unionAll")
        return selection

    def _columns_of(self, entry: Mapping[str, Any], context: str, path: str) -> Iterator[Column]:
        for number, column in enumerate(_list(entry.get("column"))):
            place = f"{path}.column[{number}]"
            name = column.get("name")
            if not isinstance(name, str) or not name.replace("_", "a").isalnum() or name[:1].isdigit():
                self.fault("a column's name is letters, digits and underscores", place)
                continue
            node = self._path(column.get("path"), context, f"{place}.path")
            if node is None:
                continue
            if isinstance(node, Join):  # the standard's suite wants a text here even of no item
                node = Concatenate(node, Empty())
            collection = bool(column.get("collection", False))
            yield Column(name, node, collection, str(column.get("type") or _fhir_type(node.type)))

    def _context(self, node: Node, path: str) -> str:
        if node.type.only is None:
            self.fault("the items of this path are of no single type", path, "narrow it with ofType()")
            return ""
        return node.type.only.name

    def _repeat_context(self, paths: tuple[str, ...], context: str, path: str) -> str:
        """The type of the items: a path need not exist at every level; "" when none exists at any."""
        found: dict[str, None] = {}
        new = [context]
        while new:
            nodes = [self._path(p, each, path, strict=False) for p in paths for each in new]
            kinds = {self._context(n, path) for n in nodes if n is not None and not n.type.empty}
            new = sorted(kinds - found.keys())
            found.update(dict.fromkeys(new))
        if len(found) > 1:
            self.fault("the items of these paths are of several types", path)
        return next(iter(found), "")

    def _path(self, text: Any, context: str, path: str, *, strict: bool = True) -> Node | None:
        if not isinstance(text, str):
            self.fault("a FHIRPath expression is needed", path)
            return None
        variables: dict[str, Type] = {name: one(c.name) for name, c in self.constants.items()}
        try:
            given = {**variables, ROW_INDEX: one(INTEGER)}
            return compile(text, context=context, variables=given, options=Options(strict=strict))
        except ManyErrors as errors:
            for error in errors.errors:
                self.fault(error.message, f"{path} `{text}`", error.hint)
        except InputError as error:
            self.fault(error.message, f"{path} `{text}`", error.hint)
        return None

    def _unique(self, view: View) -> None:
        names = view.column_names()
        for name in sorted({n for n in names if names.count(n) > 1}):
            self.fault(f"the column {name} is there twice", "select")


def _list(value: Any) -> list[Any]:
    return [entry for entry in value if entry is not None] if isinstance(value, list) else []


def _scalar(kind: TypeName, value: Any) -> Any:
    if kind == DECIMAL:
        return Decimal(str(value))
    if kind in (DATE, DATETIME):
        return parse_datetime_literal(str(value))
    if kind == TIME:
        return parse_time_literal(str(value))
    return value


def _fhir_type(found: Type) -> str:
    if found.only is None:
        return ""
    name = found.only
    return name.name if name.namespace == "FHIR" else name.name[0].lower() + name.name[1:]
