"""The official FHIRPath R4 suite as cases, and a strict scorer: any engine can run them.

Strict means: types are compared (a `code` is no `string`), values exactly (decimals with their digits), order kept
unless the case says otherwise; an invalid case must raise an error a user is meant to see, never any other.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from lakmus.core.errors import InputError
from lakmus.fhir.records import loads
from lakmus.fhir.xml import to_json

KINDS = ("feature", "bug", "suite-wrong", "wontfix")


@dataclass(frozen=True)
class Case:
    """`id` is unique in the suite; `outputs` are (type or "", text); `invalid` says at which stage it must fail."""

    id: str
    group: str
    expression: str
    input: str
    outputs: tuple[tuple[str, str], ...]
    invalid: str
    strict: bool
    ordered: bool
    check_order: bool
    predicate: bool


@dataclass(frozen=True)
class Result:
    """One item an engine gave: its type as `System.Integer` or `FHIR.code`, and its System value (or JSON)."""

    type: str
    value: Any


Run = Callable[[Case, dict[str, Any]], Sequence[Result]]


def cases(shared: Path) -> list[Case]:
    root = ElementTree.parse(_folder(shared) / "tests-fhir-r4.xml").getroot()
    found: list[Case] = []
    for group in root.iter("group"):
        for test in group.iter("test"):
            found.append(_case(test, group.get("name", ""), {case.id for case in found}))
    return found


def _case(test: ElementTree.Element, group: str, taken: set[str]) -> Case:
    expression = test.find("expression")
    assert expression is not None
    name = f"{group}/{test.get('name')}"
    return Case(
        id=name if name not in taken else f"{name}#2",
        group=group,
        expression=expression.text or "",
        input=test.get("inputfile", ""),
        outputs=tuple((output.get("type", ""), output.text or "") for output in test.findall("output")),
        invalid=expression.get("invalid", ""),
        strict=test.get("mode") == "strict",
        ordered=test.get("ordered") != "false",
        check_order=test.get("checkOrderedFunctions") == "true",
        predicate=test.get("predicate") == "true",
    )


def _folder(shared: Path) -> Path:
    return shared / "conformance" / "fhirpath-r4"


@cache
def resource(shared: Path, name: str) -> dict[str, Any]:
    """An input resource as JSON with `Decimal`s; a case without input runs on an empty Patient."""
    if not name:
        return {"resourceType": "Patient"}
    content = (_folder(shared) / "input" / name).read_bytes()
    if name.endswith(".xml"):
        read = to_json(content)
        assert isinstance(read, bytes), f"{name}: {read}"
        content = read
    found = loads(content)
    assert isinstance(found, dict)
    return found


def ledger(path: Path) -> dict[str, dict[str, str]]:
    """The gaps by case: each has a title, one of the kinds, and a reason."""
    rows = tomllib.loads(path.read_text())["gap"]
    for row in rows:
        assert row.keys() == {"case", "title", "kind", "reason"}, row
        assert row["kind"] in KINDS, row
    return {row["case"]: row for row in rows}


def score(case: Case, record: dict[str, Any], run: Run) -> str:
    """What is wrong; "" when the case passes. Errors that are not meant for users are not caught."""
    try:
        results = list(run(case, record))
    except InputError as error:
        return "" if case.invalid else f"raised {error}"
    if case.invalid:
        return f"should have raised ({case.invalid}), gave {results}"
    if case.predicate:
        results = [Result("System.Boolean", bool(results))]
    return _compared(case, results)


def _compared(case: Case, results: list[Result]) -> str:
    if len(results) != len(case.outputs):
        return f"{len(results)} items, not {len(case.outputs)}: {results}"
    if case.ordered:
        fits = all(_fits(result, *output) for result, output in zip(results, case.outputs, strict=True))
    else:
        fits = _fits_somehow(results, list(case.outputs))
    return "" if fits else f"gave {results}, not {case.outputs}"


def _fits_somehow(results: list[Result], outputs: list[tuple[str, str]]) -> bool:
    for result in results:
        partner = next((output for output in outputs if _fits(result, *output)), None)
        if partner is None:
            return False
        outputs.remove(partner)
    return True


def _fits(result: Result, type_: str, text: str) -> bool:
    return (not type_ or _same_type(result.type, type_)) and written(result) == text


def _same_type(given: str, wanted: str) -> bool:
    """`string` is System.String or FHIR.string; `code` is FHIR.code alone."""
    namespace, _, name = given.partition(".")
    return name == wanted or (namespace == "System" and name.lower() == wanted.lower())


def written(result: Result) -> str:
    """A value as the suite writes it."""
    value = result.value
    if isinstance(value, bool):
        return "true" if value else "false"
    name = result.type.partition(".")[2].lower()
    if name in ("date", "datetime", "instant", "time"):
        return f"@{'T' if name == 'time' else ''}{value}"
    return str(value)
