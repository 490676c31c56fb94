"""Counts as FHIR R4 MeasureReports: of all patients (with or without a list of them), or of one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from lakmus.core.clock import Clock
from lakmus.core.errors import InputError
from lakmus.core.quantities import UCUM, Quantity
from lakmus.query.measures.measure import Group, Measure, Stratifier
from lakmus.query.measures.tally import Counts, Stratum, Subject, Tally, score, tallied

Report = dict[str, Any]


class Kind(StrEnum):
    """http://hl7.org/fhir/measure-report-type"""

    SUMMARY = "summary"
    SUBJECT_LIST = "subject-list"
    INDIVIDUAL = "individual"


@dataclass(frozen=True)
class Period:
    """Whole days, both counted. Raises InputError when the end is before the start."""

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise InputError("the period ends before it starts", hint="give the earlier day first")


def reports(
    measure: Measure, subjects: Iterable[Subject], period: Period, clock: Clock, kind: Kind = Kind.SUMMARY
) -> Iterator[Report]:
    """Valid MeasureReports: one of all patients, or one of each in the order they come.

    Raises InputError where a value is not of the kind that the measure says.
    """
    if kind is Kind.INDIVIDUAL:
        for subject in subjects:
            yield individual(measure, tallied(measure, [subject]), period, clock, subject.id)
        return
    make = summary if kind is Kind.SUMMARY else subject_list
    yield make(measure, tallied(measure, subjects), period, clock)


def summary(measure: Measure, tallies: Sequence[Tally], period: Period, clock: Clock) -> Report:
    """How many are in each population, and the scores; names nobody."""
    return _report(Kind.SUMMARY, measure, period, clock) | {"group": _groups(tallies, None)}


def subject_list(measure: Measure, tallies: Sequence[Tally], period: Period, clock: Clock) -> Report:
    """The summary, and for each population a contained List of references to the patients in it."""
    lists: list[Report] = []
    groups = _groups(tallies, lists)
    contained = {"contained": lists} if lists else {}
    return _report(Kind.SUBJECT_LIST, measure, period, clock) | contained | {"group": groups}


def individual(
    measure: Measure, tallies: Sequence[Tally], period: Period, clock: Clock, subject: str
) -> Report:
    """Of one patient; `tallies` have counted nobody else."""
    about = {"subject": {"reference": f"Patient/{subject}"}}
    return _report(Kind.INDIVIDUAL, measure, period, clock) | about | {"group": _groups(tallies, None)}


def _report(kind: Kind, measure: Measure, period: Period, clock: Clock) -> Report:
    better = {"improvementNotation": measure.improvement} if measure.improvement else {}
    return {
        "resourceType": "MeasureReport",
        "status": "complete",
        "type": str(kind),
        "measure": measure.canonical,
        "date": clock.now().isoformat(timespec="seconds"),
        "period": {"start": period.start.isoformat(), "end": period.end.isoformat()},
        **better,
    }


def _groups(tallies: Iterable[Tally], lists: list[Report] | None) -> list[Report]:
    return [_group(tally, lists) for tally in tallies]


def _group(tally: Tally, lists: list[Report] | None) -> Report:
    group = tally.group
    strata = zip(group.stratifiers, tally.strata, strict=True)
    every = (_stratifier(group, stratifier, found, lists) for stratifier, found in strata)
    told = [each for each in every if each]  # FHIR has no element without content (ele-1)
    return {
        **_named(group),
        **_counted(group, tally.counts, lists),
        **({"stratifier": told} if told else {}),
    }


def _named(part: Group | Stratifier) -> Report:
    """A group's code is one concept, a stratifier's are many."""
    code: Any = part.concept if isinstance(part, Group) else [part.concept]
    return ({"id": part.id} if part.id else {}) | ({"code": code} if part.concept else {})


def _counted(group: Group, counts: Counts, lists: list[Report] | None) -> Report:
    populations = [
        ({"id": each.id} if each.id else {})
        | {"code": each.concept, "count": counts.populations[each.key]}
        | _listed(counts.subjects.get(each.key, []), lists)
        for each in group.populations
    ]
    found = score(group, counts)
    return {"population": populations} | ({"measureScore": quantity(found)} if found else {})


def _listed(subjects: list[str], lists: list[Report] | None) -> Report:
    """A List that stands in the report, and the reference to it."""
    if lists is None or not subjects:
        return {}
    id_ = f"subjects-{len(lists) + 1}"
    entries = [{"item": {"reference": f"Patient/{subject}"}} for subject in subjects]
    lists.append(
        {"resourceType": "List", "id": id_, "status": "current", "mode": "snapshot", "entry": entries}
    )
    return {"subjectResults": {"reference": f"#{id_}"}}


def _stratifier(
    group: Group, stratifier: Stratifier, strata: dict[Stratum, Counts], lists: list[Report] | None
) -> Report:
    told = [
        _stratum_name(stratifier, stratum) | _counted(group, counts, lists)
        for stratum, counts in sorted(strata.items(), key=lambda pair: _order(pair[0]))
    ]
    return _named(stratifier) | ({"stratum": told} if told else {})


def _stratum_name(stratifier: Stratifier, stratum: Stratum) -> Report:
    if stratifier.whole:
        return {"value": stratum[0].concept}
    pairs = zip(stratifier.components, stratum, strict=True)
    return {"component": [{"code": part.concept, "value": label.concept} for part, label in pairs]}


def _order(stratum: Stratum) -> tuple[str, ...]:
    return tuple(str(label.concept["text"]) for label in stratum)


def quantity(found: Quantity) -> Report:
    """A FHIR Quantity; a number without a unit is its value alone."""
    unit = {} if found.unit == "1" else {"unit": found.unit, "system": UCUM, "code": found.unit}
    return {"value": found.value} | unit
