"""What is there and what is not (CQL 1.5, appendix B, "Nullological Operators")."""

from __future__ import annotations

from typing import Any

from lakmus.query.engines.reference.elm.rows import Call, row
from lakmus.query.ir.elm.types import ListType


@row("Coalesce", nulls=True)
def _coalesce(call: Call, *operands: Any) -> Any:
    """The first that is not null; of one operand that is a list, the first in it."""
    if len(operands) == 1 and isinstance(call.types[0], ListType):
        operands = tuple(operands[0] or ())
    return next((operand for operand in operands if operand is not None), None)


@row("IsNull", nulls=True)
def _is_null(call: Call, value: Any) -> bool:
    return value is None


@row("IsTrue", nulls=True)
def _is_true(call: Call, value: bool | None) -> bool:
    return value is True


@row("IsFalse", nulls=True)
def _is_false(call: Call, value: bool | None) -> bool:
    return value is False
