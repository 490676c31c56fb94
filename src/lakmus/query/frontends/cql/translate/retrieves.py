"""Retrieves (CQL 1.5, author's guide, "Retrieve"; developer's guide, "Retrieve Semantics")."""

from __future__ import annotations

from lakmus.core.errors import InputError, NotFoundError
from lakmus.query.frontends.cql import syntax as s
from lakmus.query.frontends.cql.translate.names import element_type
from lakmus.query.frontends.cql.translate.scope import Scope
from lakmus.query.frontends.cql.translate.specifiers import named_type
from lakmus.query.frontends.cql.translate.translator import Translator, translates
from lakmus.query.ir.elm import nodes as elm
from lakmus.query.ir.elm.types import CODE, CONCEPT, STRING, VALUE_SET, ListType, Named
from lakmus.query.models.model import ClassInfo

CODES = (VALUE_SET, ListType(CODE), ListType(CONCEPT), CODE, CONCEPT, ListType(STRING), STRING)


@translates(s.Retrieve)
def retrieve(run: Translator, node: s.Retrieve, scope: Scope) -> elm.Elm:
    of = _class(run, node)
    related = None if node.context is None else run.expression(node.context, scope)
    unfiltered = scope.context in ("Unfiltered", "Population")
    found = elm.Retrieve(ListType(of), of, related=related, unfiltered=unfiltered, place=node.place)
    if node.terminology is None:
        return found
    path = node.code_path or _info(run, of).primary_code_path
    if not path:
        raise InputError(
            f"{of} has no element that codes are looked for in",
            place=node.place,
            hint="name one: `[Type: element in …]`",
        )
    if element_type(run, of, path) is None:
        raise NotFoundError(f"{of} has no element `{path}`", place=node.place)
    codes = _codes(run, run.expression(node.terminology, scope))
    comparator = node.comparator or ("in" if codes.type == VALUE_SET else "~")
    return elm.Retrieve(
        ListType(of), of, path, comparator, codes, related=related, unfiltered=unfiltered, place=node.place
    )  # fmt: skip


def _info(run: Translator, of: Named) -> ClassInfo:
    info = run.around.models[of.namespace].class_of(of)
    assert info is not None
    return info


def _class(run: Translator, node: s.Retrieve) -> Named:
    found = named_type(run.around, node.type.name, node.type.place, node.type.namespace)
    if not isinstance(found, Named) or not run.is_class(found) or not _info(run, found).retrievable:
        raise InputError(
            f"{found} cannot be retrieved", place=node.type.place, hint="only records can: `[Observation]`"
        )
    return found


def _codes(run: Translator, codes: elm.Elm) -> elm.Elm:
    """A value set as it is; codes and concepts as a list."""
    for target in CODES:
        step = (
            run.typing.conversion(codes.type, target)
            if codes.type == target or run.is_class(codes.type)
            else None
        )
        if step is not None:
            codes = step.build(codes)
            break
    if codes.type in (CODE, CONCEPT, STRING):
        return elm.List(ListType(codes.type), (codes,), place=codes.place)
    if codes.type not in CODES:
        raise InputError(f"a retrieve looks for codes or a value set, not {codes.type}", place=codes.place)
    return codes
