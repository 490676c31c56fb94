"""Dates and times as SQL over their texts: what span a text means, how two compare, what a duration later is.

A date given in part is a span; a time of day without a zone may be in any zone (N1 6.2, 6.7).
"""

from __future__ import annotations

from decimal import Decimal

from lakmus.core.quantities import Quantity
from lakmus.query.engines.duckdb.values import Names
from lakmus.query.ir.types import DATE, TIME, TypeName

ZONE = r"(Z|[+-][0-9]{2}:[0-9]{2})$"
PATTERN = "0001-01-01T00:00:00"
DAY = "1970-01-01T"
MICROSECONDS = {"week": 604800 * 10**6, "day": 86400 * 10**6, "hour": 3600 * 10**6, "minute": 60 * 10**6, "second": 10**6, "millisecond": 1000}  # fmt: skip
UNITS = {
    "year": "year", "month": "month", "week": "week", "wk": "week", "day": "day", "d": "day", "hour": "hour",
    "h": "hour", "minute": "minute", "min": "minute", "second": "second", "s": "second",
    "millisecond": "millisecond", "ms": "millisecond",
}  # fmt: skip
RANK = {"year": 1, "month": 2, "week": 3, "day": 3, "hour": 4, "minute": 5, "second": 6, "millisecond": 6}
WIDTHS = {1: ("year", 365 * 86400 * 10**6), 2: ("month", 30 * 86400 * 10**6), 3: ("day", 86400 * 10**6), 4: ("hour", 3600 * 10**6), 5: ("minute", 60 * 10**6)}  # fmt: skip


def bare(text: str) -> str:
    """Without zone, and without the T that ends a dateTime given as a date."""
    return f"rtrim(regexp_replace({text}, '{ZONE}', ''), 'T')"


def zone(text: str) -> str:
    """The zone as it is written; '' for none."""
    return f"regexp_extract({text}, '{ZONE}', 1)"


def offset(text: str) -> str:
    """Minutes east of UTC; NULL when no zone is given."""
    z = zone(text)
    parts = f"(left({z}, 1) || '1')::INTEGER * (substr({z}, 2, 2)::INTEGER * 60 + substr({z}, 5, 2)::INTEGER)"
    return f"CASE {z} WHEN '' THEN NULL WHEN 'Z' THEN 0 ELSE {parts} END"


def precision(text: str) -> str:
    """1 for a year to 6 for a second, of a text without zone."""
    return f"CASE length({text}) WHEN 4 THEN 1 WHEN 7 THEN 2 WHEN 10 THEN 3 WHEN 13 THEN 4 WHEN 16 THEN 5 ELSE 6 END"


def stamp(text: str) -> str:
    """The first moment, as a local TIMESTAMP, of a text without zone."""
    return f"(left({text}, 26) || substr('{PATTERN}', length({text}) + 1))::TIMESTAMP"


def span(kind: TypeName, text: str, names: Names) -> str:
    """The first and last microsecond, zone and precision: `{lo, hi, z, p}`; NULL for NULL."""
    whole = f"'{DAY}' || {text}" if kind == TIME else bare(text)
    steps = ("YEAR", "MONTH", "DAY", "HOUR", "MINUTE")

    def measured(b: str) -> str:
        p, low = precision(b), stamp(b)
        ends = " ".join(f"WHEN {n} THEN epoch_us({low} + INTERVAL 1 {s}) - 1" for n, s in enumerate(steps, 1))
        z = "NULL::INTEGER" if kind in (TIME, DATE) else offset(text)
        return (
            f"{{'lo': epoch_us({low}), 'hi': CASE {p} {ends} ELSE epoch_us({low}) END, 'z': {z}, 'p': {p}}}"
        )

    spanned = names.bound(f"({whole})", measured)
    return f"CASE WHEN {text} IS NOT NULL THEN {spanned} END"


def compared(left: tuple[TypeName, str], right: tuple[TypeName, str], names: Names, use: str) -> str:
    """SQL over the spans of two moments: `use` has {la} {ha} {lb} {hb} (their ends) and {same} (their precisions agree)."""
    a, b = span(*left, names), span(*right, names)
    m = names.fresh("m")
    agree = (
        f"(({m}.a.z IS NULL) = ({m}.b.z IS NULL) OR ({m}.a.z IS NULL AND {m}.a.p <= 3)"
        f" OR ({m}.b.z IS NULL AND {m}.b.p <= 3))"
    )

    def end(side: str, other: str, which: str, outermost: int) -> str:
        shift = (
            f"coalesce({m}.{side}.z, CASE WHEN {agree} THEN coalesce({m}.{other}.z, 0) ELSE {outermost} END)"
        )
        return f"({m}.{side}.{which} - {shift} * 60000000::BIGINT)"

    ends = {
        "la": end("a", "b", "lo", 840),
        "ha": end("a", "b", "hi", -720),
        "lb": end("b", "a", "lo", 840),
        "hb": end("b", "a", "hi", -720),
        "same": f"({m}.a.p = {m}.b.p)",
        "agree": agree,
    }
    test = use.format(**ends)
    return f"list_transform([{{'a': {a}, 'b': {b}}}], lambda {m}: CASE WHEN {m}.a IS NOT NULL AND {m}.b IS NOT NULL THEN {test} END)[1]"


