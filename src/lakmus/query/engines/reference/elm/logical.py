"""Logic with three values (CQL 1.5, appendix B, "Logical Operators")."""

from __future__ import annotations

from lakmus.query.engines.reference.elm.rows import Call, row
from lakmus.query.engines.reference.elm.three_valued import all_of, any_of, negated


@row("And", nulls=True)
def _and(call: Call, left: bool | None, right: bool | None) -> bool | None:
    return all_of(left, right)


@row("Or", nulls=True)
def _or(call: Call, left: bool | None, right: bool | None) -> bool | None:
    return any_of(left, right)


@row("Xor")
def _xor(call: Call, left: bool, right: bool) -> bool:
    return left != right


@row("Implies", nulls=True)
def _implies(call: Call, left: bool | None, right: bool | None) -> bool | None:
    return any_of(negated(left), right)


@row("Not")
def _not(call: Call, value: bool) -> bool:
    return not value
