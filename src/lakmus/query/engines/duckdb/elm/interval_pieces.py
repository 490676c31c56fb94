"""Expand and Collapse: intervals cut into pieces of a size, and put together (CQL 1.5, appendix B, "Interval Operators").

Columns do not say with how many digits a decimal was written: without a size, decimals are counted in their smallest step.
"""

from __future__ import annotations

from lakmus.query.engines.duckdb.elm.compiler import Compiler, Scope, operates, unsupported
from lakmus.query.engines.duckdb.elm.spans import POINTS
from lakmus.query.ir.elm import nodes as elm
from lakmus.query.ir.elm.types import ANY, INTEGER, LONG, IntervalType, ListType

_MOMENTS = ("date", "datetime", "time")
LARGEST = 1_000_000
Sizes = dict[str, str]


@operates("Collapse", "Expand")
def pieces(compiler: Compiler, node: elm.Apply, scope: Scope) -> str:
    whole, per = node.operands[0], node.operands[1] if len(node.operands) > 1 else None
    type_ = whole.type.item if isinstance(whole.type, ListType) else whole.type
    assert isinstance(type_, IntervalType)
    sql = compiler.value(whole, scope)
    if type_.point == ANY:
        return f"CASE WHEN {sql} IS NOT NULL THEN []::{compiler.type_of(node.type)} END"
    kind = POINTS.get(type_.point)
    if kind is None:
        raise unsupported(node)
    given = {"v": sql if isinstance(whole.type, ListType) else f"[{sql}]"}
    if per is not None and not isinstance(per, elm.Null):
        given["q"] = compiler.value(per, scope)
    work = _Work(compiler, node, kind, type_)
    done = work.collapsed if node.operator == "Collapse" else work.expanded
    found = compiler.together(given, lambda v: work.sized(v, done))
    return f"CASE WHEN {sql} IS NOT NULL THEN {found} END" if not isinstance(whole.type, ListType) else found


def _is_part(per: elm.Elm) -> bool:
    """Whether a size that is written is no whole number."""
    while isinstance(per, elm.Apply) and per.operator in ("ToQuantity", "ToDecimal"):
        per = per.operands[0]
    value = getattr(per.value, "value", per.value) if isinstance(per, elm.Literal) else 1
    return bool(value % 1)


