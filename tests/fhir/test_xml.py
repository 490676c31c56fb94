"""FHIR XML read as FHIR JSON."""

import random
from decimal import Decimal
from html import unescape
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

import pytest

from lakmus.fhir import definitions, records, validate, xml
from tests.fhir.documents import canonical
from tests.support.fhir_instances import instance

PAIRS = {
    # file: what is known to differ between the published XML and JSON
    "codesystem-example": {"text", "description"},  # JSON has a narrative, XML a run of spaces
    "observation-example": {"extension"},  # only the XML has one
    "patient-example": set(),
    "questionnaire-example": set(),
}


@pytest.mark.parametrize("name", PAIRS)
def test_published_pairs(shared: Path, name: str) -> None:
    folder = shared / "conformance/fhirpath-r4/input"
    made = xml.to_json((folder / f"{name}.xml").read_bytes())
    assert isinstance(made, bytes)
    assert validate(made) == []
    one, other = (
        canonical(unquoted(records.loads(t))) for t in (made, (folder / f"{name}.json").read_bytes())
    )
    assert {key for key in one.keys() | other.keys() if one.get(key) != other.get(key)} == PAIRS[name]


def unquoted(record: dict[str, Any]) -> dict[str, Any]:
    """A narrative with its characters instead of their names: both are the same XHTML."""
    if "text" in record:
        record["text"]["div"] = unescape(record["text"]["div"])
    return record


@pytest.mark.parametrize(
    "name", ["parameters-example-types", "patient-example-period", "valueset-example-expansion"]
)
def test_published_documents(shared: Path, name: str) -> None:
    made = xml.to_json((shared / f"conformance/fhirpath-r4/input/{name}.xml").read_bytes())
    assert isinstance(made, bytes)
    assert validate(made) == []


def written(resource: dict[str, Any], *, root: bool = True) -> str:
    """A writer of FHIR XML by the text of the standard, for the round trip."""
    kind = resource["resourceType"]
    namespace = ' xmlns="http://hl7.org/fhir"' if root else ""
    return f"<{kind}{namespace}>{children(kind, resource)}</{kind}>"


def children(structure: str, record: dict[str, Any]) -> str:
    parts = []
    for name, found in definitions.elements(structure).items():
        if (name not in record and f"_{name}" not in record) or attribute(structure, name):
            continue
        values, siblings = (as_list(record.get(n)) for n in (name, f"_{name}"))
        for place in range(max(len(values), len(siblings))):
            value, sibling = (v[place] if place < len(v) else None for v in (values, siblings))
            parts.append(member(name, found, value, sibling))
    return "".join(parts)


def attribute(structure: str, name: str) -> bool:
    return (structure, name) == ("Extension", "url") or (
        name == "id" and not definitions.is_resource(structure)
    )


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def member(name: str, found: definitions.Element, value: Any, sibling: Any) -> str:
    if found.type == "Resource":
        return f"<{name}>{written(value, root=False)}</{name}>"
    if found.type == "xhtml":
        return str(value)
    inner, structure = (sibling or {}, "Element") if found.primitive else (value, found.structure)
    attributes = "".join(
        f" {n}={quoted(inner[n])}" for n in ("id", "url") if n in inner and attribute(structure, n)
    )
    if found.primitive and value is not None:
        attributes += f" value={quoted(value)}"
    return f"<{name}{attributes}>{children(structure, inner)}</{name}>"


def quoted(value: Any) -> str:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return quoteattr(text, {"\n": "&#10;", "\t": "&#9;", "\r": "&#13;"})


@pytest.mark.parametrize("resource_type", definitions.resource_types())
def test_every_type_reads_back_from_xml(resource_type: str) -> None:
    document = instance(resource_type, random.Random(11))
    made = xml.to_json(written(document).encode())
    assert isinstance(made, bytes), made
    assert canonical(records.loads(made)) == canonical(document)
    assert validate(made) == []