IS_ZERO = "({la} = {lb} AND {ha} = {hb} AND {agree})"
EQUAL = f"CASE WHEN {IS_ZERO} THEN CASE WHEN {{same}} THEN true END WHEN {{ha}} < {{lb}} OR {{la}} > {{hb}} THEN false END"
EQUIVALENT = f"coalesce({{same}} AND {IS_ZERO}, false)"
LESS = f"CASE WHEN {IS_ZERO} THEN false WHEN {{ha}} < {{lb}} THEN true WHEN {{la}} > {{hb}} THEN false END"
LESS_OR_EQUAL = (
    f"CASE WHEN {IS_ZERO} THEN true WHEN {{ha}} < {{lb}} THEN true WHEN {{la}} > {{hb}} THEN false END"
)


def later(kind: TypeName, text: str, amount: Quantity, sign: int, names: Names) -> str:
    """A moment a duration later (sign 1) or earlier (-1), as precise as it was."""
    unit = UNITS[amount.unit]
    if kind == TIME:
        return _later_time(text, amount.value, unit, sign, names)

    def moved(b: str) -> str:
        cases = " ".join(
            f"WHEN {p} THEN {_shifted(stamp(b), amount.value, unit, p, sign)}" for p in range(1, 7)
        )
        return names.bound(f"CASE {precision(b)} {cases} END", lambda s: _written(s, b, text))

    return f"CASE WHEN {text} IS NOT NULL THEN {names.bound(f'({bare(text)})', moved)} END"


def _shifted(stamp_: str, amount: Decimal, unit: str, p: int, sign: int) -> str:
    """The duration counts in the moment's own precision when it is finer than that."""
    if p in WIDTHS and RANK[unit] > p:
        name, width = WIDTHS[p]
        whole = int(amount) // 12 if unit == "month" else abs(_ticks(amount, unit)) // width
        amount, unit = Decimal(whole if amount >= 0 else -abs(whole)), name
    if unit in ("year", "month"):
        months = int(amount) * (12 if unit == "year" else 1) * sign
        return f"({stamp_} + to_months({months}))"
    return f"({stamp_} + to_microseconds({sign * _ticks(amount, unit)}))"


def _ticks(amount: Decimal, unit: str) -> int:
    """Microseconds; only seconds have decimals."""
    if unit == "second":
        return int(amount * 1000) * 1000
    return int(amount) * MICROSECONDS[unit]


def _written(stamp_: str, like: str, text: str) -> str:
    forms = {1: "%Y", 2: "%Y-%m", 3: "%Y-%m-%d", 4: "%Y-%m-%dT%H", 5: "%Y-%m-%dT%H:%M"}
    cases = " ".join(f"WHEN {p} THEN strftime({stamp_}, '{form}')" for p, form in forms.items())
    seconds = _seconds(stamp_, like, "%Y-%m-%dT")
    tail = f"CASE WHEN {text} LIKE '%T' THEN 'T' ELSE {zone(text)} END"
    tail = f"CASE WHEN contains({text}, 'T') THEN {tail} ELSE '' END"
    possible = f"year({stamp_}) BETWEEN 1 AND 9999"
    return f"CASE WHEN {possible} THEN CASE {precision(like)} {cases} ELSE {seconds} END || {tail} END"


def _seconds(stamp_: str, like: str, day: str) -> str:
    """A moment to the second, with its fraction when there is one or the text it came from had one."""
    fraction = f"contains({like}, '.') OR epoch_us({stamp_}) % 1000000 <> 0"
    whole, parts = (f"strftime({stamp_}, '{day}%H:%M:%S{f}')" for f in ("", ".%g"))
    return f"CASE WHEN {fraction} THEN {parts} ELSE {whole} END"


def _later_time(text: str, amount: Decimal, unit: str, sign: int, names: Names) -> str:
    step = sign * _ticks(amount, unit)

    def moved(b: str) -> str:
        cases = []
        for p, width in ((4, 3600 * 10**6), (5, 60 * 10**6), (6, 1)):
            ticks = step // width * width if step >= 0 else -(-step // width * width)
            cases.append(f"WHEN {p} THEN {ticks}")
        shifted = f"({stamp(b)} + to_microseconds(CASE {precision(b)} {' '.join(cases)} END))"
        forms = " ".join(
            f"WHEN {p} THEN strftime({shifted}, '{form}')" for p, form in ((4, "%H"), (5, "%H:%M"))
        )
        return f"CASE {precision(b)} {forms} ELSE {_seconds(shifted, b, '')} END"

    whole = f"('{DAY}' || {text})"
    return f"CASE WHEN {text} IS NOT NULL THEN {names.bound(whole, moved)} END"
