"""The forms of FHIR R4's primitive types (datatypes.html#primitive), and what each is stored as."""

from __future__ import annotations

import re
from decimal import Context, Decimal
from functools import cache

from lakmus.fhir.definitions import pattern
from lakmus.fhir.shapes import Kind

KINDS: dict[str, Kind] = {
    "boolean": "boolean",
    "integer": "integer",
    "positiveInt": "integer",
    "unsignedInt": "integer",
    "decimal": "decimal",
}
RANGES = {"integer": (-(2**31), 2**31 - 1), "positiveInt": (1, 2**31 - 1), "unsignedInt": (0, 2**31 - 1)}
LONGEST = 100  # digits of a number that is taken as it is
SMALLEST, STORED = Decimal("0.000000000001"), Context(prec=38)  # of DECIMAL(38,12)
# Where the standard's own pattern is not used, and why.
# "Dates SHALL be valid dates": months have their days, and the 29th of February its leap years.
_LEAP = r"(?:\d\d(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)"
_DAY = (
    r"(?!0000)(?:\d{4}-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)"
    rf"|{_LEAP}-02-29)"
)
_TIME = r"T(?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d+)?(?:Z|[+-](?:(?:0\d|1[0-3]):[0-5]\d|14:00))"
_MONTH = r"(?!0000)\d{4}(?:-(?:0[1-9]|1[0-2]))?"
FORMS = {
    "date": f"{_DAY}|{_MONTH}",  # the standard's language, the commonest form first
    "dateTime": f"{_DAY}(?:{_TIME})?|{_MONTH}",
    "instant": _DAY + _TIME,
    "xhtml": r"(?s:\s*<div.+)",
    "base64Binary": r"(?:[A-Za-z0-9+/=\s])*",  # the standard's backtracks without bound
    "oid": r"urn:oid:[0-2](\.(0|[1-9][0-9]*))+",
    "uuid": r"urn:uuid:[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}",  # RFC 4122 §3
}
# Texts of which only emptiness is looked at; white space in a code or a uri is let through (docs/spec-readings.md).
ANY_TEXT = {"string", "markdown", "code", "uri", "url", "canonical"}
# A literal reference: inside the resource, relative with or without a version or a search, absolute, or a urn.
OUTER_REFERENCE = (
    r"[A-Z][A-Za-z]+/[A-Za-z0-9\-.]{1,64}(?:/_history/[A-Za-z0-9\-.]{1,64})?(?:#\S+)?"
    r"|[A-Z][A-Za-z]+\?\S+|(?:https?|urn|file|ftp|mailto):\S+"
)
REFERENCE = rf"{OUTER_REFERENCE}|#\S*"


def kind_of(primitive: str) -> Kind:
    """What a primitive type is stored as."""
    return KINDS.get(primitive, "string")


@cache
def form(primitive: str) -> str:
    """The regular expression that a text of this type must match in whole."""
    if primitive in ANY_TEXT:
        return r"(?s:.+)"
    return FORMS.get(primitive) or pattern(primitive) or r"(?s:.+)"


@cache
def matcher(primitive: str) -> re.Pattern[str]:
    return re.compile(form(primitive))


def canonical(text: str) -> bool:
    """Whether DECIMAL(38,12), printed without needless zeros, gives back the digits of a number as sent."""
    if "E" in text or len(text) > 27:
        return False
    whole, point, fraction = text.partition(".")
    return (
        len(fraction) <= 12
        and not fraction.endswith("0")
        and len(whole) <= 25
        and text != "-0"
        and bool(point) == bool(fraction)
    )


def unquoted(text: str) -> bool:
    """Whether a number may stand in the lake's JSON without quotes.

    DuckDB reads such a number as a 64-bit integer or by way of a double, thirty times as fast as a text into DECIMAL(38,12).
    Below 1000 twice the rounding of a double, times 10^12, stays under a quarter: the twelve digits are exact.
    """
    whole, point, _ = text.partition(".")
    return len(whole) <= (3 if point else 18) and "E" not in text


def fits(number: Decimal) -> bool:
    """Whether DECIMAL(38,12) can hold the number, rounded to its twelve digits after the point."""
    return number.adjusted() < 25


def without_exponent(number: Decimal) -> str:
    """A number that fits, in plain digits; what is far behind the point is rounded off."""
    exponent = number.as_tuple().exponent
    tiny = isinstance(exponent, int) and exponent < -LONGEST
    return format(number.quantize(SMALLEST, context=STORED) if tiny else number, "f")
