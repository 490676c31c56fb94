"""`lakmus.open`: an installation's records, or an open lake's tables, for notebooks and programs.

Every read of the identified zone passes the gate first: who asked for what over which snapshot is in the audit log.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import pyarrow as pa

from lakmus.access import Action, Resource
from lakmus.app.installation import App
from lakmus.client.tables import module
from lakmus.core.clock import FixedClock
from lakmus.core.errors import NotFoundError
from lakmus.lake import CATALOG, OpenLake, Store, location, schema
from lakmus.lake.person import OnePerson
from lakmus.lake.results import Results, Run
from lakmus.query.engines.duckdb import run

if TYPE_CHECKING:
    from lakmus.query.cluster import Cluster
    from lakmus.query.engines.duckdb.elm.run import Question

ROWS = 100_000  # of one batch


@dataclass(frozen=True)
class Relation:
    """Rows to come: read each time they are asked for, in the form that is asked for."""

    name: str
    _read: Callable[[], Iterator[pa.RecordBatch]]

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Arrow batches, one after another: for what is larger than memory."""
        return self._read()

    def arrow(self) -> pa.Table:
        return pa.Table.from_batches(list(self._read()))

    def pandas(self) -> Any:
        """A pandas.DataFrame; needs pandas."""
        module("pandas")
        return self.arrow().to_pandas()

    def polars(self) -> Any:
        """A polars.DataFrame; needs Polars."""
        return module("polars").from_arrow(self.arrow())

    def duckdb(self) -> Any:
        """A DuckDB relation in a database of its own."""
        return module("duckdb").connect().from_arrow(self.arrow())


def read_now(relation: Relation) -> Relation:
    """The same rows, read already: the lake may be closed."""
    table = relation.arrow()
    return Relation(relation.name, lambda: iter(table.to_batches()))


class Opened:
    """What is closed after use: by hand, or at the end of a `with`."""

    def __init__(self, opened: App | OpenLake) -> None:
        self._opened = opened

    def close(self) -> None:
        self._opened.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


