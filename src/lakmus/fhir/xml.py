"""FHIR XML read as FHIR JSON (R4 §2.6.1 and §2.6.2): the same resource, driven by the tables of elements.

No entity, no DTD, nothing from outside is ever resolved.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any
from xml.etree.ElementTree import Element as Node
from xml.etree.ElementTree import ParseError
from xml.sax.saxutils import escape, quoteattr

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from lakmus.fhir import definitions
from lakmus.fhir.definitions import Element
from lakmus.fhir.issues import Issue
from lakmus.fhir.primitives import kind_of, matcher
from lakmus.fhir.records import dumps

FHIR, XHTML = "{http://hl7.org/fhir}", "{http://www.w3.org/1999/xhtml}"
XML, SCHEMA = "{http://www.w3.org/XML/1998/namespace}", "{http://www.w3.org/2001/XMLSchema-instance}"
DEEPEST = 64
READERS: dict[str, Callable[[str], Any]] = {"boolean": "true".__eq__, "integer": int, "decimal": Decimal}


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
    except RecursionError:
        return [Issue.of_document("too-long", "nesting", "nested too deep")]


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
    record = _attributes(node, name, path)
    if any(text and not text.isspace() for text in (node.text, *(child.tail for child in node))):
        raise Fault("structure", "xml-text", path, "text stands outside of a value")
    for child in node:
        found = known.get(_name(child, path))
        if found is None:
            raise Fault(
                "structure",
                "unknown-element",
                path,
                f"{definitions.shown(_name(child, path))} is not an element here",
            )
        _add(record, found, child, f"{path}.{found.json_name}", depth)
    return {
        n: v for n, v in record.items() if not isinstance(v, list) or v.count(None) < len(v)
    }  # siblings alone


def _attributes(node: Node, structure: str, path: str) -> dict[str, Any]:
    """The id of an element and the url of an extension; what else may stand there is looked at by others."""
    known = (
        {"id", "url"} if structure == "Extension" else {"value", "id"} if structure == "Element" else {"id"}
    )
    if any(name not in known and not name.startswith(SCHEMA) for name in node.attrib):
        raise Fault("structure", "unknown-element", path, "an attribute that FHIR does not have here")
    return {name: node.attrib[name] for name in ("id", "url") if name in node.attrib}


def _add(record: dict[str, Any], found: Element, node: Node, path: str, depth: int) -> None:
    value, sibling = _value(found, node, path, depth)
    if not found.many:
        if {found.json_name, f"_{found.json_name}"} & record.keys():
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
        if len(node) != 1:
            raise Fault("structure", "cardinality", path, "exactly one resource is held here")
        return resource(node[0], depth + 1), None
    if found.type == "xhtml":
        return _xhtml(node, path), None
    if found.primitive:
        sibling = structure(node, "Element", path, depth + 1)
        if not sibling and "value" not in node.attrib:
            raise Fault("structure", "ele-1", path, "an element has a value or children")
        return _primitive(found, node.attrib.get("value"), path), sibling
    return structure(node, found.structure, path, depth + 1), None


def _primitive(found: Element, text: str | None, path: str) -> Any:
    if text is None:
        return None
    try:
        if matcher(found.type).fullmatch(text):
            return READERS.get(kind_of(found.type), str)(text)
    except (ValueError, ArithmeticError):
        pass  # more digits than a number may have
    raise Fault("value", f"form-{found.type}", path, f"not in the form of a {found.type}")


def _name(node: Node, path: str) -> str:
    if node.tag.startswith(FHIR) or node.tag == f"{XHTML}div":
        return node.tag.rpartition("}")[2]
    raise Fault("structure", "xml-namespace", path, "an element of another namespace than FHIR's")


def _xhtml(node: Node, path: str) -> str:
    """A narrative with its one namespace, as it stands in JSON."""
    return "".join(_markup(node, path, ' xmlns="http://www.w3.org/1999/xhtml"'))


def _markup(node: Node, path: str, namespace: str = "") -> Iterator[str]:
    if not node.tag.startswith(XHTML) or any(
        name.startswith("{") and not name.startswith(XML) for name in node.attrib
    ):
        raise Fault("structure", "xml-namespace", path, "a narrative is XHTML")
    name = node.tag.removeprefix(XHTML)
    attributes = "".join(
        f" {key.replace(XML, 'xml:')}={quoteattr(value)}" for key, value in node.attrib.items()
    )
    if not len(node) and not node.text:
        yield f"<{name}{namespace}{attributes}/>"
        return
    yield f"<{name}{namespace}{attributes}>{escape(node.text or '')}"
    for child in node:
        yield from _markup(child, path)
        yield escape(child.tail or "")
    yield f"</{name}>"
