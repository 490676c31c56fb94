"""Dates and times moved by a duration that is written: the step is known before anything runs (author's guide, "Date/Time Arithmetic")."""

from __future__ import annotations

from decimal import Decimal

from lakmus.core.quantities import Quantity
from lakmus.query.engines.duckdb.elm.compiler import Compiler, Scope, operates
from lakmus.query.engines.duckdb.elm.durations import RANKS
from lakmus.query.engines.duckdb.elm.logic import called
from lakmus.query.ir.elm import nodes as elm
from lakmus.query.ir.elm.types import DATE, DATETIME, TIME, CqlType

_KINDS: dict[CqlType, str] = {DATE: "date", DATETIME: "datetime"}
_WORDS = {"wk": "week", "d": "day", "h": "hour", "min": "minute", "s": "second", "ms": "millisecond"}
_DAY = 86_400_000
_WIDTHS = {
    "week": 7 * _DAY,
    "day": _DAY,
    "hour": 3_600_000,
    "minute": 60_000,
    "second": 1000,
    "millisecond": 1,
}
# How a finer duration counts in a coarser part: 365-day years and 30-day months.
_PARTS = {1: ("years", 365 * _DAY), 2: ("months", 30 * _DAY), 3: ("days", _DAY)}
_PARTS |= {rank: ("milliseconds", _WIDTHS[word]) for word, rank in RANKS.items() if rank > 3}


@operates("Add", "Subtract")
def moved(compiler: Compiler, node: elm.Apply, scope: Scope) -> str:
    moment, by = node.operands
    kind = _KINDS.get(moment.type)
    if moment.type == TIME:
        return _round_the_clock(compiler, node, scope)
    if kind is None:
        return called(compiler, node, scope)
    if not isinstance(by, elm.Literal) or compiler.literal(by) is not None or not _short(by.value, kind):
        return _computed(compiler, node, scope, kind)
    amount = by.value.value if node.operator == "Add" else -by.value.value
    steps = _steps(str(_word(by.value)), amount)
    found = compiler.bound(
        compiler.value(moment, scope), lambda v: f"cql.moved_{kind}({v}, {_chosen(v, steps)})"
    )
    return compiler.bound(found, lambda m: _inside(compiler, m, kind, amount >= 0))


def _inside(compiler: Compiler, m: str, kind: str, later: bool) -> str:
    """An error outside the years 1 to 9999, where the end of what has no end is moved."""
    type_ = "DATE" if kind == "date" else "TIMESTAMP"
    outside = f"({m}).lo >= {type_} '10000-01-01'" if later else f"({m}).lo < {type_} '0001-01-01'"
    return compiler.checked(m, outside, "the result is outside the years 1 to 9999")


def _round_the_clock(compiler: Compiler, node: elm.Apply, scope: Scope) -> str:
    """A time of day by so many milliseconds."""
    a, q = (compiler.value(each, scope) for each in node.operands)
    sign = "" if node.operator == "Add" else "-"
    return compiler.together(
        {"a": a, "q": q},
        lambda v: compiler.bound(
            f"cql.ticks({v['q']}, ({v['a']}).p)", lambda t: f"cql.moved_time({v['a']}, {sign}{t})"
        ),
    )


def _short(quantity: Quantity, kind: str) -> bool:
    """Whether it is a duration that such moments are moved by, and none so long that SQL has no such timestamp."""
    word = _word(quantity)
    fits = word is not None and (kind != "date" or RANKS[word] <= 3)
    return fits and abs(quantity.value) < (1000 if word == "year" else 12_000)


def _computed(compiler: Compiler, node: elm.Apply, scope: Scope, kind: str) -> str:
    """By a duration that each row has: what it is made of is computed once, and so is the step."""
    a, q = (compiler.value(each, scope) for each in node.operands)
    sign = "" if node.operator == "Add" else "-"

    def parts(v: dict[str, str]) -> dict[str, str]:
        unit = f"({v['q']}).unit"
        return {"r": f"cql.rank_of({unit})", "w": f"cql.width_of({unit})", "n": f"{sign}({v['q']}).value"}

    def step(v: dict[str, str], u: dict[str, str]) -> str:
        p = f"({v['a']}).p"
        given = f"{u['r']}, {u['w']}, {u['n']}, {p}"
        coarse = f"cql.coarse_step(cql.coarse_count({given}), {p})"
        finest = 3 if kind == "date" else 7
        return f"CASE WHEN {u['r']} <= {p} THEN cql.own_step({given}) WHEN {u['r']} <= {finest} THEN {coarse} END"

    def result(v: dict[str, str]) -> str:
        def there(s: str) -> str:
            moved = f"(TRY({{'v': cql.moved_{kind}({v['a']}, {s})}})).v"
            return compiler.bound(moved, lambda m: _checked(compiler, m, v, kind))

        return compiler.together(parts(v), lambda u: compiler.bound(f"(TRY({{'v': {step(v, u)}}})).v", there))

    return compiler.together({"a": a, "q": q}, result)


def _checked(compiler: Compiler, m: str, v: dict[str, str], kind: str) -> str:
    """An error outside the years 1 to 9999, and of what is no duration."""
    type_ = "DATE" if kind == "date" else "TIMESTAMP"
    outside = f"({m}).lo < {type_} '0001-01-01' OR ({m}).lo >= {type_} '10000-01-01'"
    none = f"({m}) IS NULL AND ({v['a']}) IS NOT NULL AND ({v['q']}) IS NOT NULL"
    return compiler.checked(
        m, f"({outside} OR ({none}))", "no moment of the years 1 to 9999 is so far from it"
    )


def _word(quantity: Quantity) -> str | None:
    unit = quantity.unit.removesuffix("s") if len(quantity.unit) > 2 else quantity.unit
    word = _WORDS.get(unit, unit)
    return word if word in RANKS else None


def _steps(word: str, amount: Decimal) -> dict[int, str]:
    """By how precise the moment is: the step in a part that it has."""
    return {rank: _step(rank, word, amount) for rank in range(1, 8)}


def _step(rank: int, word: str, amount: Decimal) -> str:
    whole = int(amount)
    if word in ("year", "month"):
        years = rank == 1 and word == "month"
        return f"to_years({int(whole / 12)})" if years else f"to_{word}s({whole})"
    if rank >= 3 and RANKS[word] == 3:
        return f"to_days({whole * _WIDTHS[word] // _DAY})"
    if word == "second" and rank == 7:
        return f"to_milliseconds({int(amount * 1000)})"
    if RANKS[word] <= rank:
        return f"to_milliseconds({whole * _WIDTHS[word]})"
    part, width = _PARTS[rank]
    count = int(whole * _WIDTHS[word] / Decimal(width))
    return f"to_{part}({count * width if part == 'milliseconds' else count})"


def _chosen(v: str, steps: dict[int, str]) -> str:
    """The step of full precision, and others where the moment is coarser."""
    other = {rank: sql for rank, sql in steps.items() if sql != steps[7]}
    if not other:
        return steps[7]
    cases = " ".join(f"WHEN {rank} THEN {sql}" for rank, sql in other.items())
    return f"CASE ({v}).p {cases} ELSE {steps[7]} END"
