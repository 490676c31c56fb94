"""The values of the System model that Python itself does not have.

null                 None
Boolean, String      bool, str
Integer, Decimal     int, Decimal
Long                 Long, an int that knows its type
Date, DateTime, Time Date, DateTime, Time: as many parts as were given
Quantity             lakmus.core.quantities.Quantity
Ratio, Code, ...     the classes below
List, Tuple          list, Tuple (a mapping)
classes of a model   Instance: the JSON of a resource or element with its type
uncertain Integer    Uncertainty: what lies between partial dates (CQL 1.5, developer's guide, "Uncertainty")
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from lakmus.core.quantities import Quantity
from lakmus.query.ir.elm.types import CqlType, Named


class Precision(IntEnum):
    """Parts of a date and time, coarse to fine. Weeks are no part: see `Unit` of durations in the operators."""

    YEAR = 1
    MONTH = 2
    DAY = 3
    HOUR = 4
    MINUTE = 5
    SECOND = 6
    MILLISECOND = 7


class Long(int):
    """A 64-bit integer."""


@dataclass(frozen=True, slots=True)
class Date:
    """Year, month and day: one to three parts."""

    parts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class DateTime:
    """Year to millisecond: one to seven parts. `offset` is minutes east of UTC: always there, the engine's where none was written."""

    parts: tuple[int, ...]
    offset: int


@dataclass(frozen=True, slots=True)
class Time:
    """Hour to millisecond: one to four parts."""

    parts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Ratio:
    numerator: Quantity | None
    denominator: Quantity | None


@dataclass(frozen=True, slots=True)
class Code:
    code: str | None
    system: str | None = None
    version: str | None = None
    display: str | None = None


@dataclass(frozen=True, slots=True)
class Concept:
    codes: tuple[Code, ...]
    display: str | None = None


@dataclass(frozen=True, slots=True)
class CodeSystem:
    id: str
    version: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class ValueSet:
    id: str
    version: str | None = None
    name: str | None = None
    codesystems: tuple[CodeSystem, ...] = ()


@dataclass(frozen=True, slots=True)
class Interval:
    """Bounds as they were given: a null bound that is closed is the end of the type's range, one that is open is unknown.

    `point` is the static type of the bounds.
    """

    low: Any
    high: Any
    low_closed: bool
    high_closed: bool
    point: CqlType


@dataclass(frozen=True)
class Tuple:
    elements: Mapping[str, Any]


@dataclass(frozen=True)
class Instance:
    """An instance of a model's class: the JSON of a resource or element (`beside` is that of a primitive's `_element`).

    `path` says where in the record it stands: `Observation/1.component[0]`; it is evidence, not part of the value.
    """

    type: Named
    content: Any
    path: str = field(default="", compare=False)
    beside: Mapping[str, Any] | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Uncertainty:
    """An integer between two integers, both inclusive; what is decided for all of them is decided."""

    low: int
    high: int
