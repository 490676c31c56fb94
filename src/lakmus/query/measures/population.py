"""A measure over everybody in a lake, by the DuckDB engine: persons as rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, partial
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from lakmus.core.clock import FixedClock
from lakmus.core.errors import InputError
from lakmus.query.engines.duckdb.elm.run import Question
from lakmus.query.ir.elm.library import Program
from lakmus.query.ir.elm.values import Code, Concept
from lakmus.query.measures.asked import Asked
from lakmus.query.measures.evaluation import PERIOD, interval, point_of
from lakmus.query.measures.measure import Measure
from lakmus.query.measures.report import Period
from lakmus.query.measures.tally import Subject


@dataclass(frozen=True)
class Everybody:
    """A measure whose answers are rows: what it asks, and the rows as subjects that are counted."""

    measure: Measure
    program: Program

    @cached_property
    def asked(self) -> Asked:
        return Asked.of(self.measure, self.program)

    def question(self, period: Period, now: datetime) -> Question:
        """Its criteria, and what is observed of items."""
        parameters = {PERIOD: interval(period, FixedClock(now), point_of(self.program))}
        return Question(self.asked.program, self.asked.names(self.measure), now, parameters)

    def subjects(self, batches: Iterable[pa.RecordBatch], *, named: bool = True) -> Iterator[Subject]:
        """Each row as a person, known by their number in the lake; where nobody is named, persons with the same answers as one."""
        for batch in batches:
            yield from self._persons(batch) if named or not self._flat(batch) else self._alike(batch)

    def _persons(self, batch: pa.RecordBatch) -> Iterator[Subject]:
        for row in batch.to_pylist():
            value = partial(self._value, row)
            yield Subject(str(row["patient"]), value, partial(self.asked.said, value))

    def _alike(self, batch: pa.RecordBatch) -> Iterator[Subject]:
        counted = (
            pa.Table.from_batches([batch]).group_by(batch.schema.names[2:]).aggregate([([], "count_all")])
        )
        for row in counted.to_pylist():
            yield Subject("", partial(self._value, {**row, "errors": []}), times=row["count_all"])

    def _flat(self, batch: pa.RecordBatch) -> bool:
        """Whether answers are single values, everybody has all, and nothing is observed."""
        failed = pc.any(pc.greater(pc.list_value_length(batch.column("errors")), 0)).as_py()
        nested = any(map(pa.types.is_nested, batch.schema.types[2:]))
        return not (failed or nested or self.asked.observed)

    def _value(self, row: dict[str, Any], name: str) -> Any:
        name = self.asked.concepts.get(name, name)
        if name not in row["errors"]:
            return _coded(row[name])
        raise InputError(
            f"`{name}` has no value for the person {row['patient']}",
            hint=f"`lakmus cql run --person {row['patient']}` asks them alone",
        )


def _coded(value: Any) -> Any:
    """A code or a concept; other values as they are."""
    match value:
        case {"codes": codes, "display": display}:
            return Concept(tuple(map(_coded, codes)), display)
        case {"code": code, "system": system, "version": version, "display": display}:
            return Code(code, system, version, display)
    return value
