"""The official CQL suite as cases, and a strict scorer: any engine can run them.

Strict means: the same type, value and precision, the same closedness and unit; false is not null. An invalid case must raise
an error a user is meant to see, never any other.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from lakmus.core.errors import InputError
from lakmus.core.quantities import Quantity
from lakmus.query.ir.elm.values import Concept, Interval, Ratio, Tuple, Uncertainty

NAMESPACE = "{http://hl7.org/fhirpath/tests}"


@dataclass(frozen=True)
class Case:
    """`output` is the CQL text of the value, None where any value will do; `invalid` says at which stage it must fail."""

    id: str
    expression: str
    output: str | None
    invalid: str


Run = Callable[[str], Any]


def cases(shared: Path) -> list[Case]:
    found: dict[str, Case] = {}
    for file in sorted((shared / "conformance" / "cql-tests" / "tests" / "cql").glob("*.xml")):
        for group in ElementTree.parse(file).getroot().iter(f"{NAMESPACE}group"):
            for test in group.iter(f"{NAMESPACE}test"):
                case = _case(test, f"{file.stem}/{group.get('name')}/{test.get('name')}", found)
                found[case.id] = case
    return list(found.values())


def _case(test: ElementTree.Element, name: str, taken: dict[str, Case]) -> Case:
    unique, count = name, 1
    while unique in taken:
        count += 1
        unique = f"{name}#{count}"
    expression, output = test.find(f"{NAMESPACE}expression"), test.find(f"{NAMESPACE}output")
    assert expression is not None
    text = None if output is None else output.text
    return Case(unique, (expression.text or "").strip(), text, expression.get("invalid", ""))


def score(case: Case, run: Run, expect: Run | None = None) -> str:
    """What is wrong; "" when the case passes. Errors that are not meant for users are not caught. `expect` gives the value of
    the text that is wanted, where that is not to be asked of the same engine.
    """
    try:
        found = run(case.expression)
    except InputError as error:
        return "" if case.invalid else f"raised {error}"
    if case.invalid:
        return f"should have raised ({case.invalid}), gave {found!r}"
    if case.output is None:
        return ""
    wanted = (expect or run)(case.output)
    return "" if same(found, wanted) else f"gave {found!r}, not {wanted!r}"


def same(found: Any, wanted: Any) -> bool:
    """Whether two values are the same to the last digit that means something."""
    match found, wanted:
        case list(), list():
            return len(found) == len(wanted) and all(map(same, found, wanted))
        case Tuple(), Tuple():
            a, b = found.elements, wanted.elements
            return a.keys() == b.keys() and all(same(a[name], b[name]) for name in a)
        case Interval(), Interval():
            closed = (found.low_closed, found.high_closed) == (wanted.low_closed, wanted.high_closed)
            return closed and same(found.low, wanted.low) and same(found.high, wanted.high)
        case Uncertainty(), Interval():
            return same(found.low, wanted.low) and same(found.high, wanted.high)
        case Ratio(), Ratio():
            return same(found.numerator, wanted.numerator) and same(found.denominator, wanted.denominator)
        case Concept(), Concept():
            return found.display == wanted.display and found.codes == wanted.codes
        case Quantity(), Quantity():
            return found.value == wanted.value and _unit(found.unit) == _unit(wanted.unit)
        case Decimal(), Decimal():
            return found == wanted
    return type(found) is type(wanted) and bool(found == wanted)


def _unit(unit: str | None) -> str:
    return unit or "1"
