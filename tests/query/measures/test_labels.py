"""Values of stratifiers as names of strata."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from lakmus.core.errors import InputError
from lakmus.core.quantities import Quantity
from lakmus.query.ir.elm.types import Named
from lakmus.query.ir.elm.values import Code, Concept, Date, Instance, Tuple
from lakmus.query.measures.labels import label
from lakmus.query.measures.measure import Criteria

CRITERIA = Criteria("Sex")
CODING = {"system": "http://s", "code": "c", "display": "Shown"}


def fhir(kind: str, content: Any) -> Instance:
    return Instance(Named("FHIR", kind), content)


LABELS = [
    (None, {"text": "null"}),
    (True, {"text": "true"}),
    ("north", {"text": "north"}),
    (18, {"text": "18"}),
    (Decimal("1.50"), {"text": "1.5"}),
    (Quantity(Decimal(5), "mg"), {"text": "5 'mg'"}),
    (Date((2026, 1)), {"text": "2026-01"}),
    (Code("c", "http://s"), {"coding": [{"system": "http://s", "code": "c"}], "text": "c"}),
    (Code("c", "http://s", "2", "Shown"), {"coding": [{**CODING, "version": "2"}], "text": "Shown"}),
    (Concept((Code("c", "http://s", None, "Shown"),), "Whole"), {"coding": [CODING], "text": "Whole"}),
    (fhir("code", "female"), {"text": "female"}),
    (fhir("boolean", False), {"text": "false"}),
    (fhir("Coding", CODING), {"coding": [CODING], "text": "Shown"}),
    (fhir("CodeableConcept", {"coding": [CODING], "text": "Whole"}), {"coding": [CODING], "text": "Whole"}),
    (fhir("CodeableConcept", {"text": "only text"}), {"text": "only text"}),
]


@pytest.mark.parametrize(("value", "concept"), LABELS, ids=[type(each[0]).__name__ for each in LABELS])
def test_what_a_stratum_is_called(value: Any, concept: dict[str, Any]) -> None:
    assert label(CRITERIA, value).concept == concept


def test_codes_decide_not_what_they_are_called() -> None:
    assert label(CRITERIA, Code("c", "http://s", None, "one")) == label(CRITERIA, Code("c", "http://s"))
    assert label(CRITERIA, Code("c", "http://s")) != label(CRITERIA, Code("c", "http://t"))
    assert label(CRITERIA, Code("c")) != label(CRITERIA, "c")


@pytest.mark.parametrize(
    "value",
    [[1], Tuple({"a": "SECRET"}), fhir("Period", {"start": "SECRET"}), fhir("Quantity", {"value": 1})],
)
def test_values_that_name_no_stratum(value: Any) -> None:
    with pytest.raises(InputError, match="cannot name a stratum") as raised:
        label(CRITERIA, value)
    assert "SECRET" not in str(raised.value)
