"""Syntax into the checked, typed tree: names against the model, arguments against signatures, conversions made visible.

Every function is found in the catalogue, which the chapter modules fill. Faults are collected with their places; a
part that is at fault continues as the empty collection, so that one run shows all faults.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from lakmus.core.errors import InputError, Place
from lakmus.query.frontends.fhirpath import syntax
from lakmus.query.frontends.fhirpath.syntax import Expression
from lakmus.query.ir.model import SYSTEM_OF, Element, Model, specialises
from lakmus.query.ir.node import Node, Takes
from lakmus.query.ir.operations import Index, Truth
from lakmus.query.ir.structure import (
    As,
    AsSystem,
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
    UNKNOWN,
    Type,
    TypeName,
    one,
)

# N1 9 "Environment variables" and R4 fhirpath.html#variables.
CONSTANTS = {
    "ucum": "http://unitsofmeasure.org",
    "sct": "http://snomed.info/sct",
    "loinc": "http://loinc.org",
}
PREFIXES = {
    "vs-": "http://hl7.org/fhir/ValueSet/",
    "ext-": "http://hl7.org/fhir/StructureDefinition/",
}
GIVEN = ("context", "resource", "rootResource")


@dataclass(frozen=True)
class Options:
    """How exacting the check is.

    `strict`: an element the model does not know, or a criterion that is surely no Boolean, is an error; otherwise the
    element has no value and the criterion is judged by singleton evaluation. `ordered`: functions that depend on order
    are refused on collections that have none (N1 5.3, "order").
    """

    strict: bool = True
    ordered: bool = False


@dataclass(frozen=True)
class Scope:
    """The names an expression sees, with their types."""

    names: Mapping[str, Type]

    def bind(self, name: str, type_: Type) -> Scope:
        return Scope({**self.names, name: type_})

    def each(self, type_: Type) -> Scope:
        """Within a function that goes item by item."""
        return self.bind("$this", type_.one()).bind("$index", one(INTEGER))


@dataclass
class Checker:
    """One compilation: model and options given, errors collected."""

    model: Model
    options: Options = field(default_factory=Options)
    errors: list[InputError] = field(default_factory=list)

    def fail(self, message: str, place: Place | None, hint: str = "") -> Node:
        self.errors.append(InputError(message, place=place, hint=hint))
        return Empty(place=place)

    def trial(self) -> Checker:
        """A checker whose errors are thrown away: for finding types by repetition."""
        return Checker(self.model, self.options)

    # Expressions

    def node(self, expression: Expression, scope: Scope) -> Node:
        """What an expression means in a scope."""
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
        from lakmus.query.frontends.fhirpath.catalogue import CATALOGUE

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
        from lakmus.query.frontends.fhirpath.operators import binary, sign

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


@dataclass(frozen=True)
class Invocation:
    """A function call being checked: what a builder of the catalogue needs to make its node."""

    checker: Checker
    call: syntax.Call
    source: Node
    scope: Scope

    @property
    def place(self) -> Place | None:
        return self.call.place

    def __len__(self) -> int:
        return len(self.call.arguments)

    def fail(self, message: str, hint: str = "", at: int | None = None) -> Node:
        place = self.place if at is None else self.call.arguments[at].place
        return self.checker.fail(f"{self.call.name}(): {message}", place, hint)

    def value(self, position: int) -> Node:
        """An argument that is evaluated once, outside."""
        return self.checker.node(self.call.arguments[position], self.scope)

    def each(self, position: int, type_: Type | None = None) -> Node:
        """An argument that is evaluated for each item of the source."""
        inner = self.scope.each(self.source.type if type_ is None else type_)
        return self.checker.node(self.call.arguments[position], inner)

    def criteria(self, position: int) -> Node:
        """A condition on each item."""
        return self.condition(self.each(position), position)

    def condition(self, node: Node, position: int) -> Node:
        given = as_system(node).type
        if self.checker.options.strict and not given.empty and not given.may_be(BOOLEAN):
            return self.fail(
                f"the criterion is {node.type}, not Boolean", "compare it, or ask exists()", position
            )
        return truth(node)

    def operands(self, signature: Iterable[Takes]) -> list[Node]:
        """Source and arguments as a signature wants them."""
        written = (self.call.source or self.call, *self.call.arguments)
        values = (self.source, *(self.value(i) for i in range(len(self))))
        found = []
        for position, (takes, value, text) in enumerate(zip(signature, values, written, strict=False)):
            what = (
                f"{self.call.name}(): argument {position}" if position else f"the input of {self.call.name}()"
            )
            found.append(self.checker.operand(value, takes, what, text))
        return found

    def type_argument(self, position: int) -> tuple[str, ...] | None:
        """An argument that is a type specifier."""
        names = list(_dotted(self.call.arguments[position]))
        if names:
            return tuple(names)
        self.fail("the argument is a type such as Quantity or FHIR.Patient", at=position)
        return None

    def text(self, position: int) -> str | None:
        """An argument that has to be known before the data: a text literal."""
        argument = self.call.arguments[position]
        if isinstance(argument, syntax.Constant) and isinstance(argument.value, str):
            return argument.value
        self.fail("the argument is a text in quotes", at=position)
        return None

    def with_source(self, source: Node) -> Invocation:
        return replace(self, source=source)


def _dotted(expression: Expression) -> list[str]:
    if not isinstance(expression, syntax.Name):
        return []
    if expression.source is None:
        return [expression.name]
    before = _dotted(expression.source)
    return [*before, expression.name] if before else []


def as_system(node: Node) -> Node:
    """FHIR primitives and quantities as System values; left alone where there can be none."""
    convertible = any(n.namespace == "FHIR" and n.name in SYSTEM_OF for n in node.type.names)
    return AsSystem(node, place=node.place) if convertible or node.type.unknown else node


def truth(node: Node) -> Node:
    """A collection where one Boolean is wanted (N1 4.5)."""
    node = as_system(node)
    sure = node.type.is_(BOOLEAN) and not node.type.many
    return node if sure or node.type.empty else Truth(node, place=node.place)


def settle(find: Callable[[Type], Type], start: Type) -> Type:
    """The type that a repetition settles on; unknown when it does not."""
    current = start
    for _ in range(10):
        wider = current | find(current)
        if wider.names == current.names:
            return wider
        current = wider
    return UNKNOWN


def suggestion(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, sorted(known), 1, 0.6)
    return f"did you mean {near[0]}?" if near else ""
