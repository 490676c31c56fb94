"""The tree as SQL over one row for each patient: set-based, no Python function is called from it.

A definition is a column. Retrieves are columns of lists, joined to the patient once for all libraries of a run; what is
asked of their items becomes a lambda, so that nothing is correlated. Each kind of node has a compiler in the chapters,
registered with `compiles`. What this engine cannot say is refused when it is compiled, never answered otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lakmus.core.errors import UnsupportedError
from lakmus.query.engines.duckdb.elm import values
from lakmus.query.engines.duckdb.elm.choosing import chosen
from lakmus.query.ir.elm import nodes as elm
from lakmus.query.ir.elm.library import Program
from lakmus.query.ir.elm.types import CqlType, Named

Scope = Mapping[str, str]
Handler = Callable[["Compiler", Any, Scope], str]
HANDLERS: dict[type[elm.Elm], Handler] = {}
OPERATORS: dict[str, Handler] = {}
_PLAIN = re.compile(r'[\w."\[\]]+|[-\w.\']+::\w+(\(\d+,\d+\))?|NULL|true|false')
# Expressions up to this length are cheaper copied than bound.
SHORT = 60


def compiles(*kinds: type[elm.Elm]) -> Callable[[Handler], Handler]:
    """Registers how nodes of these kinds are compiled."""

    def register(handler: Handler) -> Handler:
        for kind in kinds:
            assert kind not in HANDLERS, f"{kind.__name__} is compiled already"
            HANDLERS[kind] = handler
        return handler

    return register


def operates(*names: str) -> Callable[[Handler], Handler]:
    """Registers operators that are more than a call of a macro."""

    def register(handler: Handler) -> Handler:
        OPERATORS.update(dict.fromkeys(names, handler))
        return handler

    return register


def unsupported(node: elm.Elm, feature: str = "") -> UnsupportedError:
    shown = feature or (node.operator if isinstance(node, elm.Apply) else type(node).__name__)
    return UnsupportedError(shown, engine="DuckDB", place=node.place)


@dataclass(frozen=True)
class FunctionMacro:
    """A function of a library as SQL: `columns` of the patient's row are parameters behind its own."""

    name: str
    parameters: tuple[str, ...]
    columns: tuple[str, ...]
    sql: str
    title: str

    @property
    def statement(self) -> str:
        given = ", ".join((*self.parameters, *self.columns))
        return f"-- {self.title}\nCREATE OR REPLACE TEMP MACRO {self.name}({given}) AS\n{self.sql};"


@dataclass
class Compiler:
    """Compiles expressions over the patient's row.

    `column` gives the SQL of another definition, `retrieved` that of a retrieve's list, `read` that of an element of an
    instance: they are asked while the tree is walked, and know in the end what the row needs. `parameters` are SQL by name.
    """

    program: Program
    column: Callable[[str, str], str]
    retrieved: Callable[[elm.Retrieve], str]
    read: Callable[[str, Named, str], str]
    fields: values.Fields
    value_set: Callable[[str], str]
    parameters: Mapping[str, str] = field(default_factory=dict)
    constant: Callable[[elm.Literal], str | None] = lambda node: None
    functions: dict[tuple[str, str, int], FunctionMacro] = field(default_factory=dict)
    _used: list[dict[str, None]] = field(default_factory=list)
    _count: int = 0

    def seen(self, column: str) -> str:
        """Notes that a column of the patient's row is read."""
        if self._used:
            self._used[-1][column] = None
        return column

    def traced(self, tree: elm.Elm) -> tuple[str, list[str]]:
        """The SQL of a definition, and the columns of the patient's row that it reads."""
        self._used.append({})
        sql = self.value(tree, {})
        return sql, list(self._used.pop())

    def function(self, node: elm.FunctionRef) -> FunctionMacro:
        """The macro of a function, written when it is first called."""
        key = node.library, node.name, node.overload
        if key not in self.functions:
            function = self.program.libraries[node.library].functions[node.name][node.overload]
            if function.body is None:
                raise unsupported(node, f"the external function {node.name}")
            self._used.append({})
            scope = {name: self.fresh(f"p_{name}") for name, _ in function.operands}
            sql = self._bound_all(function.body, list(scope), scope)
            columns = tuple(self._used.pop())
            title = f"{node.library}.{node.name}({', '.join(str(t) for _, t in function.operands)})"
            name = self.fresh(f"f_{node.name}")
            self.functions[key] = FunctionMacro(name, tuple(scope.values()), columns, sql, title)
        return self.functions[key]

    def _bound_all(self, body: elm.Elm, names: list[str], scope: Scope) -> str:
        """The body with its operands computed once: a macro's parameter is copied wherever it is used."""
        if not names:
            return self.value(body, scope)
        return self.together(scope, lambda bound: self.value(body, bound))

    def together(self, given: Mapping[str, str], body: Callable[[dict[str, str]], str]) -> str:
        """Expressions that are used several times, computed once in one lambda: each level of lambdas within
        lambdas nearly doubles the time a statement is planned in.
        """
        v = self.fresh("v")
        packed = values.record({str(i): sql for i, sql in enumerate(given.values())})
        found = body({name: f'{v}."{i}"' for i, name in enumerate(given)})
        return f"list_transform([{packed}], lambda {v}: {found})[1]"

    def value(self, node: elm.Elm, scope: Scope) -> str:
        """The SQL of an expression where local names stand for these expressions."""
        handler = HANDLERS.get(type(node))
        if handler is None:
            raise unsupported(node)
        return handler(self, node, scope)

    def type_of(self, type_: CqlType) -> str:
        return values.sql_type(type_, self.fields)

    def null(self, type_: CqlType) -> str:
        return f"NULL::{self.type_of(type_)}"

    def fresh(self, base: str = "x") -> str:
        """A name of a lambda's parameter that nobody else has."""
        self._count += 1
        plain = re.sub(r"\W", "", base) or "x"
        return f"{plain}_{self._count}"

    def bound(self, sql: str, body: Callable[[str], str]) -> str:
        """An expression that is used several times, computed once."""
        if _PLAIN.fullmatch(sql):
            return body(sql)
        name = self.fresh("v")
        return f"list_transform([{sql}], lambda {name}: {body(name)})[1]"

    def fault(self, sql: str, message: str) -> str:
        """An error of the row that has this value: inside a lambda, since `TRY` takes nothing volatile beside one."""
        name = self.fresh("v")
        return f"list_transform([{sql}], lambda {name}: error('lakmus: {message}'))[1]"

    def macro(
        self,
        node: elm.Elm,
        operator: str,
        types: Sequence[CqlType],
        operands: Sequence[str],
        precision: str = "",
    ) -> str:
        """The call of the macro for an operator on values of these types."""
        found = chosen(operator, types)
        if found is None:
            raise unsupported(node, f"{operator}({', '.join(map(str, types))})")
        name, precise = found
        last = [f"'{precision}'"] if precise else []
        return self._called(name, list(operands), last)

    def _called(self, name: str, operands: list[str], last: list[str]) -> str:
        """A macro's call, long operands computed once: the macro may copy each of them many times."""
        long = {
            str(i): sql for i, sql in enumerate(operands) if len(sql) > SHORT and not _PLAIN.fullmatch(sql)
        }
        if not long:
            return f"{name}({', '.join((*operands, *last))})"

        def call(bound: dict[str, str]) -> str:
            given = (bound.get(str(i), sql) for i, sql in enumerate(operands))
            return f"{name}({', '.join((*given, *last))})"

        return self.together(long, call)
