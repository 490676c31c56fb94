"""What random terms are made of: literals by type, operators with the type they give, in the chapters of the standard.

`#Type` stands for an operand, `%name` for a word of `UNITS`; `T` is one of the types that follow.
"""

from __future__ import annotations

from collections.abc import Iterable

POINTS = ("Integer", "Decimal", "Date", "DateTime", "Time", "Quantity")
MOMENTS = {"Date": "date", "DateTime": "datetime", "Time": "time"}
ORDERED = (*POINTS, "String")
VALUES = (*ORDERED, "Boolean")

UNITS = {
    "date": ["year", "month", "day"],
    "datetime": ["year", "month", "day", "hour", "minute", "second", "millisecond"],
    "time": ["hour", "minute", "second", "millisecond"],
    "datespan": ["1 year", "13 months", "2 weeks", "40 days", "1 month"],
    "datetimespan": ["1 year", "2 months", "3 weeks", "31 days", "36 hours", "90 minutes", "61 seconds", "1 millisecond"],
    "timespan": ["5 hours", "90 minutes", "30 seconds", "1500 milliseconds"],
    "datelength": ["years", "months", "weeks", "days"],
    "datetimelength": ["years", "months", "weeks", "days", "hours", "minutes", "seconds", "milliseconds"],
    "timelength": ["hours", "minutes", "seconds", "milliseconds"],
    "datestep": ["day", "month", "2 days"],
    "datetimestep": ["hour", "day"],
    "timestep": ["hour", "minute"],
    "boundary": ["4", "6", "8", "17"],
    "unit": ["'mg'", "'g'", "'cm'", "'d'"],
    "pattern": ["'a.*'", "'[0-9]+'", "'^b'", "'.'"],
}  # fmt: skip

LITERALS = {
    "Boolean": ["true", "false", "(null as Boolean)"],
    "Integer": ["0", "1", "-1", "2", "3", "7", "10", "-13", "2147483647", "(-2147483648)", "(null as Integer)"],
    "Decimal": ["0.0", "1.0", "-1.5", "0.1", "2.55", "10.00", "-0.00000001", "3.14159265", "100.5", "(null as Decimal)"],
    "String": ["''", "'a'", "'B'", "'abcabc'", "'10'", "'-3.5'", "'2024-02-29'", "'true'", "'1 \\'mg\\''", "(null as String)"],
    "Date": ["@2024-02-29", "@2023-12-31", "@2024-02", "@2024", "@2024-03-01", "@0001-01-01", "@9999-12-31", "(null as Date)"],
    "DateTime": [
        "@2024-02-29T10:20:30.400Z", "@2024-02-29T23:30:00.000-01:00", "@2024-03-01T00:30:00.000Z", "@2024-02-29T",
        "@2024-02T", "@2024T", "@2023-12-31T23:59:59.999Z", "@2024-01-01T10Z", "@2024-02-29T10:20Z", "(null as DateTime)",
    ],
    "Time": ["@T10:20:30.400", "@T00:00:00.000", "@T23:59:59.999", "@T10", "@T10:20", "@T10:20:30", "(null as Time)"],
    "Quantity": ["5 'mg'", "0.005 'g'", "2.5 'cm'", "0 'mg'", "-1 'g'", "3 days", "1 '1'", "7", "(null as Quantity)"],
}  # fmt: skip
for _point in POINTS:
    LITERALS[f"Interval<{_point}>"] = [f"(null as Interval<{_point}>)"]
