"""The table of operators: chapters add a row for each name of the ELM reference.

    @row("Abs")
    def abs_(call: Call, x: Number) -> Number: ...

A row whose operand is null is null without being asked, unless it says `nulls=True`. Operators that mean one thing of
lists and another of intervals have a row for each (`on=`); a list wins, for `In` may look for an interval in a list.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, Literal

from lakmus.core.errors import InputError
from lakmus.core.quantities import UnitConverter
from lakmus.query.engines.reference.units import PlainUnits
from lakmus.query.ir.elm.types import CqlType, IntervalType, ListType
from lakmus.query.ir.elm.values import DateTime, Uncertainty
from lakmus.terminology.provider import TerminologyProvider

Kind = Literal["", "list", "interval"]


@dataclass(frozen=True)
class Context:
    """What an evaluation is given beside the records: `now` also gives the offset of moments written without one.

    `message` is told what `Message()` says: severity, code, text.
    """

    now: DateTime
    units: UnitConverter = field(default_factory=PlainUnits)
    terminology: TerminologyProvider | None = None
    message: Callable[[str, str, str], None] = lambda severity, code, text: None


@dataclass(frozen=True, slots=True)
class Call:
    """How an operator is called: static types of the operands and the result, and the precision written (`day`), or ""."""

    context: Context
    types: tuple[CqlType, ...]
    result: CqlType
    precision: str = ""


Function = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Row:
    function: Function
    nulls: bool


ROWS: dict[tuple[str, Kind], Row] = {}


def row(*names: str, on: Kind = "", nulls: bool = False) -> Callable[[Function], Function]:
    """Puts a function under these names; no name is taken twice."""

    def put(function: Function) -> Function:
        for name in names:
            assert (name, on) not in ROWS, f"{name} is there already"
            ROWS[name, on] = Row(function, nulls)
        return function

    return put


def certain(function: Function) -> Function:
    """A row for which uncertain integers have no meaning: InputError."""

    @wraps(function)
    def known(call: Call, *operands: Any) -> Any:
        if any(isinstance(operand, Uncertainty) for operand in operands):
            raise InputError(
                "an uncertain number can be added, multiplied and compared, and nothing else",
                hint="`duration` and `difference` are uncertain where dates leave out parts",
            )
        return function(call, *operands)

    return known


def kind(types: tuple[CqlType, ...]) -> Kind:
    """What operands of these types are, for the operators that tell lists from intervals."""
    if any(isinstance(t, ListType) for t in types):
        return "list"
    return "interval" if any(isinstance(t, IntervalType) for t in types) else ""


def apply(name: str, call: Call, *operands: Any) -> Any:
    """The value of an operator. Raises InputError when the operands have none that the standard allows."""
    found = ROWS.get((name, kind(call.types))) or ROWS.get((name, ""))
    if found is None:
        raise InputError(f"{name} is not defined for {', '.join(map(str, call.types))}")
    if not found.nulls and any(operand is None for operand in operands):
        return None
    return found.function(call, *operands)
