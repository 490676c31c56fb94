"""The operations, by chapter of FHIRPath N1. `operands` are in the order of the standard's arguments, the input first.

What the front end writes with others, and so no engine has to know: `a != b` is `Not(Equal)`, `a !~ b` is
`Not(Equivalent)`, `a > b` is `Less(b, a)`, `a contains b` is `In(b, a)`, `a implies b` is `Or(Not(a), b)`, `empty()` is
`Not(Exists)`, `exists(c)` is `Exists(Where)`, `extension(url)` is a `Where` over `Member`.
"""

from __future__ import annotations

from lakmus.query.ir.node import Operation, collection, optional, single
from lakmus.query.ir.types import (
    ANY,
    BOOLEAN,
    DATE,
    DATETIME,
    DECIMAL,
    INTEGER,
    LONG,
    QUANTITY,
    STRING,
    TIME,
    TYPE_INFO,
    Type,
    TypeName,
    one,
    several,
)

NUMBERS = (INTEGER, LONG, DECIMAL)
MEASURES = (*NUMBERS, QUANTITY)
MOMENTS = (DATE, DATETIME, TIME)
Types = tuple[Type, ...]


def same(types: Types) -> Type:
    return types[0]


def same_one(types: Types) -> Type:
    return types[0].one()


def either(types: Types) -> Type:
    return types[0] | types[1]


def both(types: Types) -> Type:
    """One after the other: several even when each is at most one."""
    return either(types).several()


def widest(types: Types) -> Type:
    """Of the result of arithmetic: the left operand's for text and moments, else the wider of the two."""
    names = types[0].names if types[0].may_be(STRING, *MOMENTS) else types[0].names | types[1].names
    if ANY in names or not types[0].names or not types[1].names:
        return one(ANY)
    measures = [name for name in MEASURES if name in names]
    return one(measures[-1]) if measures and names <= set(MEASURES) else one(*names)


def quotient(types: Types) -> Type:
    """Of `/`: a decimal, or a quantity when one of them is."""
    return (
        one(QUANTITY) if types[0].is_(QUANTITY) or types[1].is_(QUANTITY) else one(DECIMAL, *_quantity(types))
    )


def edge(types: Types) -> Type:
    """Of a boundary: a decimal for an integer, else the same type."""
    given = types[0].one()
    return given.of(*(DECIMAL if name == INTEGER else name for name in given.names))


def _quantity(types: Types) -> tuple[TypeName, ...]:
    return (QUANTITY,) if types[0].may_be(QUANTITY) or types[1].may_be(QUANTITY) else ()


# 4.5 Singleton evaluation


class Truth(Operation, takes=(collection(),), gives=BOOLEAN):
    """A collection where a Boolean is wanted: its one Boolean, true for one item of another type, an error for several."""


# 5.1 Existence


class Exists(Operation, takes=(collection(),), gives=BOOLEAN):
    """Whether there is an item; never empty."""


class AllTrue(Operation, takes=(collection(BOOLEAN),), gives=BOOLEAN):
    """Whether all are true; true for none."""


class AnyTrue(Operation, takes=(collection(BOOLEAN),), gives=BOOLEAN):
    """Whether one is true; false for none."""


class AllFalse(Operation, takes=(collection(BOOLEAN),), gives=BOOLEAN):
    """Whether all are false; true for none."""


class AnyFalse(Operation, takes=(collection(BOOLEAN),), gives=BOOLEAN):
    """Whether one is false; false for none."""


class SubsetOf(Operation, takes=(collection(), collection()), gives=BOOLEAN):
    """Whether every item of the first is among the second; true for none."""


class Count(Operation, takes=(collection(),), gives=INTEGER):
    """The number of items; 0 for none."""


class Distinct(Operation, takes=(collection(),), gives=same):
    """Equal items once, each where it came first."""


# 5.3 Subsetting


class Index(Operation, takes=(collection(), single(INTEGER)), gives=same_one):
    """The item at a position counted from 0."""


class Single(Operation, takes=(collection(),), gives=same_one):
    """The one item; an error for several."""


class First(Operation, takes=(collection(),), gives=same_one):
    """The first item."""


class Last(Operation, takes=(collection(),), gives=same_one):
    """The last item."""


class Tail(Operation, takes=(collection(),), gives=same):
    """All but the first item."""


class Skip(Operation, takes=(collection(), single(INTEGER)), gives=same):
    """All but the first so many."""


class Take(Operation, takes=(collection(), single(INTEGER)), gives=same):
    """The first so many."""


class Intersect(Operation, takes=(collection(), collection()), gives=same):
    """The items that are in both, equal ones once, in the order of the first."""


class Exclude(Operation, takes=(collection(), collection()), gives=same):
    """The items of the first that are not in the second: order and duplicates stay."""


# 5.4 Combining


class Union(Operation, takes=(collection(), collection()), gives=both):
    """The items of both, equal ones once, those of the first before those of the second."""


class Combine(Operation, takes=(collection(), collection()), gives=both):
    """The items of the first, then of the second; duplicates stay."""


# 5.6 Strings


