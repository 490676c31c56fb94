"""A lake in which every element of every type says something that must not get out.

Text elements hold a marker each of its own, decimals a number of twelve digits, dates one and the same date: as every
person's dates are moved by at least a day and at most a year, that very date can be in no release.
"""

import hashlib
import itertools
import json
from datetime import UTC, datetime

import pyarrow as pa

from lakmus.fhir import definitions
from lakmus.fhir.shapes import Shape
from lakmus.lake import STAGED, TOKENS, Chunk, Progress, Staged

MARK, NUMBER, DATE = "ZZMARK", 918273645000, "1951-03-09"
PERSONS = 12
DEPTH = 2  # nested structures below the resource
SKIPPED = ("Resource", "Extension")
KINDS = {
    "boolean": "boolean",
    "decimal": "decimal",
    "integer": "integer",
    "positiveInt": "integer",
    "unsignedInt": "integer",
}
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


class Planter:
    """Makes records with a marker in each element; every form of a choice is there at once."""

    def __init__(self):
        self.numbers = itertools.count(1)

    def mark(self) -> str:
        return f"{MARK}{next(self.numbers):07}"

    def primitive(self, kind: str):
        if kind in KINDS:
            number = next(self.numbers)
            return {"boolean": True, "decimal": NUMBER + number}.get(kind, 900_000_000 + number)
        if kind in ("date", "dateTime", "instant"):
            return DATE if kind == "date" else f"{DATE}T03:21:09.777+03:00"
        return f"<div>{self.mark()}</div>" if kind == "xhtml" else self.mark()

    def structure(self, name: str, depth: int) -> tuple[dict, dict]:
        """A record and the fields of its shape."""
        record, fields = {}, {}
        for element in definitions.elements(name).values():
            made = self.element(element, depth)
            if made is not None:
                value, shape = made
                many = element.many
                record[element.json_name] = [value] if many else value
                fields[element.json_name] = Shape(shape.kind, many, shape.fields)
        return record, fields

    def element(self, element, depth):
        if element.primitive:
            return self.primitive(element.type), Shape(KINDS.get(element.type, "string"))
        if element.name == "contained":
            held = {"resourceType": "Patient", "id": self.mark(), "name": [{"family": self.mark()}]}
            return json.dumps(held), Shape("string")
        if element.type == "Extension" and depth == 0:
            record = {"url": self.mark(), "valueString": self.mark()}
            return record, Shape(fields={"url": Shape("string"), "valueString": Shape("string")})
        if element.type in SKIPPED or depth >= DEPTH:
            return None
        record, fields = self.structure(element.structure, depth + 1)
        return (record, Shape(fields=fields)) if record else None

    def records(self, kind: str):
        """One record per person, theirs by every reference that can say so, and the common shape."""
        made = []
        for person in range(PERSONS):
            record, fields = self.structure(kind, 0)
            if kind == "Patient":
                record["id"] = patient(person)
                if person < PERSONS - 2:  # all others have a marker for a sex
                    record["gender"] = "female"
            for path in definitions.patient_references(kind):
                if path[0] in record and len(path) == 1:
                    target = record[path[0]][0] if isinstance(record[path[0]], list) else record[path[0]]
                    target["reference"] = f"Patient/{patient(person)}"
            made.append(record)
        return made, Shape(fields=fields)


def patient(person: int) -> str:
    return f"{MARK}-patient-{person}"


def staged(kind: str, records: list[dict], shape: Shape) -> Staged:
    rows = []
    for number, record in enumerate(records):
        text = json.dumps(record)
        key = hashlib.blake2b(f"north|{kind}|{record['id']}".encode(), digest_size=8).digest()
        rows.append(
            {
                "record": text,
                "id": record["id"],
                "key": int.from_bytes(key, "big", signed=True),
                "digest": hashlib.sha256(text.encode()).hexdigest()[:32],
                "patient": patient(number % PERSONS) if definitions.patient_references(kind) or kind == "Patient" else None,
                "updated": None,
                "file": "records.ndjson",
                "line": number + 1,
                "order": number,
            }
        )  # fmt: skip
    return Staged(shape, pa.Table.from_pylist(rows, schema=STAGED))


def diagnoses() -> list[dict]:
    """What the cohort of the packaged recipe asks for: a condition without a marker in its code."""
    code = {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": "I10"}]}
    return [
        {"id": f"{MARK}-diagnosis-{n}", "code": code, "subject": {"reference": f"Patient/{patient(n)}"}}
        for n in range(PERSONS)
    ]


def plant(lake, kinds) -> None:
    """Commits records of these types to a lake."""
    planter, found = Planter(), {}
    for kind in kinds:
        records, shape = planter.records(kind)
        found[kind] = staged(kind, records + (diagnoses() if kind == "Condition" else []), shape)
    lake.commit(
        Chunk(
            batch="planted", site="north", received=NOON, validator="none",
            progress=(Progress("records.ndjson", 1, 1, True),), staged=found,
            tokens=pa.Table.from_pylist([], schema=TOKENS), deleted=(),
        )
    )  # fmt: skip
