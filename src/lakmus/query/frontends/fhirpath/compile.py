"""The one way in: text or syntax to the typed tree."""

from __future__ import annotations

from collections.abc import Mapping

from lakmus.core.errors import InputError, ManyErrors
from lakmus.query.frontends.fhirpath import functions
from lakmus.query.frontends.fhirpath.checker import Checker
from lakmus.query.frontends.fhirpath.parser import parse, with_snippet
from lakmus.query.frontends.fhirpath.scope import GIVEN, Options, Scope, suggestion
from lakmus.query.frontends.fhirpath.syntax import Expression
from lakmus.query.ir.model import FhirR4, Model
from lakmus.query.ir.node import Node
from lakmus.query.ir.types import UNKNOWN, Type, TypeName, one

assert functions.CATALOGUE, "the chapters fill the catalogue"
STRICT = Options()


def compile(
    expression: str | Expression,
    *,
    context: str = "",
    model: Model | None = None,
    variables: Mapping[str, Type] | None = None,
    options: Options = STRICT,
) -> Node:
    """The checked tree of an expression on a `context` type (`Patient`; unknown when empty).

    `variables` are the types of constants the caller will give, named without `%`. Raises ManyErrors with every
    fault's line, column, snippet and hint.
    """
    model = model or FhirR4()
    text = expression if isinstance(expression, str) else ""
    syntax = parse(expression) if isinstance(expression, str) else expression
    checker = Checker(model, options)
    node = checker.node(syntax, _scope(model, context, variables or {}))
    if checker.errors:
        raise ManyErrors([with_snippet(error, text) for error in checker.errors])
    return node


def _scope(model: Model, context: str, variables: Mapping[str, Type]) -> Scope:
    this = UNKNOWN.one()
    if context:
        if not model.has_type(context):
            raise InputError(f"no type is named {context}", hint=suggestion(context, model.type_names()))
        this = one(TypeName("FHIR", context))
    resource = this if model.is_resource(context) else UNKNOWN.one()
    given = {f"%{name}": this if name == "context" else resource for name in GIVEN}
    return Scope({"$this": this, **given, **{f"%{name}": type_ for name, type_ in variables.items()}})
