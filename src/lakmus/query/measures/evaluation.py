"""A measure over persons by the reference engine, one person after another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from lakmus.core.clock import Clock, FixedClock
from lakmus.core.errors import InputError, LakmusError, ManyErrors, NotFoundError
from lakmus.fhir.definitions import suggestion
from lakmus.query import cql
from lakmus.query.engines.reference.elm.evaluate import Evaluation
from lakmus.query.engines.reference.elm.fhir_values import conversion, conversion_of
from lakmus.query.engines.reference.elm.rows import Call
from lakmus.query.ir.elm.library import Program
from lakmus.query.ir.elm.types import BOOLEAN, DATE, DATETIME, QUANTITY, CqlType, IntervalType, ListType
from lakmus.query.ir.elm.values import Date, DateTime, Instance, Interval
from lakmus.query.measures import measure as measures
from lakmus.query.measures.measure import Code, Criteria, Group, Measure
from lakmus.query.measures.people import Person
from lakmus.query.measures.report import Period
from lakmus.query.measures.tally import Subject
from lakmus.terminology.provider import TerminologyProvider

PERIOD = "Measurement Period"


def check(measure: Measure, program: Program) -> None:
    """Raises ManyErrors when the library lacks what the measure names, or has it of another type."""
    errors = [*_undefined(measure, program), *_observations(measure, program)]
    if not any(PERIOD in library.parameters for library in program.libraries.values()):
        hint = f'declare parameter "{PERIOD}" Interval<DateTime>'
        errors.append(InputError(f"`{program.entry}` has no parameter `{PERIOD}`", hint=hint))
    if errors:
        raise ManyErrors(errors)


def _undefined(measure: Measure, program: Program) -> Iterator[LakmusError]:
    definitions = program.library.definitions
    for criteria, group in measure.criteria():
        found = definitions.get(criteria.name)
        if found is None:
            yield _no_such(criteria, program, "definition", definitions)
        elif group is not None and not _fits(found.expression.type, group):
            message = (
                f"`{criteria.name}` is {found.expression.type}, but the population basis is {group.basis}"
            )
            yield InputError(message, place=criteria.place, hint="change the definition, or the basis")


def _fits(type_: CqlType, group: Group) -> bool:
    """Lists of anything are let through: what they hold is told apart by its value."""
    return type_ == BOOLEAN if group.basis == measures.BOOLEAN else isinstance(type_, ListType)


def _observations(measure: Measure, program: Program) -> Iterator[LakmusError]:
    for group in measure.groups:
        wanted = 0 if group.basis == measures.BOOLEAN else 1
        for observation in group.all_of(Code.OBSERVATION):
            criteria = observation.criteria
            overloads = program.library.functions.get(criteria.name, ())
            if not any(len(each.operands) == wanted for each in overloads):
                yield _no_such(criteria, program, f"function of {wanted} operands", program.library.functions)


def _no_such(criteria: Criteria, program: Program, kind: str, known: Mapping[str, object]) -> LakmusError:
    message = f"library `{program.entry}` has no {kind} `{criteria.name}`"
    return NotFoundError(message, place=criteria.place, hint=suggestion(criteria.name, known))


def subjects(
    program: Program,
    persons: Iterable[Person],
    period: Period,
    clock: Clock,
    terminology: TerminologyProvider | None = None,
) -> Iterator[Subject]:
    """Each person as a measure asks for them. All are asked at one moment, that of the clock at the start."""
    now = FixedClock(clock.now())
    parameters = {PERIOD: interval(period, now, point_of(program))}
    for person in persons:
        run = cql.evaluation(
            program, person.records, clock=now, terminology=terminology, parameters=parameters
        )
        yield Subject(person.id, run.define, _calls(run))


def _calls(run: Evaluation) -> Any:
    """Functions of the entry library, called with values."""

    def call(name: str, operands: tuple[Any, ...]) -> Any:
        overloads = run.program.library.functions[name]
        function = next(each for each in overloads if len(each.operands) == len(operands))
        if function.body is None:
            raise InputError(f"`{name}` is external and nobody defines it")
        names = {operand: value for (operand, _), value in zip(function.operands, operands, strict=True)}
        return _system(run, run.of(function.body, names))

    return call


def _system(run: Evaluation, value: Any) -> Any:
    """FHIR's numbers and quantities as CQL's own; other values as they are."""
    name = conversion_of(value.type.name) if isinstance(value, Instance) else None
    if name not in ("FHIR.ToInteger", "FHIR.ToDecimal", "FHIR.ToQuantity"):
        return value
    return conversion(name)(Call(run.context, (value.type,), QUANTITY), value)


def point_of(program: Program) -> CqlType:
    """The type of the period's ends, as the entry library declares it, or else one that it includes."""
    libraries = [program.library, *program.libraries.values()]
    types = [each.parameters[PERIOD].type for each in libraries if PERIOD in each.parameters]
    return DATE if types and types[0] == IntervalType(DATE) else DATETIME


def interval(period: Period, clock: Clock, point: CqlType = DATETIME) -> Interval:
    """The period as CQL has it: whole days, the last to its last millisecond, in the clock's zone."""
    if point == DATE:
        return Interval(Date(_day(period.start)), Date(_day(period.end)), True, True, DATE)
    offset = clock.now().utcoffset()
    assert offset is not None, "a clock has a time zone"
    minutes = int(offset.total_seconds()) // 60
    low = DateTime((*_day(period.start), 0, 0, 0, 0), minutes)
    high = DateTime((*_day(period.end), 23, 59, 59, 999), minutes)
    return Interval(low, high, True, True, DATETIME)


def _day(day: date) -> tuple[int, int, int]:
    return day.year, day.month, day.day