class IndexOf(Operation, takes=(single(STRING), single(STRING)), gives=INTEGER):
    """The first position of a text, counted from 0; -1 when it is not there."""


class LastIndexOf(Operation, takes=(single(STRING), single(STRING)), gives=INTEGER):
    """The last position of a text, counted from 0; -1 when it is not there."""


class Substring(Operation, takes=(single(STRING), single(INTEGER), optional(INTEGER)), gives=STRING):
    """From a position, counted from 0, to the end or at most so many; empty outside. An empty length is none given."""


class StartsWith(Operation, takes=(single(STRING), single(STRING)), gives=BOOLEAN):
    """Whether it begins with a text."""


class EndsWith(Operation, takes=(single(STRING), single(STRING)), gives=BOOLEAN):
    """Whether it ends with a text."""


class ContainsText(Operation, takes=(single(STRING), single(STRING)), gives=BOOLEAN):
    """`contains()`: whether a text is in it."""


class Upper(Operation, takes=(single(STRING),), gives=STRING):
    """In upper case."""


class Lower(Operation, takes=(single(STRING),), gives=STRING):
    """In lower case."""


class Replace(Operation, takes=(single(STRING), single(STRING), single(STRING)), gives=STRING):
    """Every occurrence of a text replaced; an empty pattern surrounds every character."""


class Matches(Operation, takes=(single(STRING), single(STRING)), gives=BOOLEAN):
    """Whether a regular expression matches somewhere; `.` matches line ends."""


class MatchesFull(Operation, takes=(single(STRING), single(STRING)), gives=BOOLEAN):
    """Whether a regular expression matches the whole text."""


class ReplaceMatches(Operation, takes=(single(STRING), single(STRING), single(STRING)), gives=STRING):
    """Every match replaced, `$1` being the first group; an empty pattern changes nothing."""


class Length(Operation, takes=(single(STRING),), gives=INTEGER):
    """The number of characters."""


class ToChars(Operation, takes=(single(STRING),), gives=lambda _: several(STRING)):
    """Its characters."""


class Trim(Operation, takes=(single(STRING),), gives=STRING):
    """Without white space at both ends."""


class Split(Operation, takes=(single(STRING), single(STRING)), gives=lambda _: several(STRING)):
    """The parts between a separator; an empty separator gives the characters."""


class Join(Operation, takes=(collection(STRING), optional(STRING)), gives=STRING):
    """All texts in one, with a separator between; empty for none."""


class Encode(Operation, takes=(single(STRING), single(STRING)), gives=STRING):
    """`hex`, `base64` or `urlbase64` of the UTF-8 bytes; empty for another name."""


class Decode(Operation, takes=(single(STRING), single(STRING)), gives=STRING):
    """The text whose encoding it is; empty for another name or what is no such encoding."""


class Escape(Operation, takes=(single(STRING), single(STRING)), gives=STRING):
    """Fit for `html` or `json`; empty for another name."""


class Unescape(Operation, takes=(single(STRING), single(STRING)), gives=STRING):
    """What `html` or `json` escapes stand for; empty for another name."""


class Concatenate(Operation, takes=(single(STRING), single(STRING)), gives=STRING):
    """`&`: both texts, an empty operand counting as ''; never empty."""


# 5.7 and 6.6 Math


class Abs(Operation, takes=(single(*MEASURES),), gives=same_one):
    """Without its sign."""


class Ceiling(Operation, takes=(single(*NUMBERS),), gives=INTEGER):
    """The least integer not below."""


class Floor(Operation, takes=(single(*NUMBERS),), gives=INTEGER):
    """The greatest integer not above."""


class Truncate(Operation, takes=(single(*NUMBERS),), gives=INTEGER):
    """Without its fraction."""


class Round(Operation, takes=(single(*NUMBERS), optional(INTEGER)), gives=DECIMAL):
    """To so many decimals (0), halves away from zero."""


class Exp(Operation, takes=(single(*NUMBERS),), gives=DECIMAL):
    """e to that power."""


class Ln(Operation, takes=(single(*NUMBERS),), gives=DECIMAL):
    """Natural logarithm; empty for what is not positive."""


class Log(Operation, takes=(single(*NUMBERS), single(*NUMBERS)), gives=DECIMAL):
    """Logarithm to a base; empty where there is none."""


class Power(Operation, takes=(single(*NUMBERS), single(*NUMBERS)), gives=widest):
    """To a power; an integer for integers with an exponent from 0 up, empty where there is no real result."""


class Sqrt(Operation, takes=(single(*NUMBERS),), gives=DECIMAL):
    """Square root; empty for a negative number."""


class Negate(Operation, takes=(single(*MEASURES),), gives=same_one):
    """With the other sign."""


class Add(
    Operation,
    takes=(single(*MEASURES, STRING, *MOMENTS), single(*MEASURES, STRING)),
    gives=widest,
):
    """Sum of numbers or comparable quantities, texts one after the other, a moment and a duration (N1 6.7)."""


class Subtract(Operation, takes=(single(*MEASURES, *MOMENTS), single(*MEASURES)), gives=widest):
    """Difference of numbers or comparable quantities; a moment less a duration."""


