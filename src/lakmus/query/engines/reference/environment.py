"""What an evaluation is given from outside: clock, units, terminology, other records, constants."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lakmus.core.clock import Clock, SystemClock
from lakmus.core.quantities import UnitConverter
from lakmus.query.engines.reference.units import PlainUnits
from lakmus.query.engines.reference.values import Value
from lakmus.query.ir.model import FhirR4, Model
from lakmus.terminology.provider import TerminologyProvider

Resolver = Callable[[str], Mapping[str, Any] | None]
Tracer = Callable[[str, Sequence[Value]], None]


def ignore(_label: str, _items: Sequence[Value]) -> None:
    """A trace nobody reads."""


@dataclass(frozen=True)
class Environment:
    """Everything beside the record.

    `resolver` gives the resource that a reference names, or None. `variables` are collections by name without `%`.
    `site` sent the record: it is a part of the record's key. `root` is the resource around a contained one (`%rootResource`). Without a terminology, functions that need one
    raise UnsupportedError. `budget` bounds the work of one evaluation: nodes visited, items made, pairs compared,
    hundreds of characters (three million take some seconds), so that a hostile expression ends in an error.
    """

    model: Model = field(default_factory=FhirR4)
    clock: Clock = field(default_factory=SystemClock)
    units: UnitConverter = field(default_factory=PlainUnits)
    terminology: TerminologyProvider | None = None
    resolver: Resolver | None = None
    trace: Tracer = ignore
    variables: Mapping[str, Sequence[Value]] = field(default_factory=dict)
    root: Mapping[str, Any] | None = None
    site: str = ""
    budget: int = 3_000_000
