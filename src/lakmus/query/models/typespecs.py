"""Types as model information writes them: names (`System.String`) and specifier elements (`ListTypeSpecifier`)."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element as Node

from lakmus.core.errors import InputError, Place
from lakmus.query.ir.elm.types import CqlType, IntervalType, ListType, Named, choice

XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
_DEEPEST = 16
_CHILDREN = ("elementTypeSpecifier", "pointTypeSpecifier", "typeSpecifier", "choice")


def local(node: Node) -> str:
    """An element's name without its namespace."""
    return node.tag.rpartition("}")[2]


def children(node: Node, *names: str) -> Iterator[Node]:
    return (child for child in node if local(child) in names)


def form(node: Node) -> str:
    """The kind of declaration or specifier: `ClassInfo`, `ListTypeSpecifier`."""
    return node.get(XSI_TYPE, "").rpartition(":")[2]


def written_type(text: str, place: str) -> CqlType:
    """`FHIR.Patient.Contact` is `Patient.Contact` of the model FHIR; also `List<…>` and `Interval<…>`."""
    for prefix, of in (("List<", ListType), ("Interval<", IntervalType)):
        if text.startswith(prefix) and text.endswith(">") and text.count("<") <= _DEEPEST:
            return of(written_type(text[len(prefix) : -1], place))
    namespace, _, name = text.partition(".")
    if not name or "<" in text:
        raise InputError("this type cannot be read", place=Place(path=place), hint="write Model.Type")
    return Named(namespace, name)


def type_of(node: Node, place: str) -> CqlType | None:
    """The type of an element: in an attribute or as a specifier; None when neither is there."""
    text = node.get("elementType") or node.get("type")
    if text:
        return written_type(text, place)
    specifier = next(children(node, *_CHILDREN), None)
    return None if specifier is None else type_specifier(specifier, place)


def type_specifier(node: Node, place: str, depth: int = 0) -> CqlType:
    if depth > _DEEPEST:
        raise InputError("a type is nested too deep", place=Place(path=place))
    inner = [type_specifier(child, place, depth + 1) for child in children(node, *_CHILDREN)]
    match form(node):
        case "NamedTypeSpecifier":
            return _named(node, place)
        case "ListTypeSpecifier":
            return ListType(_single(node.get("elementType"), inner, place))
        case "IntervalTypeSpecifier":
            return IntervalType(_single(node.get("pointType"), inner, place))
        case "ChoiceTypeSpecifier" if inner:
            return choice(inner)
    raise InputError("this type specifier cannot be read", place=Place(path=place))


def _named(node: Node, place: str) -> CqlType:
    namespace, name = node.get("namespace") or node.get("modelName"), node.get("name", "")
    return Named(namespace, name) if namespace and name else written_type(name, place)


def _single(written: str | None, inner: list[CqlType], place: str) -> CqlType:
    if written:
        return written_type(written, place)
    if len(inner) != 1:
        raise InputError("a list or interval is of one type", place=Place(path=place))
    return inner[0]
