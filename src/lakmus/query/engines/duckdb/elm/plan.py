"""A program as one statement: records read and filtered, gathered for each patient, then definitions level by level."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from lakmus.core.errors import NotFoundError
from lakmus.fhir.shapes import Shape
from lakmus.lake.schema import quoted
from lakmus.query.engines.duckdb.elm import chapters
from lakmus.query.engines.duckdb.elm.classes import Classes
from lakmus.query.engines.duckdb.elm.compiler import Compiler
from lakmus.query.engines.duckdb.elm.retrieves import Retrieves
from lakmus.query.ir.elm import nodes as elm
from lakmus.query.ir.elm.library import Definition, Program

assert chapters.WHOLE, "the chapters fill the tables of handlers"
Key = tuple[str, str]


class Tables(Protocol):
    """Where records stand: one relation for each resource type, with `lk_person`, `lk_key`, and its columns' shape."""

    def relation(self, resource: str) -> str: ...

    def shape(self, resource: str) -> Shape: ...


@dataclass
class Plan:
    """The statement for some definitions of a program. `code_sets` are what has to stand in the table `lakmus_codes`."""

    program: Program
    tables: Tables
    parameters: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._fresh = 0
        self.order: list[Key] = []
        self.classes = Classes(self.program.models, self.fresh)
        self.retrieves = Retrieves(self.classes, self.tables)
        self.compiler = Compiler(
            self.program,
            self.column,
            self.retrieves.column,
            self.classes.read,
            self.classes.fields,
            self.parameters,
        )

    def fresh(self) -> str:
        self._fresh += 1
        return f"y_{self._fresh}"

    def column(self, library: str, name: str) -> str:
        """The column of a definition: by its name, with its library's when that is not the program's own."""
        return quoted(name if library == self.program.entry else f"{library}.{name}")

    def statements(self, names: Sequence[str]) -> list[str]:
        """Macros for the functions of the libraries, then the query that gives `patient` and a column for each of these definitions."""
        keys = [(self.program.entry, name) for name in names]
        for key in keys:
            self._visit(key)
        definitions = [self._definition(key) for key in self.order]
        self.classes.demand(self._reachable(d.expression for d in definitions))
        levels = self._levels()
        parts = [*self.retrieves.relations(), *levels]
        macros = [function.statement for function in self.compiler.functions.values()]
        shown = ", ".join(self.column(*key) for key in keys)
        last = f"level_{len(levels)}"
        query = "WITH\n" + ",\n".join(parts) + f"\nSELECT p AS patient, {shown} FROM {last}"
        return [*macros, query]

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

    def _levels(self) -> list[str]:
        """Definitions by how many stand between them and the records: each level sees the columns of those before it."""
        depth: dict[Key, int] = {}
        columns: dict[int, list[str]] = {}
        for key in self.order:
            tree = self._definition(key).expression
            used = [(n.library, n.name) for n in self._reachable([tree]) if isinstance(n, elm.ExpressionRef)]
            depth[key] = 1 + max((depth[each] for each in used), default=0)
            sql = self.compiler.value(tree, {})
            columns.setdefault(depth[key], []).append(f"  {sql} AS {self.column(*key)}")
        return [self._level(level, columns[level]) for level in sorted(columns)]

    def _level(self, level: int, columns: list[str]) -> str:
        source = "gathered" if level == 1 else f"level_{level - 1}"
        body = ",\n".join(columns)
        return f"level_{level} AS (SELECT *,\n{body}\nFROM {source})"
