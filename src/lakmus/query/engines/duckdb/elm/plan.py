"""A program as a script: records read and filtered, rows for each list, a table for each definition.

Every step is a statement of its own, with a comment that names what it is for: nothing is planned twice, and each table is a
column beside the patient.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from lakmus.core.errors import NotFoundError
from lakmus.lake.schema import literal, quoted
from lakmus.query.engines.duckdb.elm import chapters
from lakmus.query.engines.duckdb.elm.classes import Classes
from lakmus.query.engines.duckdb.elm.compiler import Compiler, Scope
from lakmus.query.engines.duckdb.elm.frames import Frame, tokens
from lakmus.query.engines.duckdb.elm.lowering import Inlining, answered, known, narrowed
from lakmus.query.engines.duckdb.elm.relations import PATIENTS, QUESTIONS, Relations
from lakmus.query.engines.duckdb.elm.retrieves import CODES, Retrieves, Tables
from lakmus.query.engines.duckdb.elm.rows import Rows
from lakmus.query.engines.duckdb.elm.showing import shown
from lakmus.query.engines.duckdb.elm.tidying import tidied
from lakmus.query.ir.elm import nodes as elm
from lakmus.query.ir.elm.library import Definition, Program
from lakmus.query.ir.elm.types import CqlType, ListType, Named

assert chapters.WHOLE, "the chapters fill the tables of handlers"
Key = tuple[str, str]
# Operators that ask what time it is.
CLOCK = ("Now", "Today", "TimeOfDay", "CalculateAge")
# Types whose SQL is longer than this have a name.
LONG = 40


@dataclass(frozen=True)
class Column:
    """A definition's table with a row for each patient, the column of its value, and the one that says that it has none."""

    table: str
    value: str
    fault: str = ""


