"""FHIRPath's functions, written after a dot (CQL 1.5, appendix J, "FHIRPath Function Translation")."""

from __future__ import annotations

from collections.abc import Callable

from lakmus.core.errors import InputError, NotFoundError
from lakmus.query.frontends.cql import syntax as s
from lakmus.query.frontends.cql.translate.scope import Scope
from lakmus.query.frontends.cql.translate.specifiers import named_type
from lakmus.query.frontends.cql.translate.translator import Translator
from lakmus.query.frontends.cql.typing import is_null
from lakmus.query.ir.elm import nodes as elm
from lakmus.query.ir.elm.types import BOOLEAN, INTEGER, CqlType, ListType

Method = Callable[[Translator, elm.Elm, s.Call, Scope], elm.Elm]
METHODS: dict[str, Method] = {}


def method(*names: str) -> Callable[[Method], Method]:
    def put(function: Method) -> Method:
        METHODS.update(dict.fromkeys(names, function))
        return function

    return put


def _arguments(run: Translator, node: s.Call, scope: Scope, count: int) -> list[elm.Elm]:
    if len(node.arguments) != count:
        raise InputError(
            f"{node.name}() takes {count} argument{'s' * (count != 1)}, not {len(node.arguments)}"
        )
    return [run.expression(each, scope) for each in node.arguments]


def _listed(source: elm.Elm) -> elm.Elm:
    """A value where FHIRPath has a collection: a list of the one, or of none."""
    if isinstance(source.type, ListType):
        return source
    made = ListType(source.type)
    return elm.If(made, is_null(source), elm.List(made, ()), elm.List(made, (source,)))


def _item(source: elm.Elm) -> CqlType:
    return source.type.item if isinstance(source.type, ListType) else source.type


def _each(run: Translator, source: elm.Elm, scope: Scope) -> tuple[str, Scope]:
    name = run.typing.fresh()
    this = elm.Local(_item(source), name)
    return name, scope.sorting(this)


def _filtered(run: Translator, source: elm.Elm, criteria: s.Expression, scope: Scope) -> elm.Elm:
    name, inner = _each(run, source, scope)
    condition = run.condition(criteria, inner)
    returned = elm.Local(_item(source), name)
    sources = (elm.Source(name, source, True),)
    return elm.Query(source.type, sources, (), (), condition, returned, False, None, ())


@method("where")
def where(run: Translator, source: elm.Elm, node: s.Call, scope: Scope) -> elm.Elm:
    _count(node, 1)
    return _filtered(run, _listed(source), node.arguments[0], scope)


@method("select")
def select(run: Translator, source: elm.Elm, node: s.Call, scope: Scope) -> elm.Elm:
    _count(node, 1)
    source = _listed(source)
    name, inner = _each(run, source, scope)
    projection = run.expression(node.arguments[0], inner)
    each = elm.ForEach(ListType(projection.type), source, name, projection)
    return run.apply("Flatten", each) if isinstance(projection.type, ListType) else each


@method("exists")
def exists(run: Translator, source: elm.Elm, node: s.Call, scope: Scope) -> elm.Elm:
    source = _listed(source)
    if node.arguments:
        source = _filtered(run, source, node.arguments[0], scope)
    return run.apply("Exists", source, place=node.place)


@method("empty")
def empty(run: Translator, source: elm.Elm, node: s.Call, scope: Scope) -> elm.Elm:
    _count(node, 0)
    return run.apply("Not", run.apply("Exists", _listed(source)), place=node.place)


@method("all")
def all_(run: Translator, source: elm.Elm, node: s.Call, scope: Scope) -> elm.Elm:
    """True when the criteria are true of each item."""
    _count(node, 1)
    source = _listed(source)
    name, inner = _each(run, source, scope)
    criteria = run.apply("IsTrue", run.condition(node.arguments[0], inner))
    return run.apply("AllTrue", elm.ForEach(ListType(BOOLEAN), source, name, criteria), place=node.place)


@method("not")
def not_(run: Translator, source: elm.Elm, node: s.Call, scope: Scope) -> elm.Elm:
    _count(node, 0)
    return run.apply("Not", run.converted(source, BOOLEAN, "what is negated"), place=node.place)


@method("count")
def count(run: Translator, source: elm.Elm, node: s.Call, scope: Scope) -> elm.Elm:
    _count(node, 0)
    return run.apply("Count", _listed(source), place=node.place)


@method("first", "last")
def first(run: Translator, source: elm.Elm, node: s.Call, scope: Scope) -> elm.Elm:
    _count(node, 0)
    return run.apply(node.name.capitalize(), _listed(source), place=node.place)


