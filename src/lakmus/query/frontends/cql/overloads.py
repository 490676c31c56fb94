"""Which overload a call means: the one whose conversions cost least (CQL 1.5, developer's guide, "Function Resolution")."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from lakmus.core.errors import InputError, Place
from lakmus.query.frontends.cql.signatures import SIGNATURES, Signature
from lakmus.query.frontends.cql.typing import Conversion, Typing
from lakmus.query.ir.elm import nodes as elm
from lakmus.query.ir.elm.types import (
    ANY,
    BOOLEAN,
    ChoiceType,
    CqlType,
    IntervalType,
    ListType,
    TypeParameter,
    choice,
)

# Relations in time, which take points and intervals.
TIMED = frozenset(
    ("In", "IncludedIn", "Before", "After", "SameOrBefore", "SameOrAfter", "ProperIn", "ProperIncludedIn")
)
# Operators whose lists or values may be of several types: what comes out is a choice.
MIXED = frozenset(("Union", "Intersect", "Except", "Coalesce", "Includes", "IncludedIn"))


@dataclass(frozen=True, slots=True)
class Match:
    """A signature that fits, with the conversion of each operand."""

    signature: Signature
    conversions: tuple[Conversion, ...]
    gives: CqlType

    @property
    def cost(self) -> tuple[int, int]:
        """The sum of all conversions; of equal sums the one without a dear conversion."""
        costs = [conversion.cost for conversion in self.conversions]
        return sum(costs), max(costs, default=0)


def apply(
    typing: Typing,
    names: str | Sequence[str],
    operands: Sequence[elm.Elm],
    place: Place | None = None,
    precision: str = "",
    shown: str = "",
) -> elm.Elm:
    """The operator of one of these ELM names that takes the operands best. InputError when none does."""
    options = (names,) if isinstance(names, str) else tuple(names)
    signatures = [signature for name in options for signature in SIGNATURES[name]]
    found = best(typing, signatures, [operand.type for operand in operands])
    if found is None:
        raise misfit(shown or options[0], signatures, operands, place)
    several = _by_alternative(typing, options, signatures, operands, place, precision)
    if several is not None:
        return several
    converted = tuple(c.build(o) for c, o in zip(found.conversions, operands, strict=True))
    return elm.Apply(found.gives, found.signature.name, converted, precision, place=place)


def _by_alternative(
    typing: Typing,
    names: Sequence[str],
    signatures: Sequence[Signature],
    operands: Sequence[elm.Elm],
    place: Place | None,
    precision: str,
) -> elm.Elm | None:
    """A point or an interval, as it turns out: each alternative of a choice with the overload that takes it.

    None when all that fit are taken by the same one.
    """
    at = next((i for i, operand in enumerate(operands) if isinstance(operand.type, ChoiceType)), None)
    if at is None or signatures[0].name not in TIMED:
        return None
    given = [operand.type for operand in operands]
    fitting = {}
    for type_ in operands[at].type.types:  # type: ignore[union-attr]
        match = best(typing, signatures, [*given[:at], type_, *given[at + 1 :]])
        if match is not None:
            fitting[type_] = match.signature
    if len(set(map(id, fitting.values()))) < 2:
        return None
    source = operands[at]
    items = []
    for type_ in fitting:
        chosen = [*operands[:at], elm.As(type_, source, place=source.place), *operands[at + 1 :]]
        test = elm.Is(BOOLEAN, source, type_, place=place)
        items.append((test, apply(typing, names, chosen, place, precision)))
    gives = items[0][1].type
    return elm.Case(gives, tuple(items), elm.Null(gives), place=place)


def misfit(
    shown: str, signatures: Sequence[Signature], operands: Sequence[elm.Elm], place: Place | None
) -> InputError:
    given = ", ".join(str(operand.type) for operand in operands)
    takes = "; ".join(dict.fromkeys(str(signature) for signature in signatures[:6]))
    more = f"; and {len(signatures) - 6} more" if len(signatures) > 6 else ""
    return InputError(f"`{shown}` does not take ({given})", place=place, hint=f"it takes {takes}{more}")


def best(typing: Typing, signatures: Iterable[Signature], given: Sequence[CqlType]) -> Match | None:
    """The cheapest match; the first of those that cost the same."""
    matches = (match for signature in signatures for match in _matches(typing, signature, given))
    return min(matches, key=lambda match: match.cost, default=None)


def _matches(typing: Typing, signature: Signature, given: Sequence[CqlType]) -> Iterator[Match]:
    wanted = signature.operands(len(given))
    if wanted is None:
        return
    found = _bindings(typing, signature, wanted, given)
    matches = list(_fitting(typing, signature, wanted, given, found))
    if not matches and signature.name in MIXED and len(found) > 1:
        matches = list(_fitting(typing, signature, wanted, given, [choice(found)]))
    yield from matches


def _fitting(
    typing: Typing,
    signature: Signature,
    wanted: Sequence[CqlType],
    given: Sequence[CqlType],
    bindings: Sequence[CqlType],
) -> Iterator[Match]:
    for binding in bindings:
        steps = [typing.conversion(g, filled(w, binding)) for g, w in zip(given, wanted, strict=True)]
        fitting = tuple(step for step in steps if step is not None)
        if len(fitting) == len(steps):
            yield Match(signature, fitting, filled(signature.gives, binding))


def _bindings(
    typing: Typing, signature: Signature, wanted: Sequence[CqlType], given: Sequence[CqlType]
) -> list[CqlType]:
    """What `T` may stand for: the types that stand at its places."""
    if not any(map(_generic, wanted)):
        return [ANY]
    found = dict.fromkeys(type_ for w, g in zip(wanted, given, strict=True) for type_ in _bound(typing, w, g))
    return [type_ for type_ in found if type_ != ANY] or [ANY]


def _bound(typing: Typing, pattern: CqlType, given: CqlType) -> Iterator[CqlType]:
    for option in typing.targets(given):
        match pattern, option:
            case TypeParameter(), _:
                yield option
            case ListType(inner), ListType(item):
                yield from _bound(typing, inner, item)
            case IntervalType(inner), IntervalType(ChoiceType(types)):  # a choice has no order
                for type_ in types:
                    yield from _bound(typing, inner, type_)
            case IntervalType(inner), IntervalType(point):
                yield from _bound(typing, inner, point)


def _generic(type_: CqlType) -> bool:
    match type_:
        case TypeParameter():
            return True
        case ListType(inner) | IntervalType(inner):
            return _generic(inner)
    return False


def filled(pattern: CqlType, binding: CqlType) -> CqlType:
    """A signature's type where `T` is known."""
    match pattern:
        case TypeParameter():
            return binding
        case ListType(inner):
            return ListType(filled(inner, binding))
        case IntervalType(inner):
            return IntervalType(filled(inner, binding))
    return pattern