class Multiply(Operation, takes=(single(*MEASURES), single(*MEASURES)), gives=widest):
    """Product; units multiply."""


class Divide(Operation, takes=(single(*MEASURES), single(*MEASURES)), gives=quotient):
    """`/`: a decimal even for integers; units divide; empty for zero."""


class IntegerDivide(Operation, takes=(single(*NUMBERS), single(*NUMBERS)), gives=INTEGER):
    """`div`: the quotient without its fraction; empty for zero."""


class Modulo(Operation, takes=(single(*NUMBERS), single(*NUMBERS)), gives=widest):
    """`mod`: the remainder with the sign of the dividend; empty for zero."""


# 6.1 Equality, 6.2 Comparison, 6.4 Collections


class Equal(Operation, takes=(collection(), collection()), gives=BOOLEAN):
    """Whether both have equal items in the same order; empty when one is empty, or precisions do not decide it."""


class Equivalent(Operation, takes=(collection(), collection()), gives=BOOLEAN):
    """Whether both have equivalent items in whatever order; never empty."""


class Less(
    Operation, takes=(single(*MEASURES, STRING, *MOMENTS), single(*MEASURES, STRING, *MOMENTS)), gives=BOOLEAN
):
    """`a < b`; empty when precisions or units do not decide it."""


class LessOrEqual(
    Operation, takes=(single(*MEASURES, STRING, *MOMENTS), single(*MEASURES, STRING, *MOMENTS)), gives=BOOLEAN
):
    """`a <= b`; empty when precisions or units do not decide it."""


class In(Operation, takes=(single(), collection()), gives=BOOLEAN):
    """Whether the item equals one of the collection; false for an empty collection."""


# 6.5 Boolean logic, three-valued


class And(Operation, takes=(single(BOOLEAN), single(BOOLEAN)), gives=BOOLEAN):
    """False when one is false, true when both are true, else empty."""


class Or(Operation, takes=(single(BOOLEAN), single(BOOLEAN)), gives=BOOLEAN):
    """True when one is true, false when both are false, else empty."""


class Xor(Operation, takes=(single(BOOLEAN), single(BOOLEAN)), gives=BOOLEAN):
    """Whether exactly one is true; empty when one is."""


class Not(Operation, takes=(single(BOOLEAN),), gives=BOOLEAN):
    """The other truth value."""


# 5.9 Utility: the environment's clock; boundaries


class Now(Operation, gives=DATETIME):
    """The moment of the evaluation."""


class Today(Operation, gives=DATE):
    """The day of the evaluation."""


class TimeOfDay(Operation, gives=TIME):
    """The time of day of the evaluation."""


class LowBoundary(
    Operation, takes=(single(DECIMAL, INTEGER, QUANTITY, *MOMENTS), optional(INTEGER)), gives=edge
):
    """The least value it may stand for, to a precision."""


class HighBoundary(
    Operation, takes=(single(DECIMAL, INTEGER, QUANTITY, *MOMENTS), optional(INTEGER)), gives=edge
):
    """The greatest value it may stand for, to a precision."""


class Precision(Operation, takes=(single(DECIMAL, INTEGER, *MOMENTS),), gives=INTEGER):
    """The number of digits that were given."""


class Comparable(Operation, takes=(single(QUANTITY), single(QUANTITY)), gives=BOOLEAN):
    """Whether both measure the same thing."""


class TypeOf(Operation, takes=(collection(),), gives=lambda types: types[0].of(TYPE_INFO)):
    """The type of each item (N1 10.2): namespace and name."""


# FHIR R4, fhirpath.html#functions


class HasValue(Operation, takes=(collection(),), gives=BOOLEAN):
    """Whether it is one primitive with a value (and not extensions alone)."""


class GetValue(Operation, takes=(collection(),), gives=ANY):
    """The System value of one primitive."""


class Resolve(Operation, takes=(collection(),), gives=lambda _: several(ANY)):
    """The resources that references, canonicals or URIs name, found by the environment's resolver; others are left out."""


class MemberOf(Operation, takes=(single(), single(STRING)), gives=BOOLEAN):
    """Whether a code, Coding or CodeableConcept is in a value set, asked of the environment's terminology."""


class Subsumes(Operation, takes=(single(), single()), gives=BOOLEAN):
    """Whether the first code is the second or above it."""


class SubsumedBy(Operation, takes=(single(), single()), gives=BOOLEAN):
    """Whether the first code is the second or below it."""


class ConformsTo(Operation, takes=(single(), single(STRING)), gives=BOOLEAN):
    """Whether it conforms to a profile: the standard's own types are known, an unknown profile is an error."""


class HtmlChecks(Operation, takes=(single(),), gives=BOOLEAN):
    """Whether a narrative obeys the rules for XHTML (R4 narrative.html#xhtml)."""


# SQL on FHIR v2, ViewDefinition: keys


class ResourceKey(Operation, takes=(single(),), gives=STRING):
    """What identifies the resource in its store."""


class ReferenceKey(
    Operation, takes=(collection(), optional(STRING)), gives=lambda types: types[0].of(STRING)
):
    """What identifies the resource a reference names; empty when it is of another type than the one asked for."""
