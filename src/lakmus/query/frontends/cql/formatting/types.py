"""Type specifiers (grammar: typeSpecifier); they are never broken."""

from __future__ import annotations

from lakmus.query.frontends.cql import syntax as s
from lakmus.query.frontends.cql.formatting import names
from lakmus.query.frontends.cql.formatting.writer import writes


def specifier(node: s.TypeSpec) -> str:
    match node:
        case s.NamedTypeSpec():
            return named(node)
        case s.ListTypeSpec(item=item):
            return f"List<{specifier(item)}>"
        case s.IntervalTypeSpec(point=point):
            return f"Interval<{specifier(point)}>"
        case s.ChoiceTypeSpec(types=types):
            return f"Choice<{', '.join(map(specifier, types))}>"
        case s.TupleTypeSpec(elements=elements):
            inner = ", ".join(f"{names.member(name)} {specifier(type_)}" for name, type_ in elements)
            return f"Tuple {{ {inner} }}" if inner else "Tuple {}"


def named(node: s.NamedTypeSpec) -> str:
    """`FHIR.Patient.Contact`; what is no plain name goes into quotes, part by part."""
    if not node.namespace:
        return names.type_name(node.name)
    return ".".join((names.type_name(node.namespace), *map(names.type_member, node.name.split("."))))


@writes(s.NamedTypeSpec, s.ListTypeSpec, s.IntervalTypeSpec, s.ChoiceTypeSpec, s.TupleTypeSpec)
def _specifier(node: s.TypeSpec, _room: int) -> str:
    return specifier(node)
