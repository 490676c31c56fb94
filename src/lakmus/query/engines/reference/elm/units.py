"""Units of quantities: calendar durations beside UCUM (CQL 1.5, author's guide, "Quantities"; appendix B, "Equal").

Years and months of the calendar have no length in UCUM's units: they equal one another only. For equivalence a year has
365 days and a month 30.
"""

from __future__ import annotations

from decimal import Decimal

from lakmus.core.errors import InputError
from lakmus.core.quantities import Quantity
from lakmus.query.engines.reference.elm.rows import Call

_UCUM = {"week": "wk", "day": "d", "hour": "h", "minute": "min", "second": "s", "millisecond": "ms"}
_WORDS = {code: word for word, code in _UCUM.items()}
_MONTHS = {"year": 12, "month": 1}
_DAYS = {"year": 365, "month": 30}
_LOOSE = {"a": "year", "mo": "month"}


def calendar_word(unit: str) -> str | None:
    """`day` for `day` and `days`; None when the unit is no calendar duration."""
    word = unit.removesuffix("s")
    return word if word in _UCUM or word in _MONTHS else None


def duration_unit(unit: str) -> str:
    """The calendar word of a unit that dates and times are moved by. UCUM's years and months are means of the calendar's,
    of a length no calendar has, so they move none."""
    word = calendar_word(unit) or _WORDS.get(unit)
    if word is None:
        raise InputError(
            "the unit is no duration that can be added to a date or time",
            hint="use year, month, week, day, hour, minute, second, millisecond, or the UCUM codes of weeks and shorter",
        )
    return word


def in_unit(call: Call, quantity: Quantity, unit: str) -> Decimal | None:
    """The quantity's value in another unit; None when the two do not measure the same thing."""
    source, target = calendar_word(quantity.unit), calendar_word(unit)
    if source in _MONTHS and target in _MONTHS:
        return quantity.value * _MONTHS[source] / _MONTHS[target]
    if source in _MONTHS or target in _MONTHS:
        return None
    return _ucum_value(call, quantity.value, quantity.unit, unit)


def loosely_in_unit(call: Call, quantity: Quantity, unit: str) -> Decimal | None:
    """As `in_unit`, where years and months have days, and UCUM's are those of the calendar: what equivalence asks."""
    quantity, unit = (
        Quantity(quantity.value, _LOOSE.get(quantity.unit, quantity.unit)),
        _LOOSE.get(unit, unit),
    )
    exact = in_unit(call, quantity, unit)
    if exact is not None:
        return exact
    source, target = calendar_word(quantity.unit) or "", calendar_word(unit) or ""
    days = _ucum_value(
        call, *_days(quantity.value, source, quantity.unit), _days(Decimal(1), target, unit)[1]
    )
    return None if days is None else days / _DAYS.get(target, 1)


def _days(value: Decimal, word: str, unit: str) -> tuple[Decimal, str]:
    return (value * _DAYS[word], "d") if word in _DAYS else (value, unit)


def _ucum_value(call: Call, value: Decimal, source: str, target: str) -> Decimal | None:
    source, target = _ucum(source), _ucum(target)
    return value if source == target else call.context.units.convert(value, source, target)


def _ucum(unit: str) -> str:
    return _UCUM.get(calendar_word(unit) or "", unit) or "1"
