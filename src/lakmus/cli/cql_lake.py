"""`lakmus cql run` over a lake, and `lakmus cql sql`: a library asked of everybody."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute

from lakmus.access import Action, Resource
from lakmus.app import App
from lakmus.cli.common import installation, progress, say, show
from lakmus.core.clock import FixedClock, SystemClock
from lakmus.core.errors import InputError
from lakmus.lake.results import Results
from lakmus.query import cql
from lakmus.query.cluster import opened
from lakmus.query.engines.duckdb import write
from lakmus.query.engines.duckdb.elm import keeping
from lakmus.query.engines.duckdb.elm.run import Question, evaluate, shown
from lakmus.query.engines.reference.elm.evaluate import Evaluation
from lakmus.query.ir.elm.library import Program

COUNTS = ("definition", "persons", "true", "false", "null", "without a value")


def question(program: Program, define: list[str], given: list[str], persons: list[int]) -> Question:
    """What the options of a command ask."""
    clock = FixedClock(SystemClock().now())
    parameters = {
        name: cql.parameter(program, name, text, clock) for name, text in (_parts(each) for each in given)
    }
    return Question(program, define or cql.public(program), clock.now(), parameters, persons)


def _parts(given: str) -> tuple[str, str]:
    """The name of a parameter, and the expression it is."""
    name, sign, text = given.partition("=")
    if not sign:
        raise InputError(f"`{given}` gives no parameter", hint='write "Name=expression"')
    return name.strip(), text


def ask(asked: Question, to: Path | None, snapshot: int | None, cluster: str | None) -> None:
    """Answers for everybody, worked out here or by a cluster: into a file, or counted."""
    app, at = _allowed(asked, snapshot)
    with opened(cluster) as scheduler, progress("asking everybody") as report:
        batches = evaluate(app.lake, asked, app.terminology, version=at, report=report, scheduler=scheduler)
        if to is not None:
            say(f"{written(batches, to)} persons in {to} (snapshot {at})")
            return
        counts = counted(batches, asked.names)
    show(counts, COUNTS)


def keep(
    asked: Question, given: list[str], to: Path | None, snapshot: int | None, cluster: str | None
) -> None:
    """Answers of those whose records changed since the same was asked last, beside the others' in the lake."""
    app, at = _allowed(asked, snapshot)
    texts = dict(_parts(each) for each in given)
    ask = partial(keeping.keep, app.lake, asked, app.terminology, version=at, texts=texts)
    with opened(cluster) as scheduler, progress("asking those whose records changed") as report:
        run = ask(now=app.clock.now(), report=report, scheduler=scheduler)
    say(f"asked {run.asked} of {run.persons} persons (run {run.name}, snapshot {at})")
    answers = Results(app.lake).read(run)
    if to is not None:
        say(f"{written(answers, to)} persons in {to}")
        return
    show(counted(answers, run.definitions), COUNTS)


def _allowed(asked: Question, snapshot: int | None) -> tuple[App, int]:
    app = installation()
    at = app.lake.snapshot() if snapshot is None else snapshot
    app.may(Action.QUERY_IDENTIFIED, objects=[f"cql:{asked.program.entry}", f"snapshot:{at}"])
    return app, at


def written(batches: Iterable[pa.RecordBatch], to: Path) -> int:
    """Answers into a file; gives the number of rows."""
    return write(_flat(batches) if to.suffix.lower() == ".csv" else batches, to)


def _flat(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Errors as one text: CSV has no lists."""
    for batch in batches:
        errors = pa.array(["; ".join(row) for row in batch.column("errors").to_pylist()], pa.string())
        yield batch.set_column(1, "errors", errors)


def person(program: Program, number: int, run: str, snapshot: int | None, given: list[str]) -> Evaluation:
    """One person of the lake asked by the reference engine, which says why; as of a run, if one is named."""
    app = installation()
    at, now = app.lake.snapshot() if snapshot is None else snapshot, app.clock.now()
    if run:
        kept = Results(app.lake).run(run)
        at, now, given = kept.snapshot, kept.moment, [f"{n}={text}" for n, text in kept.parameters.items()]
        if kept.digest != program.digest:
            raise InputError(
                f"{run} asked another text of {kept.library}", hint="give the library as it was then"
            )
    app.may(Action.READ_PERSON, Resource(person=number), [f"cql:{program.entry}", f"snapshot:{at}"])
    records = app.lake.one_person(number, version=at)
    resources = [each for kind in records.resource_types() for each in records.resources(kind)]
    clock = FixedClock(now)
    parameters = {name: cql.parameter(program, name, text, clock) for name, text in map(_parts, given)}
    return cql.evaluation(program, resources, clock=clock, terminology=app.terminology, parameters=parameters)


def sql(asked: Question) -> None:
    """The statements, for the newest snapshot."""
    app = installation()
    say(shown(app.lake, asked, app.lake.snapshot()))


def counted(batches: Iterable[pa.RecordBatch], names: Iterable[str]) -> list[dict[str, Any]]:
    """Of each definition, how many persons have which answer; what is no Boolean is there or null."""
    counts: dict[str, Counter[str]] = {}
    names, persons, failed = list(names), 0, Counter[str]()
    for batch in batches:
        persons += batch.num_rows
        failed.update(name for row in batch.column("errors").to_pylist() for name in row)
        for name in names:
            counts.setdefault(name, Counter()).update(_answers(batch.column(name)))
    return [_row(name, persons, counts.get(name, Counter()), failed[name]) for name in names]


def _answers(column: pa.Array) -> Counter[str]:
    null = column.null_count
    if not pa.types.is_boolean(column.type):
        return Counter({"null": null})
    true = pyarrow.compute.sum(column).as_py() or 0
    return Counter({"true": true, "false": len(column) - null - true, "null": null})


def _row(name: str, persons: int, found: Counter[str], failed: int) -> dict[str, Any]:
    counted = {kind: found[kind] if kind in found or "true" in found else "" for kind in ("true", "false")}
    return {
        "definition": name,
        "persons": persons,
        **counted,
        "null": found["null"] - failed,
        "without a value": failed,
    }
