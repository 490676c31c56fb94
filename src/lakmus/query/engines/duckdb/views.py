"""A view as one SQL statement over a table of the lake: items are unnested, parts of a union are branches."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from lakmus.core.errors import InputError, Place
from lakmus.fhir.shapes import Shape
from lakmus.lake import schema
from lakmus.query.engines.duckdb import chapters
from lakmus.query.engines.duckdb.compiler import Compiler, Scope
from lakmus.query.engines.duckdb.structure import literal
from lakmus.query.engines.duckdb.values import Form, Value, bare, one
from lakmus.query.frontends.fhirpath import compile
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


@dataclass(frozen=True)
class Branch:
    """One way through the tree: what is unnested on it, and the columns it gives."""

    scope: Scope
    context: str
    joins: tuple[str, ...] = ()
    columns: tuple[tuple[str, str], ...] = ()

    def joined(self, other: Branch) -> Branch:
        """This branch and, beside it, another one that began at the same place."""
        more = tuple(join for join in other.joins if join not in self.joins)
        return replace(self, joins=(*self.joins, *more), columns=(*self.columns, *other.columns))


def sql(view: View, columns: Shape, source: str) -> str:
    """The statement for a view over `source` (SQL of the rows, in brackets), whose recorded elements are `columns`."""
    return Statement(view, columns).text(source)


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
        return "\nUNION ALL\n".join(self._select(branch, rows) for branch in branches)

    def _select(self, branch: Branch, rows: str) -> str:
        listed = ",\n  ".join(f"{expression} AS {schema.quoted(name)}" for name, expression in branch.columns)
        return f"SELECT {listed}\nFROM {', '.join([rows, *branch.joins])}"

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

    def _repeated(self, paths: tuple[str, ...], around: Branch) -> Iterator[Branch]:
        """One branch for each level that recorded data has: the shape ends the recursion."""
        for path in paths:
            node = compile(path, context=around.context)
            value = self.compiler.value(node, around.scope)
            context = node.type.only
            if context is not None and any(form.shape is not None for form in value.forms):
                level = self._unnested(value, context.name, around)
                yield level
                yield from self._repeated(paths, level)

    def _unnested(self, value: Value, context: str, around: Branch, *, or_null: bool = False) -> Branch:
        form = value.forms[0] if value.forms else Form(next(iter(())), "[]")  # a checked path has a form
        items = form.sql if value.many else f"CASE WHEN {form.sql} IS NULL THEN [] ELSE [{form.sql}] END"
        if or_null:
            items = f"CASE WHEN coalesce(len({items}), 0) = 0 THEN [NULL] ELSE {items} END"
        alias = self.compiler.names.fresh("u")
        join = f"(SELECT unnest({items}) AS v, generate_subscripts({items}, 1) - 1 AS i) AS {alias}"
        if ROW_INDEX not in self._variables():
            join = f"(SELECT unnest({items}) AS v) AS {alias}"
        this = Value((Form(form.type, f"{alias}.v", form.shape),))
        scope = {**around.scope, "$this": this, "%context": this, f"%{ROW_INDEX}": one(INTEGER, f"{alias}.i")}
        return Branch(scope, context, (*around.joins, join))

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
