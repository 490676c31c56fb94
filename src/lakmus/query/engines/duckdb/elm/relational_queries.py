"""Queries over records as joins: a condition that asks other records of a row is a join of its keys with them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import Protocol, TypeVar

from lakmus.query.engines.duckdb.elm.compiler import Compiler, Scope
from lakmus.query.engines.duckdb.elm.frames import Frame
from lakmus.query.engines.duckdb.elm.ordering import ordered
from lakmus.query.engines.duckdb.elm.rows import UNKNOWN, Rows, Write, dropped, finished
from lakmus.query.ir.elm import nodes as elm
from lakmus.query.ir.elm.types import BOOLEAN, ListType

PATIENTS = "lakmus_patients"
T = TypeVar("T")


class Lists(Protocol):
    """Which lists are relations, and those relations."""

    @property
    def compiler(self) -> Compiler: ...

    @property
    def write(self) -> Write: ...

    def relational(self, node: elm.Elm) -> bool: ...

    def rows(self, node: elm.Elm) -> Rows: ...

    def items(self, frame: Frame, node: elm.Elm, scope: Scope) -> str: ...


def query(lists: Lists, node: elm.Query, outer: Frame | None, scope: Scope) -> Rows:
    """The rows of a query; over the rows of `outer` when it asks of their columns."""
    compiler = lists.compiler
    frame, names, only = _sources(lists, node, outer, scope)
    with compiler.within(frame):
        for let in node.lets:
            names[let.name] = compiler.bound(compiler.value(let.expression, names), str)
        _filter(lists, frame, node, names)
        value = compiler.safe(compiler.value(node.returned, names))
    like = only if only is not None and value == only.value else UNKNOWN
    if len(frame.keys) != len(like.keys):
        like = replace(like, origin="")
    rows = finished(frame, value, lists.write, like)
    if node.distinct and not rows.unique:
        assert isinstance(node.type, ListType)
        rows = rows.once(node.type.item)
    return _sorted(lists, node, rows, scope, len(outer.keys) if outer is not None else 1)


# Sources


def _sources(
    lists: Lists, node: elm.Query, outer: Frame | None, scope: Scope
) -> tuple[Frame, dict[str, str], Rows | None]:
    """The joined sources, what their names stand for, and the rows of a source that is the only one."""
    frame, names, rows = outer, dict(scope), None
    for source in node.sources:
        if source.many and lists.compiler.alone(source.expression) and lists.relational(source.expression):
            rows = lists.rows(source.expression).renamed(lists.compiler.name)
            frame, names[source.alias] = _joined(lists, frame, rows), rows.value
            continue
        frame = frame or Frame(PATIENTS, ("p",), lists.compiler.name)
        names[source.alias] = _other(lists, frame, source, names)
    assert frame is not None
    return frame, names, rows if len(node.sources) == 1 else None


def _joined(lists: Lists, frame: Frame | None, rows: Rows) -> Frame:
    if frame is None:
        return rows.frame(lists.compiler.name)
    dropped(frame, lists.write)
    frame.settle()
    base = f"(SELECT * FROM {frame.base} JOIN {rows.table} USING (p))"
    keys, failed = (*frame.keys, *rows.keys[1:]), [*frame.failed, *rows.failed]
    carried = frame.carried | {rows.value: None}
    return Frame(base, keys, frame.name, carried, failed, dict(frame.settled))


def _other(lists: Lists, frame: Frame, source: elm.Source, names: Scope) -> str:
    """A list of the row, or a single value that has to be there."""
    if source.many:
        return lists.items(frame, source.expression, names)
    with lists.compiler.within(frame):
        value = frame.column(lists.compiler.safe(lists.compiler.value(source.expression, names)))
    frame.settle(f"{value} IS NOT NULL")
    return value


# Conditions


def _filter(lists: Lists, frame: Frame, node: elm.Query, names: Scope) -> None:
    """First what the row alone decides, then what asks other records."""
    conditions = list(_conjuncts(node.where)) if node.where is not None else []
    apart = [each for each in conditions if _asks(lists, each)]
    simple = [each for each in conditions if each not in apart]
    _settle(frame, _tests(simple, lambda each: lists.compiler.value(each, names), lists.compiler))
    _settle(frame, _tests(node.relationships, lambda each: _related(lists, each, names), lists.compiler))
    _settle(frame, _tests(apart, lambda each: lists.compiler.value(each, names), lists.compiler))


def _settle(frame: Frame, tests: list[str]) -> None:
    if tests:
        frame.settle(" AND ".join(f"({each})" for each in tests))


def _tests(conditions: Iterable[T], value: Callable[[T], str], compiler: Compiler) -> list[str]:
    """Conditions, each guarded by those before it."""
    found: list[str] = []
    with ExitStack() as before:
        for each in conditions:
            found.append(compiler.short(value(each)))
            before.enter_context(compiler.guarded(f"({found[-1]}) IS NOT FALSE"))
    return found


def _conjuncts(node: elm.Elm) -> Iterator[elm.Elm]:
    if isinstance(node, elm.Apply) and node.operator == "And":
        for each in node.operands:
            yield from _conjuncts(each)
    else:
        yield node


def _asks(lists: Lists, node: elm.Elm) -> bool:
    """Whether a condition asks other records."""
    return any(lists.relational(each) for each in node.walk())


def _related(lists: Lists, relationship: elm.Relationship, names: Scope) -> str:
    """Whether a row has another that it goes with."""
    source, type_ = relationship.source, relationship.source.expression.type
    item = type_.item if isinstance(type_, ListType) and source.many else type_
    alias = elm.Local(item, source.alias)
    asked = elm.Query(
        ListType(item),
        (source,),
        (),
        (),
        relationship.condition,
        alias,
        distinct=False,
        aggregation=None,
        sort=(),
    )
    found = lists.compiler.value(elm.Apply(BOOLEAN, "Exists", (asked,)), names)
    return f"NOT {found}" if relationship.negated else found


# Order


def _sorted(lists: Lists, node: elm.Query, rows: Rows, scope: Scope, outer: int) -> Rows:
    """The place of each item after sorting: nulls come first when ascending, last when descending."""
    if not node.sort:
        return rows
    frame = rows.frame(lists.compiler.name)
    with lists.compiler.within(frame):
        by = [_key(lists.compiler, frame, node, key, {**scope, node.this: rows.value}) for key in node.sort]
    dropped(frame, lists.write)
    frame.settle()
    group, place = ", ".join(rows.keys[:outer]), lists.compiler.name("k")
    order = ", ".join((*by, *rows.keys[outer:]))
    number = f"row_number() OVER (PARTITION BY {group} ORDER BY {order}) AS {place}"
    table = f"(SELECT {group}, {number}, {rows.value}\nFROM {frame.base})"
    keys = (*rows.keys[:outer], place)
    return Rows(table, keys, rows.value, rows.unique, rows.sure, tuple(frame.failed))


def _key(compiler: Compiler, frame: Frame, node: elm.Query, key: elm.SortKey, names: Scope) -> str:
    value = compiler.safe(compiler.value(key.expression, names))
    column = frame.column(ordered(compiler, value, key.expression.type, node))
    return f"{column} DESC NULLS LAST" if key.descending else f"{column} NULLS FIRST"
