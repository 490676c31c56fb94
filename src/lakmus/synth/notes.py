"""Notes: DocumentReferences with plain text in Russian or English that hold identifiers at known places.

Offsets count Unicode characters of the decoded text from 0, the end excluded. The text and the places come from the
same list of pieces, so they cannot disagree.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lakmus.synth import truth
from lakmus.synth.block import Block, Lines
from lakmus.synth.columns import Ints, choose, dates, integers, joined
from lakmus.synth.template import Template, text

_NOTE = Template(
    {
        "resourceType": "DocumentReference",
        "id": text("id"),
        "meta": {"lastUpdated": text("updated")},
        "status": "current",
        "type": {"coding": [{"system": "http://loinc.org", "code": "11506-3", "display": "Progress note"}]},
        "subject": {"reference": text("patient")},
        "date": text("time"),
        "content": [
            {
                "attachment": {
                    "contentType": "text/plain; charset=utf-8",
                    "language": text("language"),
                    "data": text("data"),
                }
            }
        ],
        "context": {"encounter": [{"reference": text("encounter")}]},
    }
)


@dataclass(frozen=True)
class Mark:
    """A piece of a note that identifies somebody: what kind of identifier, and its text in each note."""

    kind: str
    text: pa.StringArray


Pieces = list[str | Mark | pa.StringArray]


def _russian(v: dict[str, Mark], shape: int, age: pa.StringArray, pressure: pa.StringArray) -> Pieces:
    if shape == 0:
        return [
            "Пациент: ", v["family"], " ", v["given"], " ", v["middle"], ", дата рождения ", v["birth"],
            ", СНИЛС ", v["national"], ".\nАдрес: ", v["address"], ", тел. ", v["phone"],
            ".\nВозраст на момент осмотра ", age, " лет. Жалобы на слабость и головную боль. АД ", pressure,
            " мм рт. ст. Рекомендован контроль давления, повторная явка через месяц.\nВрач: ", v["doctor"], "\n",
        ]  # fmt: skip
    if shape == 1:
        return [
            "Осмотр на дому. Со слов родственников, ", v["given"], " ", v["middle"],
            " чувствует себя удовлетворительно. Проживает по адресу: ", v["address"], ". Возраст ", age,
            ". АД ", pressure, ". Полис ОМС ", v["policy"], ".\nДля связи: ", v["phone"], ". Запись внёс врач ", v["doctor"], ".\n",
        ]  # fmt: skip
    return [
        "Выписка передана в поликлинику. ", v["family"], " ", v["given"], ", ", v["birth"],
        " г.р. Состояние стабильное, АД ", pressure, ", возраст ", age,
        ". Даны рекомендации по питанию и физической нагрузке. Лечащий врач ", v["doctor"], ".\n",
    ]  # fmt: skip


def _english(v: dict[str, Mark], shape: int, age: pa.StringArray, pressure: pa.StringArray) -> Pieces:
    if shape == 0:
        return [
            "Patient ", v["given"], " ", v["family"], ", born ", v["birth"], ", number ", v["national"],
            ".\nLives at ", v["address"], ", phone ", v["phone"], ".\nAged ", age,
            ". Complains of tiredness and headache. Blood pressure ", pressure,
            " mmHg. Advised home readings and review in a month.\nSigned: Dr ", v["doctor"], "\n",
        ]  # fmt: skip
    if shape == 1:
        return [
            "Home visit. According to the family, ", v["given"], " has been comfortable. Address confirmed as ",
            v["address"], ". Age ", age, ", blood pressure ", pressure, ". Policy ", v["policy"],
            ".\nContact on ", v["phone"], ". Entered by Dr ", v["doctor"], ".\n",
        ]  # fmt: skip
    return [
        "Discharge summary sent to the practice. ", v["family"], ", ", v["given"], " (", v["birth"],
        "). Stable, blood pressure ", pressure, ", aged ", age, ". Diet and exercise discussed. Attending: Dr ",
        v["doctor"], ".\n",
    ]  # fmt: skip


def compose(pieces: Pieces) -> tuple[pa.StringArray, list[tuple[Mark, Ints, Ints]]]:
    """The texts, and for each mark where it begins and ends in every text."""
    columns = [piece.text if isinstance(piece, Mark) else piece for piece in pieces]
    whole, marks = joined(*columns), []
    position = np.zeros(len(whole), np.int64)
    for piece, column in zip(pieces, columns, strict=True):
        length = len(column) if isinstance(column, str) else pc.utf8_length(column).to_numpy()
        if isinstance(piece, Mark):
            marks.append((piece, position, position + length))
        position = position + length
    return whole, marks


def _values(block: Block, visit: Ints, doctors: pa.StringArray) -> dict[str, Mark]:
    person, names = pa.array(block.visits.person[visit]), block.names
    address = joined(
        names.postcode.take(person), ", ", names.city.take(person), ", ", names.street.take(person)
    )
    taken = {
        name: getattr(names, name).take(person)
        for name in ("family", "given", "middle", "national", "policy", "phone")
    }
    birth = dates(block.people.born[block.visits.person[visit]])
    return {
        name: Mark(name, column)
        for name, column in (taken | {"birth": birth, "address": address, "doctor": doctors}).items()
    }


def render(block: Block, visit: Ints, rng: np.random.Generator) -> Iterator[Lines]:
    """A note for each of the visits, in the clinic's language and one of three shapes."""
    shape, language = rng.integers(0, 3, len(visit)), block.languages[block.visits.clinic[visit]]
    for one in (0, 1):
        for form in range(3):
            at = np.flatnonzero((language == one) & (shape == form))
            if len(at):
                yield _batch(block, visit[at], rng, ("ru", "en")[one], form)


def _batch(block: Block, visit: Ints, rng: np.random.Generator, language: str, form: int) -> Lines:
    n, clinic = len(visit), block.visits.clinic[visit]
    family = block.names.family.take(pa.array(rng.integers(0, len(block.people), n)))
    values = _values(block, visit, family)
    person = block.visits.person[visit]
    age = integers(np.floor(block.people.age(block.visits.day[visit], person)).astype(np.int64))
    pressure = joined(integers(rng.integers(105, 160, n)), "/", integers(rng.integers(60, 95, n)))
    whole, marks = compose((_russian if language == "ru" else _english)(values, form, age, pressure))
    ids, row = block.ids(f"n{language}{form}-", np.arange(n)), pa.array(visit)
    _tell(block, ids, clinic, marks)
    line = _NOTE.render(
        id=ids,
        updated=block.visit_updates.take(row),
        patient=joined("Patient/", block.patient_ids.take(pa.array(block.visit_records[visit]))),
        time=block.visit_times.take(row),
        language=choose([language], np.zeros(n, np.int64)),
        data=pa.array([base64.b64encode(note.encode()).decode() for note in whole.to_pylist()], pa.string()),
        encounter=joined("Encounter/", block.ids("e", visit)),
    )
    return Lines("DocumentReference", line, clinic)


def _tell(block: Block, ids: pa.StringArray, clinic: Ints, marks: list[tuple[Mark, Ints, Ints]]) -> None:
    for mark, begin, end in marks:
        columns = {
            "site": truth.site_column(block, clinic),
            "document": joined("DocumentReference/", ids),
            "kind": pa.array([mark.kind] * len(begin), pa.string()),
            "start": pa.array(begin),
            "end": pa.array(end),
            "text": mark.text,
        }
        truth.tell(block, "note_identifiers", columns)
