"""Lists as relations: a row for each item, keyed by person and place, so that nothing is nested and nothing correlated.

A query over records is a step of its own: sources joined by person, rows filtered, one value returned. A condition that
asks other records of a row is a join of that row's keys with them, brought back as a column.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field

from lakmus.lake.schema import quoted
from lakmus.query.engines.duckdb.elm.classes import ID
from lakmus.query.engines.duckdb.elm.compiler import Compiler, Scope, unsupported
from lakmus.query.engines.duckdb.elm.frames import Failed, Frame
from lakmus.query.engines.duckdb.elm.lowering.inline import free
from lakmus.query.engines.duckdb.elm.names import cast
from lakmus.query.engines.duckdb.elm.ordering import ordered
from lakmus.query.ir.elm import nodes as elm
from lakmus.query.ir.elm.types import ChoiceType, CqlType, ListType, Named

PATIENTS = "lakmus_patients"


@dataclass(frozen=True)
class Rows:
    """A relation of items: `keys` (the person first, then what gives their order), and the item as `value`.

    `unique`: no item twice. `sure`: no item is null. `failed` are relations, each with its keys, for which there is no list.
    """

    table: str
    keys: tuple[str, ...]
    value: str
    unique: bool = False
    sure: bool = False
    failed: tuple[Failed, ...] = ()


@dataclass
class Relations:
    """Compiles lists that come of records. `emit` takes a statement with its title; `record` gives a retrieve's rows,
    `defined` those of a definition that is kept as rows.
    """

    compiler: Compiler
    emit: Callable[[str, str], None]
    record: Callable[[elm.Retrieve], Rows]
    defined: Callable[[elm.ExpressionRef], Rows | None]
    _made: dict[elm.Elm, Rows] = field(default_factory=dict)

    # Which lists

    def relational(self, node: elm.Elm) -> bool:
        """Whether a list is kept as rows."""
        match node:
            case elm.Retrieve():
                return True
            case elm.ExpressionRef():
                return isinstance(node.type, ListType) and self.defined(node) is not None
            case elm.Query():
                many = [s.expression for s in node.sources if s.many]
                return node.aggregation is None and any(map(self.relational, many))
            case elm.Apply("Union" | "Distinct") if isinstance(node.type, ListType):
                return any(map(self.relational, node.operands))
            case elm.As(source=source) | elm.ForEach(source=source):
                return isinstance(source.type, ListType) and self.relational(source)
        return False

    # Lists that depend on the person alone

    def rows(self, node: elm.Elm) -> Rows:
        """The relation of a list; asked for twice it is made once."""
        if node not in self._made:
            self._made[node] = self._rows(node)
        return self._made[node]

    def _rows(self, node: elm.Elm) -> Rows:
        match node:
            case elm.Retrieve():
                return self.record(node)
            case elm.ExpressionRef() if (found := self.defined(node)) is not None:
                return found
            case elm.Query():
                return self._stored(self.query(node, None, {}), node)
            case elm.Apply("Union"):
                return self._stored(self._united(list(_sides(node))), node)
            case elm.Apply("Distinct"):
                return self._stored(self._once(self.rows(node.operands[0]), node.type), node)
            case elm.As(source=source):
                return self._projected(
                    node,
                    self.rows(source),
                    lambda v: cast(self.compiler, v, _item(source), _item(node), node),
                )
            case elm.ForEach():
                return self._projected(
                    node,
                    self.rows(node.source),
                    lambda v: self.compiler.value(node.projection, {node.item: v}),
                )
        return self._unnested(node)

    def _stored(self, rows: Rows, node: elm.Elm) -> Rows:
        """Rows as a table: what is asked again is not computed again."""
        if not rows.table.startswith("("):
            return rows
        table = self.compiler.name("q")
        self.emit(table, rows.table[1:-1])
        return Rows(table, rows.keys, rows.value, rows.unique, rows.sure, rows.failed)

    def used(self, rows: Rows) -> Rows:
        """The same rows with columns of other names: a relation may stand twice in a join."""
        keys = tuple(self.compiler.name("k") for _ in rows.keys[1:])
        value = self.compiler.name("c")
        renamed = "".join(f", {old} AS {new}" for old, new in zip(rows.keys[1:], keys, strict=True))
        table = f"(SELECT p{renamed}, {rows.value} AS {value} FROM {rows.table})"
        return Rows(table, ("p", *keys), value, rows.unique, rows.sure, rows.failed)

    def _unnested(self, node: elm.Elm) -> Rows:
        """A list that a person's row has, as rows."""
        frame = Frame(PATIENTS, ("p",), self.compiler.name)
        return self._finished(frame, *self._items(frame, node, {}))

    def _items(self, frame: Frame, node: elm.Elm, scope: Scope) -> tuple[str, bool]:
        """Unnests a list over a frame's columns: the frame goes on with a row for each item."""
        with self.compiler.within(frame):
            items = frame.column(f"coalesce({self.compiler.safe(self.compiler.value(node, scope))}, [])")
        self.settle(frame)
        value, place = self.compiler.name("c"), self.compiler.name("k")
        frame.rebased(
            f"(SELECT *, unnest({items}) AS {value}, generate_subscripts({items}, 1) AS {place}\nFROM {frame.base})"
        )
        frame.keys = (*frame.keys, place)
        return value, False

    def _projected(self, node: elm.Elm, rows: Rows, body: Callable[[str], str]) -> Rows:
        used = self.used(rows)
        frame = Frame(used.table, used.keys, self.compiler.name, failed=list(used.failed))
        with self.compiler.within(frame):
            value = self.compiler.safe(body(used.value))
        seen = isinstance(node, elm.As)
        return self._finished(frame, value, seen and rows.sure, seen and rows.unique)

    def _finished(self, frame: Frame, value: str, sure: bool = False, unique: bool = False) -> Rows:
        """The frame's rows with one value each."""
        if frame.faults:
            value = frame.column(value)
            self.settle(frame)
        name = self.compiler.name("c")
        columns = ", ".join((*frame.keys, f"{value} AS {name}"))
        return Rows(f"({frame.rows(columns)})", frame.keys, name, unique, sure, tuple(frame.failed))

    # Unions

    def _united(self, sides: list[elm.Elm]) -> Rows:
        parts = [self.used(self.rows(side)) for side in sides]
        width = max(len(part.keys) for part in parts)
        keys = ("p", *(self.compiler.name("k") for _ in range(width)))
        value = self.compiler.name("c")
        selects = [self._side(i, part, keys, value) for i, part in enumerate(parts)]
        failed = tuple(dict.fromkeys(each for part in parts for each in part.failed))
        rows = Rows(
            f"({' UNION ALL '.join(selects)})", keys, value, False, all(p.sure for p in parts), failed
        )
        apart = len({_class(side) for side in sides} - {None}) == len(sides) and all(p.unique for p in parts)
        return (
            Rows(rows.table, keys, value, True, rows.sure, failed)
            if apart
            else self._once(rows, sides[0].type)
        )

    def _side(self, i: int, part: Rows, keys: tuple[str, ...], value: str) -> str:
        given = (str(i), *part.keys[1:], *["0"] * (len(keys) - 1 - len(part.keys)))
        named = ", ".join(f"{sql} AS {key}" for sql, key in zip(given, keys[1:], strict=True))
        return f"SELECT p, {named}, {part.value} AS {value} FROM {part.table}"

    def _once(self, rows: Rows, type_: CqlType) -> Rows:
        """Equal items once, each where it came first."""
        assert isinstance(type_, ListType)
        told = f"p, {self.identity(rows.value, type_.item)}"
        kept = f"SELECT DISTINCT ON ({told}) * FROM {rows.table} ORDER BY {', '.join(rows.keys)}"
        return Rows(f"({kept})", rows.keys, rows.value, True, rows.sure, rows.failed)

    def identity(self, value: str, type_: CqlType) -> str:
        """What tells an item from others: a record's type and id, else the value."""
        if isinstance(type_, Named) and type_.namespace != "System":
            return f"({value}).{quoted(ID)}"
        if isinstance(type_, ChoiceType) and all(
            isinstance(t, Named) and t.namespace != "System" for t in type_.types
        ):
            ids = ", ".join(f"({value}).{quoted(str(t))}.{quoted(ID)}" for t in type_.types)
            return f"coalesce({ids})"
        return value

    # Queries

    def query(self, node: elm.Query, outer: Frame | None, scope: Scope) -> Rows:
        """The rows of a query; over the rows of `outer` when it asks of their columns."""
        frame, names, sure, unique = self._sources(node, outer, scope)
        with self.compiler.within(frame):
            for let in node.lets:
                names[let.name] = self.compiler.bound(self.compiler.value(let.expression, names), str)
            self._filter(frame, node, names)
            value = self.compiler.safe(self.compiler.value(node.returned, names))
        itself = value == names[node.sources[0].alias]
        rows = self._finished(frame, value, itself and sure, itself and unique and len(node.sources) == 1)
        if node.distinct and not rows.unique:
            rows = self._once(rows, node.type)
        return self._sorted(node, rows, scope, len(outer.keys) if outer is not None else 1)

    def _sources(
        self, node: elm.Query, outer: Frame | None, scope: Scope
    ) -> tuple[Frame, dict[str, str], bool, bool]:
        frame, names, sure, unique = outer, dict(scope), False, False
        for source in node.sources:
            if source.many and self.compiler.alone(source.expression) and self.relational(source.expression):
                rows = self.used(self.rows(source.expression))
                frame, names[source.alias] = self._joined(frame, rows), rows.value
                sure, unique = rows.sure, rows.unique
                continue
            frame = frame or Frame(PATIENTS, ("p",), self.compiler.name)
            names[source.alias] = self._other(frame, source, names)
        assert frame is not None
        return frame, names, sure, unique

    def _joined(self, frame: Frame | None, rows: Rows) -> Frame:
        if frame is None:
            return Frame(rows.table, rows.keys, self.compiler.name, failed=list(rows.failed))
        self.settle(frame)
        base = f"{frame.base} JOIN {rows.table} USING (p)"
        keys = (*frame.keys, *rows.keys[1:])
        failed = [*frame.failed, *rows.failed]
        return Frame(
            f"(SELECT * FROM {base})", keys, self.compiler.name, failed=failed, settled=dict(frame.settled)
        )

    def _other(self, frame: Frame, source: elm.Source, names: Scope) -> str:
        """A list of the row, or a single value that has to be there."""
        if source.many:
            return self._items(frame, source.expression, names)[0]
        with self.compiler.within(frame):
            value = frame.column(self.compiler.safe(self.compiler.value(source.expression, names)))
        self.settle(frame, f"{value} IS NOT NULL")
        return value

    def _filter(self, frame: Frame, node: elm.Query, names: Scope) -> None:
        """First what the row alone decides, then what asks other records."""
        conditions = list(_conjuncts(node.where)) if node.where is not None else []
        apart = [each for each in conditions if self._asks(each)]
        simple = self._tests([each for each in conditions if each not in apart], names)
        if simple:
            self.settle(frame, " AND ".join(f"({each})" for each in simple))
        found = [self._related(frame, each, names) for each in node.relationships]
        found += self._tests(apart, names)
        if found:
            self.settle(frame, " AND ".join(f"({each})" for each in found))

    def _tests(self, conditions: list[elm.Elm], names: Scope) -> list[str]:
        """Conditions, each guarded by those before it."""
        found: list[str] = []
        with ExitStack() as before:
            for each in conditions:
                found.append(self.compiler.safe(self.compiler.value(each, names)))
                before.enter_context(self.compiler.guarded(f"({found[-1]}) IS NOT FALSE"))
        return found

    def _asks(self, node: elm.Elm) -> bool:
        return any(
            isinstance(each, elm.Retrieve | elm.Query) or self.relational(each) for each in node.walk()
        )

    def _related(self, frame: Frame, relationship: elm.Relationship, names: Scope) -> str:
        """Whether a row has another that it goes with."""
        source, condition = relationship.source, relationship.condition
        item = (
            source.expression.type.item
            if isinstance(source.expression.type, ListType)
            else source.expression.type
        )
        local = elm.Local(item, source.alias)
        asked = elm.Query(ListType(item), (source,), (), (), condition, local, False, None, ())
        sign = "" if not relationship.negated else "NOT "
        return f"{sign}{self.compiler.value(elm.Apply(condition.type, 'Exists', (asked,)), names)}"

    def _sorted(self, node: elm.Query, rows: Rows, scope: Scope, outer: int) -> Rows:
        """The place of each item after sorting: nulls come first when ascending, last when descending."""
        if not node.sort:
            return rows
        frame = Frame(rows.table, rows.keys, self.compiler.name, failed=list(rows.failed))
        names = {**scope, node.this: rows.value}
        with self.compiler.within(frame):
            keys = [
                (
                    frame.column(
                        ordered(
                            self.compiler,
                            self.compiler.value(key.expression, names),
                            key.expression.type,
                            node,
                        )
                    ),
                    key.descending,
                )
                for key in node.sort
            ]
        by = ", ".join(f"{k} DESC NULLS LAST" if descending else f"{k} NULLS FIRST" for k, descending in keys)
        self.settle(frame)
        group, place = ", ".join(rows.keys[:outer]), self.compiler.name("k")
        order = ", ".join((by, *rows.keys[outer:]))
        sql = f"SELECT {group}, row_number() OVER (PARTITION BY {group} ORDER BY {order}) AS {place}, {rows.value}\nFROM {frame.base}"
        return Rows(
            f"({sql})", (*rows.keys[:outer], place), rows.value, rows.unique, rows.sure, tuple(frame.failed)
        )

    # Questions

    def asked(self, operator: str, node: elm.Elm, scope: Scope) -> str | None:
        """What an operator gives of a list that is kept as rows, over the columns of the compiler's frame; None when it
        has to be asked of a list within the row.
        """
        frame = self.compiler.frame
        if frame is None or not self.relational(node):
            return None
        keys: tuple[str, ...] = ("p",)
        if self.compiler.alone(node):
            rows = self.rows(node)
        elif isinstance(node, elm.Query) and self._reachable(node, scope):
            self.kept(frame)
            rows, keys = self.query(node, frame.copy(), scope), frame.keys
        else:
            return None
        for failed in rows.failed:
            self._failed(frame, failed, keys)
        return self._answer(frame, operator, rows, keys)

    def _reachable(self, node: elm.Query, scope: Scope) -> bool:
        """Whether all that a query asks of other rows are columns, no parameters of lambdas."""
        return all(self.compiler.closed(scope[name]) for name in free(node))

    def _failed(self, frame: Frame, failed: Failed, keys: tuple[str, ...]) -> None:
        relation, given = failed
        shared = tuple(key for key in keys if key in given)
        if (failed_key := f"failed {relation} {shared}") not in frame.settled:
            flag = frame.settled[failed_key] = self.compiler.name("f")
            frame.join(f"(SELECT DISTINCT {', '.join(shared)}, true AS {flag} FROM {relation})", shared)
        self.compiler.faulty(f"{frame.settled[failed_key]} IS NOT NULL")

    def _answer(self, frame: Frame, operator: str, rows: Rows, keys: tuple[str, ...]) -> str:
        """The column of an aggregate by these keys, joined once."""
        question = QUESTIONS[operator]
        if (asked_key := f"{operator} {rows.table}") not in frame.settled:
            column = frame.settled[asked_key] = self.compiler.name("c")
            order = ", ".join(rows.keys[len(keys) :])
            order = order if len(rows.keys) == len(keys) + 1 else f"row({order})"
            where = "" if rows.sure or not question.skips else f" WHERE {rows.value} IS NOT NULL"
            aggregate = question.aggregate.format(v=rows.value, o=order)
            group = ", ".join(keys)
            frame.join(
                f"(SELECT {group}, {aggregate} AS {column} FROM {rows.table}{where} GROUP BY {group})", keys
            )
        found = question.answer.format(frame.settled[asked_key])
        if operator == "SingletonFrom":
            several = f"{frame.settled[asked_key]}.n > 1"
            return self.compiler.checked(
                found, several, "singleton from has several items where one is wanted"
            )
        return found

    # Frames

    def settle(self, frame: Frame, where: str = "") -> None:
        """Goes on from the rows so far, those of them that `where` keeps. Rows with faults fall out and are remembered."""
        fault = frame.fault()
        if not fault:
            if where or frame.columns or frame.joins:
                frame.rebased(f"({frame.rows(where=where)})")
            return
        table, flag = self.compiler.name("t"), self.compiler.name("f")
        kept = f"({where}) OR {flag}" if where else ""
        frame.rebased(f"(SELECT *, {fault} AS {flag} FROM ({frame.rows()}))")
        self.emit(table, frame.rows(where=kept))
        frame.failed.append((f"(SELECT {', '.join(frame.keys)} FROM {table} WHERE {flag})", frame.keys))
        frame.rebased(f"(SELECT * FROM {table} WHERE NOT {flag})")

    def kept(self, frame: Frame) -> None:
        """Writes the rows so far to a table, which others may then join. Faults stay."""
        if not frame.columns and not frame.joins and not frame.base.startswith("("):
            return
        fault = frame.fault()
        flag = frame.column(fault) if fault else ""
        table = self.compiler.name("t")
        self.emit(table, frame.rows())
        frame.rebased(table)
        if flag:
            frame.faults[flag] = None