@method("single")
def single(run: Translator, source: elm.Elm, node: s.Call, scope: Scope) -> elm.Elm:
    _count(node, 0)
    return run.apply("SingletonFrom", _listed(source), place=node.place)


@method("tail")
def tail(run: Translator, source: elm.Elm, node: s.Call, scope: Scope) -> elm.Elm:
    _count(node, 0)
    return run.apply("Tail", _listed(source), place=node.place)


@method("skip", "take")
def part(run: Translator, source: elm.Elm, node: s.Call, scope: Scope) -> elm.Elm:
    (number,) = _arguments(run, node, scope, 1)
    number = run.converted(number, INTEGER, f"the argument of {node.name}()")
    return run.apply(node.name.capitalize(), _listed(source), number, place=node.place)


@method("intersect", "union", "combine", "exclude", "subsetOf", "supersetOf")
def pair(run: Translator, source: elm.Elm, node: s.Call, scope: Scope) -> elm.Elm:
    (other,) = _arguments(run, node, scope, 1)
    left, right = _listed(source), _listed(other)
    if node.name == "combine":
        type_ = ListType(run.common(left, right))
        return run.apply("Flatten", elm.List(type_, (left, right)), place=node.place)
    names = {"exclude": "Except", "subsetOf": "IncludedIn", "supersetOf": "Includes"}
    return run.apply(names.get(node.name, node.name.capitalize()), left, right, place=node.place)


@method("children", "descendants", "descendents")
def below(run: Translator, source: elm.Elm, node: s.Call, scope: Scope) -> elm.Elm:
    _count(node, 0)
    name = "Children" if node.name == "children" else "Descendants"
    return run.apply(name, source, place=node.place)


@method("distinct")
def distinct(run: Translator, source: elm.Elm, node: s.Call, scope: Scope) -> elm.Elm:
    _count(node, 0)
    return run.apply("Distinct", _listed(source), place=node.place)


@method("isDistinct")
def is_distinct(run: Translator, source: elm.Elm, node: s.Call, scope: Scope) -> elm.Elm:
    _count(node, 0)
    source = _listed(source)
    once = run.apply("Count", run.apply("Distinct", source))
    return run.apply("Equal", run.apply("Count", source), once, place=node.place)


@method("allTrue", "anyTrue")
def truths(run: Translator, source: elm.Elm, node: s.Call, scope: Scope) -> elm.Elm:
    _count(node, 0)
    return run.apply(node.name[0].upper() + node.name[1:], _listed(source), place=node.place)


@method("ofType", "as", "is")
def typed(run: Translator, source: elm.Elm, node: s.Call, scope: Scope) -> elm.Elm:
    """The argument is the name of a type."""
    _count(node, 1)
    type_ = _type_named(run, node.arguments[0])
    if node.name == "is":
        return elm.Is(BOOLEAN, source, type_, place=node.place)
    if not isinstance(source.type, ListType):
        return elm.As(type_, source, place=node.place)
    name = run.typing.fresh()
    item = elm.Local(source.type.item, name)
    sources = (elm.Source(name, source, True),)
    test = elm.Is(BOOLEAN, item, type_)
    return elm.Query(ListType(type_), sources, (), (), test, elm.As(type_, item), False, None, ())


def _type_named(run: Translator, node: s.Expression) -> CqlType:
    match node:
        case s.Identifier(name):
            return named_type(run.around, name, node.place)
        case s.Member(s.Identifier(namespace), name):
            return named_type(run.around, name, node.place, namespace)
    raise NotFoundError("this is not the name of a type", place=node.place)


@method("hasValue")
def has_value(run: Translator, source: elm.Elm, node: s.Call, scope: Scope) -> elm.Elm:
    _count(node, 0)
    return run.apply("Not", is_null(source), place=node.place)


@method("contains")
def contains(run: Translator, source: elm.Elm, node: s.Call, scope: Scope) -> elm.Elm:
    """Of a text whether a text is in it, of a list whether an item is."""
    (part_,) = _arguments(run, node, scope, 1)
    if isinstance(source.type, ListType):
        return run.apply("Contains", source, part_, place=node.place)
    position = run.apply("PositionOf", part_, source, shown="contains")
    return run.apply("GreaterOrEqual", position, elm.Literal(INTEGER, 0), place=node.place)


def _count(node: s.Call, count: int) -> None:
    if len(node.arguments) != count:
        raise InputError(
            f"{node.name}() takes {count} argument{'s' * (count != 1)}, not {len(node.arguments)}"
        )
