"""The making of one block: from the people to all their rendered records."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lakmus.synth import diagnoses, encounters, measuring, notes, patients, therapy, truth, vitals
from lakmus.synth.acute import Acute
from lakmus.synth.block import Block, Lines
from lakmus.synth.chapter import Chapter, Draft
from lakmus.synth.columns import Ints
from lakmus.synth.diagnoses import Diagnoses
from lakmus.synth.health import Health, make_health
from lakmus.synth.infection import Infection
from lakmus.synth.maternity import Maternity
from lakmus.synth.measuring import Findings
from lakmus.synth.naming import make_names
from lakmus.synth.oncology import Oncology
from lakmus.synth.people import NEVER, People, make_people
from lakmus.synth.prevention import Prevention
from lakmus.synth.region import Region
from lakmus.synth.visits import Book, consultations, every, observable

CHAPTERS: tuple[type[Chapter], ...] = (Prevention, Infection, Maternity, Oncology, Acute)
_NOTES = 0.12  # share of consultations that leave a note


def make_block(region: Region, number: int) -> tuple[Block, list[Chapter]]:
    """Everything that happens in a block, before it is written as FHIR."""
    people = make_people(region, number)
    health = make_health(region, people)
    book = Book(people, region.generator(number, "minutes"))
    consultations(region, people, book)
    diagnosed = {key: _diagnose(people, health, key, book) for key in health.onset}
    courses = therapy.plan(region, people, health, book, diagnosed)
    _controls(region, people, health, book)
    chapters = [chapter(Draft(region, people, health, book)) for chapter in CHAPTERS]
    names = make_names(region, people)
    return Block(region, people, health, names, book.visits(), courses, diagnosed), chapters


def _diagnose(people: People, health: Health, key: str, book: Book) -> Ints:
    """Row of the visit at which each person's condition became known; -1 when there is none in the records."""
    known = health.known[key]
    visit = np.full(len(people), -1)
    who = np.flatnonzero((known < NEVER) & (known >= people.first) & (known <= people.last))
    visit[who] = book.book("diagnosis", who, known[who])
    return visit


def _controls(region: Region, people: People, health: Health, book: Book) -> None:
    """Follow-up of the chronically ill about twice a year."""
    rng = region.generator(people.block, "controls")
    known = np.min([health.known[key] for key in health.known if key != "obesity"], axis=0)
    person = observable(people)
    begin = np.maximum(known[person] + 20, people.first[person] + rng.integers(0, 180, len(person)))
    row, day = every(begin, people.last[person], rng.integers(165, 330, len(person)), 30, rng)
    book.book("control", person[row], day)


def render(block: Block, chapters: list[Chapter]) -> Iterator[Lines]:
    """All records of the block, batch by batch; the block's truth is complete when they are through."""
    rng = block.region.generator(block.number, "measurements")
    truth.people(block)
    yield from patients.patients(block)
    yield from patients.mothers(block)
    yield from encounters.encounters(block)
    yield from diagnoses.render(block, _diagnoses(block, chapters))
    yield from therapy.requests(block, vitals.of_kinds(block, "control"), rng)
    yield from _measurements(block, chapters, rng)
    for chapter in chapters:
        yield from chapter.render(block)
    written = vitals.of_kinds(block, "consultation", "emergency", "surgery")
    yield from notes.render(block, written[rng.uniform(size=len(written)) < _NOTES], rng)


def _measurements(block: Block, chapters: list[Chapter], rng: np.random.Generator) -> Iterator[Lines]:
    findings = Findings(block.region.faults.implausible, block.region.generator(block.number, "slips"))
    vitals.basics(block, findings, rng)
    vitals.laboratory(block, findings, rng)
    for chapter in chapters:
        chapter.measure(block, findings)
    yield from measuring.numeric(block, findings)
    measured = vitals.of_kinds(block, "consultation", "control", "check-up", "diagnosis")
    measured = vitals.recorded(block, rng, measured[vitals.age_at(block, measured) >= 7], 0.75)
    yield from measuring.pressures(block, "bp", measured, *vitals.systolic(block, measured, rng))


def _diagnoses(block: Block, chapters: list[Chapter]) -> Diagnoses:
    found = Diagnoses()
    for key, onset in block.health.onset.items():
        who = np.flatnonzero(block.health.known[key] < NEVER)
        known = block.health.known[key][who]
        found.add(key, who, onset[who], known, block.diagnosed[key][who])
        truth.conditions(block, key, who, onset[who], known)
    for chapter in chapters:
        chapter.diagnose(block, found)
    _tell_treatment(block)
    return found


def _tell_treatment(block: Block) -> None:
    """Whether those diagnosed in the region's time were treated within the days that count as prompt."""
    people = block.people
    for key, course in block.courses.items():
        known = block.health.known[key]
        who = np.flatnonzero((known >= people.first) & (known + therapy.PROMPT <= people.last))
        truth.practice(
            block, course.rule, who, known[who] + therapy.PROMPT, course.prompt[who], course.start[who]
        )
