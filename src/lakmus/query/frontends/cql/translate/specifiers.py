"""What a type specifier names, in the surroundings of a library."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from lakmus.core.errors import InputError, Place
from lakmus.query.frontends.cql import syntax as s
from lakmus.query.ir.elm.library import Library
from lakmus.query.ir.elm.types import SYSTEM_TYPES, CqlType, IntervalType, ListType, choice, tuple_of
from lakmus.query.models.model import Model


@dataclass(frozen=True)
class Surroundings:
    """What a library is translated in: the libraries it includes, by alias, and its models, its own first."""

    included: Mapping[str, Library]
    models: Mapping[str, Model]
    primary: Model | None


def suggestion(name: str, among: Iterable[str]) -> str:
    """The hint for a name that is not there."""
    close = get_close_matches(name, list(among), n=1, cutoff=0.6)
    return f"did you mean `{close[0]}`?" if close else ""


def type_of(around: Surroundings, spec: s.TypeSpec) -> CqlType:
    """The type a specifier names."""
    match spec:
        case s.ListTypeSpec(item):
            return ListType(type_of(around, item))
        case s.IntervalTypeSpec(point):
            return IntervalType(type_of(around, point))
        case s.TupleTypeSpec(elements):
            return tuple_of((name, type_of(around, each)) for name, each in elements)
        case s.ChoiceTypeSpec(types):
            return choice(type_of(around, each) for each in types)
        case s.NamedTypeSpec(namespace, name):
            return named_type(around, name, spec.place, namespace)


def named_type(around: Surroundings, name: str, place: Place, namespace: str = "") -> CqlType:
    """By the model that is written; else by the library's model, then System, then the other models."""
    if namespace:
        found = _in_namespace(around, namespace, name)
    else:
        primary = around.primary
        found = (primary.find(name) if primary else None) or SYSTEM_TYPES.get(name)
        found = found or next((t for m in around.models.values() if (t := m.find(name))), None)
    if found is None:
        known = [n for m in around.models.values() for n in m.names()] + list(SYSTEM_TYPES)
        raise InputError(f"there is no type `{name}`", place=place, hint=suggestion(name, known))
    return found


def _in_namespace(around: Surroundings, namespace: str, name: str) -> CqlType | None:
    if namespace == "System":
        return SYSTEM_TYPES.get(name)
    if namespace in around.models:
        return around.models[namespace].find(name)
    primary = around.primary
    return primary.find(f"{namespace}.{name}") if primary else None
