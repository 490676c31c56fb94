"""How long it is between two moments: whole periods, and boundaries crossed (CQL 1.5, appendix H).

A moment that is not told to the last part reaches from `lo` to `hi`. What lies between two is a span, from the shortest
way to the longest: a number where both are the same, and decided in comparisons where both say the same.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lakmus.query.engines.duckdb.elm.compiler import Compiler, Scope, operates, unsupported
from lakmus.query.ir.elm import nodes as elm
from lakmus.query.ir.elm.types import DATE, DATETIME, TIME, CqlType

RANKS = {"year": 1, "month": 2, "week": 3, "day": 3, "hour": 4, "minute": 5, "second": 6, "millisecond": 7}
_KINDS: dict[CqlType, str] = {DATE: "date", DATETIME: "datetime", TIME: "time"}
DURATIONS = frozenset(("DurationBetween", "DifferenceBetween", "CalculateAgeAt", "CalculateAge"))
Body = Callable[[str, str], str]


@dataclass(frozen=True)
class Reach:
    """The first and the last timestamp that a moment may mean, as far as a precision counts."""

    kind: str
    precision: str

    def first(self, v: str) -> str:
        return {"date": f"{v}.lo::TIMESTAMP", "time": f"cql.on_first_day({v}.lo)"}.get(self.kind, f"{v}.lo")

    def last(self, v: str) -> str:
        """Milliseconds are the decimals of seconds, and count as none where none are written."""
        rank = RANKS[self.precision]
        if self.kind == "date":
            return f"{v}.hi::TIMESTAMP" if rank < 4 else f"{v}.hi::TIMESTAMP + to_milliseconds(86399999)"
        if self.kind == "time":
            return f"cql.on_first_day(CASE WHEN {v}.p >= {rank} THEN {v}.lo ELSE {v}.hi END)"
        return f"CASE WHEN {v}.p >= {max(rank, 6)} THEN {v}.lo ELSE date_trunc('millisecond', {v}.hi) END"

    def written(self, sql: str, v: str) -> str:
        """A day is the day that was written; the zone does not move it."""
        as_written = self.kind == "datetime" and RANKS[self.precision] < 4
        return f"cql.written('day', {sql}, {v}.z)" if as_written else sql


@operates(*DURATIONS)
def duration(compiler: Compiler, node: elm.Apply, scope: Scope) -> str:
    return between(
        compiler, node, scope, lambda low, high: f"CASE WHEN {low} = {high} THEN {low}::INTEGER END"
    )


def between(compiler: Compiler, node: elm.Apply, scope: Scope, body: Body) -> str:
    """What is said of the least and the greatest number of periods, or boundaries, that two moments have between them."""
    kind = _KINDS.get(node.operands[0].type)
    if kind is None or node.precision not in RANKS:
        raise unsupported(node)
    operands = [compiler.value(each, scope) for each in node.operands]
    if node.operator == "CalculateAge":
        operands.append("cql.today()" if kind == "date" else "cql.now()")
    given = {"a": operands[0], "b": operands[1]}
    reach, whole = Reach(kind, node.precision), node.operator != "DifferenceBetween"
    return compiler.together(
        given,
        lambda v: compiler.together(
            _ends(reach, v, whole), lambda e: _counted(compiler, reach, e, whole, body)
        ),
    )


def _ends(reach: Reach, v: dict[str, str], whole: bool) -> dict[str, str]:
    found = {
        "af": (reach.first, "a"),
        "al": (reach.last, "a"),
        "bf": (reach.first, "b"),
        "bl": (reach.last, "b"),
    }
    ends = {name: (end(v[side]), v[side]) for name, (end, side) in found.items()}
    return {name: sql if whole else reach.written(sql, at) for name, (sql, at) in ends.items()}


def _counted(compiler: Compiler, reach: Reach, e: dict[str, str], whole: bool, body: Body) -> str:
    name = "periods" if whole else "boundaries"
    if reach.precision in ("year", "month", "week") and not (whole and reach.precision == "week"):
        name = f"{reach.precision}_{name}"
    ways = {"l": f"cql.{name}({e['al']}, {e['bf']})", "h": f"cql.{name}({e['af']}, {e['bl']})"}
    if "_" not in name:
        ways = {key: sql.replace("(", f"('{reach.precision}', ", 1) for key, sql in ways.items()}
    return compiler.together(ways, lambda w: body(w["l"], w["h"]))
