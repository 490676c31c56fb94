"""Lists that come of records, compiled to relations, so that nothing is nested and nothing correlated.

A query over records is a step of its own: sources joined by person, rows filtered, one value returned (`relational_queries`).
What is asked of such a list is an aggregate of its rows, brought to the row that asks as a column.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

from lakmus.query.engines.duckdb.elm.compiler import Compiler, Scope
from lakmus.query.engines.duckdb.elm.frames import Failed, Frame
from lakmus.query.engines.duckdb.elm.lowering.inline import free
from lakmus.query.engines.duckdb.elm.names import cast
from lakmus.query.engines.duckdb.elm.relational_queries import query
from lakmus.query.engines.duckdb.elm.rows import Rows, Write, dropped, finished, identity, kept, merged
from lakmus.query.ir.elm import nodes as elm
from lakmus.query.ir.elm.types import CqlType, ListType, Named

PATIENTS = "lakmus_patients"
_SETS = ("Union", "Distinct", "Intersect", "Except")


@dataclass(frozen=True)
class Relations:
    """`write` writes a table; `records` gives the rows of retrieves of one class,
    `defined` those of a definition that is kept as rows."""

    compiler: Compiler
    write: Write
    records: Callable[[Sequence[elm.Retrieve]], Rows]
    defined: Callable[[elm.ExpressionRef], Rows | None]
    _made: dict[elm.Elm, Rows] = field(default_factory=dict)

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
            case elm.Apply() if node.operator in _SETS and isinstance(node.type, ListType):
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
                return self.records([node])
            case elm.ExpressionRef() if (found := self.defined(node)) is not None:
                return found
            case elm.Query():
                return self._written(query(self, node, None, {}))
            case elm.Apply() if self.relational(node):
                return self._written(self._set(node))
            case elm.As(source=source) if self.relational(node):
                return self._seen(node, source)
            case elm.ForEach() if self.relational(node):
                return self._projected(node)
        return self._unnested(node)

    def _written(self, rows: Rows) -> Rows:
        return rows.written(self.compiler.name, self.write)

    def _unnested(self, node: elm.Elm) -> Rows:
        """A list that a person's row has, as rows."""
        frame = Frame(PATIENTS, ("p",), self.compiler.name)
        return finished(frame, self.items(frame, node, {}), self.write)

    def items(self, frame: Frame, node: elm.Elm, scope: Scope) -> str:
        """Unnests a list over a frame's columns: the frame goes on with a row for each item."""
        with self.compiler.within(frame):
            items = frame.column(f"coalesce({self.compiler.safe(self.compiler.value(node, scope))}, [])")
        dropped(frame, self.write)
        value, place = self.compiler.name("c"), self.compiler.name("k")
        frame.settle()
        found = f"unnest({items}) AS {value}, generate_subscripts({items}, 1) AS {place}"
        frame.rebased(f"(SELECT *, {found}\nFROM {frame.base})")
        frame.keys, frame.carried[value] = (*frame.keys, place), None
        return value

    def _seen(self, node: elm.As, source: elm.Elm) -> Rows:
        rows = self.rows(source).renamed(self.compiler.name)
        frame = rows.frame(self.compiler.name)
        with self.compiler.within(frame):
            value = self.compiler.safe(cast(self.compiler, rows.value, _item(source), _item(node), node))
        return finished(frame, value, self.write, replace(rows, origin=""))

    def _projected(self, node: elm.ForEach) -> Rows:
        rows = self.rows(node.source).renamed(self.compiler.name)
        frame = rows.frame(self.compiler.name)
        with self.compiler.within(frame):
            value = self.compiler.safe(self.compiler.value(node.projection, {node.item: rows.value}))
        return finished(frame, value, self.write)

    # Sets

    def _set(self, node: elm.Apply) -> Rows:
        if node.operator == "Union":
            return self._united(list(_sides(node)))
        left = self.rows(node.operands[0])
        if node.operator == "Distinct":
            return left.once(_item(node))
        right = self.rows(node.operands[1])
        join = "SEMI" if node.operator == "Intersect" else "ANTI"
        other, column = self.compiler.name("p"), self.compiler.name("c")
        table = (
            f"(SELECT l.* FROM {left.table} AS l {join} JOIN (SELECT p AS {other}, {identity(right.value, _item(node))} AS {column} "
            f"FROM {right.table})\nON p = {other} AND {identity(left.value, _item(node))} IS NOT DISTINCT FROM {column})"
        )
        return replace(left, table=table, failed=left.failed + right.failed).once(_item(node))

    def _alike(self, node: elm.Elm) -> object:
        """What records that can be read at once have in common: their class, and where their codes stand."""
        if isinstance(node, elm.Retrieve) and node.codes is not None:
            return node.of, node.code_path
        return id(node)

    def _run(self, sides: list[elm.Elm]) -> Rows:
        if len(sides) == 1:
            return self.rows(sides[0])
        return self.records([each for each in sides if isinstance(each, elm.Retrieve)])

    def _united(self, sides: list[elm.Elm]) -> Rows:
        parts = [self._run(list(run)) for _, run in groupby(sides, self._alike)]
        if len({part.origin for part in parts}) == 1 and parts[0].origin:
            return merged(parts, self.compiler.name)
        width = max(len(part.keys) for part in parts)
        keys = ("p", *(self.compiler.name("k") for _ in range(width)))
        value = self.compiler.name("c")
        table = " UNION ALL\n".join(_side(i, part, keys, value) for i, part in enumerate(parts))
        failed = tuple(dict.fromkeys(each for part in parts for each in part.failed))
        apart = len(parts) == 1 or len({_class(side) for side in sides} - {None}) == len(sides)
        apart = apart and all(p.unique for p in parts)
        rows = Rows(f"({table})", keys, value, apart, all(p.sure for p in parts), failed)
        return rows if apart else rows.once(_item(sides[0]))

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
            kept(frame, self.write)
            rows, keys = query(self, node, frame.copy(), scope), frame.keys
        else:
            return None
        for failed in rows.failed:
            self._failed(frame, failed, keys)
        return self._answer(frame, operator, rows, keys)

    def _reachable(self, node: elm.Query, scope: Scope) -> bool:
        """Whether all that a query asks of other rows are columns, no parameters of lambdas."""
        return all(self.compiler.closed(scope[name]) for name in free(node))

    def _failed(self, frame: Frame, failed: Failed, keys: tuple[str, ...]) -> None:
        """The frame's rows have no value where the list has none."""
        relation, given = failed
        shared = tuple(key for key in keys if key in given)
        if (asked := f"failed {relation} {shared}") not in frame.settled:
            flag = frame.settled[asked] = self.compiler.name("f")
            flagged = f"(SELECT DISTINCT {', '.join(shared)}, true AS {flag} FROM {relation})"
            frame.join(flagged, (flag,), shared)
        self.compiler.faulty(f"{frame.settled[asked]} IS NOT NULL")

    def _answer(self, frame: Frame, operator: str, rows: Rows, keys: tuple[str, ...]) -> str:
        """The column of an aggregate by these keys, joined once."""
        question = QUESTIONS[operator]
        if (asked := f"{operator} {rows.table}") not in frame.settled:
            column = frame.settled[asked] = self.compiler.name("c")
            group = ", ".join(keys)
            found = f"SELECT {group}, {question.of(rows, len(keys))} AS {column} FROM {rows.table}"
            where = " WHERE " + f"{rows.value} IS NOT NULL" if question.skips and not rows.sure else ""
            frame.join(f"({found}{where} GROUP BY {group})", (column,), keys)
        column = frame.settled[asked]
        answer = question.answer.format(column)
        if operator != "SingletonFrom":
            return answer
        return self.compiler.checked(
            answer, f"{column}.n > 1", "singleton from has several items where one is wanted"
        )