def patient(inside: str) -> bytes:
    return f'<Patient xmlns="http://hl7.org/fhir">{inside}</Patient>'.encode()


DIV = '<text><status value="generated"/><div xmlns="http://www.w3.org/1999/xhtml">{}</div></text>'
FAULTS = {
    "cut short": (b'<Patient xmlns="http://hl7.org/fhir"><active', "xml"),
    "no XML": (b"\x00\x01", "xml"),
    "an unknown type": (b'<Thing xmlns="http://hl7.org/fhir"/>', "resource-type"),
    "without the namespace": (b"<Patient/>", "xml-namespace"),
    "an unknown element": (patient('<activ value="true"/>'), "unknown-element"),
    "an unknown attribute": (patient('<active values="true"/>'), "unknown-element"),
    "an element of XHTML": (patient('<name xmlns="http://www.w3.org/1999/xhtml"/>'), "xml-namespace"),
    "an element of nothing": (patient("<active/>"), "ele-1"),
    "text between elements": (patient("<active value='true'/> Иванов"), "xml-text"),
    "two where one may be": (patient("<active value='true'/><active value='true'/>"), "cardinality"),
    "a wrong boolean": (patient("<active value='yes'/>"), "form-boolean"),
    "a wrong number": (patient("<multipleBirthInteger value='1_000'/>"), "form-integer"),
    "a number of 5000 digits": (patient(f"<multipleBirthInteger value='{'1' * 5000}'/>"), "form-integer"),
    "not a number": (patient('<extension url="a"><valueDecimal value="NaN"/></extension>'), "form-decimal"),
    "a narrative of another namespace": (patient(DIV.format('<p xmlns="http://hl7.org/fhir">x</p>')), "xml-namespace"),
    "a document type": (b'<!DOCTYPE Patient [<!ENTITY a "b">]>' + patient(""), "xml-dtd"),
    "a file from outside": (
        b'<!DOCTYPE Patient [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + patient("<id value='&a;'/>"), "xml-dtd",
    ),
    "a bomb of entities": (
        b'<!DOCTYPE Patient [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>' + patient("<id value='&b;'/>"), "xml-dtd",
    ),
    "nested without end": (patient("<extension url='a'>" * 5000 + "</extension>" * 5000), "nesting"),
    "a narrative nested without end": (patient(DIV.format("<p>" * 5000 + "</p>" * 5000)), "nesting"),
}  # fmt: skip


@pytest.mark.parametrize(("document", "rule"), FAULTS.values(), ids=FAULTS)
def test_fault(document: bytes, rule: str) -> None:
    issues = xml.to_json(document)
    assert isinstance(issues, list)
    assert [issue.rule for issue in issues] == [rule]
    assert "Иванов" not in str(issues)


def test_digits_stay() -> None:
    made = xml.to_json(patient('<extension url="a"><valueDecimal value="1.500"/></extension>'))
    assert isinstance(made, bytes)
    assert records.loads(made)["extension"][0]["valueDecimal"].as_tuple() == Decimal("1.500").as_tuple()


def test_words_of_a_narrative_stay() -> None:
    words = 'html: xmlns:html= <b class="x y" xml:lang="ru">&lt;&amp;</b> é<br/>'
    made = xml.to_json(patient(DIV.format(words)))
    assert isinstance(made, bytes)
    assert records.loads(made)["text"]["div"] == f'<div xmlns="http://www.w3.org/1999/xhtml">{words}</div>'


def test_comments_are_no_elements() -> None:
    made = xml.to_json(
        b"<?xml version='1.0'?><!-- a -->" + patient("<!-- b --><active value='true'/><?c d?>")
    )
    assert made == b'{"resourceType":"Patient","active":true}'


def test_schema_location_is_allowed() -> None:
    document = patient("").replace(
        b"<Patient",
        b'<Patient xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="a b"',
    )
    assert xml.to_json(document) == b'{"resourceType":"Patient"}'
