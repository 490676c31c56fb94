"""Whether a document is a valid FHIR R4 resource: all faults are collected, none names a value.

Structure by the generated tables (unknown element, type, cardinality, required codes), primitives by their forms, and
the invariants in `invariants`. Profiles and terminology beyond required codes are other rooms' questions.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from itertools import accumulate
from typing import Any

from lakmus.fhir import definitions, invariants
from lakmus.fhir.definitions import Element
from lakmus.fhir.issues import Issue
from lakmus.fhir.primitives import RANGES, kind_of, matcher
from lakmus.fhir.primitives import REFERENCE as REFERENCE_FORM
from lakmus.fhir.records import dumps

DEEPEST = 64  # levels of nesting; the deepest published example has 17
MOST = 100  # issues reported of one document
VERSION = "r4-1"

REFERENCE = re.compile(REFERENCE_FORM)


def parse(text: bytes) -> dict[str, Any] | list[Issue]:
    """JSON as an object, numbers with their digits; or why it is none."""
    try:
        decoded = text.decode("utf-8")
    except UnicodeDecodeError as error:
        return [Issue.of_document("structure", "utf-8", f"byte {error.start + 1} is not UTF-8")]
    if fault := _too_deep(decoded):
        return [fault]
    duplicates: list[str] = []
    try:
        value = json.loads(
            decoded, parse_float=Decimal, parse_constant=_no_number, object_pairs_hook=_object(duplicates)
        )
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        return [Issue.of_document("structure", "json", f"not JSON at {place}: {_reason(error)}")]
    except (ValueError, ArithmeticError, RecursionError):
        return [Issue.of_document("structure", "json", "a number or a nesting that JSON does not have")]
    if not isinstance(value, dict):
        return [Issue.of_document("structure", "json", "a resource is a JSON object")]
    if "\\u" in decoded and not _all_characters(value):
        return [Issue.of_document("structure", "utf-8", "an escape is half of a surrogate pair")]
    if duplicates:
        return [
            Issue("structure", "duplicate-key", "", f"the key {name} stands twice in one object")
            for name in duplicates
        ]
    return value


def _all_characters(value: Any) -> bool:
    """Whether every text of it can be written in UTF-8."""
    try:
        return bool(dumps(value).encode())
    except UnicodeEncodeError:
        return False


def _reason(error: json.JSONDecodeError) -> str:
    return error.msg.split(":")[0].lower()


def _no_number(name: str) -> None:
    raise ValueError(name)


# A text without its end reaches to the end of the document, so that the search takes linear time.
NO_BRACKETS = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[^][{}"]++', re.DOTALL)


def _too_deep(text: str) -> Issue | None:
    """Nesting is counted before the parser, which would recurse."""
    if text.count("{") + text.count("[") <= DEEPEST:
        return None
    brackets = NO_BRACKETS.sub("", text)
    deepest = max(accumulate(1 if bracket in "{[" else -1 for bracket in brackets))
    if deepest <= DEEPEST:
        return None
    return Issue.of_document(
        "too-long", "nesting", f"nested {deepest} levels deep; at most {DEEPEST} are read"
    )


def _object(duplicates: list[str]) -> Callable[[list[tuple[str, Any]]], dict[str, Any]]:
    def build(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        if len(made) != len(pairs):
            names = [name for name, _ in pairs]
            duplicates.extend(
                sorted({n if n.isidentifier() else "(a name)" for n in names if names.count(n) > 1})
            )
        return made

    return build


def validate(text: bytes) -> list[Issue]:
    """The faults of a document; empty when it is a valid resource."""
    parsed = parse(text)
    return parsed if isinstance(parsed, list) else validate_record(parsed)


def validate_envelope(text: bytes) -> list[Issue]:
    """The faults of a Bundle apart from those inside its resources, which are looked at one by one."""
    parsed = parse(text)
    return parsed if isinstance(parsed, list) else validate_record(parsed, inside=False)


def validate_record(record: dict[str, Any], *, inside: bool = True) -> list[Issue]:
    """The faults of a parsed resource; without those of resources inside it unless `inside`."""
    walk = Walk(inside)
    walk.resource(record, "")
    return walk.issues[:MOST]


class Walk:
    """One walk over one resource."""

    def __init__(self, inside: bool) -> None:
        self.issues: list[Issue] = []
        self.inside = inside

    def fault(self, code: str, rule: str, path: str, message: str) -> None:
        if len(self.issues) < MOST:  # the rest of a hopeless document costs no memory
            self.issues.append(Issue(code, rule, path, message))

    def resource(self, record: Any, path: str, *, contained: bool = False) -> None:
        if not isinstance(record, dict):
            self.fault("structure", "type", path, "a resource is an object")
            return
        kind = record.get("resourceType")
        if not isinstance(kind, str) or not definitions.is_resource(kind):
            shown = kind if isinstance(kind, str) and kind.isalpha() and len(kind) < 64 else ""
            hint = definitions.suggestion(shown, definitions.resource_types())
            self.fault(
                "structure",
                "resource-type",
                path,
                " ".join(filter(None, ["FHIR R4 has no such resource type", hint])),
            )
            return
        path = path or kind
        self.structure(kind, {k: v for k, v in record.items() if k != "resourceType"}, path, top=True)
        for issue in invariants.of_resource(record, path, contained=contained):
            self.issues.append(issue)

    def structure(self, structure: str, record: dict[str, Any], path: str, *, top: bool = False) -> None:
        """One complex element: its children known, present, of their types."""
        known = definitions.elements(structure)
        if not record and not top:
            self.fault("structure", "ele-1", path, "an element has a value or children")
        seen: dict[str, str] = {}
        for name, value in record.items():
            found = known.get(name.removeprefix("_"))
            if found is None or (name.startswith("_") and not found.primitive):
                self._unknown(name, known, path)
                continue
            if found.choice and seen.setdefault(found.name, found.json_name) != found.json_name:
                self.fault(
                    "structure",
                    "choice",
                    f"{path}.{found.name[:-3]}",
                    "only one type of a choice may be given",
                )
            self._element(found, name, value, record, f"{path}.{name}")
        self._missing(known, record, path)
        for issue in invariants.of_type(structure, record, path):
            self.issues.append(issue)

    def _unknown(self, name: str, known: Any, path: str) -> None:
        shown = definitions.shown(name)
        hint = definitions.suggestion(name, known) if len(self.issues) < MOST and len(name) < 64 else ""
        self.fault(
            "structure",
            "unknown-element",
            path,
            f"{shown} is not an element here{'; ' + hint if hint else ''}",
        )

    def _missing(self, known: Any, record: dict[str, Any], path: str) -> None:
        present = {known[n.removeprefix("_")].name for n in record if n.removeprefix("_") in known}
        for name in {e.name for e in known.values() if e.min and e.name not in present}:
            self.fault("required", "cardinality", path, f"{name} is required")

    def _element(self, found: Element, name: str, value: Any, record: dict[str, Any], path: str) -> None:
        if name.startswith("_"):
            self._siblings(found, value, record.get(name[1:]), path)
        elif found.many:
            self._list(found, value, record.get(f"_{name}"), path)
        elif isinstance(value, list):
            self.fault("structure", "cardinality", path, "at most one is allowed here, not a list")
        else:
            self._value(found, value, path)

    def _list(self, found: Element, values: Any, siblings: Any, path: str) -> None:
        if not isinstance(values, list):
            self.fault("structure", "cardinality", path, "a repeating element is a list")
            return
        if not values:
            self.fault("structure", "ele-1", path, "a list is not empty")
        for index, value in enumerate(values):
            if value is None and found.primitive and _has(siblings, index):
                continue
            self._value(found, value, f"{path}[{index}]")

    def _siblings(self, found: Element, value: Any, primitive: Any, path: str) -> None:
        """`_name`: ids and extensions of a primitive, for lists place by place."""
        if found.many:
            if not isinstance(value, list) or not value:
                self.fault("structure", "cardinality", path, "for a repeating element a list")
                return
            if isinstance(primitive, list) and len(primitive) != len(value):
                self.fault("structure", "sibling", path, "as long as the list it belongs to")
            for index, item in enumerate(value):
                if item is not None:
                    self._sibling(item, f"{path}[{index}]")
            if primitive is None and all(item is None for item in value):
                self.fault("structure", "ele-1", path, "an element has a value or children")
            return
        self._sibling(value, path)

    def _sibling(self, value: Any, path: str) -> None:
        if not isinstance(value, dict):
            self.fault("structure", "type", path, "an object with id or extension")
            return
        self.structure("Element", value, path)

    def _value(self, found: Element, value: Any, path: str) -> None:
        if found.type == "Resource":
            if self.inside or not isinstance(value, dict):
                self.resource(value, path, contained=found.name == "contained")
        elif found.primitive:
            self._primitive(found, value, path)
        elif not isinstance(value, dict):
            self.fault("structure", "type", path, f"an object is needed, of type {found.type}")
        else:
            self.structure(found.structure, value, path)
            if found.type == "Reference":
                self._reference(value.get("reference"), path)

    def _primitive(self, found: Element, value: Any, path: str) -> None:
        kind = kind_of(found.type)
        if kind == "boolean":
            good = isinstance(value, bool)
        elif kind == "integer":
            low, high = RANGES[found.type]
            good = isinstance(value, int) and not isinstance(value, bool) and low <= value <= high
        elif kind == "decimal":
            good = isinstance(value, int | Decimal) and not isinstance(value, bool)
        else:
            good = isinstance(value, str)
        if not good:
            self.fault("structure", "type", path, f"not a {found.type}")
        elif isinstance(value, str) and not matcher(found.type).fullmatch(value):
            self.fault("value", f"form-{found.type}", path, f"not in the form of a {found.type}")
        elif found.codes and value not in found.codes:
            self.fault("code-invalid", "required-code", path, "not one of the codes required here")

    def _reference(self, reference: Any, path: str) -> None:
        if isinstance(reference, str) and not REFERENCE.fullmatch(reference):
            self.fault("value", "form-reference", f"{path}.reference", "not in the form of a reference")


def _has(siblings: Any, index: int) -> bool:
    return isinstance(siblings, list) and index < len(siblings) and siblings[index] is not None


def issues_text(issues: Sequence[Issue]) -> str:
    """One line per issue, for people."""
    return "\n".join(f"{issue.path or '(document)'}: {issue.rule}: {issue.message}" for issue in issues)
