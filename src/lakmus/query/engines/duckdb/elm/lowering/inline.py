"""Functions and definitions of mixed classes, put where they are used: then their types are known.

Before: `status(C)` with `define function status(c Choice<A, B>): c.status`
After:  `C.status`
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from lakmus.core.errors import UnsupportedError
from lakmus.query.ir.elm import nodes as elm
from lakmus.query.ir.elm.library import Program
from lakmus.query.ir.elm.types import ChoiceType, ListType

_COPIED = (elm.Local, elm.Literal, elm.Null, elm.ParameterRef, elm.ExpressionRef, elm.Retrieve)


@dataclass(frozen=True)
class Let(elm.Elm):
    """A value under a name, which may be null: what a function's operand is."""

    name: str
    value: elm.Elm
    body: elm.Elm


@dataclass
class Inlining:
    """Replaces calls by bodies, and parameters that are not `given` by their defaults; one that is given as null is None there.

    No function calls itself, the checker sees to that. Bound names of each copy are its own: nothing is captured.
    """

    program: Program
    given: Mapping[str, object] = field(default_factory=dict)
    _copies: int = 0
    _expanded: dict[tuple[str, str], elm.Elm] = field(default_factory=dict)

    def __call__(self, node: elm.Elm) -> elm.Elm:
        if isinstance(node, elm.FunctionRef):
            return self._call(node)
        if isinstance(node, elm.ExpressionRef) and _mixed(node):
            return self._renamed(self._definition(node))
        if isinstance(node, elm.ParameterRef):
            return self._parameter(node)
        return node.rebuilt(self)

    def _parameter(self, node: elm.ParameterRef) -> elm.Elm:
        for name in (f"{node.library}.{node.name}", node.name):
            if name in self.given:
                return elm.Null(node.type) if self.given[name] is None else node
        default = self.program.libraries[node.library].parameters[node.name].default
        return elm.Null(node.type) if default is None else self._renamed(self(default))

    def _definition(self, node: elm.ExpressionRef) -> elm.Elm:
        key = node.library, node.name
        if key not in self._expanded:
            self._expanded[key] = self(self.program.libraries[node.library].definitions[node.name].expression)
        return self._expanded[key]

    def _call(self, node: elm.FunctionRef) -> elm.Elm:
        function = self.program.libraries[node.library].functions[node.name][node.overload]
        if function.body is None:
            raise UnsupportedError(f"the external function {node.name}", engine="DuckDB", place=node.place)
        given = {name: self(each) for (name, _), each in zip(function.operands, node.operands, strict=True)}
        return self(self._given(self._renamed(function.body), given))

    def _given(self, body: elm.Elm, operands: Mapping[str, elm.Elm]) -> elm.Elm:
        """The body with its operands: small ones and lists copied, others computed once."""
        copied, lets = {}, []
        for name, operand in operands.items():
            core = _core(operand)
            if _copyable(core):
                copied[name] = operand
                continue
            local = elm.Local(core.type, self._fresh(name))
            copied[name] = replace(operand, source=local) if isinstance(operand, elm.As) else local
            lets.append((local.name, core))
        found = _substituted(body, copied)
        for name, value in reversed(lets):
            found = Let(found.type, name, value, found)
        return found

    def _fresh(self, name: str) -> str:
        self._copies += 1
        return f"{name}~{self._copies}"

    def _renamed(self, tree: elm.Elm) -> elm.Elm:
        """A copy whose bound names are new."""
        names = {name: self._fresh(name) for node in tree.walk() for name in _binds(node)}
        return _rename(tree, names) if names else tree


def _mixed(node: elm.Elm) -> bool:
    return isinstance(node.type, ListType) and isinstance(node.type.item, ChoiceType)


def _core(node: elm.Elm) -> elm.Elm:
    """What is only seen as a choice."""
    if isinstance(node, elm.As) and not node.strict and isinstance(node.type, ChoiceType):
        return node.source
    return node


def _copyable(node: elm.Elm) -> bool:
    if isinstance(node.type, ListType) or isinstance(node, _COPIED):
        return True
    return isinstance(node, elm.Property) and _copyable(node.source)


def _substituted(tree: elm.Elm, given: Mapping[str, elm.Elm]) -> elm.Elm:
    if isinstance(tree, elm.Local):
        return given.get(tree.name, tree)
    return tree.rebuilt(lambda node: _substituted(node, given))


def free(tree: elm.Elm) -> set[str]:
    """Local names that nothing in the tree binds."""
    bound = {name for node in tree.walk() for name in _binds(node)}
    return {node.name for node in tree.walk() if isinstance(node, elm.Local)} - bound


def _binds(node: elm.Elm) -> list[str]:
    """The names that a node binds for what is below it."""
    match node:
        case elm.Query():
            sources = [*node.sources, *(each.source for each in node.relationships)]
            total = [node.aggregation.name] if node.aggregation is not None else []
            return [*(s.alias for s in sources), *(each.name for each in node.lets), *total, node.this]
        case elm.ForEach():
            return [node.item]
        case Let():
            return [node.name]
    return []


def _rename(node: elm.Elm, names: Mapping[str, str]) -> elm.Elm:
    node = node.rebuilt(lambda each: _rename(each, names))
    match node:
        case elm.Local() if node.name in names:
            return replace(node, name=names[node.name])
        case elm.Query():
            return _rename_query(node, names)
        case elm.ForEach():
            return replace(node, item=names[node.item])
        case Let():
            return replace(node, name=names[node.name])
    return node


def _rename_query(node: elm.Query, names: Mapping[str, str]) -> elm.Query:
    fold = node.aggregation
    return replace(
        node,
        sources=tuple(replace(s, alias=names[s.alias]) for s in node.sources),
        lets=tuple(replace(each, name=names[each.name]) for each in node.lets),
        relationships=tuple(
            replace(r, source=replace(r.source, alias=names[r.source.alias])) for r in node.relationships
        ),
        aggregation=replace(fold, name=names[fold.name]) if fold is not None else None,
        this=names[node.this],
    )