@dataclass(frozen=True)
class Question:
    """How an operator on a list is answered: an aggregate of values `v` in the order `o`, and what its column says."""

    aggregate: str
    answer: str
    skips: bool = False


QUESTIONS = {
    "Exists": Question("true", "({} IS NOT NULL)", skips=True),
    "Count": Question("count({v})::INTEGER", "coalesce({}, 0)"),
    "First": Question("arg_min({{'v': {v}}}, {o})", "({}).v"),
    "Last": Question("arg_max({{'v': {v}}}, {o})", "({}).v"),
    "SingletonFrom": Question("{{'n': count(*), 'v': arg_min({{'v': {v}}}, {o}).v}}", "({}).v"),
    "List": Question("list_select(list({v}), list_grade_up(list({o})))", "coalesce({}, [])"),
}


def _sides(node: elm.Elm) -> Iterator[elm.Elm]:
    """The lists that a union of unions is of."""
    if isinstance(node, elm.Apply) and node.operator == "Union":
        for each in node.operands:
            yield from _sides(each)
    else:
        yield node


def _conjuncts(node: elm.Elm) -> Iterator[elm.Elm]:
    if isinstance(node, elm.Apply) and node.operator == "And":
        for each in node.operands:
            yield from _conjuncts(each)
    else:
        yield node


def _item(node: elm.Elm) -> CqlType:
    assert isinstance(node.type, ListType), unsupported(node)
    return node.type.item


def _class(node: elm.Elm) -> CqlType | None:
    """The one class of a list's items."""
    while isinstance(node, elm.As) and node.surely:
        node = node.source
    item = node.type.item if isinstance(node.type, ListType) else None
    return item if isinstance(item, Named) and item.namespace != "System" else None
