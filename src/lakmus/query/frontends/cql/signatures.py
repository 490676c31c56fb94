"""The operators of CQL 1.5, appendix B: what each takes and gives, by its ELM name.

`T` stands for any type, the same one wherever it is written. Where several signatures fit equally well the first one
holds. `...` takes any number of operands of the last type.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lakmus.query.ir.elm.types import (
    SYSTEM_TYPES,
    CqlType,
    IntervalType,
    ListType,
    TypeParameter,
)

CHAPTERS: dict[str, str] = {
    "logical": """
        And Or Xor Implies (Boolean, Boolean) Boolean
        Not (Boolean) Boolean
    """,
    "nullological": """
        Coalesce (List<T>) T
        Coalesce (T, T...) T
        IsNull (Any) Boolean
        IsTrue IsFalse (Boolean) Boolean
    """,
    "comparison": """
        Equal Equivalent (T, T) Boolean
        Less LessOrEqual Greater GreaterOrEqual (Integer, Integer) Boolean
        Less LessOrEqual Greater GreaterOrEqual (Long, Long) Boolean
        Less LessOrEqual Greater GreaterOrEqual (Decimal, Decimal) Boolean
        Less LessOrEqual Greater GreaterOrEqual (Quantity, Quantity) Boolean
        Less LessOrEqual Greater GreaterOrEqual (Date, Date) Boolean
        Less LessOrEqual Greater GreaterOrEqual (DateTime, DateTime) Boolean
        Less LessOrEqual Greater GreaterOrEqual (Time, Time) Boolean
        Less LessOrEqual Greater GreaterOrEqual (String, String) Boolean
    """,
    "arithmetic": """
        Abs Negate (Integer) Integer
        Abs Negate (Long) Long
        Abs Negate (Decimal) Decimal
        Abs Negate (Quantity) Quantity
        Add Subtract Multiply TruncatedDivide Modulo Power (Integer, Integer) Integer
        Add Subtract Multiply TruncatedDivide Modulo Power (Long, Long) Long
        Add Subtract Multiply Divide TruncatedDivide Modulo Power (Decimal, Decimal) Decimal
        Add Subtract Multiply Divide TruncatedDivide Modulo (Quantity, Quantity) Quantity
        Multiply (Decimal, Quantity) Quantity
        Multiply (Quantity, Decimal) Quantity
        Divide (Quantity, Decimal) Quantity
        Add Subtract (Date, Quantity) Date
        Add Subtract (DateTime, Quantity) DateTime
        Add Subtract (Time, Quantity) Time
        Ceiling Floor Truncate (Decimal) Integer
        Round (Decimal) Decimal
        Round (Decimal, Integer) Decimal
        Exp Ln (Decimal) Decimal
        Log (Decimal, Decimal) Decimal
        Predecessor Successor (Integer) Integer
        Predecessor Successor (Long) Long
        Predecessor Successor (Decimal) Decimal
        Predecessor Successor (Date) Date
        Predecessor Successor (DateTime) DateTime
        Predecessor Successor (Time) Time
        Predecessor Successor (Quantity) Quantity
        Precision (Decimal) Integer
        Precision (Date) Integer
        Precision (DateTime) Integer
        Precision (Time) Integer
        LowBoundary HighBoundary (Decimal, Integer) Decimal
        LowBoundary HighBoundary (Date, Integer) Date
        LowBoundary HighBoundary (DateTime, Integer) DateTime
        LowBoundary HighBoundary (Time, Integer) Time
    """,
    "string": """
        Combine (List<String>) String
        Combine (List<String>, String) String
        Concatenate (String, String) String
        EndsWith StartsWith Matches (String, String) Boolean
        Indexer (String, Integer) String
        Indexer (List<T>, Integer) T
        Length (String) Integer
        Length (List<T>) Integer
        Lower Upper (String) String
        PositionOf LastPositionOf (String, String) Integer
        ReplaceMatches (String, String, String) String
        Split SplitOnMatches (String, String) List<String>
        Substring (String, Integer) String
        Substring (String, Integer, Integer) String
    """,
    "date and time": """
        Date (Integer) Date
        Date (Integer, Integer) Date
        Date (Integer, Integer, Integer) Date
        DateTime (Integer) DateTime
        DateTime (Integer, Integer) DateTime
        DateTime (Integer, Integer, Integer) DateTime
        DateTime (Integer, Integer, Integer, Integer) DateTime
        DateTime (Integer, Integer, Integer, Integer, Integer) DateTime
        DateTime (Integer, Integer, Integer, Integer, Integer, Integer) DateTime
        DateTime (Integer, Integer, Integer, Integer, Integer, Integer, Integer) DateTime
        DateTime (Integer, Integer, Integer, Integer, Integer, Integer, Integer, Decimal) DateTime
        Time (Integer) Time
        Time (Integer, Integer) Time
        Time (Integer, Integer, Integer) Time
        Time (Integer, Integer, Integer, Integer) Time
        Now () DateTime
        Today () Date
        TimeOfDay () Time
        DateFrom (DateTime) Date
        TimeFrom (DateTime) Time
        TimezoneOffsetFrom (DateTime) Decimal
        DateTimeComponentFrom (Date) Integer
        DateTimeComponentFrom (DateTime) Integer
        DateTimeComponentFrom (Time) Integer
        DurationBetween DifferenceBetween (Date, Date) Integer
        DurationBetween DifferenceBetween (DateTime, DateTime) Integer
        DurationBetween DifferenceBetween (Time, Time) Integer
        SameAs SameOrBefore SameOrAfter Before After (Date, Date) Boolean
        SameAs SameOrBefore SameOrAfter Before After (DateTime, DateTime) Boolean
        SameAs SameOrBefore SameOrAfter Before After (Time, Time) Boolean
    """,
    "interval": """
        SameAs SameOrBefore SameOrAfter Before After (Interval<T>, Interval<T>) Boolean
        SameOrBefore SameOrAfter Before After (T, Interval<T>) Boolean
        SameOrBefore SameOrAfter Before After (Interval<T>, T) Boolean
        Meets MeetsBefore MeetsAfter (Interval<T>, Interval<T>) Boolean
        Overlaps OverlapsBefore OverlapsAfter Starts Ends (Interval<T>, Interval<T>) Boolean
        Contains ProperContains (Interval<T>, T) Boolean
        In ProperIn (T, Interval<T>) Boolean
        Includes ProperIncludes IncludedIn ProperIncludedIn (Interval<T>, Interval<T>) Boolean
        Union Intersect Except (Interval<T>, Interval<T>) Interval<T>
        Start End PointFrom (Interval<T>) T
        Width Size (Interval<Integer>) Integer
        Width Size (Interval<Long>) Long
        Width Size (Interval<Decimal>) Decimal
        Width Size (Interval<Quantity>) Quantity
        Width Size (Interval<Date>) Quantity
        Width Size (Interval<DateTime>) Quantity
        Width Size (Interval<Time>) Quantity
        Collapse Expand (List<Interval<T>>) List<Interval<T>>
        Collapse Expand (List<Interval<T>>, Quantity) List<Interval<T>>
        Expand (Interval<T>) List<T>
        Expand (Interval<T>, Quantity) List<T>
    """,
    "list": """
        Contains ProperContains (List<T>, T) Boolean
        In ProperIn (T, List<T>) Boolean
        Includes ProperIncludes IncludedIn ProperIncludedIn (List<T>, List<T>) Boolean
        Union Intersect Except (List<T>, List<T>) List<T>
        Distinct Tail (List<T>) List<T>
        Skip Take (List<T>, Integer) List<T>
        Slice (List<T>) List<T>
        Slice (List<T>, Integer) List<T>
        Slice (List<T>, Integer, Integer) List<T>
        Exists (List<T>) Boolean
        Flatten (List<List<T>>) List<T>
        Flatten (List<T>) List<T>
        First Last SingletonFrom (List<T>) T
        IndexOf (List<T>, T) Integer
    """,
    "aggregate": """
        AllTrue AnyTrue (List<Boolean>) Boolean
        Count (List<T>) Integer
        Sum Product Mode Min Max (List<Integer>) Integer
        Sum Product Mode Min Max (List<Long>) Long
        Sum Product Mode Min Max (List<Decimal>) Decimal
        Sum Product Mode Min Max (List<Quantity>) Quantity
        Min Max Mode (List<Date>) Date
        Min Max Mode (List<DateTime>) DateTime
        Min Max Mode (List<Time>) Time
        Min Max Mode (List<String>) String
        Mode (List<T>) T
        Avg Median GeometricMean StdDev PopulationStdDev Variance PopulationVariance (List<Decimal>) Decimal
        Avg Median StdDev PopulationStdDev Variance PopulationVariance (List<Quantity>) Quantity
    """,
    "conversion": """
        ToBoolean (Integer) Boolean
        ToBoolean (Long) Boolean
        ToBoolean (Decimal) Boolean
        ToBoolean (String) Boolean
        ToBoolean (Boolean) Boolean
        ToInteger (String) Integer
        ToInteger (Boolean) Integer
        ToInteger (Integer) Integer
        ToInteger (Long) Integer
        ToLong (String) Long
        ToLong (Boolean) Long
        ToLong (Integer) Long
        ToLong (Long) Long
        ToDecimal (String) Decimal
        ToDecimal (Boolean) Decimal
        ToDecimal (Integer) Decimal
        ToDecimal (Long) Decimal
        ToDecimal (Decimal) Decimal
        ToString (String) String
        ToString (Boolean) String
        ToString (Integer) String
        ToString (Long) String
        ToString (Decimal) String
        ToString (Quantity) String
        ToString (Ratio) String
        ToString (Date) String
        ToString (DateTime) String
        ToString (Time) String
        ToDate (String) Date
        ToDate (Date) Date
        ToDate (DateTime) Date
        ToDateTime (String) DateTime
        ToDateTime (Date) DateTime
        ToDateTime (DateTime) DateTime
        ToTime (String) Time
        ToTime (Time) Time
        ToQuantity (String) Quantity
        ToQuantity (Integer) Quantity
        ToQuantity (Long) Quantity
        ToQuantity (Decimal) Quantity
        ToQuantity (Quantity) Quantity
        ToQuantity (Ratio) Quantity
        ToRatio (String) Ratio
        ToRatio (Ratio) Ratio
        ToConcept (Code) Concept
        ToConcept (List<Code>) Concept
        ToConcept (Concept) Concept
        ToChars (String) List<String>
        ConvertsToBoolean ConvertsToInteger ConvertsToLong ConvertsToDecimal ConvertsToString (Any) Boolean
        ConvertsToDate ConvertsToDateTime ConvertsToTime ConvertsToQuantity ConvertsToRatio (Any) Boolean
        ConvertQuantity (Quantity, String) Quantity
        CanConvertQuantity (Quantity, String) Boolean
        Children Descendants (Any) List<Any>
    """,
    "clinical": """
        CalculateAge (Date) Integer
        CalculateAge (DateTime) Integer
        CalculateAgeAt (Date, Date) Integer
        CalculateAgeAt (DateTime, DateTime) Integer
        InValueSet (String, ValueSet) Boolean
        InValueSet (Code, ValueSet) Boolean
        InValueSet (Concept, ValueSet) Boolean
        AnyInValueSet (List<String>, ValueSet) Boolean
        AnyInValueSet (List<Code>, ValueSet) Boolean
        AnyInValueSet (List<Concept>, ValueSet) Boolean
        InCodeSystem (String, CodeSystem) Boolean
        InCodeSystem (Code, CodeSystem) Boolean
        InCodeSystem (Concept, CodeSystem) Boolean
        AnyInCodeSystem (List<String>, CodeSystem) Boolean
        AnyInCodeSystem (List<Code>, CodeSystem) Boolean
        AnyInCodeSystem (List<Concept>, CodeSystem) Boolean
        Subsumes SubsumedBy (Code, Code) Boolean
        Subsumes SubsumedBy (Concept, Concept) Boolean
        ExpandValueSet (ValueSet) List<Code>
    """,
    "errors": """
        Message (T, Boolean, String, String, String) T
    """,
}


@dataclass(frozen=True)
class Signature:
    """One overload; `variadic` repeats the last operand."""

    name: str
    takes: tuple[CqlType, ...]
    gives: CqlType
    variadic: bool = False

    def operands(self, count: int) -> tuple[CqlType, ...] | None:
        """The type wanted at each of so many operands; None when it does not take so many."""
        if self.variadic and count > len(self.takes):
            return self.takes + self.takes[-1:] * (count - len(self.takes))
        return self.takes if count == len(self.takes) else None

    def __str__(self) -> str:
        return f"{self.name}({', '.join(map(str, self.takes))})"


_ROW = re.compile(r"([A-Za-z ]+?) \((.*)\) (\S+)")


def _signatures() -> Iterator[Signature]:
    for line in "\n".join(CHAPTERS.values()).splitlines():
        if not line.strip():
            continue
        found = _ROW.fullmatch(line.strip())
        assert found, line
        names, takes, gives = found.groups()
        operands = [part.strip() for part in takes.split(",") if part.strip()]
        types = tuple(written_type(part.removesuffix("...")) for part in operands)
        for name in names.split():
            yield Signature(name, types, written_type(gives), takes.endswith("..."))


def written_type(text: str) -> CqlType:
    """A type as signatures write it: `List<T>`, `Interval<DateTime>`, `Integer`."""
    if text.startswith("List<"):
        return ListType(written_type(text[5:-1]))
    if text.startswith("Interval<"):
        return IntervalType(written_type(text[9:-1]))
    return SYSTEM_TYPES.get(text) or TypeParameter(text)


def _by_name() -> dict[str, tuple[Signature, ...]]:
    found: dict[str, tuple[Signature, ...]] = {}
    for signature in _signatures():
        found[signature.name] = (*found.get(signature.name, ()), signature)
    return found


SIGNATURES = _by_name()