LITERALS["Interval<Integer>"] += ["Interval[1, 10]", "Interval[3, 7)", "Interval(0, 4]", "Interval[5, null]", "Interval(null, 3]", "Interval[11, 12]"]  # fmt: skip
LITERALS["Interval<Decimal>"] += [
    "Interval[1.0, 2.5]",
    "Interval(0.5, 1.0]",
    "Interval[2.5, null)",
    "Interval[2.0, 7.25)",
]
LITERALS["Interval<Date>"] += ["Interval[@2024-01-01, @2024-02-29]", "Interval[@2024-03-01, @2024-12-31]", "Interval[@2024-02, @2024-05)", "Interval[@2023-12-31, null]", "Interval[null, @2024-02-28)"]  # fmt: skip
LITERALS["Interval<DateTime>"] += ["Interval[@2024-01-01T00:00:00.000Z, @2024-02-29T23:59:59.999Z]", "Interval[@2024-02-29T00:00:00.000Z, @2024-03-01T00:00:00.000Z)", "Interval[@2024-02-29T10:20:30.400Z, null)", "Interval(null, @2024-03T]"]  # fmt: skip
LITERALS["Interval<Time>"] += ["Interval[@T08:00:00.000, @T12:00:00.000)", "Interval[@T12:00:00.000, @T23:59:59.999]", "Interval(@T10, @T11]"]  # fmt: skip
LITERALS["Interval<Quantity>"] += [
    "Interval[1 'mg', 10 'mg']",
    "Interval[0.005 'g', 0.02 'g')",
    "Interval[2 'cm', 3 'cm']",
]

