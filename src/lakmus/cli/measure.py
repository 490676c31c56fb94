"""`lakmus measure`: quality measures over records, as FHIR reports."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import msgspec
import pyarrow as pa
import typer

from lakmus.access import Action
from lakmus.cli.common import CLUSTER, Report, installation, progress, say
from lakmus.cli.cql import MODEL
from lakmus.cli.measure_records import people, value_sets
from lakmus.core.clock import FixedClock, SystemClock
from lakmus.core.errors import InputError, NotFoundError
from lakmus.fhir.records import dumps, loads
from lakmus.lake import IdentifiedLake
from lakmus.lake.results import Results
from lakmus.query import cql, measures
from lakmus.query.cluster import opened
from lakmus.query.engines.duckdb.elm import keeping
from lakmus.query.engines.duckdb.elm.run import Question, evaluate
from lakmus.query.ir.elm.library import Program
from lakmus.query.measures import Kind, Measure, People, Period, Person
from lakmus.query.measures.population import Everybody
from lakmus.terminology import LocalTerminology
from lakmus.terminology.provider import TerminologyProvider

FILE = Annotated[Path, typer.Argument(help="a FHIR R4 Measure as JSON")]
LIBRARIES = Annotated[
    Path | None,
    typer.Option("--library-folder", help="its CQL libraries; they are beside the measure without"),
]
RECORDS = Annotated[
    Path | None,
    typer.Option(help="records of many persons: a file or folder of NDJSON or Bundles; the lake's without"),
]
SNAPSHOT = Annotated[int | None, typer.Option(help="of the lake as of this snapshot; the newest without")]
KEEP = Annotated[
    bool,
    typer.Option(
        "--keep", help="keep the answers in the lake: next time only those whose records changed are asked"
    ),
]
FROM = Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="first day of the period")]
TO = Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="last day of the period")]
VALUE_SETS = Annotated[Path | None, typer.Option("--value-sets", help="a file or folder of FHIR value sets")]
REPORT = Annotated[Kind, typer.Option(help="of all; of all with who they are; or of each person, by line")]
OUT = Annotated[Path | None, typer.Option(help="file to write; printed without")]


def register(app: typer.Typer) -> None:
    group = typer.Typer(no_args_is_help=True, help="Quality measures: FHIR Measure in, MeasureReport out.")
    group.command()(run)
    group.command()(check)
    app.add_typer(group, name="measure")


def check(file: FILE, library_folder: LIBRARIES = None, model: MODEL = []) -> None:  # noqa: B006
    """Say what is wrong with a measure and its library, without running it."""
    measure, program = _read(file, library_folder, model)
    groups = ", ".join(f"{each.scoring} of {len(each.populations)} populations" for each in measure.groups)
    say(f"{measure.canonical} by {program.entry}: {groups}; nothing wrong")


def run(
    file: FILE,
    start: FROM,
    end: TO,
    records: RECORDS = None,
    library_folder: LIBRARIES = None,
    value_set_folder: VALUE_SETS = None,
    report: REPORT = Kind.SUMMARY,
    out: OUT = None,
    snapshot: SNAPSHOT = None,
    keep: KEEP = False,
    cluster: CLUSTER = None,
    model: MODEL = [],  # noqa: B006
) -> None:
    """A measure over persons' records: those of files, or everybody in the lake. All but the summary name persons."""
    measure, program = _read(file, library_folder, model)
    period, clock = Period(start.date(), end.date()), FixedClock(SystemClock().now())
    with progress("value sets") as told:
        terminology = value_sets(value_set_folder, told)
    if keep and records is not None:
        raise InputError("only answers from the lake are kept", hint="leave out --records or --keep")
    if records is None:
        with opened(cluster) as scheduler, progress("asking everybody") as told:
            given = terminology if value_set_folder is not None else None
            ask = partial(_kept if keep else evaluate, report=told, scheduler=scheduler)
            everybody = Everybody(measure, program)
            answers = _lake(everybody.question(period, clock.now()), given, snapshot, ask)
            asked = everybody.subjects(answers, named=report is not Kind.SUMMARY)
            _write(map(_text, measures.reports(measure, asked, period, clock, report)), out)
        return
    with progress("records") as told:
        persons = people(records, told)
    with progress("measure") as told:
        asked = measures.subjects(program, _counted(persons, told), period, clock, terminology)
        _write(map(_text, measures.reports(measure, asked, period, clock, report)), out)


def _lake(
    question: Question,
    terminology: LocalTerminology | None,
    snapshot: int | None,
    ask: Callable[..., Iterator[pa.RecordBatch]],
) -> Iterator[pa.RecordBatch]:
    """Everybody in the installation's lake; its own terminology when no value sets are given."""
    app = installation()
    at = app.lake.snapshot() if snapshot is None else snapshot
    app.may(Action.QUERY_IDENTIFIED, objects=[f"measure:{question.program.entry}", f"snapshot:{at}"])
    given = terminology or app.terminology
    return ask(app.lake, question, given, version=at)


def _kept(
    lake: IdentifiedLake, question: Question, terminology: TerminologyProvider, **options: Any
) -> Iterator[pa.RecordBatch]:
    """Answers that are kept: asked of those whose records changed."""
    run = keeping.keep(lake, question, terminology, now=question.now, **options)
    typer.echo(
        f"asked {run.asked} of {run.persons} persons (run {run.name}, snapshot {run.snapshot})", err=True
    )
    return Results(lake).read(run)


def _read(file: Path, folder: Path | None, models: list[Path]) -> tuple[Measure, Program]:
    measure = measures.read_measure(_json(file))
    program = cql.compile_file(_library(measure, folder or file.parent), models)
    measures.check(measure, program)
    return measure, program


def _json(file: Path) -> Any:
    try:
        return loads(cql.read_text(file))
    except (ValueError, ArithmeticError, RecursionError):
        raise InputError(f"{file} is not JSON") from None


def _library(measure: Measure, folder: Path) -> Path:
    name, version = measure.library_name, measure.library_version
    places = [folder / f"{name}.cql", *([folder / f"{name}-{version}.cql"] if version else [])]
    found = next((each for each in places if each.is_file() and each.parent == folder), None)
    if found is None:
        looked = " or ".join(f"`{each.name}`" for each in places)
        hint = f"put {looked} into {folder}, or name its folder by --library-folder"
        raise NotFoundError(f"there is no library `{name}`", hint=hint)
    return found


def _counted(persons: People, told: Report) -> Iterator[Person]:
    """Persons one by one, with the bar moved on."""
    for done, person in enumerate(persons):
        told(done / len(persons), f"{done} of {len(persons)} patients")
        yield person
    told(1.0, f"{len(persons)} patients")


def _write(texts: Iterable[str], out: Path | None) -> None:
    """Prints, or writes a file that is there only when it is whole."""
    if out is None:
        for text in texts:
            say(text)
        return
    part = out.with_name(f"{out.name}.part")
    try:
        with part.open("w", encoding="utf-8") as stream:
            written = sum(1 for text in texts if stream.write(f"{text}\n"))
        part.replace(out)
    except OSError:
        raise InputError(f"{out} cannot be written") from None
    finally:
        part.unlink(missing_ok=True)
    say(f"{written} {'report' if written == 1 else 'reports'} in {out}")


def _text(report: dict[str, Any]) -> str:
    """Of persons a line each, so that many make NDJSON; others for people to read."""
    line = dumps(report)
    return line if report["type"] == Kind.INDIVIDUAL else msgspec.json.format(line, indent=2)
