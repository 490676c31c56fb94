"""N1 4.5 Singleton evaluation, 6.1 Equality, 6.2 Comparison, 6.5 Boolean logic."""

from __future__ import annotations

from lakmus.query.engines.reference.comparison import equal_collections, equivalent, matched, order
from lakmus.query.engines.reference.environment import Environment
from lakmus.query.engines.reference.rows import collections, partial, singles
from lakmus.query.engines.reference.values import Collection, Value, as_system, collected, only, value_of
from lakmus.query.ir import operations as op
from lakmus.query.ir.types import BOOLEAN


@collections(op.Truth)
def truth(_: Environment, items: Collection) -> Collection:
    found = only(items, "a condition")
    if found is None:
        return []
    value = as_system(found)
    return [value if value is not None and value.type == BOOLEAN else value_of(True)]


@collections(op.Equal)
def equal(env: Environment, left: Collection, right: Collection) -> Collection:
    return collected(equal_collections(left, right, env.units))


@collections(op.Equivalent)
def equivalent_(env: Environment, left: Collection, right: Collection) -> Collection:
    return [value_of(matched(left, right, lambda a, b: equivalent(a, b, env.units)))]


@singles(op.Less)
def less(env: Environment, left: Value, right: Value) -> bool | None:
    verdict = order(left, right, env.units)
    return None if verdict is None else verdict < 0


@singles(op.LessOrEqual)
def less_or_equal(env: Environment, left: Value, right: Value) -> bool | None:
    verdict = order(left, right, env.units)
    return None if verdict is None else verdict <= 0


@partial(op.And)
def and_(_: Environment, left: bool | None, right: bool | None) -> bool | None:
    if left is False or right is False:
        return False
    return None if left is None or right is None else True


@partial(op.Or)
def or_(_: Environment, left: bool | None, right: bool | None) -> bool | None:
    if left or right:
        return True
    return None if left is None or right is None else False


@partial(op.Xor)
def xor(_: Environment, left: bool | None, right: bool | None) -> bool | None:
    return None if left is None or right is None else left != right


@partial(op.Not)
def not_(_: Environment, value: bool | None) -> bool | None:
    return None if value is None else not value
