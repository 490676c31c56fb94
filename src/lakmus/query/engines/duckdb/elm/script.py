"""What is run over a lake: statements, and all that they read besides it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import duckdb
import pyarrow as pa

from lakmus.core.errors import LakmusError, TemporaryError
from lakmus.fhir.shapes import Shape
from lakmus.lake import CATALOG, Store, schema
from lakmus.query.cluster import Here, Report, Scheduler
from lakmus.query.cql import moment
from lakmus.query.engines.duckdb.elm.macros import install
from lakmus.query.engines.duckdb.elm.retrieves import CODES
from lakmus.query.engines.duckdb.run import ROWS

# Stand in a script for the numbers of the buckets that are read, and for a condition on persons.
BUCKETS, CHOSEN = "lakmus_buckets", " AND lakmus_chosen"
PERSONS = "lakmus_persons"  # the table of those who are asked about, where that is not everybody
IN_BUCKET = 10_000  # persons that a bucket is meant for
NOBODY = -1  # the bucket of records that are of no person: medications, places, organizations
NOTHING = "(SELECT NULL::VARCHAR AS id, NULL::VARCHAR AS lk_site, NULL::BIGINT AS lk_key, NULL::BIGINT AS lk_person WHERE false)"


@dataclass(frozen=True)
class LakeTables:
    """The tables of a snapshot; which buckets and persons of them, a script says when it is run."""

    store: Store
    version: int

    def relation(self, resource: str) -> str:
        if not self.store.schema(resource, self.version):
            return NOTHING
        table = f"{CATALOG}.{schema.quoted(resource)} AT (VERSION => {self.version})"
        return f"(SELECT * FROM {table} WHERE lk_bucket IN ({BUCKETS}){CHOSEN})"

    def shape(self, resource: str) -> Shape:
        columns = self.store.schema(resource, self.version)
        return Shape(fields={n: schema.shape_of(t) for n, t in columns.items() if not n.startswith("lk_")})

    def persons(self) -> str:
        return f"SELECT DISTINCT lk_person AS p FROM {self.relation('Patient')} WHERE lk_person IS NOT NULL"


@dataclass(frozen=True)
class Script:
    """The statements of a question with all that they read besides the lake: may be run anywhere, some buckets at a time.

    `codes` has the columns `set` and `code`; `persons` are int64 numbers, None for everybody. Of the records of `types` and
    those they are `referred` to by (see `Retrieves`) answers depend; and on `now` unless they are `timeless`.
    """

    statements: tuple[str, ...]
    codes: pa.Table
    now: datetime
    persons: pa.Array | None = None
    types: tuple[str, ...] = ()
    referred: tuple[tuple[str, str, str], ...] = ()
    timeless: bool = False

    def buckets(self, store: Store) -> list[int]:
        """Those in which somebody is asked about; at least one."""
        every = store.buckets()
        if self.persons is None:
            return every
        return sorted({person % len(every) for person in self.persons.to_pylist()}) or every[:1]

    def everybody(
        self,
        store: Store,
        report: Report = lambda part, step: None,
        scheduler: Scheduler | None = None,
    ) -> Iterator[pa.RecordBatch]:
        """The rows of all who are asked about, some buckets at a time; at least one batch."""
        buckets = self.buckets(store)
        yield from (scheduler or Here()).run(store, self.run, buckets, report, self._share(len(buckets)))

    def _share(self, buckets: int) -> float:
        """Which part of the persons of buckets is asked about."""
        return 1.0 if self.persons is None else min(1.0, len(self.persons) / (buckets * IN_BUCKET))

    def run(self, store: Store, buckets: Sequence[int]) -> Iterator[pa.RecordBatch]:
        """The rows of persons in some buckets; an empty batch that has the columns when there are none.

        Raises TemporaryError when files or catalog could not be read.
        """
        *before, last = of(self.statements, buckets, some=self.persons is not None)
        with store.cursor() as cursor:
            try:
                self._prepare(cursor)
                for statement in before:
                    cursor.execute(statement)
                reader = cursor.execute(last).to_arrow_reader(ROWS)
                empty = True
                for batch in reader:
                    empty = False
                    yield batch
            except duckdb.IOException as error:
                raise TemporaryError(f"the lake could not be read ({type(error).__name__})") from None
            except duckdb.Error as error:  # its message may quote data
                raise LakmusError(f"the engine refused a rule ({type(error).__name__})") from None
            if empty:
                yield pa.RecordBatch.from_pylist([], schema=reader.schema)

    def _prepare(self, cursor: duckdb.DuckDBPyConnection) -> None:
        install(cursor, moment(self.now))
        tables = {CODES: self.codes}
        if self.persons is not None:
            tables[PERSONS] = pa.table({"person": [NOBODY, *self.persons.to_pylist()]})
        for name, rows in tables.items():
            cursor.register("lakmus_given", rows)
            cursor.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT * FROM lakmus_given")
            cursor.unregister("lakmus_given")


def of(statements: Sequence[str], buckets: Sequence[int], *, some: bool) -> Iterator[str]:
    """The statements for records of some buckets and of nobody; of some persons only, if it is `some`."""
    numbers = ", ".join(map(str, (NOBODY, *buckets)))
    chosen = f" AND coalesce(lk_person, {NOBODY}) IN (FROM {PERSONS})" if some else ""
    return (each.replace(BUCKETS, numbers).replace(CHOSEN, chosen) for each in statements)
