"""FHIR XML read as FHIR JSON (R4 §2.6.1 and §2.6.2): the same resource, driven by the tables of elements.

No entity, no DTD, nothing from outside is ever resolved.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any
from xml.etree.ElementTree import Element as Node
from xml.etree.ElementTree import ParseError, tostring

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from lakmus.fhir import definitions
from lakmus.fhir.definitions import Element
from lakmus.fhir.issues import Issue
from lakmus.fhir.primitives import kind_of
from lakmus.fhir.records import dumps

FHIR, XHTML = "{http://hl7.org/fhir}", "{http://www.w3.org/1999/xhtml}"
DEEPEST = 64


class Fault(Exception):
    """Carries the one issue that stops a conversion."""

    def __init__(self, code: str, rule: str, path: str, message: str) -> None:
        super().__init__(rule)
        self.issue = Issue(code, rule, path, message)


def to_json(document: bytes) -> bytes | list[Issue]:
    """A resource or Bundle in XML as JSON text, or why it cannot be read. What it holds is not validated here."""
    try:
        root = fromstring(document, forbid_dtd=True)
    except DefusedXmlException:
        return [Issue.of_document("structure", "xml-dtd", "a document type or an entity is not read")]
    except (ParseError, ValueError, LookupError) as error:
        place = getattr(error, "position", None)
        where = f" at line {place[0]}, column {place[1] + 1}" if place else ""
        return [Issue.of_document("structure", "xml", f"not well-formed XML{where}")]
    try:
        return dumps(resource(root, 0)).encode()
    except Fault as fault:
        return [fault.issue]


def resource(node: Node, depth: int) -> dict[str, Any]:
    """A resource element as JSON."""
    kind = _name(node, "")
    if not definitions.is_resource(kind):
        raise Fault("structure", "resource-type", "", "FHIR R4 has no such resource type")
    return {"resourceType": kind, **structure(node, kind, kind, depth)}


def structure(node: Node, name: str, path: str, depth: int) -> dict[str, Any]:
    """The children (and the id attribute) of a complex element."""
    if depth > DEEPEST:
        raise Fault("too-long", "nesting", "", f"nested more than {DEEPEST} levels deep")
    known = definitions.elements(name)
    record: dict[str, Any] = {}
    for attribute in ("id", "url"):
        if attribute in node.attrib:
            record[attribute] = node.attrib[attribute]
    for child in node:
        if not isinstance(child.tag, str):
            continue  # a comment or a processing instruction
        found = known.get(_name(child, path))
        if found is None:
            raise Fault(
                "structure", "unknown-element", path, f"{_name(child, path)[:64]} is not an element here"
            )
        _add(record, found, child, f"{path}.{found.json_name}", depth)
    return record


def _add(record: dict[str, Any], found: Element, node: Node, path: str, depth: int) -> None:
    value, sibling = _value(found, node, path, depth)
    if not found.many:
        if found.json_name in record:
            raise Fault("structure", "cardinality", path, "at most one is allowed here")
        if value is not None:
            record[found.json_name] = value
        if sibling:
            record[f"_{found.json_name}"] = sibling
        return
    values = record.setdefault(found.json_name, [])
    values.append(value)
    if found.primitive:
        _align(record, found.json_name, sibling, len(values))


def _align(record: dict[str, Any], name: str, sibling: dict[str, Any] | None, length: int) -> None:
    """`_name` is as long as the list it belongs to, and absent while nothing stands in it."""
    siblings = record.get(f"_{name}")
    if siblings is None and not sibling:
        return
    siblings = record.setdefault(f"_{name}", [None] * (length - 1))
    siblings.extend([None] * (length - 1 - len(siblings)))
    siblings.append(sibling or None)


def _value(found: Element, node: Node, path: str, depth: int) -> tuple[Any, dict[str, Any] | None]:
    if found.type == "Resource":
        inner = [child for child in node if isinstance(child.tag, str)]
        if len(inner) != 1:
            raise Fault("structure", "cardinality", path, "exactly one resource is held here")
        return resource(inner[0], depth + 1), None
    if found.type == "xhtml":
        return _xhtml(node), None
    if found.primitive:
        sibling = structure(node, "Element", path, depth + 1)
        return _primitive(found, node.attrib.get("value"), path), sibling
    return structure(node, found.structure, path, depth + 1), None


def _primitive(found: Element, text: str | None, path: str) -> Any:
    if text is None:
        return None
    kind = kind_of(found.type)
    try:
        if kind == "boolean":
            return {"true": True, "false": False}[text]
        if kind == "integer":
            return int(text)
        return Decimal(text) if kind == "decimal" else text
    except (KeyError, ValueError, InvalidOperation):
        raise Fault("value", f"form-{found.type}", path, f"not in the form of a {found.type}") from None


def _name(node: Node, path: str) -> str:
    for namespace in (FHIR, XHTML):
        if node.tag.startswith(namespace):
            return node.tag.removeprefix(namespace)
    raise Fault("structure", "xml-namespace", path, "an element of another namespace than FHIR's")


def _xhtml(node: Node) -> str:
    node.tail = None
    text = tostring(node, encoding="unicode", default_namespace=None)
    return text.replace("html:", "").replace("xmlns:html=", "xmlns=")
