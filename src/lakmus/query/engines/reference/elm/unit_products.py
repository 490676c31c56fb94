"""Units of products and quotients, as UCUM writes them: `cm` times `cm` is `cm2`, `g/cm3` times `cm3` is `g`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lakmus.core.errors import InputError
from lakmus.query.engines.reference.elm.units import calendar_word

_LONGEST = 200
_COMPONENT = re.compile(r"([./]?)((?:\[[^\]]*\]|\{[^}]*\}|[^./()\[\]{}])+)")
_POWER = re.compile(r"(.*[^0-9+-])([+-]?[0-9]{1,2})", re.DOTALL)
_DURATIONS = {
    "year": "a", "month": "mo", "week": "wk", "day": "d", "hour": "h", "minute": "min", "second": "s",
    "millisecond": "ms",
}  # fmt: skip


def product(left: str, right: str) -> str:
    """The unit of a product."""
    return _combined(left, right, 1)


def quotient(left: str, right: str) -> str:
    """The unit of a quotient."""
    return _combined(left, right, -1)


def _combined(left: str, right: str, sign: int) -> str:
    if right == "1":
        return left
    if left == "1" and sign == 1:
        return right
    if len(left) + len(right) > _LONGEST:
        raise InputError("a unit made of too many others")
    left, right = _ucum(left), _ucum(right)
    if "(" in left or "(" in right:
        return f"{left}{'.' if sign == 1 else '/'}({right})"
    return _written([*_powers(left, 1), *_powers(right, sign)])


def _ucum(unit: str) -> str:
    return _DURATIONS.get(calendar_word(unit) or "", unit)


def _powers(unit: str, sign: int) -> Iterator[tuple[str, int]]:
    """Each unit in it with its power."""
    for operator, text in _COMPONENT.findall(unit):
        found = _POWER.fullmatch(text)
        name, power = (found[1], int(found[2])) if found else (text, 1)
        yield name, power * sign * (-1 if operator == "/" else 1)


def _written(powers: list[tuple[str, int]]) -> str:
    """Positive powers first, then what is divided by."""
    sums: dict[str, int] = {}
    for name, power in powers:
        if name != "1":
            sums[name] = sums.get(name, 0) + power
    above = ".".join(_term(name, power) for name, power in sums.items() if power > 0)
    below = "".join(f"/{_term(name, -power)}" for name, power in sums.items() if power < 0)
    return f"{above}{below}" or "1"


def _term(name: str, power: int) -> str:
    return name if power == 1 else f"{name}{power}"
