"""A view as one SQL statement over a table of the lake: items are unnested, parts of a union are branches."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from lakmus.core.errors import InputError, Place, UnsupportedError
from lakmus.fhir.shapes import Shape
from lakmus.lake import schema
from lakmus.query.engines.duckdb import chapters
from lakmus.query.engines.duckdb.compiler import Compiler, Scope
from lakmus.query.engines.duckdb.literals import literal
from lakmus.query.engines.duckdb.values import ENGINE, Form, Value, bare, listed, one
from lakmus.query.frontends.fhirpath import Options, compile
from lakmus.query.frontends.views import ROW_INDEX, Column, Selection, View
from lakmus.query.ir.types import INTEGER

assert chapters.WHOLE, "the chapters fill the table of compilers"
# FHIR types that are columns of their own SQL type; every other primitive is text.
COLUMN_TYPES = {
    "boolean": "BOOLEAN",
    "integer": "INTEGER",
    "positiveInt": "INTEGER",
    "unsignedInt": "INTEGER",
    "decimal": schema.DECIMAL,
}


def column_type(column: Column) -> str:
    """The SQL type of a column of the result."""
    return COLUMN_TYPES.get(column.type, "VARCHAR") + ("[]" if column.collection else "")


@dataclass(frozen=True)
class Branch:
    """One way through the tree: what is unnested on it, and the columns it gives."""

    scope: Scope
    context: str
    layers: tuple[str, ...] = ()
    columns: tuple[tuple[str, str], ...] = ()

    def joined(self, other: Branch) -> Branch:
        """This branch and, beside it, another one that began at the same place."""
        more = tuple(layer for layer in other.layers if layer not in self.layers)
        return replace(self, layers=(*self.layers, *more), columns=(*self.columns, *other.columns))


def sql(view: View, columns: Shape, source: str) -> str:
    """The statement for a view over `source` (SQL of the rows, in brackets), whose recorded elements are `columns`."""
    return Statement(view, columns).text(source)


ROWS = "{rows}"  # in a layer: the rows below it


def _listed(form: Form, name: str, or_null: bool, indexed: bool) -> str:
    """Rows of rows: each with one item of a list."""
    items = form.sql
    if or_null:
        items = f"CASE WHEN coalesce(len({items}), 0) = 0 THEN [NULL] ELSE {items} END"
    place = f", generate_subscripts({items}, 1) - 1 AS {name}_i" if indexed else ""
    return f"(SELECT r.*, unnest({items}) AS {name}{place} FROM {ROWS}) AS r"


def _single(form: Form, name: str, or_null: bool) -> str:
    """The rows, each with the one item; without those that have none."""
    if or_null:
        return f"(SELECT r.*, {form.packed} AS {name} FROM {ROWS}) AS r"
    # Not a condition: the engine would push it down and compute the item twice.
    return f"(SELECT r.*, unnest(list_filter([{form.packed}], lambda v: v IS NOT NULL)) AS {name} FROM {ROWS}) AS r"


class Statement:
    """The compilation of one view."""

    def __init__(self, view: View, columns: Shape) -> None:
        self.view = view
        self.compiler = Compiler(view.resource, columns)
        given = {f"%{n}": literal(self.compiler, c, {}) for n, c in view.constants.items()}
        self.scope: Scope = {**self.compiler.scope, **given, f"%{ROW_INDEX}": one(INTEGER, "0")}

    def text(self, source: str) -> str:
        tests = [self.compiler.truth(node, self.scope) for node in self.view.where]
        rows = f"{source} AS r"
        if tests:
            rows = f"(SELECT * FROM {source} AS r WHERE {' AND '.join(f'coalesce({t}, false)' for t in tests)}) AS r"
        branches = [Branch(self.scope, self.view.resource)]
        for selection in self.view.selections:
            branches = [b.joined(part) for b in branches for part in self._branches(selection, b)]
        return "\nUNION ALL\n".join(self._select(branch, rows) for branch in branches) or self._nothing()

    def _nothing(self) -> str:
        """No rows, with the columns a row would have: of a view that repeats what nobody recorded."""
        kinds = (f"NULL::{column_type(c)} AS {schema.quoted(c.name)}" for c in self.view.columns())
        return f"SELECT {', '.join(kinds)} WHERE false"

    def _select(self, branch: Branch, rows: str) -> str:
        listed = ",\n  ".join(f"{expression} AS {schema.quoted(name)}" for name, expression in branch.columns)
        for layer in branch.layers:
            rows = layer.replace(ROWS, rows)
        return f"SELECT {listed}\nFROM {rows}"

    def _branches(self, selection: Selection, around: Branch) -> Iterator[Branch]:
        """The branches of one selection, each beginning at the branch around it, without its columns."""
        for start in self._starts(selection, Branch(around.scope, around.context)):
            made = replace(start, columns=tuple(self._column(c, start) for c in selection.columns))
            branches = [made]
            for below in selection.selections:
                branches = [b.joined(part) for b in branches for part in self._branches(below, start)]
            if selection.union:
                parts = [part for one_of in selection.union for part in self._branches(one_of, start)]
                branches = [b.joined(part) for b in branches for part in parts]
            yield from branches

    def _starts(self, selection: Selection, around: Branch) -> Iterator[Branch]:
        if selection.repeat:
            yield from self._repeated(selection.repeat, around)
        elif selection.for_each is None:
            yield around
        else:
            value = self.compiler.value(selection.for_each, around.scope)
            context = selection.for_each.type.only
            assert context is not None
            yield self._unnested(value, context.name, around, or_null=selection.or_null)

    def _repeated(self, paths: tuple[str, ...], around: Branch, before: str = "0") -> Iterator[Branch]:
        """One branch for each level that recorded data has: the shape ends the recursion.

        `before` is SQL for the index of the first item here: items are counted parents first.
        """
        for path in paths:
            for value, context in self._found(path, around.context, around.scope):
                level = self._unnested(value, context, around)
                if ROW_INDEX in self._variables():
                    place = level.scope[f"%{ROW_INDEX}"].sql
                    earlier = self._size(paths, value, context, until=place)
                    index = f"({before} + {earlier})"
                    level = replace(level, scope={**level.scope, f"%{ROW_INDEX}": one(INTEGER, index)})
                    before = f"({before} + {self._size(paths, value, context)})"
                    yield level
                    yield from self._repeated(paths, level, f"({index} + 1)")
                    continue
                yield level
                yield from self._repeated(paths, level)

    def _found(self, path: str, context: str, scope: Scope) -> Iterator[tuple[Value, str]]:
        """What a path of a repetition has at a level; nothing where there is no such element, or nobody recorded one."""
        node = compile(path, context=context, options=Options(strict=False))
        value = listed(self.compiler.value(node, scope), self.compiler.names)
        if node.type.only is not None and any(form.shape is not None for form in value.forms):
            yield value, node.type.only.name

    def _size(self, paths: tuple[str, ...], value: Value, context: str, until: str = "") -> str:
        """SQL: how many items these are with all below them."""
        form = value.forms[0]
        items = f"({form.sql})[1:{until}]" if until else form.sql

        def size(x: str) -> str:
            this = Value((form.item(x),))
            scope = {**self.scope, "$this": this, "%context": this}
            below = (
                self._size(paths, *found) for path in paths for found in self._found(path, context, scope)
            )
            return " + ".join(["1", *below])

        return f"coalesce(list_sum({self.compiler.names.each(items, size)}), 0)::INTEGER"

    def _unnested(self, value: Value, context: str, around: Branch, *, or_null: bool = False) -> Branch:
        """A row for each item; items that are at most one need no list."""
        if len(value.forms) != 1:
            raise UnsupportedError("rows for items that stand at different depths", engine=ENGINE)
        form, name = value.forms[0], self.compiler.names.fresh("u")
        place = f"r.{name}_i" if value.many else "0"
        layer = (
            _listed(form, name, or_null, ROW_INDEX in self._variables())
            if value.many
            else _single(form, name, or_null)
        )
        this = Value((form.item(f"r.{name}"),))
        scope = {**around.scope, "$this": this, "%context": this, f"%{ROW_INDEX}": one(INTEGER, place)}
        return Branch(scope, context, (*around.layers, layer))

    def _variables(self) -> set[str]:
        nodes = (n for c in self.view.columns() for n in c.path.walk())
        return {getattr(node, "name", "")[1:] for node in nodes if type(node).__name__ == "Variable"}

    def _column(self, column: Column, branch: Branch) -> tuple[str, str]:
        value = bare(self.compiler.value(column.path, branch.scope), self.compiler.names)
        forms = [f for f in value.forms if f.shape is None or f.shape.kind != "struct"]
        if len(forms) < len(value.forms) and not forms:
            raise InputError(
                f"the column {column.name} is of type {value.forms[0].type.name}, which has elements of its own",
                place=Place(path=column.name),
                hint="choose one of its elements",
            )
        kind = COLUMN_TYPES.get(column.type, "VARCHAR")
        if not forms:
            return column.name, f"NULL::{kind}{'[]' if column.collection else ''}"
        expression = (
            forms[0].sql if len(forms) == 1 else f"coalesce({', '.join(f'{f.sql}::VARCHAR' for f in forms)})"
        )
        if column.collection:
            listed = (
                expression
                if value.many
                else f"CASE WHEN {expression} IS NULL THEN [] ELSE [{expression}] END"
            )
            return column.name, f"coalesce({listed}, [])::{kind}[]"
        if value.many:
            several = f"the column {column.name} has several values; ask for first(), or a collection"
            fault = f"error({schema.literal(several)})"
            expression = (
                f"CASE WHEN len({expression}) > 1 THEN {fault}::VARCHAR::{kind} ELSE ({expression})[1] END"
            )
        return column.name, f"({expression})::{kind}"
