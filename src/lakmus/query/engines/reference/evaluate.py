"""One record, one expression: walks the tree as it is written. Plain on purpose: it is the oracle of other engines."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from functools import cmp_to_key
from typing import Any

from lakmus.core.errors import InputError, LakmusError
from lakmus.core.quantities import Quantity
from lakmus.query.engines.reference import chapters
from lakmus.query.engines.reference.comparison import is_among, order
from lakmus.query.engines.reference.conversion import convert
from lakmus.query.engines.reference.environment import Environment
from lakmus.query.engines.reference.navigation import children, descendants, member, resource
from lakmus.query.engines.reference.references import within
from lakmus.query.engines.reference.rows import ROWS
from lakmus.query.engines.reference.types import is_of, matches
from lakmus.query.engines.reference.values import Collection, Value, only, system_values
from lakmus.query.ir import operations as op
from lakmus.query.ir import structure as s
from lakmus.query.ir.node import Node, Operation
from lakmus.query.ir.types import BOOLEAN, DECIMAL, INTEGER, QUANTITY

assert chapters.WHOLE, "the chapters fill the table of rows"
STANDARD = Environment()
# Operations that compare every item of one operand with every item of another, or of the result.
_PAIRING = (op.Distinct, op.Union, op.Intersect, op.Exclude, op.SubsetOf, op.Equivalent, op.In)
Names = Mapping[str, Collection]


def evaluate(
    node: Node, record: Mapping[str, Any] | Value, environment: Environment = STANDARD
) -> list[Value]:
    """The collection an expression gives for a record.

    `record` is a resource as JSON (decimals as `Decimal`), or an item of one. Raises InputError when the data does
    not fit the expression (several items where one is wanted), UnsupportedError when the environment lacks a part.
    """
    item = record if isinstance(record, Value) else resource(record)
    root = [resource(environment.root)] if environment.root is not None else [item]
    names: dict[str, Collection] = {f"%{name}": list(found) for name, found in environment.variables.items()}
    names |= {"$this": [item], "%context": [item], "%resource": [item], "%rootResource": root}
    whole = root[0].value if isinstance(root[0].value, Mapping) else {}
    resolver = within(whole, environment.resolver)
    return _Evaluation(replace(environment, resolver=resolver)).of(node, names)


class _Evaluation:
    def __init__(self, environment: Environment) -> None:
        self.environment = environment
        self.budget = environment.budget

    def of(self, node: Node, names: Names) -> Collection:
        """The value of a node where these names are bound."""
        if isinstance(node, Operation):
            found = self.operation(node, names)
        else:
            found = _STRUCTURE[type(node)](self, node, names)
        self.spend(1 + len(found), node)
        return found

    def spend(self, work: int, node: Node) -> None:
        self.budget -= work
        if self.budget < 0:
            hint = "narrow it with where() before it grows, or give the environment a larger budget"
            raise InputError("the expression takes too much work", place=node.place, hint=hint)

    def operation(self, node: Operation, names: Names) -> Collection:
        operands = [self.of(operand, names) for operand in node.operands]
        if isinstance(node, _PAIRING):
            self.spend(sum(map(len, operands)) * len(operands[-1]), node)
        try:
            found = ROWS[type(node)](self.environment, operands)
        except LakmusError as error:
            error.place = error.place or node.place
            raise
        self.spend(sum(len(item.value) // 100 for item in found if isinstance(item.value, str)), node)
        return found

    def each(
        self, items: Collection, names: Names, bound: str
    ) -> Iterator[tuple[Value, dict[str, Collection]]]:
        """Each item with the names its scope sees."""
        for index, item in enumerate(items):
            yield item, {**names, bound: [item], "$index": [Value(index, INTEGER)]}

    def true(self, node: Node, names: Names) -> bool:
        """Whether a criterion is true (empty is not)."""
        found = only(self.of(node, names), "a criterion")
        return found is not None and found.value is True

    def one(self, node: Node, names: Names, what: str) -> Value | None:
        try:
            return only(self.of(node, names), what)
        except LakmusError as error:
            error.place = error.place or node.place
            raise


def _literal(_: _Evaluation, node: s.Literal, __: Names) -> Collection:
    return [Value(node.value, node.name)]


def _empty(*_: object) -> Collection:
    return []


def _variable(_: _Evaluation, node: s.Variable, names: Names) -> Collection:
    if node.name not in names:
        raise InputError(f"{node.name} was given no value", place=node.place)
    return names[node.name]


def _member(run: _Evaluation, node: s.Member, names: Names) -> Collection:
    model = run.environment.model
    return [found for item in run.of(node.source, names) for found in member(item, node.name, model)]


def _children(run: _Evaluation, node: s.Children, names: Names) -> Collection:
    return [found for item in run.of(node.source, names) for found in children(item, run.environment.model)]


def _descendants(run: _Evaluation, node: s.Descendants, names: Names) -> Collection:
    return descendants(run.of(node.source, names), run.environment.model)


def _where(run: _Evaluation, node: s.Where, names: Names) -> Collection:
    items = run.of(node.source, names)
    return [item for item, inner in run.each(items, names, node.item) if run.true(node.criteria, inner)]


def _all(run: _Evaluation, node: s.All, names: Names) -> Collection:
    items = run.of(node.source, names)
    verdict = all(run.true(node.criteria, inner) for _, inner in run.each(items, names, node.item))
    return [Value(verdict, BOOLEAN)]


def _select(run: _Evaluation, node: s.Select, names: Names) -> Collection:
    items = run.of(node.source, names)
    return [
        found for _, inner in run.each(items, names, node.item) for found in run.of(node.projection, inner)
    ]


def _repeat(run: _Evaluation, node: s.Repeat, names: Names) -> Collection:
    found: Collection = []
    new = run.of(node.source, names)
    while new:
        results = [r for _, inner in run.each(new, names, node.item) for r in run.of(node.projection, inner)]
        new = []
        for result in results:
            run.spend(1 + len(found), node)
            if not is_among(result, found, run.environment.units):
                found.append(result)
                new.append(result)
    return found


def _aggregate(run: _Evaluation, node: s.Aggregate, names: Names) -> Collection:
    total = run.of(node.initial, names)
    for _, inner in run.each(run.of(node.source, names), names, node.item):
        total = run.of(node.step, {**inner, "$total": total})
    return total


def _sort(run: _Evaluation, node: s.Sort, names: Names) -> Collection:
    items = run.of(node.source, names)
    rows = [
        (item, [run.one(key.expression, inner, "a sort key") for key in node.keys])
        for item, inner in run.each(items, names, node.item)
    ]

    def before(left: tuple[Value, list[Value | None]], right: tuple[Value, list[Value | None]]) -> int:
        for key, a, b in zip(node.keys, left[1], right[1], strict=True):
            if a is None or b is None:
                verdict = (b is None) - (a is None)
            else:
                verdict = (order(a, b, run.environment.units) or 0) * (-1 if key.descending else 1)
            if verdict:
                return verdict
        return 0

    return [item for item, _ in sorted(rows, key=cmp_to_key(before))]


def _let(run: _Evaluation, node: s.Let, names: Names) -> Collection:
    return run.of(node.body, {**names, node.name: run.of(node.value, names)})


def _if(run: _Evaluation, node: s.If, names: Names) -> Collection:
    return run.of(node.then if run.true(node.condition, names) else node.otherwise, names)


def _trace(run: _Evaluation, node: s.Trace, names: Names) -> Collection:
    items = run.of(node.source, names)
    shown = items
    if node.projection is not None:
        scopes = run.each(items, names, node.item)
        shown = [found for _, inner in scopes for found in run.of(node.projection, inner)]
    run.environment.trace(node.label, shown)
    return items


def _is(run: _Evaluation, node: s.Is, names: Names) -> Collection:
    item = run.one(node.source, names, "the input of is")
    return [] if item is None else [Value(is_of(item.type, node.name, run.environment.model), BOOLEAN)]


def _as(run: _Evaluation, node: s.As, names: Names) -> Collection:
    item = run.one(node.source, names, "the input of as")
    return [item] if item is not None and matches(item.type, node.name, run.environment.model) else []


def _of_type(run: _Evaluation, node: s.OfType, names: Names) -> Collection:
    return [
        item for item in run.of(node.source, names) if matches(item.type, node.name, run.environment.model)
    ]


def _as_system(run: _Evaluation, node: s.AsSystem, names: Names) -> Collection:
    return system_values(run.of(node.source, names))


def _promote(run: _Evaluation, node: s.Promote, names: Names) -> Collection:
    def promoted(item: Value) -> Value:
        value = item.value
        if node.to == DECIMAL:
            value = Decimal(value)
        if node.to == QUANTITY:
            value = Quantity(Decimal(value))
        return Value(value, node.to, item.path)

    return [promoted(item) for item in run.of(node.source, names)]


def _to(run: _Evaluation, node: s.To, names: Names) -> Collection:
    item = run.one(node.source, names, "the input of a conversion")
    found = None if item is None else convert(item, node.to, _unit(run, node, names), run.environment)
    return [] if found is None else [found]


def _converts_to(run: _Evaluation, node: s.ConvertsTo, names: Names) -> Collection:
    item = run.one(node.source, names, "the input of a conversion")
    if item is None:
        return []
    found = convert(item, node.to, _unit(run, node, names), run.environment)
    return [Value(found is not None, BOOLEAN)]


def _unit(run: _Evaluation, node: s.To | s.ConvertsTo, names: Names) -> str | None:
    item = None if node.unit is None else run.one(node.unit, names, "a unit")
    return None if item is None else str(item.value)


_STRUCTURE: dict[type[Node], Callable[..., Collection]] = {
    s.Literal: _literal,
    s.Empty: _empty,
    s.Variable: _variable,
    s.Member: _member,
    s.Children: _children,
    s.Descendants: _descendants,
    s.Where: _where,
    s.All: _all,
    s.Select: _select,
    s.Repeat: _repeat,
    s.Aggregate: _aggregate,
    s.Sort: _sort,
    s.Let: _let,
    s.If: _if,
    s.Trace: _trace,
    s.Is: _is,
    s.As: _as,
    s.OfType: _of_type,
    s.AsSystem: _as_system,
    s.Promote: _promote,
    s.To: _to,
    s.ConvertsTo: _converts_to,
}