class Records(Opened):
    """The identified records of an installation as of one snapshot."""

    def __init__(self, app: App, snapshot: int | None = None) -> None:
        super().__init__(app)
        self._app = app
        self.snapshot = app.lake.snapshot() if snapshot is None else snapshot

    def types(self) -> list[str]:
        """Resource types that have records."""
        return self._app.lake.resource_types(self.snapshot)

    def table(self, resource_type: str) -> Relation:
        """All records of a type as typed columns (see docs/adr/0001-lake-layout.md)."""
        if resource_type not in self.types():
            raise NotFoundError(
                f"the lake has no {resource_type}",
                hint=f"it has {', '.join(self.types()) or 'no records yet'}",
            )
        source = f"{CATALOG}.{schema.quoted(resource_type)} AT (VERSION => {self.snapshot})"
        return Relation(resource_type, lambda: self._rows(resource_type, source))

    def view(self, definition: Mapping[str, Any]) -> Relation:
        """A SQL-on-FHIR ViewDefinition over all records."""
        name = str(definition.get("name") or definition.get("resource", "view"))

        def read() -> Iterator[pa.RecordBatch]:
            self._ask(f"view:{name}")
            return run(self._app.lake, definition, version=self.snapshot)

        return Relation(name, read)

    def evaluate(
        self,
        library: str | Path,
        define: Sequence[str] = (),
        *,
        patients: Sequence[int] = (),
        as_of: datetime | None = None,
        parameters: Mapping[str, str] | None = None,
        models: Sequence[Path] = (),
        cluster: Cluster = None,
    ) -> Relation:
        """A CQL library asked of everybody, or of some `patients` (persons): a row each with `patient`, `errors` (the
        definitions that have no value for them), and a column for each definition.

        `as_of` is what `Now()` and `Today()` are; `parameters` are expressions by name; `cluster` is where the work is done:
        here, or by Spark (a master's address such as `local[4]`, or a SparkSession). Raises ManyErrors for a faulty
        library, UnsupportedError for what the engine does not answer, NotFoundError for a value set that nobody has, and
        TemporaryError when the cluster gives up.
        """
        from lakmus.query import cluster as clusters
        from lakmus.query.engines.duckdb.elm.run import evaluate

        asked = self._question(library, define, as_of, parameters, models, patients)
        ask = partial(evaluate, self._app.lake, asked, self._app.terminology, version=self.snapshot)

        def read() -> Iterator[pa.RecordBatch]:
            self._ask(f"cql:{asked.program.entry}")
            return clusters.on(cluster, lambda scheduler: ask(scheduler=scheduler))

        return Relation(asked.program.entry, read)

    def keep(
        self,
        library: str | Path,
        define: Sequence[str] = (),
        *,
        as_of: datetime | None = None,
        parameters: Mapping[str, str] | None = None,
        models: Sequence[Path] = (),
        cluster: Cluster = None,
    ) -> Run:
        """A CQL library asked as by `evaluate`, its answers kept in the lake: of everybody the first time, later only of
        those whose records changed since the same was asked last. `answers` gives them.
        """
        from lakmus.query.cluster import opened
        from lakmus.query.engines.duckdb.elm.keeping import keep

        asked, now = self._question(library, define, as_of, parameters, models), self._app.clock.now()
        self._ask(f"cql:{asked.program.entry}")
        ask = partial(keep, self._app.lake, asked, self._app.terminology, version=self.snapshot)
        with opened(cluster) as scheduler:
            return ask(now=now, texts=parameters, scheduler=scheduler)

    def runs(self) -> list[Run]:
        """The runs whose answers are kept, the newest first."""
        self._ask("results:runs")
        return Results(self._app.lake).runs()

    def answers(self, run: str) -> Relation:
        """What a run answered, columns as of `evaluate`; NotFoundError for one that nobody knows, or whose snapshot expired."""

        def read() -> Iterator[pa.RecordBatch]:
            self._ask(f"results:{run}")
            results = Results(self._app.lake)
            return results.read(results.run(run))

        return Relation(run, read)

    def _question(
        self,
        library: str | Path,
        define: Sequence[str],
        as_of: datetime | None,
        parameters: Mapping[str, str] | None,
        models: Sequence[Path],
        patients: Sequence[int] = (),
    ) -> Question:
        from lakmus.query import cql
        from lakmus.query.engines.duckdb.elm.run import Question

        program, clock = cql.compile_file(Path(library), models), FixedClock(as_of or self._app.clock.now())
        given = {name: cql.parameter(program, name, text, clock) for name, text in (parameters or {}).items()}
        return Question(program, define or cql.public(program), clock.now(), given, patients)

    def person(self, person: int) -> OnePerson:
        """A handle on one person, which reads nobody else's records."""
        self._app.may(Action.READ_PERSON, Resource(person=person), [f"snapshot:{self.snapshot}"])
        return self._app.lake.one_person(person, version=self.snapshot)

    def _rows(self, resource_type: str, source: str) -> Iterator[pa.RecordBatch]:
        self._ask(f"type:{resource_type}")
        return _read(self._app.lake, source)

    def _ask(self, what: str) -> None:
        self._app.may(Action.QUERY_IDENTIFIED, objects=[what, f"snapshot:{self.snapshot}"])


class OpenTables(Opened):
    """The tables of all published releases in an open lake."""

    def __init__(self, lake: OpenLake) -> None:
        super().__init__(lake)
        self._lake = lake

    def releases(self) -> list[str]:
        """Published releases, as name@version."""
        return self._lake.releases()

    def table(self, release: str, name: str) -> Relation:
        """A table of a release (name@version)."""
        if name not in self._lake.tables(release):
            raise NotFoundError(f"the open lake has no table {name} of {release}", hint=_known(self._lake))
        source = f"{CATALOG}.{schema.quoted(release)}.{schema.quoted(name)}"
        return Relation(name, lambda: _read(self._lake, source))


def open_at(folder: str | Path | None = None, *, snapshot: int | None = None) -> Records | OpenTables:
    """What is at a folder: an installation's records, or an open lake's tables.

    Without a folder it is the installation that environment and settings file speak of. `snapshot` pins records to an
    earlier state. Raises NotFoundError when there is neither.
    """
    if folder is None:
        return Records(App.from_environment(), snapshot)
    place = Path(folder).expanduser()
    if (place / location.FILE).exists():
        return OpenTables(OpenLake.open(place))
    return Records(App.at(place), snapshot)


def _read(lake: Store, source: str) -> Iterator[pa.RecordBatch]:
    with lake.cursor() as cursor:
        yield from cursor.execute(f"SELECT * FROM {source}").to_arrow_reader(ROWS)  # noqa: S608 - quoted names


def _known(lake: OpenLake) -> str:
    return f"it has {', '.join(lake.releases()) or 'no release yet'}"
