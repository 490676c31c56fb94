"""Records of one code each at a visit: coded findings, procedures, vaccinations, orders."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa

from lakmus.synth.block import Block, Lines, compact
from lakmus.synth.columns import Ints, choose
from lakmus.synth.measuring import category, loinc
from lakmus.synth.tables import rows
from lakmus.synth.template import Template, raw, text

NMU = "urn:oid:1.2.643.5.1.13.13.11.1070"
SNOMED = "http://snomed.info/sct"
CVX = "http://hl7.org/fhir/sid/cvx"
_META = {"lastUpdated": text("updated")}
_FINDING = Template(
    {
        "resourceType": "Observation",
        "id": text("id"),
        "meta": _META,
        "status": "final",
        "category": raw("code"),
        "subject": raw("subject"),
        "effectiveDateTime": text("time"),
        "valueCodeableConcept": raw("value"),
    }
)
_PROCEDURE = Template(
    {
        "resourceType": "Procedure",
        "id": text("id"),
        "meta": _META,
        "status": "completed",
        "code": raw("code"),
        "subject": raw("subject"),
        "performedDateTime": text("time"),
    }
)
_VACCINATION = Template(
    {
        "resourceType": "Immunization",
        "id": text("id"),
        "meta": _META,
        "status": "completed",
        "vaccineCode": raw("code"),
        "patient": raw("subject"),
        "occurrenceDateTime": text("time"),
        "primarySource": True,
    }
)


def concept(system: str, code: str, name: str, display: bool = True) -> dict[str, Any]:
    """A CodeableConcept; without a code, of text alone; without `display` where the system has no such name."""
    coding = {"system": system, "code": code} | ({"display": name} if display else {})
    return {"coding": [coding], "text": name} if code else {"text": name}


def _common(block: Block, prefix: str, visit: Ints) -> dict[str, pa.Array]:
    row = pa.array(visit)
    return {
        "id": block.ids(prefix, np.arange(len(visit))),
        "updated": block.visit_updates.take(row),
        "subject": block.visit_subjects.take(row),
        "time": block.visit_times.take(row),
    }


def _by_language(
    block: Block, visit: Ints, number: Ints, russian: list[str], english: list[str]
) -> pa.StringArray:
    table = [text for pair in zip(russian, english, strict=True) for text in pair]
    return choose(table, number * 2 + block.languages[block.visits.clinic[visit]])


@lru_cache(16)
def _answers(key: str) -> list[dict[str, str]]:
    return [row for row in rows("findings.csv") if row["key"] == key]


@lru_cache(32)
def _finding(key: str) -> tuple[pa.StringArray, pa.StringArray]:
    """Heads, and values of every answer, first in Russian, then in English."""
    one = _answers(key)[0]
    heads = [
        f'{compact(category(one["category"]))},"code":{compact(loinc(one["loinc"], one[language], language))}'
        for language in ("russian", "english")
    ]
    values = [
        compact(concept(row["system"], row["code"], row[f"answer_{language}"], language == "english"))
        for row in _answers(key)
        for language in ("russian", "english")
    ]
    return pa.array(heads), pa.array(values)


def findings(block: Block, prefix: str, key: str, visit: Ints, answer: Ints) -> Iterator[Lines]:
    """Observations with a coded value; `answer` counts the key's rows in findings.csv."""
    heads, values = _finding(key)
    language = block.languages[block.visits.clinic[visit]]
    line = _FINDING.render(
        code=choose(heads, language),
        value=choose(values, answer * 2 + language),
        **_common(block, prefix, visit),
    )
    yield Lines("Observation", line, block.visits.clinic[visit])


@lru_cache(1)
def _procedures() -> dict[str, dict[str, str]]:
    return {row["key"]: row for row in rows("procedures.csv")}


def procedures(block: Block, prefix: str, kinds: list[str], visit: Ints, number: Ints) -> Iterator[Lines]:
    """Procedures: Russian clinics code by the nomenclature of medical services, others by SNOMED CT."""
    table = [_procedures()[kind] for kind in kinds]
    russian = [compact(concept(NMU, row["nmu"], row["russian"])) for row in table]
    english = [compact(concept(SNOMED, row["snomed"], row["english"])) for row in table]
    line = _PROCEDURE.render(
        code=_by_language(block, visit, number, russian, english), **_common(block, prefix, visit)
    )
    yield Lines("Procedure", line, block.visits.clinic[visit])


@lru_cache(1)
def vaccines() -> list[str]:
    return [row["key"] for row in rows("vaccines.csv")]


def vaccinations(block: Block, prefix: str, visit: Ints, number: Ints) -> Iterator[Lines]:
    """Immunizations; `number` counts the rows of vaccines.csv."""
    table = rows("vaccines.csv")
    russian = [compact(concept(CVX, row["cvx"], row["russian"], display=False)) for row in table]
    english = [compact(concept(CVX, row["cvx"], row["english"])) for row in table]
    line = _VACCINATION.render(
        code=_by_language(block, visit, number, russian, english), **_common(block, prefix, visit)
    )
    yield Lines("Immunization", line, block.visits.clinic[visit])
