"""How intervals of moments lie to each other, over their ends: each end is computed once (CQL 1.5, appendix B, "Interval Operators")."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lakmus.query.engines.duckdb.elm.classes import ENDS, has_ends
from lakmus.query.engines.duckdb.elm.compiler import Compiler, Scope, operates
from lakmus.query.engines.duckdb.elm.logic import called
from lakmus.query.ir.elm import nodes as elm
from lakmus.query.ir.elm.types import DATE, DATETIME, CqlType, IntervalType

_POINTS: dict[CqlType, str] = {DATETIME: "datetime", DATE: "date"}


@dataclass(frozen=True)
class Ends:
    """The first and the last moment of a value, of a moment itself twice, and comparisons of such."""

    start: str
    end: str


# What a parameter that is given stands in; the default of one that is not is an expression.
VARIABLE = "getvariable("
Relation = Callable[["Timing", Ends, Ends], str]


@dataclass(frozen=True)
class Timing:
    """Comparisons of moments of a type, to a precision."""

    kind: str
    precision: str

    def before(self, a: str, b: str) -> str:
        return f"cql.before_{self.kind}({a}, {b}, '{self.precision}')"

    def not_after(self, a: str, b: str) -> str:
        return f"cql.same_or_before_{self.kind}({a}, {b}, '{self.precision}')"


_RELATIONS: dict[str, Relation] = {
    "Before": lambda t, a, b: t.before(a.end, b.start),
    "After": lambda t, a, b: t.before(b.end, a.start),
    "In": lambda t, a, b: f"({t.not_after(b.start, a.start)} AND {t.not_after(a.end, b.end)})",
    "Contains": lambda t, a, b: f"({t.not_after(a.start, b.start)} AND {t.not_after(b.end, a.end)})",
    "IncludedIn": lambda t, a, b: f"({t.not_after(b.start, a.start)} AND {t.not_after(a.end, b.end)})",
    "Includes": lambda t, a, b: f"({t.not_after(a.start, b.start)} AND {t.not_after(b.end, a.end)})",
    "Overlaps": lambda t, a, b: f"({t.not_after(a.start, b.end)} AND {t.not_after(b.start, a.end)})",
    "OverlapsAfter": lambda t, a, b: f"({t.not_after(a.start, b.end)} AND {t.before(b.end, a.end)})",
    "OverlapsBefore": lambda t, a, b: f"({t.not_after(b.start, a.end)} AND {t.before(a.start, b.start)})",
}


@operates(*_RELATIONS)
def related(compiler: Compiler, node: elm.Apply, scope: Scope) -> str:
    """Over ends that are columns; where no column can be, one macro for the whole."""
    kind = _kind([each.type for each in node.operands])
    operands = [compiler.value(each, scope) for each in node.operands] if kind else []
    if not kind or not all(map(compiler.hoistable, operands)):
        return called(compiler, node, scope)
    ends = [_ends(compiler, sql, each, kind) for sql, each in zip(operands, node.operands, strict=True)]
    found = _RELATIONS[node.operator](Timing(kind, node.precision), *ends)
    return _of_nothing(node, operands, found) if node.operator in ("In", "Contains") else found


def _of_nothing(node: elm.Apply, operands: list[str], found: str) -> str:
    """A moment is in no interval that is null; a parameter that is given is one."""
    point, whole = operands if node.operator == "In" else operands[::-1]
    if whole.startswith(VARIABLE):
        return found
    return f"CASE WHEN ({whole}) IS NOT NULL THEN {found} WHEN ({point}) IS NOT NULL THEN false END"


def _kind(types: list[CqlType]) -> str:
    """The moments that intervals, at least one of two, are of."""
    points = {each.point if isinstance(each, IntervalType) else each for each in types}
    intervals = any(isinstance(each, IntervalType) for each in types)
    return _POINTS.get(points.pop(), "") if intervals and len(points) == 1 else ""


def _ends(compiler: Compiler, sql: str, node: elm.Elm, kind: str) -> Ends:
    whole = compiler.hoisted(sql)
    if not isinstance(node.type, IntervalType):
        return Ends(whole, whole)
    return Ends(*(_end(compiler, end, whole, sql, node, kind) for end in ENDS))


def _end(compiler: Compiler, end: str, whole: str, sql: str, node: elm.Elm, kind: str) -> str:
    if has_ends(node):
        return sql.removesuffix('"') + f'${end}"'
    if whole.startswith(VARIABLE):
        return compiler.reader.constant(f"cql.{end}_{kind}({whole})")
    return compiler.hoisted(f"cql.{end}_{kind}({whole})")


@operates("Start", "End")
def end_of(compiler: Compiler, node: elm.Apply, scope: Scope) -> str:
    (operand,) = node.operands
    if has_ends(operand):
        return compiler.value(operand, scope).removesuffix('"') + f'${node.operator.lower()}"'
    if isinstance(operand, elm.ParameterRef) and (kind := _kind([operand.type])):
        whole = compiler.value(operand, scope)
        if not whole.startswith(VARIABLE):
            return called(compiler, node, scope)
        return compiler.reader.constant(f"cql.{node.operator.lower()}_{kind}({whole})")
    return called(compiler, node, scope)
