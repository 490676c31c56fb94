"""`lakmus cql`: rules are checked, tried on one person's records, and laid out.

What asks the lake is imported by the commands that do: a rule is checked in a second.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from lakmus.cli import cql_format
from lakmus.cli.common import CLUSTER, say
from lakmus.core.errors import InputError, LakmusError
from lakmus.fhir.records import loads
from lakmus.query import cql
from lakmus.query.engines.reference.elm.evidence import Evidence
from lakmus.query.engines.reference.elm.literals import written
from lakmus.query.frontends.cql.parsing import snippet
from lakmus.query.ir.elm.values import Instance, Interval, Tuple

MODEL = Annotated[list[Path], typer.Option("--model", help="model information files; FHIR 4.0.1 is built in")]


def register(app: typer.Typer) -> None:
    group = typer.Typer(no_args_is_help=True, help="Rules in Clinical Quality Language.")
    for command in (check, run, explain, sql, evaluate):
        group.command(None if command is not evaluate else "eval")(command)
    cql_format.register(group)
    app.add_typer(group, name="cql")


def check(
    files: Annotated[list[Path], typer.Argument(help="libraries of CQL")],
    model: MODEL = [],  # noqa: B006
) -> None:
    """Say everything that is wrong with libraries, with the line and what to do."""
    faults = sum(_checked(file, model) for file in files)
    if faults:
        raise typer.Exit(InputError.exit_code)


def _checked(file: Path, models: list[Path]) -> int:
    try:
        program = cql.compile_file(file, models)
    except LakmusError as error:
        errors = cql.every(error)
        for each in errors:
            typer.secho(_shown(file, each), err=True)
        return len(errors)
    library = program.library
    defined = [each for each in library.definitions.values() if each.expression.place is not None]
    say(f"{file}: {len(defined)} definitions, {len(library.functions)} functions, nothing wrong")
    return 0


def _shown(file: Path, error: LakmusError) -> str:
    """The message, then the line with a caret, when it is a line of this file."""
    place = error.place
    if place is None or place.line is None or place.source not in ("", file.name):
        return f"{file}: {error}"
    at = f"{file}:{place.line}:{place.column}"
    lines = snippet(cql.read_text(file), place)
    return "\n".join(
        part for part in (f"{at}: {error.message}", lines, f"  {error.hint}" if error.hint else "") if part
    )


def evaluate(expression: Annotated[str, typer.Argument(help="an expression, such as '1 + 1'")]) -> None:
    """The value of one expression that asks for no records."""
    say(text(cql.evaluate_text(expression)))


RECORDS = Annotated[
    Path | None,
    typer.Option(help="one person's records: a Bundle or NDJSON of FHIR resources; the lake's without"),
]
SNAPSHOT = Annotated[int | None, typer.Option(help="of the lake as of this snapshot; the newest without")]
DEFINE = Annotated[list[str], typer.Option("--define", help="definitions; all that are public without")]


PARAMETER = Annotated[
    list[str],
    typer.Option(
        "--parameter", help='"Name=expression", such as "Period=Interval[@2026-01-01, @2026-12-31]"'
    ),
]


def run(
    file: Annotated[Path, typer.Argument(help="a library of CQL")],
    records: RECORDS = None,
    define: DEFINE = [],  # noqa: B006
    parameter: PARAMETER = [],  # noqa: B006
    person: Annotated[list[int], typer.Option(help="of these persons of the lake only")] = [],  # noqa: B006
    to: Annotated[
        Path | None, typer.Option(help="file for the answers: .parquet, .csv or .ndjson; counted without")
    ] = None,
    keep: Annotated[
        bool,
        typer.Option(
            "--keep",
            help="keep the answers in the lake: next time only those whose records changed are asked",
        ),
    ] = False,
    snapshot: SNAPSHOT = None,
    cluster: CLUSTER = None,
    model: MODEL = [],  # noqa: B006
) -> None:
    """The values of a library's definitions: for one person, or for everybody in the lake.

    A file with answers from the lake holds identified data: keep it where that may be.
    """
    from lakmus.cli import cql_lake

    program = cql.compile_file(file, model)
    if keep and records is not None:
        raise InputError("only answers from the lake are kept", hint="leave out --records or --keep")
    if keep:
        cql_lake.keep(cql_lake.question(program, define, parameter, person), parameter, to, snapshot, cluster)
        return
    if records is None:
        cql_lake.ask(cql_lake.question(program, define, parameter, person), to, snapshot, cluster)
        return
    given = cql_lake.question(program, define, parameter, []).parameters
    asked = cql.evaluation(program, _resources(records), parameters=given)
    for name in define or cql.public(program):
        say(f"{name}: {text(asked.define(name))}")


def sql(
    file: Annotated[Path, typer.Argument(help="a library of CQL")],
    define: DEFINE = [],  # noqa: B006
    parameter: PARAMETER = [],  # noqa: B006
    model: MODEL = [],  # noqa: B006
) -> None:
    """The SQL that `run` asks the lake with: a statement for each step, named by the definition it is for."""
    from lakmus.cli import cql_lake

    cql_lake.sql(cql_lake.question(cql.compile_file(file, model), define, parameter, []))


def explain(
    file: Annotated[Path, typer.Argument(help="a library of CQL")],
    define: Annotated[str, typer.Option(help="a definition")],
    records: RECORDS = None,
    person: Annotated[int | None, typer.Option(help="this person's records in the lake")] = None,
    run: Annotated[str, typer.Option(help="as of this run, whose answers are kept")] = "",
    snapshot: SNAPSHOT = None,
    parameter: PARAMETER = [],  # noqa: B006
    model: MODEL = [],  # noqa: B006
) -> None:
    """What is behind a value: the definitions it used, their values, and the records they found."""
    from lakmus.cli import cql_lake

    program = cql.compile_file(file, model)
    if records is not None and person is None:
        given = cql_lake.question(program, [define], parameter, []).parameters
        asked = cql.evaluation(program, _resources(records), parameters=given)
    elif person is not None and records is None:
        asked = cql_lake.person(program, person, run, snapshot, parameter)
    else:
        raise InputError("whose value is it?", hint="give either --records or --person")
    asked.define(define)
    entry = asked.program.entry
    _told(asked.evidence[entry, define], asked.values, 0)


def _told(evidence: Evidence, values: dict[tuple[str, str], Any], depth: int) -> None:
    say(
        f"{'  ' * depth}{evidence.name} [{evidence.library}]: {text(values[evidence.library, evidence.name])}"
    )
    for record in evidence.found:
        say(f"{'  ' * (depth + 1)}{record}")
    for other in evidence.used.values():
        _told(other, values, depth + 1)


def _resources(file: Path) -> list[dict[str, Any]]:
    """The resources of a Bundle, or one of each line."""
    content = cql.read_text(file)
    try:
        found = [loads(line.encode()) for line in content.splitlines() if line.strip()]
    except (LakmusError, ValueError):
        found = [loads(content.encode())]
    resources = [each for each in found if isinstance(each, dict)]
    if len(resources) == 1 and resources[0].get("resourceType") == "Bundle":
        entries = resources[0].get("entry") or []
        return [each["resource"] for each in entries if isinstance(each, dict) and "resource" in each]
    return resources


def text(value: Any) -> str:
    """A value as CQL writes it; a record by its type and id."""
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case str():
            return f"'{value}'"
        case list():
            return "{" + ", ".join(map(text, value)) + "}"
        case Tuple():
            return (
                "Tuple {" + ", ".join(f"{name}: {text(each)}" for name, each in value.elements.items()) + "}"
            )
        case Interval():
            ends = "[" if value.low_closed else "(", "]" if value.high_closed else ")"
            return f"Interval{ends[0]}{text(value.low)}, {text(value.high)}{ends[1]}"
        case Instance():
            return value.path or str(value.type)
    try:
        return written(value)
    except (LakmusError, TypeError, KeyError, AttributeError, AssertionError):
        return str(value)
