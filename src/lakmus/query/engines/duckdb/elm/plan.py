"""A program as a script: records read and filtered, a list for each retrieve, a table for each definition.

Every step is a statement of its own, with a comment that names what it is for: nothing is planned twice, and each table is a
column beside the patient.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from lakmus.core.errors import NotFoundError
from lakmus.lake.schema import literal, quoted
from lakmus.query.engines.duckdb.elm import chapters
from lakmus.query.engines.duckdb.elm.classes import Classes
from lakmus.query.engines.duckdb.elm.compiler import Compiler
from lakmus.query.engines.duckdb.elm.retrieves import CODES, PATIENTS, Retrieves, Tables
from lakmus.query.ir.elm import nodes as elm
from lakmus.query.ir.elm.library import Definition, Program

assert chapters.WHOLE, "the chapters fill the tables of handlers"
Key = tuple[str, str]
# A definition is `{v: value}`, and NULL where it failed: whoever uses one that failed fails as well.
VALUE = (
    "CREATE OR REPLACE TEMP MACRO lakmus_value(d) AS list_transform([d], lambda v_d: "
    "CASE WHEN v_d IS NULL THEN error('lakmus: a definition it needs has no value') ELSE v_d.v END)[1]"
)


@dataclass
class Plan:
    """The script for some definitions of a program."""

    program: Program
    tables: Tables
    parameters: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._fresh = 0
        self.order: list[Key] = []
        self.variables: dict[str, None] = {}
        self.classes = Classes(self.program.models, self.fresh)
        self.retrieves = Retrieves(self.classes, self.tables)
        self.compiler = Compiler(
            self.program,
            self.column,
            self.retrieves.column,
            self.classes.read,
            self.classes.fields,
            self.value_set,
            {name: f"getvariable('{self._parameter(i)}')" for i, name in enumerate(self.parameters)},
        )

    def fresh(self) -> str:
        self._fresh += 1
        return f"y_{self._fresh}"

    def column(self, library: str, name: str) -> str:
        """The column of a definition: by its name, with its library's when that is not the program's own."""
        return quoted(name if library == self.program.entry else f"{library}.{name}")

    def value_set(self, url: str) -> str:
        """The variable that holds a value set's codes, for what is asked of single codes."""
        name = self.retrieves.value_set(url)
        self.variables[name] = None
        return name

    def script(self, names: Sequence[str]) -> list[str]:
        """Statements; the last one gives `patient`, the names of definitions that failed for them (`errors`), and a
        column for each definition asked for. Raises NotFoundError, and UnsupportedError for what SQL does not answer.
        """
        for name in names:
            self._visit((self.program.entry, name))
        self.classes.demand(self._reachable(self._definition(key).expression for key in self.order))
        definitions = [self._define(key) for key in self.order]
        macros = [function.statement for function in self.compiler.functions.values()]
        records = self.retrieves.statements()
        return [VALUE, *self._variables(), *macros, *records, *definitions, self._result(names)]

    def _parameter(self, number: int) -> str:
        """The variable that holds a parameter: wherever it is used it is a constant."""
        return f"p{number}"

    def _variables(self) -> list[str]:
        given = [
            f"SET VARIABLE {self._parameter(i)} = {sql}" for i, sql in enumerate(self.parameters.values())
        ]
        return given + [
            f"SET VARIABLE {name} = (SELECT coalesce(list(code), []) FROM {CODES} WHERE set = '{name}')"
            for name in self.variables
        ]

    # Definitions

    def _definition(self, key: Key) -> Definition:
        found = self.program.libraries[key[0]].definitions.get(key[1])
        if found is None:
            raise NotFoundError(f"{key[0]} has no definition `{key[1]}`")
        return found

    def _visit(self, key: Key) -> None:
        """Definitions in the order in which they need each other."""
        if key in self.order:
            return
        for node in self._reachable([self._definition(key).expression]):
            if isinstance(node, elm.ExpressionRef):
                self._visit((node.library, node.name))
        self.order.append(key)

    def _reachable(self, trees: Iterable[elm.Elm]) -> Iterable[elm.Elm]:
        """All nodes of these expressions and of the functions they call."""
        waiting, seen = list(trees), set()
        while waiting:
            for node in waiting.pop().walk():
                yield node
                call = node if isinstance(node, elm.FunctionRef) else None
                if call is not None and (call.library, call.name, call.overload) not in seen:
                    seen.add((call.library, call.name, call.overload))
                    body = self.program.libraries[call.library].functions[call.name][call.overload].body
                    waiting += [body] if body is not None else []

    def _table(self, key: Key) -> str:
        return f"d{self.order.index(key) + 1}"

    def _define(self, key: Key) -> str:
        """The table of one definition: its value for each patient, from the columns that it reads."""
        sql, columns = self.compiler.traced(self._definition(key).expression)
        by_column = {self.column(*each): self._table(each) for each in self.order}
        joined = "".join(f" LEFT JOIN {by_column.get(column, column)} USING (p)" for column in columns)
        body = f"SELECT p, TRY({{'v': {sql}}}) AS {self.column(*key)}\nFROM {PATIENTS}{joined}"
        return f"-- define {'.'.join(key)}\nCREATE OR REPLACE TEMP TABLE {self._table(key)} AS\n{body}"

    def values(self, key: Key) -> str:
        """A query for the value of one definition for each patient, after the script has run."""
        column = self.column(*key)
        return f"SELECT p, {column}.v FROM {self._table(key)}"

    def _result(self, names: Sequence[str]) -> str:
        keys = [(self.program.entry, name) for name in names]
        columns = [self.column(*key) for key in keys]
        shown = ", ".join(f"{column}.v AS {column}" for column in columns)
        failed = ", ".join(
            f"CASE WHEN {column} IS NULL THEN {literal(name)} END"
            for column, name in zip(columns, names, strict=True)
        )
        joined = "".join(f" LEFT JOIN {self._table(key)} USING (p)" for key in keys)
        errors = f"list_filter([{failed}], lambda e: e IS NOT NULL)"
        return f"SELECT p AS patient, {errors} AS errors, {shown}\nFROM {PATIENTS}{joined}"
