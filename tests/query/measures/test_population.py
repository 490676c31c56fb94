"""Persons of a lake, counted by their answers, give what counting them one by one gives."""

from __future__ import annotations

import random
from typing import Any

import pyarrow as pa
import pytest

from lakmus.core.errors import InputError
from lakmus.query.ir.elm import nodes as elm
from lakmus.query.ir.elm.library import Definition, Library, Program
from lakmus.query.ir.elm.types import STRING
from lakmus.query.measures import Measure, Subject, read_measure
from lakmus.query.measures.population import Everybody
from tests.query.measures.making import criteria, document, told

POPULATIONS = (
    "initial-population",
    "denominator",
    "denominator-exclusion",
    "numerator",
    "denominator-exception",
)
ROWS = 500


SEX = Definition("sex", "Patient", elm.Null(STRING))
NOTHING = Program("L", {"L": Library("L", definitions={"sex": SEX})})


def subjects(counted: Measure, batches: list[pa.RecordBatch], *, named: bool) -> list[Subject]:
    return list(Everybody(counted, NOTHING).subjects(batches, named=named))


def measure() -> Measure:
    stratifier = [{"criteria": criteria("sex")}]
    return read_measure(document("proportion", POPULATIONS, stratifier=stratifier))


def answers(seed: int, failing: str = "") -> list[pa.RecordBatch]:
    draw = random.Random(seed)
    columns: dict[str, Any] = {"patient": list(range(ROWS)), "errors": [[failing] if failing else []] * ROWS}
    columns |= {name: draw.choices([True, True, False, None], k=ROWS) for name in POPULATIONS}
    columns["sex"] = draw.choices(["female", "male", None], k=ROWS)
    schema = pa.schema([("patient", pa.int64()), ("errors", pa.list_(pa.string()))])
    for name in columns.keys() - {"patient", "errors"}:
        schema = schema.append(pa.field(name, pa.string() if name == "sex" else pa.bool_()))
    table = pa.table({name: columns[name] for name in schema.names}, schema=schema)
    return table.to_batches(max_chunksize=ROWS // 3)


@pytest.mark.parametrize("seed", range(5))
def test_the_reports_are_the_same(seed: int) -> None:
    found = answers(seed)
    assert told(measure(), subjects(measure(), found, named=False)) == told(
        measure(), subjects(measure(), found, named=True)
    )


def test_they_are_few() -> None:
    found = subjects(measure(), answers(1), named=False)
    assert sum(each.times for each in found) == ROWS
    assert len(found) < ROWS


def test_who_has_no_value_is_named() -> None:
    with pytest.raises(InputError, match="`numerator` has no value for the person"):
        told(measure(), subjects(measure(), answers(1, failing="numerator"), named=False))


def test_lists_are_counted_one_by_one() -> None:
    counted = read_measure(document("cohort", ["initial-population"], basis="Encounter"))
    rows = [{"patient": n, "errors": [], "initial-population": ["a"] * (n % 2)} for n in range(5)]
    batch = pa.RecordBatch.from_pylist(rows)
    (report,) = told(counted, subjects(counted, [batch], named=False))
    assert report["group"][0]["population"][0]["count"] == 2
