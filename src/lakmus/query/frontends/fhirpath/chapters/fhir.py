"""What FHIR R4 adds (fhirpath.html#functions)."""

from __future__ import annotations

from lakmus.query.frontends.fhirpath import syntax
from lakmus.query.frontends.fhirpath.catalogue import function, operation
from lakmus.query.frontends.fhirpath.conversions import as_system
from lakmus.query.frontends.fhirpath.invocation import Invocation
from lakmus.query.ir.node import Node, Takes
from lakmus.query.ir.operations import (
    ConformsTo,
    Equal,
    GetValue,
    HasValue,
    HtmlChecks,
    MemberOf,
    Resolve,
    SubsumedBy,
    Subsumes,
)
from lakmus.query.ir.structure import Let, Literal, Member, Variable, Where
from lakmus.query.ir.types import STRING, TypeName, one

_EXTENSION = one(TypeName("FHIR", "Extension"))


@function("extension", "R4", "url")
def extension(call: Invocation) -> Node:
    """The extensions with this URL."""
    name = syntax.Name(call.call.source, "extension", place=call.place)
    extensions = call.checker.member(call.source, name)
    if extensions.type.empty:
        return extensions
    url = call.checker.operand(
        call.value(0), Takes((STRING,)), "extension(): the URL", call.call.arguments[0]
    )
    forms = call.checker.forms(_EXTENSION, "url")
    own = Member(Variable("$this", _EXTENSION), "url", forms, place=call.place)
    wanted = url if isinstance(url, Literal) else Variable("%url", one(STRING))
    same = Equal(as_system(own), wanted, place=call.place)
    found = Where(extensions, same, place=call.place)
    return found if wanted is url else Let("%url", url, found, place=call.place)


operation("hasValue", "R4", HasValue)
operation("getValue", "R4", GetValue)
operation("resolve", "R4", Resolve)
operation("memberOf", "R4", MemberOf, "valueset")
operation("subsumes", "R4", Subsumes, "code")
operation("subsumedBy", "R4", SubsumedBy, "code")
operation("conformsTo", "R4", ConformsTo, "structure")
operation("htmlChecks", "R4", HtmlChecks)
