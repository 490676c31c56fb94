"""Units in SQL: a table of the units in use, each with its factor to the base unit of what it measures.

Units outside the table are comparable with themselves alone.
"""

from __future__ import annotations

from decimal import Decimal
from functools import cache

from lakmus.query.engines.duckdb.values import Names
from lakmus.query.engines.reference.units import PlainUnits
from lakmus.terminology.units import Units

# Units of care that are looked up; the factors are asked of the unit library.
KNOWN = (
    "kg", "g", "mg", "ug", "ng", "pg", "t", "[lb_av]", "[oz_av]", "m", "dm", "cm", "mm", "um", "nm", "km", "[in_i]", "[ft_i]",
    "L", "dL", "cL", "mL", "uL", "mol", "mmol", "umol", "nmol", "mol/L", "mmol/L", "umol/L", "nmol/L", "g/L", "g/dL",
    "mg/dL", "mg/L", "ug/L", "ng/mL", "ug/mL", "kPa", "Pa", "mm[Hg]", "kg/m2", "/min", "%", "1",
    "week", "wk", "day", "hour", "h", "minute", "min", "second", "s", "millisecond", "ms", "d", "month", "year",
)  # fmt: skip


@cache
def table() -> dict[str, tuple[Decimal, str]]:
    """By unit: the factor, and the base unit."""
    plain, ucum = PlainUnits(), Units()
    found = {}
    for unit in KNOWN:
        factor, base = plain.canonical(Decimal(1), unit)
        found[unit] = (factor, base) if base != unit else ucum.canonical(Decimal(1), unit)
    return found


def base(unit: str) -> str:
    """SQL: what a unit is measured in."""
    cases = " ".join(f"WHEN '{u}' THEN '{b}'" for u, (_, b) in table().items() if u != b)
    return f"CASE {unit} {cases} ELSE {unit} END"


def factor(unit: str) -> str:
    """SQL: a unit in its base."""
    cases = " ".join(f"WHEN '{u}' THEN {f:f}" for u, (f, b) in table().items() if f != 1)
    return f"(CASE {unit} {cases} ELSE 1 END)::DOUBLE"


def compared(left: str, right: str, sign: str, names: Names) -> str:
    """SQL: two quantities compared; NULL when they do not measure the same thing."""
    q = names.fresh("q")
    units = [f"{q}.{side}.unit" for side in "ab"]
    same = f"{q}.a.value {sign} {q}.b.value"
    a, b = (f"round({q}.{side}.value::DOUBLE * {factor(u)}, 9)" for side, u in zip("ab", units, strict=True))
    converted = f"CASE WHEN {base(units[0])} = {base(units[1])} THEN {a} {sign} {b} END"
    test = f"CASE WHEN {units[0]} = {units[1]} THEN {same} ELSE {converted} END"
    return f"list_transform([{{'a': {left}, 'b': {right}}}], lambda {q}: {test})[1]"