# The result, what is written, and the types that `T` may be ("-": there is no T).
Row = tuple[str, str, Iterable[str]]
COMPARISON: list[Row] = [
    *(("Boolean", f"#T {sign} #T", VALUES) for sign in ("=", "!=", "~", "!~")),
    *(("Boolean", f"#T {sign} #T", ORDERED) for sign in ("<", "<=", ">", ">=")),
    ("Boolean", "#T between #T and #T", ("Integer", "Date", "Quantity")),
    *(("Boolean", f"#Interval<T> {sign} #Interval<T>", POINTS) for sign in ("=", "~")),
    *(("Boolean", f"#List<T> {sign} #List<T>", VALUES) for sign in ("=", "~")),
]
LOGIC: list[Row] = [
    *(("Boolean", f"#Boolean {word} #Boolean", "-") for word in ("and", "or", "xor", "implies")),
    ("Boolean", "not #Boolean", "-"),
    ("Boolean", "#T is null", (*VALUES, "Interval<Integer>")),
    ("Boolean", "#Boolean is true", "-"),
    ("Boolean", "#Boolean is false", "-"),
    ("T", "Coalesce(#T, #T)", (*VALUES, *(f"Interval<{each}>" for each in POINTS))),
    ("T", "if #Boolean then #T else #T", VALUES),
    ("T", "case when #Boolean then #T when #Boolean then #T else #T end", VALUES),
    (
        "Integer",
        "case #Integer when #Integer then #Integer when #Integer then #Integer else #Integer end",
        "-",
    ),
]
ARITHMETIC: list[Row] = [
    *(("T", f"#T {sign} #T", ("Integer", "Decimal", "Quantity")) for sign in "+-"),
    *(("T", f"#T {sign} #T", ("Integer", "Decimal")) for sign in ("*", "div", "mod", "^")),
    ("Decimal", "#T / #T", ("Integer", "Decimal")),
    ("Quantity", "#Quantity * #Decimal", "-"),
    ("Quantity", "#Quantity / #Decimal", "-"),
    ("Quantity", "#Quantity * #Quantity", "-"),
    ("Quantity", "#Quantity / #Quantity", "-"),
    ("T", "-#T", ("Integer", "Decimal", "Quantity")),
    ("T", "Abs(#T)", ("Integer", "Decimal", "Quantity")),
    *(("Integer", f"{name}(#Decimal)", "-") for name in ("Ceiling", "Floor", "Truncate")),
    ("Decimal", "Round(#Decimal)", "-"),
    ("Decimal", "Round(#Decimal, 1)", "-"),
    *(("Decimal", f"{name}(#Decimal)", "-") for name in ("Ln", "Exp")),
    ("Decimal", "Log(#Decimal, #Decimal)", "-"),
    *(("T", f"{word} of #T", POINTS) for word in ("predecessor", "successor")),
    ("Integer", "Precision(#T)", ("Decimal", *MOMENTS)),
    *(("T", f"{word}Boundary(#T, %boundary)", ("Decimal", *MOMENTS)) for word in ("Low", "High")),
]
STRINGS: list[Row] = [
    ("Integer", "Length(#String)", "-"),
    *(("String", f"{name}(#String)", "-") for name in ("Upper", "Lower")),
    ("String", "#String + #String", "-"),
    ("String", "#String & #String", "-"),
    ("String", "#String[#Integer]", "-"),
    *(("Integer", f"{name}(#String, #String)", "-") for name in ("PositionOf", "LastPositionOf")),
    *(("Boolean", f"{name}(#String, #String)", "-") for name in ("StartsWith", "EndsWith")),
    ("Boolean", "Matches(#String, %pattern)", "-"),
    ("String", "ReplaceMatches(#String, %pattern, #String)", "-"),
    ("String", "Substring(#String, #Integer)", "-"),
    ("String", "Substring(#String, #Integer, #Integer)", "-"),
    ("List<String>", "Split(#String, #String)", "-"),
    ("String", "Combine(#List<String>, #String)", "-"),
]
CONVERSIONS: list[Row] = [
    ("String", "ToString(#T)", POINTS),
    *((to, f"To{to}(#String)", "-") for to in (*POINTS, "Boolean")),
    *(("Boolean", f"ConvertsTo{to}(#String)", "-") for to in (*POINTS, "Boolean")),
    ("Decimal", "ToDecimal(#Integer)", "-"),
    ("Quantity", "ToQuantity(#Decimal)", "-"),
    ("Quantity", "convert #Quantity to %unit", "-"),
    ("DateTime", "ToDateTime(#Date)", "-"),
    ("Date", "ToDate(#DateTime)", "-"),
]
MOMENT: list[Row] = [
    *((t, f"#{t} {sign} %{unit}span", "-") for t, unit in MOMENTS.items() for sign in "+-"),
    *(("Integer", f"{kind} in %{unit}length between #{t} and #{t}", "-") for t, unit in MOMENTS.items() for kind in ("difference", "duration")),
    *(("Integer", f"%{unit} from #{t}", "-") for t, unit in MOMENTS.items()),
    ("Date", "date from #DateTime", "-"),
    ("Time", "time from #DateTime", "-"),
    ("Decimal", "timezoneoffset from #DateTime", "-"),
    ("Date", "Date(2024, #Integer, #Integer)", "-"),
    ("DateTime", "DateTime(2024, #Integer, #Integer, #Integer)", "-"),
    ("Time", "Time(#Integer, #Integer)", "-"),
    *(("Boolean", f"#{t} {words} #{t}", "-") for t in MOMENTS for words in ("before", "after", "same as", "same or before", "same or after")),
    *(("Boolean", f"#{t} {words} %{unit} of #{t}", "-") for t, unit in MOMENTS.items() for words in ("before", "after")),
    *(("Boolean", f"#{t} same %{unit} {word} #{t}", "-") for t, unit in MOMENTS.items() for word in ("as", "or before", "or after")),
]  # fmt: skip
_RELATIONS = ("includes", "included in", "properly includes", "properly included in", "overlaps", "overlaps before", "overlaps after", "meets", "meets before", "meets after", "starts", "ends", "before", "after", "same as")  # fmt: skip
INTERVALS: list[Row] = [
    *(("Interval<T>", f"Interval{low}#T, #T{high}", POINTS) for low in "[(" for high in "])"),
    *(("T", f"{word} of #Interval<T>", POINTS) for word in ("start", "end")),
    ("T", "point from #Interval<T>", POINTS),
    ("T", "width of #Interval<T>", ("Integer", "Decimal", "Quantity")),
    *(("Boolean", f"#T {word} #Interval<T>", POINTS) for word in ("in", "before", "after", "during")),
    *(("Boolean", f"#Interval<T> {word} #T", POINTS) for word in ("contains", "before", "after")),
    *(("Boolean", f"#Interval<T> {word} #Interval<T>", POINTS) for word in _RELATIONS),
    *(("Boolean", f"#Interval<{t}> {word} %{unit} of #Interval<{t}>", "-") for t, unit in MOMENTS.items() for word in ("overlaps", "before", "after", "includes", "meets", "starts", "ends")),
    *(("Boolean", f"#{t} during %{unit} of #Interval<{t}>", "-") for t, unit in MOMENTS.items()),
    *(("Interval<T>", f"#Interval<T> {word} #Interval<T>", POINTS) for word in ("union", "intersect", "except")),
    ("List<Interval<T>>", "collapse {#Interval<T>, #Interval<T>, #Interval<T>}", POINTS),
    *((f"List<Interval<{t}>>", f"expand {{#Interval<{t}>}} per %{unit}step", "-") for t, unit in MOMENTS.items() if t != "DateTime"),
]  # fmt: skip
LISTS: list[Row] = [
    *(("List<T>", f"#List<T> {word} #List<T>", VALUES) for word in ("union", "intersect", "except")),
    ("List<T>", "distinct #List<T>", VALUES),
    ("List<T>", "flatten {#List<T>, #List<T>}", VALUES),
    *(("T", f"{name}(#List<T>)", VALUES) for name in ("First", "Last")),
    ("List<T>", "Tail(#List<T>)", VALUES),
    *(("List<T>", f"{name}(#List<T>, #Integer)", VALUES) for name in ("Skip", "Take")),
    ("Integer", "IndexOf(#List<T>, #T)", VALUES),
    ("T", "#List<T>[#Integer]", VALUES),
    *(("Boolean", f"#List<T> {word} #T", VALUES) for word in ("contains", "properly includes")),
    *(("Boolean", f"#T {word} #List<T>", VALUES) for word in ("in", "properly included in")),
    *(("Boolean", f"#List<T> {word} #List<T>", VALUES) for word in ("includes", "included in", "properly includes", "properly included in")),
    ("T", "singleton from #List<T>", VALUES),
    ("Boolean", "exists #List<T>", VALUES),
    ("List<T>", "(#List<T>) X where X is not null return X", VALUES),
    ("List<T>", "(#List<T>) X where X > #T return all X sort desc", ("Integer", "String", "Date")),
    ("List<T>", "(#List<T>) X return all X sort asc", ORDERED),
    ("Integer", "(#List<Integer>) X aggregate R starting 1: R + X", "-"),
]  # fmt: skip
_STATISTICS = (
    "Avg",
    "Median",
    "Variance",
    "StdDev",
    "PopulationVariance",
    "PopulationStdDev",
    "GeometricMean",
)
AGGREGATES: list[Row] = [
    ("Integer", "Count(#List<T>)", VALUES),
    *(("T", f"{name}(#List<T>)", ORDERED) for name in ("Min", "Max")),
    ("T", "Mode(#List<T>)", VALUES),
    ("T", "Sum(#List<T>)", ("Integer", "Decimal", "Quantity")),
    ("T", "Product(#List<T>)", ("Integer", "Decimal")),
    *(("Decimal", f"{name}(#List<Decimal>)", "-") for name in _STATISTICS),
    *(("Boolean", f"{name}(#List<Boolean>)", "-") for name in ("AllTrue", "AnyTrue")),
]
OPERATORS = [
    *COMPARISON,
    *LOGIC,
    *ARITHMETIC,
    *STRINGS,
    *CONVERSIONS,
    *MOMENT,
    *INTERVALS,
    *LISTS,
    *AGGREGATES,
]
