"""Random valid FHIR R4 resources of every type, made from the definitions.

    instance("Observation", random.Random(1))

gives a dict as `lakmus.fhir.records.loads` would read it: numbers with a point or an exponent are `Decimal` with
their digits. Every kind of element is reached: choices, recursion, extensions, primitive siblings with aligned lists,
partial dates, decimals of many digits, contained resources that are referred to, resources inside Bundle and Parameters.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable
from decimal import Decimal
from functools import cache
from typing import Any

from lakmus.fhir import definitions
from lakmus.fhir.definitions import Element

Json = Any
DEEPEST = 5  # levels of optional elements below the resource
WORDS = (
    "ward",
    "б-р Мира",
    "naïve",
    'a"quote',
    "back\\slash",
    "tab\there",
    "line\nbreak",
    "𝔘",
    "1.50",
    "null",
    "é",
    "{}",
    "#x y",
)
DECIMALS = (
    "0", "7", "-3", "1.5", "1.50", "0.0", "-0", "-0.00", "120", "98.60", "0.1234567890123456789", "1e3", "1E-7", "2.50e2",
    "3.14159", "12345678901234567890123456", "123456789012345678901234567", "0.000000000001", "0.0000000000001", "1e40",
)  # fmt: skip


def instance(resource_type: str, rng: random.Random) -> dict[str, Json]:
    """A valid resource with an id; equal generators give equal resources."""
    return Maker(rng).resource(resource_type)


def instances(seed: int, each: int = 1) -> list[dict[str, Json]]:
    """`each` resources of every resource type."""
    rng = random.Random(seed)
    return [instance(name, rng) for name in definitions.resource_types() for _ in range(each)]


@cache
def grouped(structure: str) -> dict[str, tuple[Element, ...]]:
    """Elements by name in the standard: those of a choice are one group."""
    groups: dict[str, list[Element]] = defaultdict(list)
    for element in definitions.elements(structure).values():
        groups[element.name].append(element)
    return {name: tuple(group) for name, group in groups.items()}


class Maker:
    """Makes one resource; `inside` says that it stands in another one."""

    def __init__(self, rng: random.Random, inside: bool = False) -> None:
        self.rng = rng
        self.inside = inside
        self.budget = rng.choice((4, 12, 40, 120))  # optional elements still to make

    def resource(self, resource_type: str) -> dict[str, Json]:
        record = self.structure(resource_type, 0)
        record["id"] = self.identifier()
        if self.inside:
            for name in ("contained", "meta"):  # dom-2, dom-4, dom-5
                record.pop(name, None)
        elif "contained" in definitions.elements(resource_type):
            self.contain(record)
        return {"resourceType": resource_type, **record}

    def contain(self, record: dict[str, Json]) -> None:
        """dom-3: what is contained is referred to."""
        record.pop("contained", None)
        if self.rng.random() < 0.3:
            kind = self.rng.choice(("Organization", "Medication", "Observation", "Patient", "Device"))
            held = Maker(self.rng, inside=True).resource(kind)
            record["contained"] = [held]
            link = {"url": "http://example.org/link", "valueReference": {"reference": f"#{held['id']}"}}
            record.setdefault("extension", []).append(link)

    def structure(self, structure: str, depth: int) -> dict[str, Json]:
        groups = list(grouped(structure).values())
        self.rng.shuffle(groups)
        record: dict[str, Json] = {}
        for group in groups:
            if self.wanted(group[0], depth):
                self.element(record, self.one_of(group, depth), depth)
        if not record:
            self.element(record, self.one_of(self.simplest(groups), depth), depth)
        REPAIRS.get(structure, lambda record, maker: None)(record, self)
        return record

    def wanted(self, element: Element, depth: int) -> bool:
        if element.min:
            return True
        if depth >= DEEPEST or self.budget <= 0:
            return False
        likely = 0.35 if element.type == "BackboneElement" else (0.35, 0.3, 0.25, 0.2, 0.2)[depth]
        if self.rng.random() > likely:
            return False
        self.budget -= 1
        return True

    def one_of(self, group: tuple[Element, ...], depth: int) -> Element:
        """Deep down simple forms of a choice are preferred, at last alone, so that recursion ends."""
        simple = [e for e in group if e.primitive]
        rather = depth >= DEEPEST - 1 or (depth >= 2 and self.rng.random() < 0.8)
        return self.rng.choice(simple if simple and rather else group)

    @staticmethod
    def simplest(groups: list[tuple[Element, ...]]) -> tuple[Element, ...]:
        return next((g for g in groups if g[0].primitive and g[0].name != "id"), groups[0])

    def element(self, record: dict[str, Json], element: Element, depth: int) -> None:
        count = self.rng.choice((1, 1, 2, 3)) if element.many else 1
        if element.primitive:
            self.primitive(record, element, count, depth)
            return
        values = [self.value(element, depth) for _ in range(count)]
        record[element.json_name] = values if element.many else values[0]

    def value(self, element: Element, depth: int) -> Json:
        if element.type == "Resource":
            kind = self.rng.choice(("Patient", "Observation", "Basic", "Binary", "OperationOutcome"))
            return Maker(self.rng, inside=True).resource(kind)
        return self.structure(element.structure, depth + 1)

    def primitive(self, record: dict[str, Json], element: Element, count: int, depth: int) -> None:
        name = element.json_name
        values = [self.text(element) for _ in range(count)]
        siblings = [self.sibling(element, depth) for _ in range(count)]
        for place, sibling in enumerate(siblings):
            if sibling and self.rng.random() < 0.3 and element.name != "url":
                values[place] = None  # a sibling may stand alone
        if not element.many:
            values, siblings = values[0], siblings[0]  # type: ignore[assignment]
        if values is not None and values != [None] * count:
            record[name] = values
        if siblings is not None and siblings != [None] * count:
            record[f"_{name}"] = siblings

    def sibling(self, element: Element, depth: int) -> Json:
        if element.name in ("id", "div") or element.json_name == "url" or self.rng.random() > 0.06:
            return None
        if self.rng.random() < 0.3:
            return {"id": self.identifier()}
        return {"extension": [self.structure("Extension", max(depth, 3))]}

    def text(self, element: Element) -> Json:
        if element.codes:
            return self.rng.choice(element.codes)
        if element.name == "reference":
            return self.reference()
        return PRIMITIVES[element.type](self.rng)

    def identifier(self) -> str:
        return "".join(self.rng.choices("abcXYZ019-.", k=self.rng.randint(1, 12)))

    def reference(self) -> str:
        kind, name = self.rng.choice(("Patient", "Practitioner", "Encounter")), self.identifier()
        return self.rng.choice(
            (
                f"{kind}/{name}",
                f"{kind}/{name}/_history/2",
                f"https://example.org/fhir/{kind}/{name}",
                "urn:uuid:0f0e0d0c-0b0a-4908-8706-050403020100",
                "urn:oid:1.2.643.5.1",
            )
        )


def date(rng: random.Random) -> str:
    year = f"{rng.randint(1880, 2100):04}"
    return rng.choice((year, f"{year}-{rng.randint(1, 12):02}", day(rng)))


def day(rng: random.Random) -> str:
    return f"{rng.randint(1880, 2100):04}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}"


def time(rng: random.Random) -> str:
    fraction = rng.choice(("", "", ".5", ".120", ".123456789"))
    return f"{rng.randint(0, 23):02}:{rng.randint(0, 59):02}:{rng.randint(0, 60):02}{fraction}"


def instant(rng: random.Random) -> str:
    return f"{day(rng)}T{time(rng)}{rng.choice(('Z', '+03:00', '-11:30', '+14:00', '-00:00'))}"


def date_time(rng: random.Random) -> str:
    return date(rng) if rng.random() < 0.5 else instant(rng)


def integer(rng: random.Random) -> int:
    return rng.choice((0, 1, -1, 42, 2**31 - 1, -(2**31)))


def decimal(rng: random.Random) -> Decimal | int:
    text = rng.choice(DECIMALS)
    return Decimal(text) if any(c in text for c in ".eE") else int(text)


def words(rng: random.Random) -> str:
    return " ".join(rng.choices(WORDS, k=rng.randint(1, 3)))


PRIMITIVES: dict[str, Callable[[random.Random], Json]] = {
    "boolean": lambda rng: rng.random() < 0.5,
    "integer": integer,
    "positiveInt": lambda rng: rng.choice((1, 7, 2**31 - 1)),
    "unsignedInt": lambda rng: rng.choice((0, 9, 2**31 - 1)),
    "decimal": decimal,
    "string": words,
    "markdown": words,
    "code": lambda rng: rng.choice(("a", "final", "mm[Hg]", "two words", "10*3/uL", "текст")),
    "id": lambda rng: rng.choice(("a", "A-1.b", "x" * 64)),
    "uri": lambda rng: rng.choice(
        ("http://loinc.org", "urn:oid:2.16.840.1", "urn:ietf:rfc:3986", "relative/path")
    ),
    "url": lambda rng: rng.choice(("https://example.org/a?b=c#d", "mailto:a@example.org")),
    "canonical": lambda rng: rng.choice(("http://example.org/Q|1.0", "http://example.org/Q")),
    "oid": lambda rng: rng.choice(("urn:oid:1.2.643", "urn:oid:2.16.840.1.113883.6.1")),
    "uuid": lambda rng: "urn:uuid:c757873d-ec9a-4326-a141-556f43239520",
    "date": date,
    "dateTime": date_time,
    "instant": instant,
    "time": time,
    "base64Binary": lambda rng: rng.choice(("AAAA", "aGVsbG8=", "aGk=")),
    "xhtml": lambda rng: '<div xmlns="http://www.w3.org/1999/xhtml"><p>note &amp; more</p></div>',
}

Record = dict[str, Json]


def one_kind_of_extension(record: Record, maker: Maker) -> None:
    """ext-1: extensions or a value, not both; and never neither."""
    values = [name for name in record if name.lstrip("_").startswith("value")]
    if "extension" in record:
        for name in values:
            del record[name]
    elif not values:
        record["valueString"] = words(maker.rng)


def period_in_order(record: Record, maker: Maker) -> None:
    """per-1"""
    if "start" in record and "end" in record:
        record["end"] = f"{int(record['start'][:4]) + 1}{record['end'][4:]}"


def needs(name: str, other: str, value: str) -> Callable[[Record, Maker], None]:
    def repair(record: Record, maker: Maker) -> None:
        if name in record and other not in record and f"_{other}" not in record:
            record[other] = value

    return repair


def without(name: str, *others: str) -> Callable[[Record, Maker], None]:
    """Where the one stands the others do not."""

    def repair(record: Record, maker: Maker) -> None:
        if name in record or f"_{name}" in record:
            for other in [n for n in record if n.lstrip("_").startswith(others)]:
                del record[other]

    return repair


def bundle(record: Record, maker: Maker) -> None:
    """A collection, a transaction or its response; full URLs once each (bdl-1 to bdl-8)."""
    for name in ("_type", "total", "_total"):
        record.pop(name, None)
    kind, keeps = maker.rng.choice(
        (
            ("collection", None),
            ("transaction", "request"),
            ("transaction-response", "response"),
            ("searchset", "search"),
        )
    )
    record["type"] = kind
    if kind == "searchset":
        record["total"] = 7
    for place, entry in enumerate(record.get("entry", ())):
        complete(entry, place, keeps, maker)


def complete(entry: Record, place: int, keeps: str | None, maker: Maker) -> None:
    for name in {"search", "request", "response", "_fullUrl"} - {keeps}:
        entry.pop(name, None)
    if keeps and keeps not in entry:
        entry[keeps] = maker.structure(f"Bundle.entry.{keeps}", 3)
    held = entry.setdefault("resource", {"resourceType": "Basic", "code": {"text": "a"}})
    entry["fullUrl"] = f"https://example.org/{place}/{held['resourceType']}/{held.get('id', '1')}"


REPAIRS: dict[str, Callable[[Record, Maker], None]] = {
    "Extension": one_kind_of_extension,
    "Period": period_in_order,
    "Attachment": needs("data", "contentType", "text/plain"),
    "ContactPoint": needs("value", "system", "phone"),
    "Observation": without("dataAbsentReason", "value"),
    "Bundle": bundle,
    "Parameters.parameter": without("resource", "value", "part"),
    **dict.fromkeys(
        ("Quantity", "Age", "Count", "Distance", "Duration"),
        needs("code", "system", "http://unitsofmeasure.org"),
    ),
}
