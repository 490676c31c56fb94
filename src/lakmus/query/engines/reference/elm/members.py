"""Whether values are in a list, where two nulls are the same value (CQL 1.5, appendix B, "List Operators").

Values are looked up by a key that equal values share; only those that share one are compared.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from decimal import Decimal
from typing import Any

from lakmus.query.engines.reference.elm.comparison import equal
from lakmus.query.engines.reference.elm.parts import MINUTE, calendar_parts, milliseconds
from lakmus.query.engines.reference.elm.rows import Call
from lakmus.query.engines.reference.elm.three_valued import any_of
from lakmus.query.ir.elm.types import ANY
from lakmus.query.ir.elm.values import Code, Date, DateTime, Instance, Precision, Time, Tuple


def same(call: Call, a: Any, b: Any) -> bool:
    """Whether both are known to be the same value, or both null."""
    return a is b is None or equal(call, a, b) is True


class Members:
    """The values of a list, each once, in the order they came."""

    def __init__(self, call: Call, values: Iterable[Any] = ()) -> None:
        self.values: list[Any] = []
        self._call = call
        self._by_key: dict[Hashable, list[int]] = {}
        for value in values:
            self.add(value)

    def add(self, value: Any) -> int:
        """Its position, the one it had when it was there already."""
        found = self.position(value)
        if found is not None:
            return found
        self.values.append(value)
        self._by_key.setdefault(_key(value), []).append(len(self.values) - 1)
        return len(self.values) - 1

    def position(self, value: Any) -> int | None:
        among = self._by_key.get(_key(value), ())
        return next((index for index in among if same(self._call, value, self.values[index])), None)

    def __contains__(self, value: Any) -> bool:
        return self.position(value) is not None

    def contains(self, value: Any) -> bool | None:
        """Whether it is there; None when what is known of the values does not decide it."""
        if value in self:
            return True
        if value is None or isinstance(value, str | bool | int | Decimal):
            return False
        return any_of(*(equal(self._call, each, value) for each in self.values if each is not None))


def _key(value: Any) -> Hashable:
    """The same for all values that are equal; others may share it."""
    match value:
        case None | str():
            return value
        case bool():
            return bool, value
        case int() | Decimal():
            return "number", value
        case Date() | DateTime() | Time():
            return _moment_key(value)
        case Code():
            return value.code, value.system
        case list():
            return tuple(map(_key, value))
        case Tuple():
            return tuple((name, _key(value.elements[name])) for name in sorted(value.elements))
        case Instance():
            return value.type, value.content.get("id") if isinstance(value.content, dict) else ANY
    return type(value).__name__


def _moment_key(value: Date | DateTime | Time) -> Hashable:
    """Parts without a clock, else the time since the first day in one zone."""
    parts = calendar_parts(value)
    if len(parts) < Precision.HOUR:
        return parts
    offset = value.offset if isinstance(value, DateTime) else 0
    return isinstance(value, Time), milliseconds(parts) - offset * MINUTE
