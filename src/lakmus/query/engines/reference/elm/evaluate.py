"""One person, one program: walks the tree as it is written. Plain on purpose: it is the oracle of other engines."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cmp_to_key
from itertools import product
from typing import Any

from lakmus.core.errors import InputError, LakmusError, NotFoundError
from lakmus.query.engines.reference.elm import chapters
from lakmus.query.engines.reference.elm.coding import codes_among
from lakmus.query.engines.reference.elm.comparison import order
from lakmus.query.engines.reference.elm.evidence import Evidence
from lakmus.query.engines.reference.elm.instances import Reader
from lakmus.query.engines.reference.elm.interval import interval
from lakmus.query.engines.reference.elm.making import make_instance
from lakmus.query.engines.reference.elm.records import Records
from lakmus.query.engines.reference.elm.rows import Call, Context, apply
from lakmus.query.engines.reference.elm.runtime_types import is_of, point_type
from lakmus.query.engines.reference.elm.system_instances import system_instance
from lakmus.query.ir.elm import nodes as elm
from lakmus.query.ir.elm.library import Definition, Function, Program
from lakmus.query.ir.elm.types import BOOLEAN, SYSTEM_CLASSES, CqlType, IntervalType, Named
from lakmus.query.ir.elm.values import Tuple

assert chapters.WHOLE, "the chapters fill the table of rows"
Names = Mapping[str, Any]


@dataclass
class Evaluation:
    """The values of a program's definitions for one person; each is computed once.

    `parameters` are by name, of the entry library, or by library and name.
    """

    program: Program
    records: Records
    context: Context
    parameters: Mapping[str, Any] = field(default_factory=dict)
    budget: int = 50_000_000
    values: dict[tuple[str, str], Any] = field(default_factory=dict)
    evidence: dict[tuple[str, str], Evidence] = field(default_factory=dict)
    _open: list[Evidence] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.reader = Reader(self.program.models, self.context)

    def define(self, name: str, library: str = "") -> Any:
        """The value of a definition. NotFoundError when there is none, InputError when it has no value."""
        key = library or self.program.entry, name
        if key not in self.values:
            definition = self._definition(*key)
            self._open.append(Evidence(*key))
            try:
                self.values[key] = self.of(definition.expression, {})
            finally:
                self.evidence[key] = self._open.pop()
        if self._open:
            self._open[-1].uses(self.evidence[key])
        return self.values[key]

    def _definition(self, library: str, name: str) -> Definition:
        found = self.program.libraries[library].definitions.get(name)
        if found is None:
            raise NotFoundError(f"{library} has no definition `{name}`")
        return found

    # Expressions

    def of(self, node: elm.Elm, names: Names) -> Any:
        """The value of an expression where these names are bound."""
        self.budget -= 1
        if self.budget < 0:
            raise InputError("the expression takes too much work", place=node.place)
        try:
            return _NODES[type(node)](self, node, names)
        except LakmusError as error:
            error.place = error.place or node.place
            raise

    def operator(self, name: str, types: tuple[CqlType, ...], result: CqlType, *operands: Any) -> Any:
        """A system operator applied to values."""
        return apply(name, Call(self.context, types, result), *operands)


def _literal(_: Evaluation, node: elm.Literal, __: Names) -> Any:
    return node.value


def _null(*_: object) -> None:
    return None


def _interval(run: Evaluation, node: elm.Interval, names: Names) -> Any:
    parts = [run.of(each, names) for each in (node.low, node.high, node.low_closed, node.high_closed)]
    point = point_type(node.low.type, parts[0], parts[1])
    call = Call(run.context, (point, point), IntervalType(point))
    return interval(call, *parts)


def _list(run: Evaluation, node: elm.List, names: Names) -> Any:
    return [run.of(each, names) for each in node.items]


def _tuple(run: Evaluation, node: elm.Tuple, names: Names) -> Any:
    return Tuple({name: run.of(each, names) for name, each in node.elements})


def _instance(run: Evaluation, node: elm.Instance, names: Names) -> Any:
    elements = {name: run.of(each, names) for name, each in node.elements}
    assert isinstance(node.type, Named)
    if node.type in SYSTEM_CLASSES:
        return system_instance(node.type, elements)
    return make_instance(run.program.models[node.type.namespace], node.type, elements)


def _local(_: Evaluation, node: elm.Local, names: Names) -> Any:
    return names[node.name]


def _expression_ref(run: Evaluation, node: elm.ExpressionRef, _: Names) -> Any:
    return run.define(node.name, node.library)


def _function_ref(run: Evaluation, node: elm.FunctionRef, names: Names) -> Any:
    function = run.program.libraries[node.library].functions[node.name][node.overload]
    if function.body is None:
        raise InputError(f"`{node.name}` is external and nobody defines it")
    return run.of(function.body, _arguments(run, function, node, names))


def _arguments(run: Evaluation, function: Function, node: elm.FunctionRef, names: Names) -> dict[str, Any]:
    given = zip(function.operands, node.operands, strict=True)
    return {name: run.of(operand, names) for (name, _), operand in given}


def _parameter_ref(run: Evaluation, node: elm.ParameterRef, _: Names) -> Any:
    for name in (f"{node.library}.{node.name}", node.name):
        if name in run.parameters:
            return run.parameters[name]
    default = run.program.libraries[node.library].parameters[node.name].default
    return None if default is None else run.of(default, {})


def _apply(run: Evaluation, node: elm.Apply, names: Names) -> Any:
    short = _SHORT.get(node.operator)
    if short is not None:
        left = run.of(node.operands[0], names)
        if left is short[0]:
            return short[1]
        operands = [left, run.of(node.operands[1], names)]
    else:
        operands = [run.of(each, names) for each in node.operands]
    if node.operator in ("Children", "Descendants"):
        read = run.reader.children if node.operator == "Children" else run.reader.descendants
        return None if operands[0] is None else read(operands[0])
    types = tuple(each.type for each in node.operands)
    return apply(node.operator, Call(run.context, types, node.type, node.precision), *operands)


# Operators that one operand can decide, with what it is and what then comes out.
_SHORT: dict[str, tuple[bool, bool]] = {"And": (False, False), "Or": (True, True), "Implies": (False, True)}


def _property(run: Evaluation, node: elm.Property, names: Names) -> Any:
    return run.reader.property(run.of(node.source, names), node.path)


def _if(run: Evaluation, node: elm.If, names: Names) -> Any:
    return run.of(node.then if run.of(node.condition, names) is True else node.otherwise, names)


def _case(run: Evaluation, node: elm.Case, names: Names) -> Any:
    for condition, result in node.items:
        if run.of(condition, names) is True:
            return run.of(result, names)
    return run.of(node.otherwise, names)


def _is(run: Evaluation, node: elm.Is, names: Names) -> bool:
    value = run.of(node.source, names)
    return value is not None and is_of(value, node.of, run.program.models)


def _as(run: Evaluation, node: elm.As, names: Names) -> Any:
    value = run.of(node.source, names)
    if value is None or node.surely or is_of(value, node.type, run.program.models):
        return value
    if node.strict:
        raise InputError(f"the value is no {node.type}", hint="`as` gives null instead of an error")
    return None


def _convert(run: Evaluation, node: elm.Convert, names: Names) -> Any:
    value = run.of(node.source, names)
    call = Call(run.context, (node.source.type,), node.type)
    return None if value is None else apply(node.conversion, call, value)


def _for_each(run: Evaluation, node: elm.ForEach, names: Names) -> Any:
    items = run.of(node.source, names)
    return None if items is None else [run.of(node.projection, {**names, node.item: item}) for item in items]


# Data


def _retrieve(run: Evaluation, node: elm.Retrieve, names: Names) -> Any:
    info = run.program.models[node.of.namespace].class_of(node.of)
    assert info is not None
    if node.codes is None:
        found = list(run.records.retrieve(info))
    else:
        among = codes_among(run.context, node.codes.type, run.of(node.codes, names))
        pairs = run.records.read(info, node.code_path, run.reader)
        found = [item for item, value in pairs if among(value)]
    if run._open:
        run._open[-1].records(found)
    return found


# Queries


def _query(run: Evaluation, node: elm.Query, names: Names) -> Any:
    kept = [row for row in _rows(run, node, names) if _holds(run, node, row)]
    if node.aggregation is not None:
        return _folded(run, node.aggregation, kept)
    results = [run.of(node.returned, row) for row in kept]
    if not node.many:
        return results[0] if results else None
    if node.distinct:
        results = run.operator("Distinct", (node.type,), node.type, results)
    return _sorted(run, node, results, names)


def _rows(run: Evaluation, node: elm.Query, names: Names) -> Iterator[dict[str, Any]]:
    """Every combination of items of the sources, with the lets; a source that is null has none."""
    lists = [_items(run, source, names) for source in node.sources]
    for items in product(*lists):
        row = {**names, **{s.alias: item for s, item in zip(node.sources, items, strict=True)}}
        for let in node.lets:
            row[let.name] = run.of(let.expression, row)
        yield row


def _items(run: Evaluation, source: elm.Source, names: Names) -> list[Any]:
    value = run.of(source.expression, names)
    if value is None:
        return []
    return list(value) if source.many else [value]


def _holds(run: Evaluation, node: elm.Query, row: Names) -> bool:
    if not all(_related(run, each, row) for each in node.relationships):
        return False
    return node.where is None or run.of(node.where, row) is True


def _related(run: Evaluation, relationship: elm.Relationship, row: Names) -> bool:
    source = relationship.source
    partners = ({**row, source.alias: item} for item in _items(run, source, row))
    found = any(run.of(relationship.condition, each) is True for each in partners)
    return found is not relationship.negated


def _folded(run: Evaluation, aggregation: elm.Aggregation, rows: list[dict[str, Any]]) -> Any:
    total = run.of(aggregation.initial, rows[0] if rows else {})
    for row in _unique(rows) if aggregation.distinct else rows:
        total = run.of(aggregation.expression, {**row, aggregation.name: total})
    return total


def _unique(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    kept: list[dict[str, Any]] = []
    for row in rows:
        if row not in kept:
            kept.append(row)
    return kept


def _sorted(run: Evaluation, node: elm.Query, results: list[Any], names: Names) -> list[Any]:
    if not node.sort:
        return results
    keyed = [(item, [run.of(k.expression, {**names, "$this": item}) for k in node.sort]) for item in results]

    def before(left: tuple[Any, list[Any]], right: tuple[Any, list[Any]]) -> int:
        for key, a, b in zip(node.sort, left[1], right[1], strict=True):
            verdict = _order(run, key, a, b) * (-1 if key.descending else 1)
            if verdict:
                return verdict
        return 0

    return [item for item, _ in sorted(keyed, key=cmp_to_key(before))]


def _order(run: Evaluation, key: elm.SortKey, a: Any, b: Any) -> int:
    """Null is below everything."""
    if a is None or b is None:
        return (a is not None) - (b is not None)
    found = order(Call(run.context, (key.expression.type,) * 2, BOOLEAN), a, b)
    return _parts(a) - _parts(b) if found is None else found


def _parts(value: Any) -> int:
    """Of two moments whose parts do not tell which is first, the coarser one stands before the finer."""
    return len(getattr(value, "parts", ()))


_NODES: dict[type[elm.Elm], Callable[..., Any]] = {
    elm.Literal: _literal,
    elm.Null: _null,
    elm.Interval: _interval,
    elm.List: _list,
    elm.Tuple: _tuple,
    elm.Instance: _instance,
    elm.Local: _local,
    elm.ExpressionRef: _expression_ref,
    elm.FunctionRef: _function_ref,
    elm.ParameterRef: _parameter_ref,
    elm.Apply: _apply,
    elm.Property: _property,
    elm.If: _if,
    elm.Case: _case,
    elm.Is: _is,
    elm.As: _as,
    elm.Convert: _convert,
    elm.ForEach: _for_each,
    elm.Retrieve: _retrieve,
    elm.Query: _query,
}
