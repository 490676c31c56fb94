"""The codes in the room's tables are those of the national reference books."""

import gzip
import json
from pathlib import Path

import pytest

from lakmus.synth.tables import conditions, rows

LABORATORY = {
    "14682-9",
    "22748-8",
    "14647-2",
    "14749-6",
    "4548-4",
    "718-7",
    "2857-1",
    "1988-5",
    "94500-6",
    "35276-5",
}


def book(shared: Path, oid: str) -> list[dict[str, str]]:
    path = next((shared / "data/terminology-ru-fnsi").glob(f"{oid}_*.ndjson.gz"))
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def test_conditions_are_icd_10_codes_with_their_russian_names(shared: Path) -> None:
    names = {row["MKB_CODE"]: row["MKB_NAME"] for row in book(shared, "1.2.643.5.1.13.13.11.1005")}
    assert {term.icd10: names[term.icd10] for term in conditions().values()} == {
        term.icd10: term.russian for term in conditions().values()
    }


def test_procedures_are_services_of_the_nomenclature(shared: Path) -> None:
    services = {
        row.get("S_CODE") for row in book(shared, "1.2.643.5.1.13.13.11.1070") if row.get("REL") == "1"
    }
    assert {row["nmu"] for row in rows("procedures.csv") if row["nmu"]} <= services


def test_laboratory_tests_are_known_loinc_codes(shared: Path) -> None:
    known = {row.get("LOINC") for row in book(shared, "1.2.643.5.1.13.13.11.1080")}
    used = {row["loinc"] for name in ("observations.csv", "findings.csv") for row in rows(name)}
    assert used & LABORATORY == LABORATORY
    assert known >= LABORATORY


def test_drugs_are_atc_codes_in_use(shared: Path) -> None:
    known = {
        code
        for row in book(shared, "1.2.643.5.1.13.13.99.2.611")
        for code in row.get("code_atc", "").split(";")
    }
    assert {row["atc"] for row in rows("medications.csv")} - known == set()


@pytest.mark.parametrize(
    "name", ["conditions.csv", "observations.csv", "procedures.csv", "vaccines.csv", "practices.csv"]
)
def test_keys_are_unique(name: str) -> None:
    keys = [row.get("key") or row["rule"] for row in rows(name)]
    assert len(keys) == len(set(keys))