@dataclass(frozen=True)
class Question:
    """How an operator on a list is answered: an aggregate of values `v` in the order `o`, and what its column says."""

    aggregate: str
    answer: str
    skips: bool = False

    def of(self, rows: Rows, grouped: int) -> str:
        order = ", ".join(rows.keys[grouped:])
        return self.aggregate.format(
            v=rows.value, o=order if len(rows.keys) == grouped + 1 else f"row({order})"
        )


QUESTIONS = {
    "Exists": Question("true", "({} IS NOT NULL)", skips=True),
    "Count": Question("count({v})::INTEGER", "coalesce({}, 0)"),
    "First": Question("arg_min({{'v': {v}}}, {o})", "({}).v"),
    "Last": Question("arg_max({{'v': {v}}}, {o})", "({}).v"),
    "SingletonFrom": Question("{{'n': count(*), 'v': arg_min({{'v': {v}}}, {o}).v}}", "({}).v"),
    # An ordered aggregate takes forty times as long as sorting each list by its keys.
    "List": Question("list_select(list({v}), list_grade_up(list({o})))", "coalesce({}, [])"),
}


def _sides(node: elm.Elm) -> Iterator[elm.Elm]:
    """The lists that a union of unions is of."""
    if isinstance(node, elm.Apply) and node.operator == "Union":
        for each in node.operands:
            yield from _sides(each)
    else:
        yield node


def _side(i: int, part: Rows, keys: tuple[str, ...], value: str) -> str:
    given = (str(i), *part.keys[1:], *["0"] * (len(keys) - 1 - len(part.keys)))
    named = ", ".join(f"{sql} AS {key}" for sql, key in zip(given, keys[1:], strict=True))
    return f"SELECT p, {named}, {part.value} AS {value} FROM {part.table}"


def _item(node: elm.Elm) -> CqlType:
    assert isinstance(node.type, ListType)
    return node.type.item


def _class(node: elm.Elm) -> CqlType | None:
    """The one class of a list's items."""
    while isinstance(node, elm.As) and node.surely:
        node = node.source
    item = node.type.item if isinstance(node.type, ListType) else None
    return item if isinstance(item, Named) and item.namespace != "System" else None
