"""The tree as SQL over one row for each patient: set-based, no Python function is called from it.

A definition is a column. Retrieves are columns of lists, joined to the patient once for all libraries of a run; what is
asked of their items becomes a lambda, so that nothing is correlated. Each kind of node has a compiler in the chapters,
registered with `compiles`. What this engine cannot say is refused when it is compiled, never answered otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

from lakmus.core.errors import UnsupportedError
from lakmus.query.engines.duckdb.elm import values
from lakmus.query.engines.duckdb.elm.choosing import chosen
from lakmus.query.engines.duckdb.elm.frames import Frame, tokens
from lakmus.query.engines.duckdb.elm.lowering.inline import free
from lakmus.query.engines.duckdb.elm.macros import failing
from lakmus.query.ir.elm import nodes as elm
from lakmus.query.ir.elm.library import Program
from lakmus.query.ir.elm.types import CqlType, Named

Scope = Mapping[str, str]
Handler = Callable[["Compiler", Any, Scope], str]
HANDLERS: dict[type[elm.Elm], Handler] = {}
OPERATORS: dict[str, Handler] = {}
_LAMBDA = re.compile(r"lambda ([\w, ]+):")
_PLAIN = re.compile(r'[\w."\[\]]+|getvariable\(\'\w+\'\)|[-\w.\']+::\w+(\(\d+,\d+\))?|NULL|true|false')
_NULL = re.compile(r'NULL::[\w\s"(),\[\].<>$]+')
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
    """Registers operators that are more than a call of a macro. Who takes another's place imports it, and asks it for the rest."""

    def register(handler: Handler) -> Handler:
        OPERATORS.update(dict.fromkeys(names, handler))
        return handler

    return register


def unsupported(node: elm.Elm, feature: str = "") -> UnsupportedError:
    shown = feature or (node.operator if isinstance(node, elm.Apply) else type(node).__name__)
    return UnsupportedError(shown, engine="DuckDB", place=node.place)


class Reader(Protocol):
    """What stands in tables: other definitions, lists of records, elements of instances."""

    def defined(self, frame: Frame, node: elm.ExpressionRef) -> tuple[str, str]:
        """The column of a definition, and the condition on which it has no value, or ""."""

    def asked(self, node: elm.Elm, scope: Scope) -> str | None:
        """What is asked of lists that are kept as rows; None when the expression is no such question."""

    def read(self, source: str, class_: Named, name: str) -> str:
        """An element of an instance."""

    def fields(self, class_: Named) -> Mapping[str, str]:
        """The fields of a class's struct with their SQL types."""

    def named(self, sql_type: str) -> str:
        """A short name of a type."""

    def constant(self, sql: str) -> str:
        """The variable that holds what is the same for everybody, and never null."""

    def value_set(self, url: str) -> str:
        """The variable that holds a value set's codes."""


