"""The truth tables agree with the records."""

import base64
import json
from collections import Counter, defaultdict
from dataclasses import replace
from datetime import date
from typing import Any

import pyarrow.parquet as pq
import pytest

from lakmus.core.identifiers import is_enp, is_snils
from lakmus.synth import Outbreak, Practice, Region, generate, practices, varied_clinics
from lakmus.synth.naming import POLICY, SNILS, lists
from tests.synth.conftest import Written


def truth(written: Written, table: str) -> list[dict[str, Any]]:
    return list(pq.read_table(written.folder / f"truth/{table}.parquet").to_pylist())


def test_identifiers_stand_in_the_notes_where_the_truth_says(written: Written) -> None:
    notes = {
        (site, f"DocumentReference/{r['id']}"): base64.b64decode(
            r["content"][0]["attachment"]["data"]
        ).decode()
        for site, r in written.all("DocumentReference")
    }
    marks = truth(written, "note_identifiers")
    for mark in marks:
        assert notes[mark["site"], mark["document"]][mark["start"] : mark["end"]] == mark["text"]
    assert {mark["document"] for mark in marks} == {document for _, document in notes}
    assert {"family", "national", "address", "phone", "doctor", "birth"} <= {mark["kind"] for mark in marks}


def test_a_note_names_its_own_patient(written: Written) -> None:
    names = {(site, f"Patient/{p['id']}"): p["name"][0] for site, p in written.all("Patient")}
    marked: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    for mark in truth(written, "note_identifiers"):
        marked[mark["site"], mark["document"]][mark["kind"]] = mark["text"]
    for site, note in written.all("DocumentReference"):
        name = names[site, note["subject"]["reference"]]
        assert marked[site, f"DocumentReference/{note['id']}"]["given"] == name["given"][0]


def test_a_person_at_two_sites_has_one_national_number_and_two_records(written: Written) -> None:
    noted = {
        (site, f"Patient/{p['id']}"): {i["system"]: i["value"] for i in p.get("identifier", [])}
        for site, p in written.all("Patient")
    }
    born = {(site, f"Patient/{p['id']}"): p["birthDate"] for site, p in written.all("Patient")}
    records = defaultdict(list)
    kinds = Counter()
    for row in truth(written, "records"):
        key = (row["site"], row["patient"])
        records[row["person"]].append(key)
        kinds[row["numbers"]] += 1
        assert len(noted[key]) == {"both": 2, "policy": 1, "none": 0}[row["numbers"]]
    assert len(noted) == sum(map(len, records.values()))
    assert set(kinds) == {"both", "policy", "none"}
    twice = [found for found in records.values() if len(found) > 1]
    assert len(twice) > 20
    for first, second in twice:
        assert first[0] != second[0]
        assert born[first] == born[second]
        assert noted[second].items() <= noted[first].items()
    # Different persons never share a number.
    firsts = [tuple(noted[found[0]].values()) for found in records.values()]
    assert len({number for numbers in firsts for number in numbers}) == 2 * len(records)
    seen = Counter((s, r["subject"]["reference"]) for s, r in written.all("Encounter"))
    assert sum(seen[key] > 0 for found in twice for key in found) > len(twice)


def test_national_numbers_have_right_check_digits(written: Written) -> None:
    systems = Counter()
    for _, patient in written.all("Patient"):
        for identifier in patient.get("identifier", []):
            systems[identifier["system"]] += 1
            if identifier["system"] == SNILS:
                assert is_snils(identifier["value"])
            if identifier["system"] == POLICY:
                assert is_enp(identifier["value"])
    assert systems[SNILS] > 500
    assert systems[POLICY] > 1400


def test_families_share_address_and_name_and_mothers_are_linked(written: Written) -> None:
    place = {(row["site"], row["patient"]): row["person"] for row in truth(written, "records")}
    patients = {place[s, f"Patient/{p['id']}"]: p for s, p in written.all("Patient")}
    surnames = dict(zip(lists()["ru"]["male_surname"], lists()["ru"]["female_surname"], strict=True))
    people = truth(written, "people")
    children = [row for row in people if row["mother"] is not None]
    assert len(children) > 150
    for row in children:
        child, mother = patients[row["person"]], patients[row["mother"]]
        assert child["address"] == mother["address"]
        name = child["name"][0]["family"]
        assert surnames.get(name, name) == mother["name"][0]["family"] or name == mother["name"][0]["family"]
        assert 17.9 < (row["born"] - date.fromisoformat(mother["birthDate"])).days / 365.25 < 43.1
    links = {
        (site, r["patient"]["reference"]): r["identifier"][0]["value"]
        for site, r in written.all("RelatedPerson")
    }
    numbers = {row["person"]: row["national_number"] for row in people}
    mothers = {row["person"]: row["mother"] for row in children}
    assert links == {
        key: numbers[mothers[person]] for key, person in place.items() if person in mothers and key in links
    }
    assert len(links) == len(children)


