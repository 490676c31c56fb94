"""Lists (CQL 1.5, appendix B, "List Operators"). In them nulls are values, and equal to one another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lakmus.core.errors import InputError
from lakmus.query.engines.reference.elm.comparison import equal
from lakmus.query.engines.reference.elm.members import Members, same
from lakmus.query.engines.reference.elm.rows import Call, Function, certain, row
from lakmus.query.engines.reference.elm.three_valued import all_of, any_of, negated
from lakmus.query.ir.elm.types import ListType

Items = Sequence[Any]


# Membership


def contains(call: Call, items: Items | None, value: Any) -> bool | None:
    """Nothing is in null."""
    if value is None:
        return any(item is None for item in items or ())
    return any_of(*(equal(call, item, value) for item in items or () if item is not None))


def proper_contains(call: Call, items: Items | None, value: Any) -> bool | None:
    """Whether the value is in the list and not alone there; a null beside it may be anything."""
    return all_of(contains(call, items, value), any_of(*(_differ(call, item, value) for item in items or ())))


def _differ(call: Call, item: Any, value: Any) -> bool | None:
    return item is not None if value is None else negated(equal(call, item, value))


def includes(call: Call, outer: Items, inner: Items) -> bool | None:
    members = Members(call, outer)
    return all_of(*(members.contains(item) for item in inner))


def proper_includes(call: Call, outer: Items, inner: Items) -> bool | None:
    """The outer has all of the inner, and more items than it."""
    return all_of(len(outer) > len(inner), includes(call, outer, inner))


def _converse(function: Function) -> Function:
    """The operator with its operands the other way round."""
    return lambda call, a, b: function(call, b, a)


row("Contains", on="list", nulls=True)(contains)
row("In", on="list", nulls=True)(_converse(contains))
row("ProperContains", on="list", nulls=True)(proper_contains)
row("ProperIn", on="list", nulls=True)(_converse(proper_contains))
row("Includes", on="list")(includes)
row("IncludedIn", on="list")(_converse(includes))
row("ProperIncludes", on="list")(proper_includes)
row("ProperIncludedIn", on="list")(_converse(proper_includes))


# Sets


@row("Union", on="list", nulls=True)
def _union(call: Call, left: Items | None, right: Items | None) -> list[Any]:
    """Null is an empty list here."""
    return Members(call, [*(left or ()), *(right or ())]).values


@row("Intersect", on="list")
def _intersect(call: Call, left: Items, right: Items) -> list[Any]:
    members = Members(call, right)
    return Members(call, (item for item in left if item in members)).values


@row("Except", on="list", nulls=True)
def _except(call: Call, left: Items | None, right: Items | None) -> list[Any] | None:
    if left is None:
        return None
    members = Members(call, right or ())
    return Members(call, (item for item in left if item not in members)).values


@row("Distinct")
def _distinct(call: Call, items: Items) -> list[Any]:
    return Members(call, items).values


@row("Flatten")
def _flatten(call: Call, items: Items) -> list[Any]:
    """Items that are lists give way to what is in them; a list that is null has nothing in it."""
    type_ = call.types[0]
    of_lists = isinstance(type_, ListType) and isinstance(type_.item, ListType)
    known = (item for item in items if item is not None or not of_lists)
    return [part for item in known for part in (item if isinstance(item, list) else [item])]


# Positions


@row("Exists", nulls=True)
def _exists(call: Call, items: Items | None) -> bool:
    """Whether anything is in it but nulls."""
    return any(item is not None for item in items or ())


@row("Length", on="list", nulls=True)
def _length(call: Call, items: Items | None) -> int:
    return len(items or ())


@row("First")
def _first(call: Call, items: Items) -> Any:
    return items[0] if items else None


@row("Last")
def _last(call: Call, items: Items) -> Any:
    return items[-1] if items else None


@row("Indexer", on="list")
@certain
def _indexer(call: Call, items: Items, index: int) -> Any:
    return items[index] if 0 <= index < len(items) else None


@row("IndexOf")
def _index_of(call: Call, items: Items, value: Any) -> int:
    return next((index for index, item in enumerate(items) if same(call, item, value)), -1)


@row("SingletonFrom")
def _singleton_from(call: Call, items: Items) -> Any:
    if len(items) > 1:
        raise InputError("the list has more than one element", hint="`First` takes the first of several")
    return _first(call, items)


@row("Tail")
def _tail(call: Call, items: Items) -> list[Any]:
    return list(items[1:])


@row("Skip", nulls=True)
@certain
def _skip(call: Call, items: Items | None, count: int | None) -> list[Any] | None:
    """All of it for null; nothing for a negative number."""
    if items is None:
        return None
    return [] if count is not None and count < 0 else list(items[count:])


@row("Take", nulls=True)
@certain
def _take(call: Call, items: Items | None, count: int | None) -> list[Any] | None:
    return None if items is None else list(items[: max(0, count or 0)])


@row("Slice", nulls=True)
@certain
def _slice(
    call: Call, items: Items | None, start: int | None = None, end: int | None = None
) -> list[Any] | None:
    """From one index to before another; negative ones count from the end."""
    return None if items is None else list(items[start:end])
