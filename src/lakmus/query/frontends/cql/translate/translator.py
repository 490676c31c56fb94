"""One library: its definitions are translated when they are first asked for, and every error is kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from lakmus.core.errors import InputError, LakmusError, Place
from lakmus.query.frontends.cql import syntax
from lakmus.query.frontends.cql.overloads import apply
from lakmus.query.frontends.cql.translate.scope import Scope
from lakmus.query.frontends.cql.translate.specifiers import Surroundings, suggestion, type_of
from lakmus.query.frontends.cql.typing import Typing, cast
from lakmus.query.ir.elm import nodes as elm
from lakmus.query.ir.elm.library import Definition, Function, Parameter
from lakmus.query.ir.elm.types import ANY, BOOLEAN, CqlType, Named

Translation = Callable[["Translator", Any, Scope], elm.Elm]
TRANSLATIONS: dict[type[syntax.Expression], Translation] = {}
S = TypeVar("S", bound=Translation)


def translates(*forms: type[syntax.Expression]) -> Callable[[S], S]:
    """Says which forms of the syntax a function translates."""

    def put(function: S) -> S:
        for form in forms:
            assert form not in TRANSLATIONS
            TRANSLATIONS[form] = function
        return function

    return put


@dataclass(frozen=True)
class Head:
    """What is known of a function before its body is looked at; `result` only when it is written."""

    takes: tuple[CqlType, ...]
    result: CqlType | None
    fluent: bool

    @classmethod
    def of(cls, run: Translator, node: syntax.FunctionDef) -> Head:
        result = None if node.result is None else type_of(run.around, node.result)
        return cls(tuple(type_of(run.around, each.type) for each in node.operands), result, node.fluent)


class Translator:
    """Turns the syntax of one library into its tree; the chapters say how, form by form."""

    def __init__(self, source: syntax.Library, around: Surroundings) -> None:
        self.source = source
        self.around = around
        self.typing = Typing(around.models)
        self.errors: list[LakmusError] = []
        self.constants: dict[str, elm.Literal] = {}
        self.parameters: dict[str, Parameter] = {}
        self.definitions: dict[str, Definition] = {}
        self.functions: dict[tuple[str, int], Function] = {}
        self.heads: dict[str, tuple[Head, ...]] = {}
        self.pending: dict[str, tuple[syntax.ExpressionDef, str]] = {}
        self.waiting: dict[str, list[tuple[syntax.FunctionDef, str]]] = {}
        self.open: list[str] = []
        self.names: set[str] = set()
        self.open_functions: set[tuple[str, int]] = set()

    # Expressions

    def expression(self, node: syntax.Expression, scope: Scope) -> elm.Elm:
        """The tree of an expression. What is wrong is kept, and a null that fits everywhere stands in its place."""
        try:
            return TRANSLATIONS[type(node)](self, node, scope)
        except LakmusError as error:
            error.place = error.place or node.place
            self.errors.append(error)
            return elm.Null(ANY, place=node.place)

    def apply(
        self,
        names: str | tuple[str, ...],
        *operands: elm.Elm,
        place: Place | None = None,
        precision: str = "",
        shown: str = "",
    ) -> elm.Elm:
        """A system operator, the overload chosen; of what is wrong itself nothing more is said."""
        if self.errors and any(self.unknown(operand) for operand in operands):
            return elm.Null(ANY, place=place)
        return apply(self.typing, names, operands, place, precision, shown)

    def unknown(self, node: elm.Elm) -> bool:
        """Whether a value may be what stands in for an expression that is wrong."""
        return node.type == ANY

    def converted(self, node: elm.Elm, target: CqlType, what: str, place: Place | None = None) -> elm.Elm:
        """The value as a type it implicitly converts to. InputError when it does not."""
        step = self.typing.conversion(node.type, target)
        if step is None:
            raise InputError(f"{what} is {target}, not {node.type}", place=place or node.place)
        return step.build(node)

    def condition(self, node: syntax.Expression, scope: Scope, what: str = "a condition") -> elm.Elm:
        return self.converted(self.expression(node, scope), BOOLEAN, what, node.place)

    def fitted(self, node: elm.Elm, type_: CqlType) -> elm.Elm:
        """A value as the common type found for it and others."""
        step = self.typing.conversion(node.type, type_)
        return cast(node, type_) if step is None else step.build(node)

    def common(self, *nodes: elm.Elm) -> CqlType:
        found: CqlType = ANY
        for node in nodes:
            found = self.typing.common(found, node.type)
        return found

    # Names

    def suggestion(self, name: str, among: Any) -> str:
        """The hint for a name that is not there."""
        return suggestion(name, among)

    def definition(self, name: str, place: Place | None = None) -> Definition:
        """A definition of this library, translated now when it is asked for the first time."""
        if name in self.definitions:
            return self.definitions[name]
        if name in self.open:
            round_ = " → ".join(f"`{n}`" for n in (*self.open[self.open.index(name) :], name))
            raise InputError("a definition refers to itself", place=place, hint=round_)
        node, context = self.pending[name]
        self.open.append(name)
        tree = self.expression(node.expression, Scope(context))
        self.open.pop()
        self.definitions[name] = Definition(name, context, tree, node.public, node.comment)
        return self.definitions[name]

    def announce(self, function: syntax.FunctionDef, context: str) -> None:
        """Says that there is such a function, in this context."""
        self.waiting.setdefault(function.name, []).append((function, context))

    def overloads(self, name: str) -> tuple[Head, ...]:
        """What the functions of this name take; their bodies may not be translated yet."""
        if name not in self.heads:
            self.heads[name] = tuple(Head.of(self, node) for node, _ in self.waiting.get(name, ()))
        return self.heads[name]

    def function(self, name: str, overload: int) -> Function:
        """A function of this library, translated now when it is asked for the first time."""
        key = name, overload
        if key in self.functions:
            return self.functions[key]
        node, context = self.waiting[name][overload]
        if key in self.open_functions:
            raise InputError(f"`{name}` calls itself", place=node.place, hint="CQL has no recursion")
        self.open_functions.add(key)
        self.functions[key] = self._function(node, self.overloads(name)[overload], context)
        self.open_functions.discard(key)
        return self.functions[key]

    def _function(self, node: syntax.FunctionDef, head: Head, context: str) -> Function:
        """The body is translated in the context where it stands, and sees its operands."""
        scope, operands = Scope(context), []
        for operand, type_ in zip(node.operands, head.takes, strict=True):
            local, scope = scope.bind(operand.name, type_)
            operands.append((local, type_))
        body = None if node.body is None else self.expression(node.body, scope)
        if body is not None and head.result is not None:
            body = self.converted(body, head.result, f"the result of `{node.name}`")
        result = body.type if body is not None else head.result or ANY
        return Function(node.name, tuple(operands), result, body, node.fluent, node.public, context)

    def patient(self, place: Place | None = None) -> elm.Elm:
        """The `Patient` of the context. InputError outside one."""
        model = self.around.primary
        if model is None:
            raise InputError(
                "there is no patient without a model", place=place, hint="add `using FHIR version '4.0.1'`"
            )
        return elm.ExpressionRef(model.patient, self.source.name, str(model.patient.name), place=place)

    def is_class(self, type_: CqlType) -> bool:
        return isinstance(type_, Named) and type_.namespace in self.around.models