def test_births_are_told_of_mother_and_child(written: Written) -> None:
    place = {(row["site"], row["patient"]): row["person"] for row in truth(written, "records")}
    kinds = defaultdict(set)
    for site, encounter in written.all("Encounter"):
        name = encounter["type"][0]["text"]
        kinds[name].add((place[site, encounter["subject"]["reference"]], encounter["period"]["start"][:10]))
    pregnancies = truth(written, "pregnancies")
    assert len(pregnancies) > 30
    delivered = kinds["Роды"] | kinds["Delivery"]
    born = kinds["Рождение"] | kinds["Birth"]
    for row in pregnancies:
        day = row["delivered"].isoformat()
        assert (row["mother"], day) in delivered
        assert (row["child"], day) in born


def test_conditions_are_recorded_when_the_truth_says(written: Written) -> None:
    place = {(row["site"], row["patient"]): row["person"] for row in truth(written, "records")}
    recorded = Counter()
    for site, condition in written.all("Condition"):
        if condition["code"]["coding"][0]["code"] == "I10":
            person = place[site, condition["subject"]["reference"]]
            recorded[person, condition["onsetDateTime"], condition["recordedDate"]] += 1
    told = Counter(
        (row["person"], row["onset"].isoformat(), row["recorded"].isoformat())
        for row in truth(written, "conditions")
        if row["condition"] == "hypertension"
    )
    assert recorded == told


def test_diagnosis_precedes_treatment(written: Written) -> None:
    """The first antihypertensive of each patient is not older than the diagnosis."""
    known: dict[tuple[str, str], str] = {}
    for site, condition in written.all("Condition"):
        if condition["code"]["coding"][0]["code"] == "I10":
            known[site, condition["subject"]["reference"]] = condition["recordedDate"]
    drugs = {"C09AA05", "C08CA01", "C09CA01", "C03BA11"}
    orders = [
        (known[site, r["subject"]["reference"]], r["authoredOn"])
        for site, r in written.all("MedicationRequest")
        if r["medicationCodeableConcept"]["coding"][0]["code"] in drugs
    ]
    assert len(orders) > 300
    assert all(day <= moment for day, moment in orders)


def test_prompt_treatment_is_in_the_records(written: Written) -> None:
    """`practice` says whether rules were kept; orders within 28 days of the diagnosis say the same."""
    rows = [row for row in truth(written, "practice") if row["rule"] == "hypertension-treated"]
    orders = defaultdict(list)
    for site, order in written.all("MedicationRequest"):
        if order["medicationCodeableConcept"]["coding"][0]["code"][:3] in ("C09", "C08", "C03"):
            orders[site, order["subject"]["reference"]].append(date.fromisoformat(order["authoredOn"][:10]))
    assert {row["kept"] for row in rows} == {True, False}
    for row in rows:
        in_time = any(day <= row["due"] for day in orders[row["site"], row["patient"]])
        assert in_time == row["kept"]


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Written:
    """A region with one strong outbreak and clinics that differ much in one practice."""
    clinics = tuple(
        replace(one, quality=q, share=1.0) for one, q in zip(varied(), (-2, -1, 0, 1, 2), strict=True)
    )
    outbreak = Outbreak("planted", "measles", 3, date(2023, 3, 6), 21, 0.5)
    region = Region(
        patients=3000,
        seed=2,
        clinics=clinics,
        outbreaks=(outbreak,),
        practices=(Practice("check-up", 0.5, 1.0),),
    )
    return Written(region, generate(region, tmp_path_factory.mktemp("planted") / "out", workers=1).folder)


def varied() -> tuple[Any, ...]:
    import numpy as np

    return varied_clinics(5, np.random.default_rng(1))


def test_an_outbreak_is_a_cluster_in_place_and_time(planted: Written) -> None:
    rows = [row for row in truth(planted, "infections") if row["disease"] == "measles"]
    cluster = [row for row in rows if row["outbreak"] == "planted"]
    assert len(cluster) > 50
    assert {row["district"] for row in cluster} == {3}
    assert all(date(2023, 3, 6) <= row["onset"] <= date(2023, 3, 27) for row in cluster)
    assert len(rows) - len(cluster) < 5


def test_adherence_is_what_was_planted_clinic_by_clinic(planted: Written) -> None:
    kept = defaultdict(list)
    for row in truth(planted, "practice"):
        if row["rule"] == "check-up":
            kept[row["site"]].append(row["kept"])
    practice = practices(planted.region)["check-up"]
    for clinic in planted.region.clinics:
        share = sum(kept[clinic.site]) / len(kept[clinic.site])
        assert share == pytest.approx(practice.probability(clinic), abs=0.05)
    assert practice.probability(planted.region.clinics[0]) < 0.13


def test_check_ups_kept_are_encounters(planted: Written) -> None:
    kept = sum(row["kept"] for row in truth(planted, "practice") if row["rule"] == "check-up")
    lines = [
        line
        for path in planted.folder.glob("sites/*/Encounter.ndjson")
        for line in path.read_bytes().splitlines()
    ]
    found = Counter(json.loads(line)["type"][0]["text"] for line in lines)
    assert found["Preventive check-up"] + found["Профилактический осмотр"] == kept
    assert json.loads((planted.folder / "manifest.json").read_text())["region"]["seed"] == 2
