"""A measure over everybody in a lake, by the DuckDB engine: persons as rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from lakmus.core.clock import FixedClock
from lakmus.core.errors import InputError
from lakmus.query.engines.duckdb.elm.run import Question
from lakmus.query.ir.elm.library import Program
from lakmus.query.measures.evaluation import PERIOD, interval, point_of
from lakmus.query.measures.measure import Code, Measure
from lakmus.query.measures.report import Period
from lakmus.query.measures.tally import Subject


def question(measure: Measure, program: Program, period: Period, now: datetime) -> Question:
    """What a measure asks of a lake. Raises InputError for observations, which ask functions of items."""
    if any(group.all_of(Code.OBSERVATION) for group in measure.groups):
        raise InputError(
            f"{measure.canonical} has observations, which are not computed over a lake",
            hint="give the records of those who count with --records",
        )
    names = list(dict.fromkeys(criteria.name for criteria, _ in measure.criteria()))
    parameters = {PERIOD: interval(period, FixedClock(now), point_of(program))}
    return Question(program, names, now, parameters)


def persons(batches: Iterable[pa.RecordBatch]) -> Iterator[Subject]:
    """Each row of the answers as a person that is counted, known by their number in the lake."""
    for batch in batches:
        for row in batch.to_pylist():
            yield Subject(str(row["patient"]), _values(row))


def alike(batches: Iterable[pa.RecordBatch]) -> Iterator[Subject]:
    """Persons with the same answers as one subject: for reports that name nobody, of any number of persons."""
    for batch in batches:
        names = [name for name in batch.schema.names if name not in ("patient", "errors")]
        if any(pa.types.is_nested(batch.schema.field(name).type) for name in names) or _failed(batch):
            yield from persons([batch])
            continue
        counted = pa.Table.from_batches([batch]).group_by(names).aggregate([([], "count_all")])
        for row in counted.to_pylist():
            yield Subject("", row.__getitem__, times=row["count_all"])


def _failed(batch: pa.RecordBatch) -> bool:
    """Whether a definition has no value for somebody."""
    return bool(pc.any(pc.greater(pc.list_value_length(batch.column("errors")), 0)).as_py())


def _values(row: dict[str, Any]) -> Any:
    def value(name: str) -> Any:
        if name in row["errors"]:
            raise InputError(
                f"`{name}` has no value for the person {row['patient']}",
                hint=f"`lakmus cql run --person {row['patient']}` asks them alone",
            )
        return row[name]

    return value
