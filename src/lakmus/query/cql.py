"""CQL for those who have a file: libraries found beside it, models by name, one value of one expression.

>>> evaluate_text("days between @2020-01-01 and @2020-03-01")
60
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from lakmus.core.clock import Clock, SystemClock
from lakmus.core.errors import InputError, LakmusError, ManyErrors, NotFoundError
from lakmus.query.engines.reference.elm.evaluate import Evaluation
from lakmus.query.engines.reference.elm.records import Records
from lakmus.query.engines.reference.elm.rows import Context
from lakmus.query.frontends.cql.translate.program import Models, Sources, compile
from lakmus.query.ir.elm.library import Program
from lakmus.query.ir.elm.values import DateTime
from lakmus.query.models.conversions import HELPERS
from lakmus.query.models.fhir import fhir_model
from lakmus.query.models.model import Model
from lakmus.query.models.modelinfo import read_model
from lakmus.terminology.provider import TerminologyProvider
from lakmus.terminology.units import Units

# Library files larger than this are no libraries people write.
LONGEST = 5_000_000


def compile_file(file: Path, models: Iterable[Path] = ()) -> Program:
    """The program of a library with those it includes, which lie beside it as `Name.cql` or `Name-version.cql`.

    `models` are model information files; FHIR 4.0.1 is built in. Raises ManyErrors with every error and its place.
    """
    return compile(read_text(file), known_models(models), beside(file), file.name)


def read_text(file: Path) -> str:
    try:
        if file.stat().st_size > LONGEST:
            raise InputError(f"{file} is larger than {LONGEST:,} bytes")
        return file.read_text("utf-8-sig")
    except (OSError, ValueError):
        raise InputError(f"{file} is no readable text") from None


def beside(file: Path) -> Sources:
    """Libraries in the folder of a file."""

    def text(name: str, version: str | None) -> str:
        places = [file.parent / f"{name}.cql", *([file.parent / f"{name}-{version}.cql"] if version else [])]
        found = next((place for place in places if place.is_file() and place.parent == file.parent), None)
        if found is not None:
            return read_text(found)
        if name == HELPERS:  # its conversions are built in
            return f"library {HELPERS}"
        looked = " or ".join(f"`{place.name}`" for place in places)
        raise NotFoundError(f"there is no library `{name}`", hint=f"put {looked} beside {file.name}")

    return text


def known_models(files: Iterable[Path] = ()) -> Models:
    """FHIR, and what model information files say, by name."""
    read = [read_model(file.read_bytes()) for file in files]
    found: Mapping[str, Model] = {model.name: model for model in read}

    def model(name: str, version: str | None) -> Model:
        if name in found:
            return found[name]
        if name != "FHIR":
            raise NotFoundError(f"there is no model `{name}`", hint="give its model information file")
        if version not in (None, "4.0.1", "4.0.0"):
            raise NotFoundError(f"there is no FHIR {version} here", hint="FHIR 4.0.1 is built in")
        return fhir_model()

    return model


def evaluation(
    program: Program,
    resources: Iterable[Mapping[str, Any]] = (),
    *,
    clock: Clock | None = None,
    terminology: TerminologyProvider | None = None,
    parameters: Mapping[str, Any] | None = None,
) -> Evaluation:
    """A program over one person's records, by the reference engine: definitions are asked of it by name."""
    context = Context(moment((clock or SystemClock()).now()), Units(), terminology)
    return Evaluation(program, Records(resources), context, parameters or {})


def moment(now: datetime) -> DateTime:
    """An aware datetime as CQL's DateTime, to the millisecond."""
    offset = now.utcoffset()
    assert offset is not None
    parts = (now.year, now.month, now.day, now.hour, now.minute, now.second, now.microsecond // 1000)
    return DateTime(parts, int(offset.total_seconds()) // 60)


def evaluate_text(expression: str, clock: Clock | None = None) -> Any:
    """The value of one expression that asks for no records. Raises ManyErrors, or InputError when it has none."""
    program = compile(f"define X: {expression}", known_models())
    return evaluation(program, clock=clock).define("X")


def parameter(program: Program, name: str, text: str, clock: Clock | None = None) -> Any:
    """The value of a parameter that is given as an expression, of the type that the program declares."""
    libraries = (program.library, *program.libraries.values())
    declared = next((each.parameters[name] for each in libraries if name in each.parameters), None)
    if declared is None:
        known = sorted({each for library in libraries for each in library.parameters})
        hint = f"it has {', '.join(known)}" if known else "it has none"
        raise NotFoundError(f"`{program.entry}` has no parameter `{name}`", hint=hint)
    made = compile(f"parameter P default {text}\ndefine X: P as {declared.type}", known_models())
    if made.library.parameters["P"].type != declared.type:
        made = compile(f"parameter P {declared.type} default {text}\ndefine X: P", known_models())
    return evaluation(made, clock=clock).define("X")


def public(program: Program) -> list[str]:
    """The definitions that a program is asked for when nobody says which."""
    named = program.library.definitions.items()
    return [name for name, each in named if each.public and each.expression.place is not None]


def every(error: LakmusError) -> tuple[LakmusError, ...]:
    """The errors that one error holds."""
    return error.errors if isinstance(error, ManyErrors) else (error,)