class _Work:
    """What is done with the intervals of one list, of points of one kind."""

    def __init__(self, compiler: Compiler, node: elm.Apply, kind: str, type_: IntervalType) -> None:
        self.compiler, self.node, self.kind, self.type = compiler, node, kind, type_
        self.moments = kind in _MOMENTS
        self.parts = any(map(_is_part, node.operands[1:]))

    def sized(self, v: dict[str, str], body: object) -> str:
        """With the size in what points are counted by: `r`, `w`, `n` of a duration, `s` of numbers."""
        assert callable(body)
        sizes = self._moment_sizes(v) if self.moments else {"s": self._step(v)}
        return self.compiler.together(sizes, lambda s: str(body(v["v"], {**v, **s})))

    def _moment_sizes(self, v: dict[str, str]) -> Sizes:
        if "q" in v:
            unit = f"({v['q']}).unit"
            return {
                "r": f"cql.rank_of({unit})",
                "w": f"cql.width_of({unit})",
                "n": f"trunc(({v['q']}).value)",
            }
        x = self.compiler.fresh()
        bounds = f"list_min(flatten(list_transform({v['v']}, lambda {x}: [{x}.low.p, {x}.high.p])))"
        return {"r": bounds, "w": f"cql.tick_width({bounds})", "n": "1"}

    def _step(self, v: dict[str, str]) -> str:
        """In digits: how many of the smallest steps of a decimal."""
        whole = self.type.point in (INTEGER, LONG)
        if "q" not in v:
            return "100000000::HUGEINT" if whole else "1::HUGEINT"
        unit = f"(cql.known({v['v']})[1]).low.unit" if self.kind == "quantity" else "'1'"
        return f"cql.scaled(cql.value_in({v['q']}, {unit}))"

    def _at(self, sql: str) -> str:
        """A moment as a timestamp."""
        found = {"date": f"({sql}).lo::TIMESTAMP", "time": f"cql.on_first_day(({sql}).lo)"}
        return found.get(self.kind, f"({sql}).lo")

    # Expand

    def expanded(self, items: str, size: Sizes) -> str:
        """Each piece once, or the points at which they start. Intervals without a bound on both sides give none."""
        x, i = self.compiler.fresh(), self.compiler.fresh("i")
        known = f"list_filter({items}, lambda {x}: {x}.low IS NOT NULL AND {x}.high IS NOT NULL)"
        body = self._moment_pieces(x, size) if self.moments else self._number_pieces(x, size)
        listed = f"flatten(list_transform({known}, lambda {x}: {body}))"
        if not isinstance(self.node.operands[0].type, ListType):
            return f"list_transform({listed}, lambda {x}: {x}.low)"
        whole = f"list_transform({listed}, lambda {x}: {{'low': {x}.low, 'high': {x}.high, 'lc': true, 'hc': true}})"
        return self.compiler.bound(
            whole, lambda v: f"list_filter({v}, lambda {x}, {i}: list_position({v}, {x}) = {i})"
        )

    def _number_pieces(self, x: str, size: Sizes) -> str:
        """In whole numbers of the smallest step: `g` is the digit that the size is written to."""
        v, i, point = self.compiler.fresh("v"), self.compiler.fresh("i"), self._number
        bounds = {"l": f"cql.low_{self.kind}({x})", "h": f"cql.high_{self.kind}({x})"}
        if self.kind == "quantity":
            bounds = {"l": f"({bounds['l']}).value", "h": f"cql.value_in({bounds['h']}, {x}.low.unit)"}
        given = ", ".join(f"'{name}': cql.scaled(({sql})::DECIMAL(28,8))" for name, sql in bounds.items())
        reach = "100000000 - {v}.g" if self.type.point in (INTEGER, LONG) else "0"
        first, last = f"cql.floored({v}.l, {v}.g)", f"(cql.floored({v}.h, {v}.g) + {reach.format(v=v)})"
        uneven = self.type.point in (INTEGER, LONG) and not self.parts
        wrong = f"{size['s']} % 100000000 <> 0" if uneven else "false"
        count = self._bounded(f"({last} - {first} + {v}.g) // nullif({size['s']}, 0)", v, f"({wrong})")
        low = f"{first} + {i} * {size['s']}"
        high = f"{low} + {size['s']} - {v}.g"
        made = f"{{'low': {point(low, x)}, 'high': {point(high, x)}}}"
        pieces = f"list_transform(range(0, {count}), lambda {i}: {made})"
        return f"list_transform([{{{given}, 'g': cql.grain({size['s']})}}], lambda {v}: {pieces})[1]"

    def _number(self, sql: str, x: str) -> str:
        """Whole numbers stay whole, unless they are counted in parts."""
        if self.kind == "quantity":
            return f"cql.quantity_of(cql.unscaled({sql}), {x}.low.unit)"
        return f"cql.unscaled({sql})::{'DECIMAL(28,8)' if self.parts else self.compiler.type_of(self.type.point)}"

    def _bounded(self, count: str, v: str, wrong: str = "false") -> str:
        many = self.compiler.fault(v, "expand gives too many pieces, or the size does not fit")
        return f"CASE WHEN {count} BETWEEN 0 AND {LARGEST} AND NOT {wrong} THEN ({count})::BIGINT ELSE {many} END"

    def _moment_pieces(self, x: str, size: Sizes) -> str:
        """None when the bounds are coarser than the size."""
        v, i, r, w, n = self.compiler.fresh("v"), self.compiler.fresh("i"), size["r"], size["w"], size["n"]
        low, high = f"cql.low_{self.kind}({x})", f"cql.high_{self.kind}({x})"
        given = f"{{'a': cql.trunc_to({self._at(low)}, {r}), 'b': cql.trunc_to({self._at(high)}, {r})}}"
        per = f"({n} * CASE WHEN {r} = 3 THEN {w} / 86400000 ELSE 1 END)"
        count = self._bounded(
            f"(date_diff(cql.part_name({r}), {v}.a, {v}.b) + 1) // nullif({per}::BIGINT, 0)", v
        )
        at = f"{v}.a + cql.own_step({r}, {w}, {n} * {i}, 7)"
        last = f"{at} + cql.own_step({r}, {w}, {n}, 7) - cql.tick({r})"
        made = f"{{'low': {self._made(at, r, x)}, 'high': {self._made(last, r, x)}}}"
        pieces = f"list_transform(range(0, {count}), lambda {i}: {made})"
        fine = f"least({x}.low.p, {x}.high.p) >= {r}"
        return f"CASE WHEN {fine} THEN list_transform([{given}], lambda {v}: {pieces})[1] ELSE [] END"

    def _made(self, at: str, rank: str, x: str) -> str:
        made = {
            "date": f"cql.at_date({at}, {rank})",
            "time": f"cql.at_time(epoch_ms({at}) - epoch_ms(TIMESTAMP '0001-01-01'), {rank})",
        }
        return made.get(self.kind, f"cql.at_datetime({at}, {rank}, {x}.low.z)")

    # Collapse

    def collapsed(self, items: str, size: Sizes) -> str:
        """The fewest intervals that hold the same points; gaps shorter than the size are closed."""
        x, acc, n = (self.compiler.fresh() for _ in range(3))
        known = f"list_filter({items}, lambda {x}: {x}.low IS NOT NULL OR {x}.high IS NOT NULL)"
        rows = f"list_transform({known}, lambda {x}: {self._row(x, size)})"
        last, new = f"{acc}[-1]", f"{n}[1]"
        value = f"{{'low': {last}.v.low, 'high': {new}.v.high, 'lc': {last}.v.lc, 'hc': {new}.v.hc}}"
        joined = f"{{'k': {last}.k, 'f': {last}.f, 'l': {new}.l, 'e': {new}.e, 'v': {value}}}"
        kept = f"CASE WHEN {new}.e <= {last}.e THEN {last} ELSE {joined} END"
        touch = f"{new}.f <= {last}.l + {self._reach(size)}"
        merged = f"CASE WHEN {touch} THEN list_concat({acc}[:-2], [{kept}]) ELSE list_concat({acc}, {n}) END"

        def folded(v: str) -> str:
            single = f"list_transform(list_sort({v}), lambda {x}: [{x}])"
            all_ = f"list_reduce({single}, lambda {acc}, {n}: {merged})"
            none = f"[]::{self.compiler.type_of(self.node.type)}"
            return f"CASE WHEN len({v}) = 0 THEN {none} WHEN {v} IS NOT NULL THEN list_transform({all_}, lambda {x}: {x}.v) END"

        return self.compiler.bound(rows, folded)

    def _row(self, x: str, size: Sizes) -> str:
        """An interval, `v`, by where it surely starts and ends, `f` and `l`; `k` and `e` are where it may at the farthest."""
        low, high = (self._counted(f"cql.{end}_{self.kind}({x})", x) for end in ("low", "high"))
        first, last = (
            self._cut(f"cql.{end}_{self.kind}({x})", at, size) for end, at in (("low", low), ("high", high))
        )
        f = f"CASE WHEN {x}.low IS NOT NULL OR {x}.lc THEN {first} END"
        l = f"CASE WHEN {x}.high IS NOT NULL OR {x}.hc THEN {last} END"  # noqa: E741
        return f"{{'k': {low}, 'f': {f}, 'l': {l}, 'e': {high}, 'v': {x}}}"

    def _counted(self, end: str, x: str) -> str:
        if self.moments:
            return self._at(end)
        if self.kind == "quantity":
            unit = f"coalesce({x}.low, {x}.high).unit"
            return f"cql.scaled(cql.value_in({end}, {unit}))"
        return f"cql.scaled(({end})::DECIMAL(28,8))"

    def _cut(self, end: str, at: str, size: Sizes) -> str:
        if not self.moments:
            return at
        return f"CASE WHEN ({end}).p >= {size['r']} THEN cql.trunc_to({at}, {size['r']}) END"

    def _reach(self, size: Sizes) -> str:
        if self.moments:
            return f"cql.own_step({size['r']}, {size['w']}, {size['n']}, 7)"
        return size["s"]
