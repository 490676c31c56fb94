"""A program run over a lake: some buckets of persons at a time, in bounded memory, with progress."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import duckdb
import pyarrow as pa

from lakmus.core.errors import LakmusError, NotFoundError, TemporaryError
from lakmus.fhir.shapes import Shape
from lakmus.lake import CATALOG, Store, schema
from lakmus.query.cluster import Here, Report, Scheduler
from lakmus.query.cql import moment
from lakmus.query.engines.duckdb.elm.macros import install
from lakmus.query.engines.duckdb.elm.parameters import given
from lakmus.query.engines.duckdb.elm.plan import Plan
from lakmus.query.engines.duckdb.elm.retrieves import CODES
from lakmus.query.engines.duckdb.run import ROWS, TOGETHER
from lakmus.query.ir.elm.library import Program
from lakmus.terminology.provider import TerminologyProvider

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
        yield from (scheduler or Here(self._together(len(buckets)))).run(store, self.run, buckets, report)

    def _together(self, buckets: int) -> int:
        """How many buckets are run at a time: more, where few persons of each are asked about."""
        if not self.persons:
            return TOGETHER
        return max(TOGETHER, TOGETHER * IN_BUCKET * buckets // len(self.persons))

    def run(self, store: Store, buckets: Sequence[int]) -> Iterator[pa.RecordBatch]:
        """The rows of persons in some buckets; an empty batch that has the columns when there are none.

        Raises TemporaryError when files or catalog could not be read.
        """
        *before, last = _of(self.statements, buckets, some=self.persons is not None)
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


@dataclass(frozen=True)
class Question:
    """What is asked of a lake: definitions of a program, at a moment, of everybody or of some `persons`.

    `parameters` are Python values of the tree (`ir.elm.values`) by name.
    """

    program: Program
    names: Sequence[str]
    now: datetime
    parameters: Mapping[str, Any] = field(default_factory=dict)
    persons: Sequence[int] = ()

    def plan(self, store: Store, version: int) -> Plan:
        return Plan(self.program, LakeTables(store, version), self.given())

    def given(self) -> dict[str, str | None]:
        """The parameters as SQL."""
        types = {name: self._declared(name) for name in self.parameters}
        return {n: None if v is None else given(v, types[n]) for n, v in self.parameters.items()}

    def _declared(self, name: str) -> Any:
        libraries = (self.program.library, *self.program.libraries.values())
        found = next((each.parameters[name] for each in libraries if name in each.parameters), None)
        if found is None:
            raise NotFoundError(f"`{self.program.entry}` has no parameter `{name}`")
        return found.type

    def script(self, store: Store, version: int, terminology: TerminologyProvider | None = None) -> Script:
        """What is run. Raises UnsupportedError and NotFoundError as `evaluate` does."""
        plan = self.plan(store, version)
        statements = plan.script(self.names, readable=True)
        return Script(
            tuple(statements),
            _codes(plan, terminology),
            self.now,
            pa.array(self.persons, pa.int64()) if self.persons else None,
            tuple(sorted(plan.retrieves.read | {"Patient"})),
            tuple(sorted(plan.retrieves.referred)),
            plan.timeless,
        )


ABOUT = f"""-- Run on a connection with the lake attached, the macros of the schema `cql`, and a table {CODES}(set, code):
-- `code` is "system|code", `set` the name that a statement looks for."""


def shown(store: Store, question: Question, version: int) -> str:
    """The statements over all buckets, for people to read."""
    plan = question.plan(store, version)
    script = plan.script(question.names, readable=True)
    sets = [f"-- v{n}: {url}" for url, n in plan.retrieves.value_sets.items()]
    sets += [f"-- c{n}: {', '.join(codes)}" for codes, n in plan.retrieves.codes.items()]
    statements = _of(script, store.buckets(), some=False)
    return "\n".join((ABOUT, *sets, "", ";\n\n".join(statements) + ";"))


def _of(statements: Sequence[str], buckets: Sequence[int], *, some: bool) -> Iterator[str]:
    """The statements for records of some buckets and of nobody; of some persons only, if it is `some`."""
    numbers = ", ".join(map(str, (NOBODY, *buckets)))
    chosen = f" AND coalesce(lk_person, {NOBODY}) IN (FROM {PERSONS})" if some else ""
    return (each.replace(BUCKETS, numbers).replace(CHOSEN, chosen) for each in statements)


def evaluate(
    store: Store,
    question: Question,
    terminology: TerminologyProvider | None = None,
    *,
    version: int | None = None,
    report: Report = lambda part, step: None,
    scheduler: Scheduler | None = None,
) -> Iterator[pa.RecordBatch]:
    """A row for each person: `patient`, `errors` (the definitions that have no value for them), a column for each
    definition. At least one batch. Raises UnsupportedError for what SQL does not answer, NotFoundError for a value set
    that nobody has.
    """
    at = store.snapshot() if version is None else version
    yield from question.script(store, at, terminology).everybody(store, report, scheduler)


def _codes(plan: Plan, terminology: TerminologyProvider | None) -> pa.Table:
    """The codes that are looked for, each with the set that has it."""
    found = [(f"c{n}", code) for codes, n in plan.retrieves.codes.items() for code in codes]
    for url, n in plan.retrieves.value_sets.items():
        if terminology is None:
            raise NotFoundError(f"nobody says what is in the value set {url}", hint="give its value sets")
        found += [(f"v{n}", f"{system}|{code}") for system, code in terminology.members(url)]
    names, codes_ = zip(*found, strict=True) if found else ((), ())
    return pa.table({"set": pa.array(names, pa.string()), "code": pa.array(codes_, pa.string())})