@dataclass
class Compiler:
    """Compiles expressions over the rows of a frame. `parameters` are SQL by name."""

    program: Program
    reader: Reader
    parameters: Mapping[str, str] = field(default_factory=dict)
    literal: Callable[[elm.Literal], str | None] = lambda node: None
    frame: Frame | None = None
    guards: list[str] = field(default_factory=list)
    _lambdas: set[str] = field(default_factory=set)
    _count: int = 0

    # Names

    def fresh(self, base: str = "x") -> str:
        """A name of a lambda's parameter that nobody else has."""
        self._count += 1
        plain = re.sub(r"\W", "", base) or "x"
        name = f"{plain}_{self._count}"
        self._lambdas.add(name)
        return name

    def name(self, base: str) -> str:
        """A name of a column or table that nobody else has."""
        self._count += 1
        return f"{base}{self._count}"

    # Frames

    @contextmanager
    def within(self, frame: Frame) -> Iterator[None]:
        """Compiles over the rows of this frame."""
        outer = self.frame, self.guards
        self.frame, self.guards = frame, []
        try:
            yield
        finally:
            self.frame, self.guards = outer

    @contextmanager
    def guarded(self, condition: str) -> Iterator[None]:
        """What is compiled within is only evaluated on this condition: its faults are none elsewhere."""
        self.guards.append(condition)
        try:
            yield
        finally:
            self.guards.pop()

    def closed(self, sql: str) -> bool:
        """Whether an expression reads no lambda's parameter from outside."""
        used = tokens(sql) & self._lambdas
        if not used:
            return True
        return used <= {name for names in _LAMBDA.findall(sql) for name in names.split(", ")}

    def alone(self, node: elm.Elm) -> bool:
        """Whether an expression has no local name from outside: it depends on the person alone."""
        return not free(node)

    def faulty(self, condition: str) -> None:
        """Rows of the frame have no value on this condition, where the guards that rows decide hold."""
        assert self.frame is not None
        guards = [f"({guard})" for guard in self.guards if self.closed(guard)]
        self.frame.faults[" AND ".join((*guards, f"({condition})"))] = None

    def checked(self, value: str, wrong: str, message: str) -> str:
        """The value, and none of the row where it is wrong."""
        if self.frame is not None and all(map(self.closed, (wrong, *self.guards))):
            self.faulty(self.safe(wrong))
            return value
        return f"CASE WHEN {wrong} THEN {self.fault(value, message)} ELSE {value} END"

    def safe(self, sql: str) -> str:
        """An expression that no row makes fail."""
        return self.hoisted(sql) if self.frame is not None and failing(sql) and self.closed(sql) else sql

    def short(self, sql: str) -> str:
        """An expression that is used several times and that no row makes fail: a long one is computed once."""
        hoisted = self.frame is not None and self.closed(sql) and (len(sql) > SHORT or failing(sql))
        return self.hoisted(sql) if hoisted else sql

    def hoisted(self, sql: str) -> str:
        """The column that an expression becomes."""
        assert self.frame is not None
        if _PLAIN.fullmatch(sql) or _NULL.fullmatch(sql):
            return sql
        computed = f"TRY({{'v': {sql}}})" if failing(sql) else sql
        column = self.frame.column(computed)
        if computed == sql:
            return column
        self.faulty(f"{column} IS NULL")
        return f"({column}).v"

    # Expressions

    def value(self, node: elm.Elm, scope: Scope) -> str:
        """The SQL of an expression where local names stand for these expressions."""
        if (found := self.reader.asked(node, scope)) is not None:
            return found
        handler = HANDLERS.get(type(node))
        if handler is None:
            raise unsupported(node)
        return handler(self, node, scope)

    def together(self, given: Mapping[str, str], body: Callable[[dict[str, str]], str]) -> str:
        """Expressions that are used several times, computed once: each a column, or in one lambda where they read one:
        each level of lambdas within lambdas nearly doubles the time a statement is planned in.
        """
        hoisted = {name: self.hoisted(sql) for name, sql in given.items() if self.hoistable(sql)}
        left = {name: sql for name, sql in given.items() if name not in hoisted}
        if not left:
            return body(hoisted)
        v = self.fresh("v")
        packed = values.record({str(i): sql for i, sql in enumerate(left.values())})
        found = body(hoisted | {name: f'{v}."{i}"' for i, name in enumerate(left)})
        return f"list_transform([{packed}], lambda {v}: {found})[1]"

    def hoistable(self, sql: str) -> bool:
        """Whether an expression can become a column."""
        return (
            self.frame is not None
            and self.closed(sql)
            and (not failing(sql) or all(map(self.closed, self.guards)))
        )

    def bound(self, sql: str, body: Callable[[str], str]) -> str:
        """An expression that is used several times, computed once."""
        if _PLAIN.fullmatch(sql):
            return body(sql)
        if self.hoistable(sql):
            return body(self.hoisted(sql))
        name = self.fresh("v")
        return f"list_transform([{sql}], lambda {name}: {body(name)})[1]"

    def type_of(self, type_: CqlType) -> str:
        return self.reader.named(values.sql_type(type_, self.reader.fields))

    def null(self, type_: CqlType) -> str:
        return f"(NULL::{self.type_of(type_)})"

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
