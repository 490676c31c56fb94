"""Syntax into the checked, typed tree: names against the model, arguments against signatures, conversions made visible.

Every function is found in the catalogue, which the chapter modules fill. Faults are collected with their places; a
part that is at fault continues as the empty collection, so that one run shows all faults.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count

from lakmus.core.errors import InputError, ManyErrors, Place
from lakmus.query.frontends.fhirpath import syntax
from lakmus.query.frontends.fhirpath.catalogue import CATALOGUE
from lakmus.query.frontends.fhirpath.conversions import as_system, truth
from lakmus.query.frontends.fhirpath.invocation import Invocation
from lakmus.query.frontends.fhirpath.operators import binary, sign
from lakmus.query.frontends.fhirpath.scope import CONSTANTS, PREFIXES, Options, Scope, suggestion
from lakmus.query.frontends.fhirpath.syntax import Expression
from lakmus.query.ir.model import Element, Model, specialises
from lakmus.query.ir.node import Node, Takes
from lakmus.query.ir.operations import Index
from lakmus.query.ir.structure import (
    As,
    Empty,
    Is,
    Literal,
    Member,
    OfType,
    Variable,
)
from lakmus.query.ir.types import (
    BOOLEAN,
    INTEGER,
    STRING,
    SYSTEM_TYPES,
    TYPE_INFO,
    Type,
    TypeName,
)

# repeat() and aggregate() are checked until their type settles, so nested ones multiply.
MOST_VISITS = 50_000
_INVOLVED = "nest fewer repeat() and aggregate() in each other"


@dataclass
class Checker:
    """One compilation: model and options given, errors collected."""

    model: Model
    options: Options = field(default_factory=Options)
    errors: list[InputError] = field(default_factory=list)
    visits: Iterator[int] = field(default_factory=lambda: count(1))

    def fail(self, message: str, place: Place | None, hint: str = "") -> Node:
        self.errors.append(InputError(message, place=place, hint=hint))
        return Empty(place=place)

    def trial(self) -> Checker:
        """A checker whose errors are thrown away: for finding types by repetition."""
        return Checker(self.model, self.options, visits=self.visits)

    # Expressions

    def node(self, expression: Expression, scope: Scope) -> Node:
        """What an expression means in a scope."""
        if next(self.visits) > MOST_VISITS:
            raise ManyErrors(
                [InputError("the expression is too involved", place=expression.place, hint=_INVOLVED)]
            )
        match expression:
            case syntax.Nothing():
                return Empty(place=expression.place)
            case syntax.Constant():
                return Literal(expression.value, expression.type, place=expression.place)
            case syntax.Special():
                return self.special(expression, scope)
            case syntax.External():
                return self.external(expression, scope)
            case syntax.Name():
                return self.name(expression, scope)
            case syntax.Call():
                return self.call(expression, scope)
            case syntax.Indexed():
                return self.indexed(expression, scope)
            case syntax.Typed():
                return self.typed(expression, scope)
        return self.operator(expression, scope)

    def special(self, expression: syntax.Special, scope: Scope) -> Node:
        if expression.name not in scope.names:
            hint = (
                "it exists in aggregate()"
                if expression.name == "$total"
                else "it exists in where(), select(), ..."
            )
            return self.fail(f"{expression.name} is not bound here", expression.place, hint)
        return Variable(expression.name, scope.names[expression.name], place=expression.place)

    def external(self, expression: syntax.External, scope: Scope) -> Node:
        name = expression.name
        text = CONSTANTS.get(name) or next(
            (
                f"{url}{name.removeprefix(prefix)}"
                for prefix, url in PREFIXES.items()
                if name.startswith(prefix)
            ),
            "",
        )
        if text:
            return Literal(text, STRING, place=expression.place)
        if f"%{name}" in scope.names:
            return Variable(f"%{name}", scope.names[f"%{name}"], place=expression.place)
        known = [*CONSTANTS, *(n[1:] for n in scope.names if n.startswith("%"))]
        return self.fail(f"no constant is named %{name}", expression.place, suggestion(name, known))

    def indexed(self, expression: syntax.Indexed, scope: Scope) -> Node:
        source = self.in_order(self.node(expression.source, scope), "[ ]", expression.place)
        index = self.operand(
            self.node(expression.index, scope), Takes((INTEGER,)), "an index", expression.index
        )
        return Index(source, index, place=expression.place)

    def in_order(self, source: Node, what: str, place: Place | None) -> Node:
        if self.options.ordered and not source.type.ordered:
            self.fail(
                f"{what} depends on order, and the items before it have none",
                place,
                "use where() or select()",
            )
        return source

    def call(self, expression: syntax.Call, scope: Scope) -> Node:
        function = CATALOGUE.get(expression.name)
        if function is None:
            return self.fail(
                f"no function is named {expression.name}()",
                expression.place,
                suggestion(expression.name, CATALOGUE),
            )
        count = len(expression.arguments)
        if not function.least <= count <= function.most:
            return self.fail(f"{function.signature} is given {count} arguments", expression.place)
        if expression.source is None:
            source: Node = Variable("$this", scope.names["$this"], place=expression.place)
        else:
            source = self.node(expression.source, scope)
        return function.build(Invocation(self, expression, source, scope))

    def operator(self, expression: Expression, scope: Scope) -> Node:
        if isinstance(expression, syntax.Sign):
            return sign(self, expression, scope)
        assert isinstance(expression, syntax.Binary)
        return binary(self, expression, scope)

    # Names

    def name(self, expression: syntax.Name, scope: Scope) -> Node:
        if expression.source is not None:
            return self.member(self.node(expression.source, scope), expression)
        this = scope.names["$this"]
        source = Variable("$this", this, place=expression.place)
        if self.forms(this, expression.name):
            return self.member(source, expression)
        if self.model.has_type(expression.name) and expression.name[0].isupper():
            return self.root(source, expression)
        return self.member(source, expression)

    def root(self, source: Node, expression: syntax.Name) -> Node:
        """A type at the beginning of a path: the input when it is of the type (N1 3.2 "Type at the root")."""
        wanted = expression.name
        if source.type.unknown:
            return OfType(source, TypeName("FHIR", wanted), place=expression.place)
        given = [n for n in source.type.names if specialises(self.model, n.name, wanted)]
        if given:
            return source
        if not self.options.strict:
            return Empty(place=expression.place)
        return self.fail(f"the input is {source.type}, never {wanted}", expression.place)

    def forms(self, type_: Type, name: str) -> tuple[Element, ...]:
        """All typed forms that a name has in the alternatives of a type."""
        found: dict[Element, None] = {}
        for alternative in sorted(type_.names):
            if alternative.namespace == "FHIR":
                found.update(dict.fromkeys(self.model.elements(alternative.name).get(name, ())))
        return tuple(found)

    def member(self, source: Node, expression: syntax.Name) -> Node:
        name, place = expression.name, expression.place
        type_ = source.type
        if type_.empty:
            return Empty(place=place)
        forms = self.forms(type_, name)
        information = type_.is_(TYPE_INFO) and name in ("name", "namespace")
        if forms or type_.unknown or information:
            return Member(source, name, () if type_.unknown else forms, place=place)
        if not self.options.strict:
            return Empty(place=place)
        return self.fail(f"{type_} has no element {name}", place, self.element_hint(type_, name))

    def element_hint(self, type_: Type, name: str) -> str:
        known: dict[str, None] = {}
        for alternative in sorted(type_.names):
            for element in (e for row in self.model.elements(alternative.name).values() for e in row):
                if element.json_name == name:
                    return f"write {element.name}.ofType({element.type.name})"
                known[element.name] = None
        return suggestion(name, known)

    # Types

    def typed(self, expression: syntax.Typed, scope: Scope) -> Node:
        source = self.node(expression.operand, scope)
        return self.type_test(expression.operator, source, expression.type, expression.place)

    def type_test(self, operator: str, source: Node, names: tuple[str, ...], place: Place | None) -> Node:
        wanted = self.type_name(names, source.type, place)
        if wanted is None:
            return Empty(place=place)
        node = {"is": Is, "as": As, "ofType": OfType}[operator]
        return node(source, wanted, place=place)

    def type_name(self, names: tuple[str, ...], source: Type, place: Place | None) -> TypeName | None:
        """What a type specifier means: unqualified names are the model's first (R4 fhirpath.html#types)."""
        if len(names) > 1 and names[0] in ("FHIR", "System"):
            return self.qualified(names, place)
        name = ".".join(names)
        from_system = (
            bool(source.names) and all(n.namespace == "System" for n in source.names) and not source.unknown
        )
        if name in SYSTEM_TYPES and (from_system or not self.model.has_type(name)):
            return TypeName("System", name)
        return self.known("FHIR", name, place)

    def qualified(self, names: tuple[str, ...], place: Place | None) -> TypeName | None:
        name = ".".join(names[1:])
        if names[0] == "System" and (name in SYSTEM_TYPES or self.model.has_type(name)):
            return TypeName("System", name)
        return self.known("FHIR", name, place)

    def known(self, namespace: str, name: str, place: Place | None) -> TypeName | None:
        if self.model.has_type(name):
            return TypeName("FHIR", name)
        self.fail(
            f"no type is named {name}", place, suggestion(name, (*self.model.type_names(), *SYSTEM_TYPES))
        )
        return None

    # Conversions

    def operand(self, node: Node, takes: Takes, what: str, written: Expression) -> Node:
        """A value where these types are wanted, with implicit conversions made visible; an error when none fits."""
        if BOOLEAN in takes.names and len(takes.names) == 1 and not takes.many:
            return truth(node)
        converted = (
            as_system(node) if any(n.namespace == "System" and n.name != "Any" for n in takes.names) else node
        )
        if takes.accepts(converted.type):
            return converted
        wanted = " or ".join(name.name for name in takes.names)
        return self.fail(f"{what} is {wanted}, not {node.type}", written.place)