@dataclass
class Plan:
    """The script for some definitions of a program. `parameters` are SQL by name, None for one that is given as null."""

    program: Program
    tables: Tables
    parameters: Mapping[str, str | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.order: list[Key] = []
        self._lowered: dict[Key, elm.Elm] = {}
        self._columns: dict[Key, Column] = {}
        self._made: dict[elm.Elm, Column] = {}
        self._rows: dict[Key, Rows] = {}
        self._types: dict[str, str] = {}
        self._constants: dict[str, str] = {}
        self._variables: set[str] = set()
        self._title = ""
        self._script: list[str] = []
        self._wide: dict[str, tuple[str, ...]] = {}
        variables = {name: f"getvariable('p{i}')" for i, name in enumerate(self.parameters)}
        self.compiler = Compiler(self.program, self, variables)
        self.classes = Classes(self.program.models, self.compiler.fresh, self.named)
        self.retrieves = Retrieves(self.program, self.classes, self.tables, self._script.append)
        self.relations = Relations(self.compiler, self._write, self.retrieves.rows, self._kept)

    def script(self, names: Sequence[str], *, every: bool = False, readable: bool = False) -> list[str]:
        """Statements; the last one gives `patient`, the names of definitions that failed for them (`errors`), and a
        column for each definition asked for, in a form for people when `readable`. `every`: the others on the way can be
        asked too (`values`). Raises NotFoundError, and UnsupportedError for what SQL does not answer.
        """
        inline = Inlining(self.program, self.parameters)
        for name in names:
            self._visit((self.program.entry, name), inline)
        answers = {name: self._answer(name, readable) for name in names}
        self.classes.demand([*self._lowered.values(), *answers.values()])
        self.retrieves.expect(node for tree in self._lowered.values() for node in tree.walk())
        patients = self.tables.persons()
        self._script += [
            f"SET VARIABLE p{i} = {sql}" for i, sql in enumerate(self.parameters.values()) if sql
        ]
        self._script.append(f"CREATE OR REPLACE TEMP TABLE {PATIENTS} AS {patients}")
        for key in self.order:
            self._define(key)
        read_later = {word for rows in self._rows.values() for word in tokens(rows.table)} if every else set()
        return tidied([*self._script, self._result(answers, readable)], self._wide, read_later)

    @property
    def timeless(self) -> bool:
        """Whether answers are the same whenever the script runs: nothing asks what time it is."""
        nodes = (node for tree in self._lowered.values() for node in tree.walk())
        return not any(isinstance(node, elm.Apply) and node.operator in CLOCK for node in nodes)

    def values(self, key: Key) -> str:
        """A query for the value of one definition for each patient, after the script has run."""
        frame = Frame(PATIENTS, ("p",), self.compiler.name)
        with self.compiler.within(frame):
            value = self._value(key)
        return frame.rows(f"p, {value} AS v")

    # What the compiler asks

    def defined(self, frame: Frame, node: elm.ExpressionRef) -> tuple[str, str]:
        column = self._columns[node.library, node.name]
        frame.join(column.table, (column.value, *filter(None, (column.fault,))))
        return column.value, column.fault

    def asked(self, node: elm.Elm, scope: Scope) -> str | None:
        if isinstance(node, elm.Apply) and node.operator in QUESTIONS:
            return self.relations.asked(node.operator, node.operands[0], scope)
        if isinstance(node.type, ListType):
            return self.relations.asked("List", node, scope)
        return None

    def read(self, source: str, class_: Named, name: str) -> str:
        return self.classes.read(source, class_, name)

    def fields(self, class_: Named) -> Mapping[str, str]:
        return self.classes.fields(class_)

    def named(self, sql_type: str) -> str:
        many = "[]" if sql_type.endswith("[]") else ""
        sql_type = sql_type.removesuffix("[]")
        if len(sql_type) < LONG or sql_type.endswith("]"):
            return sql_type + many
        if sql_type not in self._types:
            self._types[sql_type] = self.compiler.name("y")
            self._script.append(f"CREATE OR REPLACE TEMP TYPE {self._types[sql_type]} AS {sql_type}")
        return self._types[sql_type] + many

    def constant(self, sql: str) -> str:
        if sql not in self._constants:
            self._constants[sql] = self.compiler.name("s")
            self._script.append(f"SET VARIABLE {self._constants[sql]} = {sql}")
        return f"getvariable('{self._constants[sql]}')"

    def value_set(self, url: str) -> str:
        name = self.retrieves.value_set(url)
        if name not in self._variables:
            self._variables.add(name)
            self._script.append(
                f"SET VARIABLE {name} = (SELECT coalesce(list(code), []) FROM {CODES} WHERE set = '{name}')"
            )
        return name

    def _write(self, table: str, sql: str, columns: tuple[str, ...] = ()) -> None:
        """A table: of its columns, where they are given, those are kept that are read later."""
        statement = f"-- {self._title}\nCREATE OR REPLACE TEMP TABLE {table} AS\n{sql}"
        self._script.append(statement)
        if columns:
            self._wide[statement] = columns

    # Definitions

    def _definition(self, key: Key) -> Definition:
        found = self.program.libraries[key[0]].definitions.get(key[1])
        if found is None:
            raise NotFoundError(f"{key[0]} has no definition `{key[1]}`")
        return found

    def _visit(self, key: Key, inline: Inlining) -> None:
        """Definitions in the order in which they need each other, each as the passes leave it."""
        if key in self._lowered:
            return
        tree = self._lowered[key] = known(narrowed(inline(self._definition(key).expression), self._occurring))
        for node in tree.walk():
            if isinstance(node, elm.ExpressionRef):
                self._visit((node.library, node.name), inline)
        self.order.append(key)

    def _occurring(self, class_: Named, name: str) -> frozenset[CqlType] | None:
        return self.classes.occurring(class_, name, self.tables.shape)

    def _kept(self, node: elm.ExpressionRef) -> Rows | None:
        return self._rows.get((node.library, node.name))

    def _define(self, key: Key) -> None:
        """The rows of a list of records; else the table of the value for each patient."""
        tree, self._title = self._lowered[key], " ".join(("define", *".".join(key).split()))
        if self.relations.relational(tree):
            self._rows[key] = self.relations.rows(tree)
            return
        if tree in self._made:  # `Patient` of another library
            self._columns[key] = self._made[tree]
            return
        frame = Frame(PATIENTS, ("p",), self.compiler.name)
        table, value = self.compiler.name("d"), self.compiler.name("c")
        with self.compiler.within(frame):
            sql = self.compiler.safe(self.compiler.value(tree, {}))
        fault = frame.column(frame.fault()) if frame.faults else ""
        flag = self.compiler.name("f") if fault else ""
        chosen = (
            f"CASE WHEN NOT {fault} THEN {sql} END AS {value}, {fault} AS {flag}"
            if fault
            else f"{sql} AS {value}"
        )
        self._write(table, frame.rows(f"p, {chosen}"))
        self._columns[key] = self._made[tree] = Column(table, value, flag)

    def _value(self, key: Key) -> str:
        """The value of a definition over the compiler's frame."""
        node = self._definition(key).expression
        return self.compiler.value(elm.ExpressionRef(node.type, *key), {})

    def _answer(self, name: str, readable: bool) -> elm.Elm:
        key = self.program.entry, name
        found = elm.ExpressionRef(self._lowered[key].type, *key)
        return answered(found) if readable else found

    def _result(self, answers: Mapping[str, elm.Elm], readable: bool) -> str:
        frame = Frame(PATIENTS, ("p",), self.compiler.name)
        columns, failed = [], []
        with self.compiler.within(frame):
            for name, answer in answers.items():
                value = self.compiler.value(answer, {})
                found = shown(value, answer.type, self.compiler.fresh) if readable else value
                columns.append(f"{found} AS {quoted(name)}")
                failed.append(f"CASE WHEN {frame.fault() or 'false'} THEN {literal(name)} END")
                frame.faults.clear()
        errors = f"list_filter([{', '.join(failed)}], lambda e: e IS NOT NULL)"
        return frame.rows(f"p AS patient, {errors} AS errors, {', '.join(columns)}")
