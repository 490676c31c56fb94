"""How a collection stands in SQL: one expression for each type its items may have, a list only where there may be several."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lakmus.fhir.shapes import Shape
from lakmus.query.ir.types import TypeName

NULL = "NULL"


@dataclass(frozen=True)
class Form:
    """Items of one type. `sql` is a list when the value is `many`, else a value or NULL for none.

    `shape` says which children recorded data has; None for a System value and for what nobody recorded.
    """

    type: TypeName
    sql: str
    shape: Shape | None = None


@dataclass(frozen=True)
class Value:
    """A collection: its forms, of which at most one has items where the standard says so (choice elements)."""

    forms: tuple[Form, ...]
    many: bool = False

    @property
    def sql(self) -> str:
        """The one expression of a value that has one form."""
        return self.forms[0].sql if self.forms else NULL

    def map(self, change: Callable[[str], str]) -> Value:
        """The same forms with other expressions."""
        return Value(tuple(Form(f.type, change(f.sql), f.shape) for f in self.forms), self.many)


class Names:
    """Fresh names of lambda parameters."""

    def __init__(self) -> None:
        self._next = 0

    def fresh(self, stem: str = "x") -> str:
        self._next += 1
        return f"{stem}{self._next}"


def one(type_: TypeName, sql: str) -> Value:
    return Value((Form(type_, sql),))


def exists(value: Value) -> str:
    """SQL: whether there is an item; never NULL."""
    if not value.forms:
        return "false"
    test = "coalesce(len({0}), 0) > 0" if value.many else "{0} IS NOT NULL"
    return "(" + " OR ".join(test.format(form.sql) for form in value.forms) + ")"


def count(value: Value) -> str:
    if not value.forms:
        return "0"
    test = "coalesce(len({0}), 0)" if value.many else "({0} IS NOT NULL)::INTEGER"
    return "(" + " + ".join(test.format(form.sql) for form in value.forms) + ")"
