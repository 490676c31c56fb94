"""How a collection stands in SQL: one expression for each type its items may have, a list only where there may be several.

NULL (or an empty list) is the empty collection, so that SQL's three-valued logic is the standard's. What stands beside a
primitive (`_birthDate`) goes with it: as a second expression of a single item, as `{v, b}` items of a list.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from lakmus.core.errors import UnsupportedError
from lakmus.fhir.shapes import Shape
from lakmus.lake import schema
from lakmus.query.ir.node import Node
from lakmus.query.ir.types import BOOLEAN, DECIMAL, INTEGER, LONG, QUANTITY, TypeName

NULL = "NULL"
ENGINE = "DuckDB"
QUANTITY_SQL = f"STRUCT(value {schema.DECIMAL}, unit VARCHAR)"
_SQL = {
    BOOLEAN: "BOOLEAN",
    INTEGER: "INTEGER",
    LONG: "BIGINT",
    DECIMAL: schema.DECIMAL,
    QUANTITY: QUANTITY_SQL,
}
_FHIR = {
    "boolean": "BOOLEAN",
    "integer": "INTEGER",
    "positiveInt": "INTEGER",
    "unsignedInt": "INTEGER",
    "decimal": schema.DECIMAL,
}


def sql_type(name: TypeName) -> str:
    """The SQL type of an item; text for what has no other."""
    return _SQL.get(name, "VARCHAR") if name.namespace == "System" else _FHIR.get(name.name, "VARCHAR")


@dataclass(frozen=True)
class Form:
    """Items of one type. `sql` is a list when the value is `many`, else a value or NULL for none.

    `shape` says which children recorded data has, None for what has none. `beside` is the expression, and `siblings`
    the shape, of what stands beside a primitive; a list then has items `{v, b}`. `digits` is SQL for the number of
    decimals that were written, where it is known.
    """

    type: TypeName
    sql: str
    shape: Shape | None = None
    beside: str = ""
    siblings: Shape | None = None
    digits: str = ""

    @property
    def structured(self) -> bool:
        return self.shape is not None and self.shape.kind == "struct"

    def item(self, name: str) -> Form:
        """One item of a list, standing under a name."""
        if self.siblings is None:
            return replace(self, sql=name, digits="")
        return replace(self, sql=f"{name}.v", beside=f"{name}.b", digits="")

    def at(self, name: str) -> Form:
        """The same items, standing under a name."""
        return replace(self, sql=name)

    @property
    def present(self) -> str:
        """SQL: whether a single item is there."""
        if self.siblings is not None:
            return f"({self.sql} IS NOT NULL OR {self.beside} IS NOT NULL)"
        return f"({self.sql} IS NOT NULL)"

    @property
    def packed(self) -> str:
        """A single item as an item of a list."""
        if self.siblings is None:
            return self.sql
        return f"CASE WHEN {self.present} THEN {{'v': {self.sql}, 'b': {self.beside}}} END"


@dataclass(frozen=True)
class Value:
    """A collection: its forms, of which at most one has items where the standard says so (choice elements)."""

    forms: tuple[Form, ...]
    many: bool = False

    @property
    def sql(self) -> str:
        """The one expression of a value that has one form."""
        return self.forms[0].sql if self.forms else NULL


class Names:
    """Fresh names of lambda parameters."""

    def __init__(self) -> None:
        self._next = 0

    def fresh(self, stem: str = "x") -> str:
        self._next += 1
        return f"{stem}{self._next}"

    def bound(self, sql: str, use: Callable[[str], str]) -> str:
        """SQL that uses an expression several times and computes it once."""
        if re.fullmatch(r"""[\w."]+|'(?:[^']|'')*'(?:::\w+)?""", sql):
            return use(sql)
        x = self.fresh()
        return f"list_transform([{sql}], lambda {x}: {use(x)})[1]"

    def each(self, listed: str, use: Callable[[str], str]) -> str:
        """SQL: a list of what each item gives."""
        x = self.fresh()
        return f"list_transform({listed}, lambda {x}: {use(x)})"

    def kept(self, listed: str, test: Callable[[str], str]) -> str:
        """SQL: the items that pass."""
        x = self.fresh()
        return f"list_filter({listed}, lambda {x}: {test(x)})"

    def present(self, listed: str) -> str:
        """SQL: the items that are there."""
        return self.kept(listed, lambda x: f"{x} IS NOT NULL")


def unsupported(node: Node, what: str = "") -> UnsupportedError:
    """The refusal of a node, made when it is compiled."""
    return UnsupportedError(what or type(node).__name__, engine=ENGINE, place=node.place)


def fault(message: str, kind: str = "") -> str:
    """SQL that raises an error with a message that quotes no data."""
    return f"error({schema.literal(FAULT + message)})" + (f"::{kind}" if kind else "")


FAULT = "lakmus: "  # begins the messages that are for users


def one(type_: TypeName, sql: str) -> Value:
    return Value((Form(type_, sql),))


def several(type_: TypeName, sql: str) -> Value:
    return Value((Form(type_, sql),), True)


def listed(value: Value, names: Names) -> Value:
    """The same collection as lists."""
    if value.many:
        return value
    forms = []
    for form in value.forms:
        sql = names.bound(form.packed, lambda x: f"CASE WHEN {x} IS NULL THEN [] ELSE [{x}] END")
        forms.append(replace(form, sql=sql, beside=""))
    return Value(tuple(forms), True)


def bare(value: Value, names: Names) -> Value:
    """Without what stands beside primitives: items that have a value."""
    forms = []
    for form in value.forms:
        if form.siblings is not None and value.many:
            sql = names.kept(names.each(form.sql, lambda x: f"{x}.v"), lambda x: f"{x} IS NOT NULL")
            form = replace(form, sql=sql)
        forms.append(replace(form, beside="", siblings=None))
    return Value(tuple(forms), value.many)


def grouped(forms: Iterable[Form], names: Names) -> Value:
    """Lists of forms as one collection: items of one type in one list, one after the other."""
    found: dict[object, Form] = {}
    for form in bare(Value(tuple(forms), True), names).forms:
        key = (form.type, repr(form.shape) if form.structured else "")
        if key in found:
            form = replace(form, sql=f"list_concat({found[key].sql}, {form.sql})")
        found[key] = form
    return Value(tuple(found.values()), True)


def exists(value: Value) -> str:
    """SQL: whether there is an item; never NULL."""
    if not value.forms:
        return "false"
    tests = (f"coalesce(len({f.sql}), 0) > 0" if value.many else f.present for f in value.forms)
    return "(" + " OR ".join(tests) + ")"


def count(value: Value) -> str:
    """SQL: the number of items; never NULL."""
    if not value.forms:
        return "0"
    parts = (f"coalesce(len({f.sql}), 0)" if value.many else f"{f.present}::INTEGER" for f in value.forms)
    return "(" + " + ".join(parts) + ")::INTEGER"


def single(value: Value, what: str) -> Value:
    """The one item; an error where there are several."""
    if not value.many:
        return value
    several_ = fault(f"{what} has several items where one is wanted")
    total = count(value)
    forms = []
    for form in value.forms:
        found = form.item(f"(CASE WHEN {total} > 1 THEN {several_} ELSE ({form.sql})[1] END)")
        forms.append(found)
    return Value(tuple(forms))
