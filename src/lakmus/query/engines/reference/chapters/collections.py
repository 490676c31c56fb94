"""N1 5.1 Existence, 5.3 Subsetting, 5.4 Combining, 6.4 Collections."""

from __future__ import annotations

from lakmus.query.engines.reference.comparison import distinct, is_among
from lakmus.query.engines.reference.environment import Environment
from lakmus.query.engines.reference.rows import collections
from lakmus.query.engines.reference.values import Collection, Value, only, value_of
from lakmus.query.ir import operations as op


@collections(op.Exists)
def exists(_: Environment, items: Collection) -> Collection:
    return [value_of(bool(items))]


@collections(op.AllTrue)
def all_true(_: Environment, items: Collection) -> Collection:
    return [value_of(all(item.value for item in items))]


@collections(op.AnyTrue)
def any_true(_: Environment, items: Collection) -> Collection:
    return [value_of(any(item.value for item in items))]


@collections(op.AllFalse)
def all_false(_: Environment, items: Collection) -> Collection:
    return [value_of(not any(item.value for item in items))]


@collections(op.AnyFalse)
def any_false(_: Environment, items: Collection) -> Collection:
    return [value_of(not all(item.value for item in items))]


@collections(op.SubsetOf)
def subset_of(env: Environment, items: Collection, others: Collection) -> Collection:
    return [value_of(all(is_among(item, others, env.units) for item in items))]


@collections(op.Count)
def count(_: Environment, items: Collection) -> Collection:
    return [value_of(len(items))]


@collections(op.Distinct)
def distinct_(env: Environment, items: Collection) -> Collection:
    return distinct(items, env.units)


def _number(items: Collection) -> int | None:
    found = only(items, "a position")
    return None if found is None else int(found.value)


@collections(op.Index)
def index(_: Environment, items: Collection, position: Collection) -> Collection:
    number = _number(position)
    return [] if number is None or not 0 <= number < len(items) else [items[number]]


@collections(op.Single)
def single(_: Environment, items: Collection) -> Collection:
    found: Value | None = only(items, "a collection")
    return [] if found is None else [found]


@collections(op.First)
def first(_: Environment, items: Collection) -> Collection:
    return items[:1]


@collections(op.Last)
def last(_: Environment, items: Collection) -> Collection:
    return items[-1:]


@collections(op.Tail)
def tail(_: Environment, items: Collection) -> Collection:
    return items[1:]


@collections(op.Skip)
def skip(_: Environment, items: Collection, number: Collection) -> Collection:
    many = _number(number)
    return [] if many is None else items[max(0, many) :]


@collections(op.Take)
def take(_: Environment, items: Collection, number: Collection) -> Collection:
    many = _number(number)
    return [] if many is None else items[: max(0, many)]


@collections(op.Intersect)
def intersect(env: Environment, items: Collection, others: Collection) -> Collection:
    return distinct([item for item in items if is_among(item, others, env.units)], env.units)


@collections(op.Exclude)
def exclude(env: Environment, items: Collection, others: Collection) -> Collection:
    return [item for item in items if not is_among(item, others, env.units)]


@collections(op.Union)
def union(env: Environment, items: Collection, others: Collection) -> Collection:
    return distinct([*items, *others], env.units)


@collections(op.Combine)
def combine(_: Environment, items: Collection, others: Collection) -> Collection:
    return [*items, *others]


@collections(op.In)
def in_(env: Environment, item: Collection, items: Collection) -> Collection:
    found = only(item, "the left side of in")
    return [] if found is None else [value_of(is_among(found, items, env.units))]
