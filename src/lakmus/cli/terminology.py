"""`lakmus terminology`: code systems, value sets, maps and units."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated

import typer

from lakmus.cli.common import installation, progress, say, show
from lakmus.core.errors import InputError
from lakmus.core.quantities import plain
from lakmus.terminology import Coding, install

System = Annotated[str, typer.Argument(help="address of the code system, or an alias of it")]
Code = Annotated[str, typer.Argument(help="the code")]


def register(app: typer.Typer) -> None:
    group = typer.Typer(no_args_is_help=True, help="Code systems, value sets, maps, units.")
    group.command()(load)
    group.command("list")(list_installed)
    for command in (lookup, search, expand, validate, subsumes, translate, convert):
        group.command()(command)
    app.add_typer(group, name="terminology")


def load(
    path: Annotated[Path, typer.Argument(help="FHIR resources, or a folder of reference books")],
) -> None:
    """Install code systems, value sets and concept maps (JSON, NDJSON, Bundles; plain or gzip)."""
    app = installation()
    with progress("installing") as report:
        done = install(
            app.terminology, path, app.units, lambda name, part, of: report(part / max(of, 1), name)
        )
    for problem in done.problems:
        typer.secho(f"  {problem}", fg=typer.colors.YELLOW, err=True)
    say(
        f"{done.systems} code systems with {done.concepts} concepts, {done.value_sets} value sets, "
        f"{done.maps} maps with {done.mappings} mappings; {len(done.problems)} problems"
    )


def list_installed() -> None:
    """What is installed."""
    show(installation().terminology.installed(), ("kind", "url", "version", "name", "count"))


def lookup(system: System, code: Code) -> None:
    """What a code means."""
    show([installation().terminology.lookup(system, code)], ("code", "display", "active"))


def search(
    text: Annotated[str, typer.Argument(help="words, or the beginning of words")],
    system: Annotated[str, typer.Option(help="only of this code system")] = "",
) -> None:
    """Codes by words of their names."""
    show(installation().terminology.search(text, system=system), ("system", "code", "display"))


def expand(
    value_set: Annotated[str, typer.Argument(help="address of the value set")],
    text: Annotated[str, typer.Option(help="only codes with these words")] = "",
    count: Annotated[int, typer.Option(help="at most so many")] = 100,
) -> None:
    """The codes of a value set."""
    found = installation().terminology.expand(value_set, text=text, count=count)
    show(found.codings, ("system", "code", "display"))
    say(f"{len(found.codings)} of {found.total}")


def validate(
    system: System,
    code: Code,
    value_set: Annotated[str, typer.Option("--in", help="whether it is in this value set")] = "",
) -> None:
    """Whether a code exists, or is in a value set."""
    found = installation().terminology.validate_code(Coding(system, code), value_set)
    said = ", ".join(part for part in (found.display, found.message) if part)
    say(f"{'yes' if found.valid else 'no'}: {said}")
    if not found.valid:
        raise typer.Exit(1)


def subsumes(system: System, a: str, b: str) -> None:
    """How two codes of one system are related."""
    say(str(installation().terminology.subsumes(system, a, b).value))


def translate(
    system: System, code: Code, to: Annotated[str, typer.Option(help="target system")] = ""
) -> None:
    """What a code is in another system, by the installed maps."""
    rows = [
        {"system": t.target.system, "code": t.target.code, "display": t.target.display}
        | {"as": t.equivalence}
        for t in installation().terminology.translate(Coding(system, code), target_system=to)
    ]
    show(rows, ("system", "code", "display", "as"))


def convert(value: str, unit: str, to: str) -> None:
    """A value in another unit of UCUM."""
    found = installation().units.convert(_number(value), unit, to)
    if found is None:
        raise InputError("these units do not measure the same, or one is not UCUM")
    say(f"{plain(found)} {to}")


def _number(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise InputError("the value is not a number") from None
