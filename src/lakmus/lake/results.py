"""Result tables: what rules answered about persons, a table for each question, a run for each time it was asked.

Query and care write here, through this handle; nothing else of the lake can be written by it. A table has a row for each
person, `patient`, with the columns of its question. What an earlier run answered is read by time travel until its
snapshots expire.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain

import duckdb
import pyarrow as pa

from lakmus.core.errors import NotFoundError
from lakmus.lake import schema
from lakmus.lake.identified import IdentifiedLake
from lakmus.lake.store import CATALOG
from lakmus.lake.tables import RESULTS
from lakmus.lake.turns import in_turn

RUNS = f"{CATALOG}.lk.runs"
SPOOL = "memory.main.lk_spool"  # in the engine's own memory, which spills
ROWS = 100_000  # of one batch
COLUMNS = "run, question, library, version, digest, definitions, parameters, moment, snapshot, asked, persons, committed"


@dataclass(frozen=True)
class Run:
    """One time a question was asked: `digest` is of the library's text with all it includes, `question` of that and all
    else that answers depend on; `moment` is what `Now()` was, `snapshot` that of the records, `asked` for how many persons
    answers were found anew, `persons` how many have some.
    """

    name: str
    question: str
    library: str
    version: str
    digest: str
    definitions: tuple[str, ...]
    parameters: Mapping[str, str]
    moment: datetime
    snapshot: int
    committed: datetime
    asked: int = 0
    persons: int = 0


class Results:
    """The result tables of a lake."""

    def __init__(self, lake: IdentifiedLake) -> None:
        self._lake = lake

    def runs(self) -> list[Run]:
        """Every run, the newest first."""
        return self._found("true", [])

    def run(self, name: str) -> Run:
        """A run by its name; raises NotFoundError."""
        found = self._found("run = ?", [name])
        if not found:
            raise NotFoundError(f"there is no run {name}", hint="`lakmus results list` names those there are")
        return found[0]

    def latest(self, question: str) -> Run | None:
        """The last run of a question."""
        return next(iter(self._found("question = ?", [question])), None)

    def fits(self, question: str, columns: pa.Schema) -> bool:
        """Whether a question's table can take rows of these columns; what is null in all rows fits everywhere."""
        with self._lake.cursor() as cursor:
            held = cursor.execute(f"SELECT * FROM {_table(question)} LIMIT 0").to_arrow_table().schema
        types = zip(held.types, columns.types, strict=False)
        return held.names == columns.names and all(new in (old, pa.null()) for old, new in types)

    def keep(self, run: Run, answers: Iterable[pa.RecordBatch], persons: pa.Array | None = None) -> Run:
        """Writes a run's answers as one snapshot: everybody's, or those of `persons` (int64) in place of what was held.

        At least one batch is needed, for its columns. Gives the run with the counts filled in.
        """
        batches = iter(answers)
        first = next(batches)
        with self._spooled(first.schema, chain([first], batches)) as rows:
            return in_turn(self._lake, lambda cursor: _write(cursor, run, rows, persons))

    def unchanged(self, run: Run) -> Run:
        """Notes a run for which nobody had to be asked: the table is as it was."""
        return in_turn(self._lake, lambda cursor: _noted(cursor, run))

    def read(self, run: Run) -> Iterator[pa.RecordBatch]:
        """The answers of a run; raises NotFoundError when its snapshot has expired."""
        table = f"{_table(run.question)}{self._at(run)}"
        with self._lake.cursor() as cursor:
            yield from cursor.execute(f"SELECT * FROM {table} ORDER BY patient").to_arrow_reader(ROWS)

    def drop(self, question: str) -> None:
        """Removes a question's table and its runs; earlier snapshots have them until they expire."""

        def work(cursor: duckdb.DuckDBPyConnection) -> None:
            cursor.execute(f"DROP TABLE {_table(question)}")
            cursor.execute(f"DELETE FROM {RUNS} WHERE question = ?", [question])

        in_turn(self._lake, work)

    @contextmanager
    def _spooled(self, columns: pa.Schema, batches: Iterator[pa.RecordBatch]) -> Iterator[int]:
        """The rows in the engine's own memory: the transaction that follows is short, and may be tried again."""
        with self._lake.cursor() as cursor:
            try:
                cursor.register("answers", pa.RecordBatchReader.from_batches(columns, batches))
                cursor.execute(f"CREATE OR REPLACE TABLE {SPOOL} AS SELECT * FROM answers")
                cursor.unregister("answers")
                yield int(cursor.execute(f"SELECT count(*) FROM {SPOOL}").fetchall()[0][0])
            finally:
                cursor.execute(f"DROP TABLE IF EXISTS {SPOOL}")

    def _found(self, condition: str, values: list[str]) -> list[Run]:
        query = f"SELECT {COLUMNS} FROM {RUNS} WHERE {condition} ORDER BY committed DESC, snapshot DESC"
        with self._lake.cursor() as cursor:
            return [_run(*row) for row in cursor.execute(query, values).fetchall()]

    def _at(self, run: Run) -> str:
        """Where in time a run's answers stand: now, for the last one of its question."""
        if self.latest(run.question) == run:
            return ""
        written = self._lake.written("runs", "run", run.name)
        if written is None:
            raise NotFoundError(
                f"the answers of {run.name} are gone", hint="its snapshot has expired; ask again"
            )
        return f" AT (VERSION => {written})"


def _write(cursor: duckdb.DuckDBPyConnection, run: Run, rows: int, persons: pa.Array | None) -> Run:
    table = _table(run.question)
    if persons is None:
        cursor.execute(f"DROP TABLE IF EXISTS {table}")
        cursor.execute(f"CREATE TABLE {table} AS SELECT * FROM {SPOOL}")
    else:
        cursor.register("asked", pa.table({"patient": persons}))
        cursor.execute(f"DELETE FROM {table} WHERE patient IN (SELECT patient FROM asked)")
        cursor.unregister("asked")
        cursor.execute(f"INSERT INTO {table} SELECT * FROM {SPOOL}")
    return _noted(cursor, replace(run, asked=rows if persons is None else len(persons)))


def _noted(cursor: duckdb.DuckDBPyConnection, run: Run) -> Run:
    held = cursor.execute(f"SELECT count(*) FROM {_table(run.question)}").fetchall()[0][0]
    done = replace(run, persons=int(held))
    cursor.execute(f"INSERT INTO {RUNS} ({COLUMNS}) VALUES ({', '.join('?' * 12)})", _row(done))
    return done


def _row(run: Run) -> list[object]:
    asked = [run.name, run.question, run.library, run.version, run.digest, json.dumps(run.definitions)]
    given = json.dumps(dict(run.parameters), ensure_ascii=False)
    return [*asked, given, run.moment, run.snapshot, run.asked, run.persons, run.committed]


def _run(*row: object) -> Run:
    names = COLUMNS.split(", ")
    found = dict(zip(["name", *names[1:]], row, strict=True))
    found |= {
        "definitions": tuple(json.loads(str(found["definitions"]))),
        "parameters": json.loads(str(found["parameters"])),
    }
    return Run(**found)  # type: ignore[arg-type]


def _table(question: str) -> str:
    return f"{CATALOG}.{RESULTS}.{schema.quoted(question)}"
