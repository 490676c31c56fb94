"""Which types stand for which: subtypes, common types, and the implicit conversions (CQL 1.5, developer's guide, "Type System")."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from lakmus.query.ir.elm import nodes as elm
from lakmus.query.ir.elm.types import (
    ANY,
    BOOLEAN,
    CODE,
    CODE_SYSTEM,
    CONCEPT,
    DATE,
    DATETIME,
    DECIMAL,
    INTEGER,
    LONG,
    QUANTITY,
    VALUE_SET,
    VOCABULARY,
    ChoiceType,
    CqlType,
    IntervalType,
    ListType,
    Named,
    TupleType,
    choice,
)
from lakmus.query.ir.elm.values import Concept
from lakmus.query.models.model import Model

# What a conversion costs where overloads compete: the standard's order of preference ("Conversion Precedence").
EXACT, SUBTYPE, COMPATIBLE, CAST, SIMPLE, CLASS = 0, 1, 2, 3, 4, 5
# Implicit conversions within the System model, by their operator.
SYSTEM_CONVERSIONS: dict[tuple[CqlType, CqlType], tuple[str, int]] = {
    (INTEGER, LONG): ("ToLong", SIMPLE),
    (INTEGER, DECIMAL): ("ToDecimal", SIMPLE + 1),
    (LONG, DECIMAL): ("ToDecimal", SIMPLE),
    (INTEGER, QUANTITY): ("ToQuantity", CLASS + 2),
    (LONG, QUANTITY): ("ToQuantity", CLASS + 2),
    (DECIMAL, QUANTITY): ("ToQuantity", CLASS + 1),
    (DATE, DATETIME): ("ToDateTime", SIMPLE),
    (CODE, CONCEPT): ("ToConcept", CLASS),
    (VALUE_SET, ListType(CODE)): ("ExpandValueSet", CLASS),
}
Build = Callable[[elm.Elm], elm.Elm]


@dataclass(frozen=True, slots=True)
class Conversion:
    """How a value of one type becomes one of another, and what that costs."""

    cost: int
    build: Build


def same(node: elm.Elm) -> elm.Elm:
    return node


class Typing:
    """Answers about types, given the models in use by name."""

    def __init__(self, models: Mapping[str, Model]) -> None:
        self.models = models
        self._found: dict[tuple[CqlType, CqlType], Conversion | None] = {}
        self._fresh = 0

    # Subtypes

    def base(self, type_: Named) -> CqlType:
        if type_ in (VALUE_SET, CODE_SYSTEM):
            return VOCABULARY
        model = self.models.get(type_.namespace)
        found = model.base(type_) if model is not None else None
        return found or ANY

    def is_subtype(self, type_: CqlType, of: CqlType) -> bool:
        """Whether every value of a type is one of another."""
        if type_ == of or of == ANY:
            return True
        match type_, of:
            case ListType(item), ListType(wanted):
                return self.is_subtype(item, wanted)
            case IntervalType(point), IntervalType(wanted):
                return self.is_subtype(point, wanted)
            case TupleType(), TupleType():
                return self._tuple_is_subtype(type_, of)
            case ChoiceType(types), _:
                return all(self.is_subtype(t, of) for t in types)
            case _, ChoiceType(types):
                return any(self.is_subtype(type_, t) for t in types)
            case Named(), Named():
                base = self.base(type_)
                return base != ANY and self.is_subtype(base, of)
        return False

    def _tuple_is_subtype(self, type_: TupleType, of: TupleType) -> bool:
        given, wanted = dict(type_.elements), dict(of.elements)
        return given.keys() == wanted.keys() and all(self.is_subtype(given[n], wanted[n]) for n in wanted)

    def may_be(self, type_: CqlType, of: CqlType) -> bool:
        """Whether a value of a type can be one of another when it runs: a cast that may succeed."""
        if self.is_subtype(type_, of) or self.is_subtype(of, type_):
            return True
        if isinstance(type_, ChoiceType):
            return any(self.may_be(t, of) for t in type_.types)
        if isinstance(of, ChoiceType):
            return any(self.may_be(type_, t) for t in of.types)
        if isinstance(type_, ListType) and isinstance(of, ListType):
            return self.may_be(type_.item, of.item)
        if isinstance(type_, IntervalType) and isinstance(of, IntervalType):
            return self.may_be(type_.point, of.point)
        return False

    def common(self, left: CqlType, right: CqlType) -> CqlType:
        """The type both are: one of the two, what both convert to, or the choice between them."""
        if left == ANY or right == ANY:
            return right if left == ANY else left
        if isinstance(left, ListType) and isinstance(right, ListType):
            return ListType(self.common(left.item, right.item))
        if isinstance(left, IntervalType) and isinstance(right, IntervalType):
            point = self._common_point(left.point, right.point)
            if point is not None:
                return IntervalType(point)
        if self.is_subtype(left, right):
            return right
        if self.is_subtype(right, left):
            return left
        if not isinstance(left, ChoiceType) and not isinstance(right, ChoiceType):
            if self.conversion(left, right) is not None:
                return right
            if self.conversion(right, left) is not None:
                return left
        return choice((left, right))

    def _common_point(self, left: CqlType, right: CqlType) -> CqlType | None:
        """Bounds of one type beside bounds of several are of the one: a choice has no order."""
        for one, other in ((left, right), (right, left)):
            if isinstance(other, ChoiceType) and one in other.types:
                return one
        return None

    # Conversions

    def conversion(self, source: CqlType, target: CqlType) -> Conversion | None:
        """The cheapest implicit conversion; None when there is none."""
        key = source, target
        if key not in self._found:
            self._found[key] = None
            self._found[key] = self._conversion(source, target)
        return self._found[key]

    def targets(self, source: CqlType) -> Iterator[CqlType]:
        """What a type converts to by its model, itself first."""
        yield source
        if isinstance(source, ChoiceType):
            for type_ in source.types:
                yield from self.targets(type_)
        if isinstance(source, Named) and source.namespace in self.models:
            yield from self.models[source.namespace].targets(source)

    def _conversion(self, source: CqlType, target: CqlType) -> Conversion | None:
        if source == target:
            return Conversion(EXACT, same)
        if source == ANY:
            return Conversion(COMPATIBLE, lambda x: cast(x, target))
        if isinstance(source, ChoiceType) and not isinstance(target, ChoiceType) and target != ANY:
            return self._from_choice(source, target)
        if self.is_subtype(source, target):
            return Conversion(SUBTYPE, _widening(target))
        if isinstance(target, ChoiceType):
            return self._to_choice(source, target)
        return (
            self._structural(source, target) or self._system(source, target) or self._native(source, target)
        )

    def _structural(self, source: CqlType, target: CqlType) -> Conversion | None:
        match source, target:
            case ListType(item), ListType(wanted):
                return self._of_list(item, wanted)
            case IntervalType(point), IntervalType(wanted):
                return self._of_interval(point, wanted)
            case TupleType(), TupleType():
                return self._of_tuple(source, target)
        return None

    def _of_list(self, item: CqlType, wanted: CqlType) -> Conversion | None:
        inner = self.conversion(item, wanted)
        if inner is None:
            return None

        def build(node: elm.Elm) -> elm.Elm:
            if isinstance(node, elm.List):
                return elm.List(ListType(wanted), tuple(map(inner.build, node.items)), place=node.place)
            name = self.fresh()
            return elm.ForEach(ListType(wanted), node, name, inner.build(elm.Local(item, name)))

        return Conversion(inner.cost, build)

    def _of_interval(self, point: CqlType, wanted: CqlType) -> Conversion | None:
        inner = self.conversion(point, wanted)
        if inner is None:
            return None

        def build(node: elm.Elm) -> elm.Elm:
            if isinstance(node, elm.Interval) and _unknown(node.low) and _unknown(node.high):
                return replace(node, type=IntervalType(wanted))
            if isinstance(node, elm.Interval):
                bounds = inner.build(node.low), inner.build(node.high)
                return replace(node, type=IntervalType(wanted), low=bounds[0], high=bounds[1])
            low, high = (inner.build(elm.Property(point, node, path)) for path in ("low", "high"))
            closed = (elm.Property(BOOLEAN, node, path) for path in ("lowClosed", "highClosed"))
            whole = elm.Interval(IntervalType(wanted), low, high, *closed)
            return elm.If(whole.type, is_null(node), elm.Null(whole.type), whole)

        return Conversion(inner.cost, build)

    def _of_tuple(self, source: TupleType, target: TupleType) -> Conversion | None:
        given, wanted = dict(source.elements), dict(target.elements)
        if given.keys() != wanted.keys():
            return None
        inner = {name: self.conversion(given[name], wanted[name]) for name in wanted}
        steps = {name: step for name, step in inner.items() if step is not None}
        if len(steps) < len(inner):
            return None

        def build(node: elm.Elm) -> elm.Elm:
            made = tuple((n, steps[n].build(elm.Property(given[n], node, n))) for n in wanted)
            return elm.If(target, is_null(node), elm.Null(target), elm.Tuple(target, made))

        return Conversion(max((step.cost for step in steps.values()), default=EXACT), build)

    def _from_choice(self, source: ChoiceType, target: CqlType) -> Conversion | None:
        """Every alternative that has a conversion is tried; the others are null."""
        steps = [(t, step) for t in source.types if (step := self.conversion(t, target)) is not None]
        if not steps:
            return None

        def build(node: elm.Elm) -> elm.Elm:
            if len(steps) == 1:
                type_, step = steps[0]
                return step.build(elm.As(type_, node))
            tests = ((elm.Is(BOOLEAN, node, t), step.build(elm.As(t, node))) for t, step in steps)
            return elm.Case(target, tuple(tests), elm.Null(target))

        return Conversion(CAST + max(step.cost for _, step in steps), build)

    def _to_choice(self, source: CqlType, target: ChoiceType) -> Conversion | None:
        if isinstance(source, ChoiceType):
            return self._between_choices(source, target)
        steps = [step for t in target.types if (step := self.conversion(source, t)) is not None]
        best = min(steps, key=lambda step: step.cost, default=None)
        widen = _widening(target)
        return None if best is None else Conversion(CAST + best.cost, lambda x: widen(best.build(x)))

    def _between_choices(self, source: ChoiceType, target: ChoiceType) -> Conversion | None:
        """A narrower choice: alternatives the target does not have are null."""
        shared = [t for t in source.types if self.is_subtype(t, target)]
        return Conversion(CAST, lambda x: elm.As(target, x)) if shared else None

    def _system(self, source: CqlType, target: CqlType) -> Conversion | None:
        found = SYSTEM_CONVERSIONS.get((source, target))
        if found is None:
            return None
        name, cost = found
        if name == "ToConcept":
            return Conversion(cost, _concept)
        return Conversion(cost, lambda x: elm.Apply(target, name, (x,), place=x.place))

    def _native(self, source: CqlType, target: CqlType) -> Conversion | None:
        """By the model, and from there within the System model: `FHIR.date` to `Date` to `DateTime`."""
        for middle in self.targets(source):
            name = self._native_name(source, middle)
            onward = self.conversion(middle, target) if name else None
            if name is None or onward is None:
                continue
            return Conversion(CLASS + onward.cost, _after(name, middle, onward.build))
        return None

    def _native_name(self, source: CqlType, target: CqlType) -> str | None:
        if not isinstance(source, Named) or source.namespace not in self.models:
            return None
        return self.models[source.namespace].conversion(source, target)

    def fresh(self) -> str:
        """A local name nobody writes."""
        self._fresh += 1
        return f"${self._fresh}"


def _concept(node: elm.Elm) -> elm.Elm:
    """A code that is written is a concept that is written."""
    if isinstance(node, elm.Literal):
        return elm.Literal(CONCEPT, Concept((node.value,), node.value.display), place=node.place)
    return elm.Apply(CONCEPT, "ToConcept", (node,), place=node.place)


def _widening(target: CqlType) -> Build:
    """A value of one type among several says so: engines may store the two differently."""
    inner: CqlType = target
    while isinstance(inner, ListType):
        inner = inner.item
    return (
        (lambda x: elm.As(target, x, False, True, place=x.place)) if isinstance(inner, ChoiceType) else same
    )


def _unknown(node: elm.Elm) -> bool:
    """A null of no type: between two of them lies nothing that is known, and no end of a range either."""
    return isinstance(node, elm.Null) and node.type == ANY


def _after(name: str, middle: CqlType, build: Build) -> Build:
    return lambda x: build(elm.Convert(middle, x, name, place=x.place))


def cast(node: elm.Elm, target: CqlType) -> elm.Elm:
    """A value of which nothing is known, as the type that is wanted of it."""
    if isinstance(node, elm.Null):
        return elm.Null(target, place=node.place)
    return elm.As(target, node, place=node.place)


def is_null(node: elm.Elm) -> elm.Elm:
    return elm.Apply(BOOLEAN, "IsNull", (node,), place=node.place)
