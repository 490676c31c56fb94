"""Cases of the CQL suite on the DuckDB engine: an expression becomes a column over rows without records.

Literals stand in the expression, or each is a column of a table of many rows (`lifted`), so that nothing is computed while
a statement is planned; then all rows have to say the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import duckdb

from lakmus.core.errors import InputError, NotFoundError
from lakmus.query.engines.duckdb.elm import chapters, values
from lakmus.query.engines.duckdb.elm.compiler import Compiler, Scope
from lakmus.query.engines.duckdb.elm.frames import Frame
from lakmus.query.engines.duckdb.elm.lowering import Inlining, known
from lakmus.query.engines.duckdb.elm.macros import install
from lakmus.query.frontends.cql.translate.program import compile
from lakmus.query.ir.elm import nodes as elm
from lakmus.query.ir.elm.library import Program
from lakmus.query.ir.elm.types import Named
from lakmus.query.ir.elm.values import DateTime
from lakmus.query.models.model import Model
from tests.query.cql.duckdb_values import read

assert chapters.WHOLE
NOW = DateTime((2026, 1, 2, 3, 4, 5, 0), 0)
TABLE = "suite_rows"


def no_model(name: str, _version: str | None) -> Model:
    raise NotFoundError(f"no model {name}")


class NoRecords:
    """What an expression without records asks of tables: nothing is there."""

    def defined(self, frame: Frame, node: elm.ExpressionRef) -> tuple[str, str]:
        raise AssertionError(node)

    def asked(self, node: elm.Elm, scope: Scope) -> str | None:
        return None

    def read(self, source: str, class_: Named, name: str) -> str:
        raise AssertionError(name)

    def fields(self, class_: Named) -> Mapping[str, str]:
        raise AssertionError(class_)

    def named(self, sql_type: str) -> str:
        return sql_type

    def constant(self, sql: str) -> str:
        return sql

    def value_set(self, url: str) -> str:
        raise AssertionError(url)


@dataclass
class Suite:
    """A connection with the macros. `rows`: how many rows an expression is asked over."""

    rows: int = 1
    lifted: bool = False
    connection: duckdb.DuckDBPyConnection = field(
        default_factory=lambda: duckdb.connect(config={"threads": 1})
    )

    def __post_init__(self) -> None:
        install(self.connection, NOW)

    def run(self, text: str) -> Any:
        """The value of an expression. Raises InputError where it has none, UnsupportedError where SQL says none."""
        return self.defined(compile(f"define X: {text}", no_model))

    def defined(self, program: Program) -> Any:
        """The value of a program's `X`."""
        tree = known(Inlining(program)(program.library.definitions["X"].expression))
        literals: dict[str, str] = {}
        lift = (lambda node: self._column(node, literals)) if self.lifted else (lambda node: None)
        compiler = Compiler(program, NoRecords(), {}, lift)
        frame = Frame(TABLE, ("p",), compiler.name)
        with compiler.within(frame):
            sql = compiler.safe(compiler.value(tree, {}))
        self._table(literals)
        return self._answer(frame.rows(f"{sql} AS v, {frame.fault() or 'false'} AS f"), tree)

    def sql(self, text: str) -> str:
        """The statement that answers an expression: to look at."""
        asked: list[str] = []
        spy = Suite(self.rows, self.lifted, self.connection)
        spy._answer = lambda sql, tree: asked.append(sql)  # type: ignore[method-assign]
        spy.run(text)
        return asked[0]

    def _column(self, node: elm.Literal, literals: dict[str, str]) -> str:
        """The column that a literal becomes."""
        sql = values.written(node.value, node.type)
        return literals.setdefault(sql, f"l{len(literals)}")

    def _table(self, literals: Mapping[str, str]) -> None:
        columns = "".join(f", {sql} AS {name}" for sql, name in literals.items())
        self.connection.execute(
            f"CREATE OR REPLACE TEMP TABLE {TABLE} AS SELECT range AS p{columns} FROM range({self.rows})"
        )

    def _answer(self, sql: str, tree: elm.Elm) -> Any:
        grouped = (
            f"SELECT v, f, count(*) FROM ({sql}) GROUP BY ALL"
            if self.rows > 1
            else f"SELECT *, 1 FROM ({sql})"
        )
        found = self.connection.execute(grouped).fetchall()
        assert len(found) == 1, "rows of the same values disagree"
        ((value, fault, count),) = found
        assert count == self.rows
        if fault:
            raise InputError("the row has no value")
        return read(value, tree.type)
