"""Flags kept in the lake: batch by batch, replaced with their record, never instead of it."""

import pytest

from lakmus.intake.plausibility import Flagged, flag_batch, flagged, prune, rules_of
from lakmus.lake import batches, maintenance
from lakmus.lake.withdrawal import forget
from lakmus.terminology import Units
from tests.intake.conftest import NOON

UNITS = Units()
OLD_FEVER = "2001-01-01T08:00:00Z"


def patient(name: str, born: str = "1980-05-01") -> dict:
    return {"resourceType": "Patient", "id": name, "gender": "female", "birthDate": born}


def pulse(name: str, whose: str, value: float = 70, at: str = "2024-03-01T08:30:00Z") -> dict:
    quantity = {"value": value, "unit": "/min", "system": "http://unitsofmeasure.org", "code": "/min"}
    return {
        "resourceType": "Observation",
        "id": name,
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "8867-4"}]},
        "subject": {"reference": f"Patient/{whose}"},
        "effectiveDateTime": at,
        "valueQuantity": quantity,
    }


@pytest.fixture
def flag(lake):
    """Flags the batch that came last; says how many flags it has."""
    return lambda: flag_batch(lake, UNITS, batches.batches(lake)[0].name)


@pytest.fixture
def send_flagged(send, lake):
    def send_flagged(name: str, records: list[dict], site: str = "north") -> int:
        before = {batch.name for batch in batches.batches(lake)}
        send(name, records, site)
        (batch,) = {batch.name for batch in batches.batches(lake)} - before
        return flag_batch(lake, UNITS, batch)

    return send_flagged


def test_a_flagged_record_is_in_the_lake_all_the_same(send_flagged, lake):
    assert send_flagged("a.ndjson", [patient("ann"), pulse("o1", "ann", 900), pulse("o2", "ann")]) == 1
    (row,) = flagged(lake)
    assert (row.site, row.resource_type, row.records) == ("north", "Observation", 1)
    assert rules_of(lake, "north", "Observation", "o1") == (row.rule,)
    assert rules_of(lake, "north", "Observation", "o2") == ()
    assert len(list(lake.resources("Observation"))) == 2


def test_counts_are_kept_apart_by_site(send_flagged, lake):
    for site in ("north", "south"):
        send_flagged(f"{site}.ndjson", [patient("ann"), pulse("o", "ann", 900)], site)
    rule = flagged(lake, site="north")[0].rule
    assert flagged(lake, site="south") == [Flagged("south", "Observation", rule, 1)]
    assert len(flagged(lake)) == 2


def test_flagging_again_doubles_nothing(send, flag, lake):
    send("a.ndjson", [patient("ann"), pulse("o", "ann", 900)])
    assert flag() == flag() == 1
    assert [row.records for row in flagged(lake)] == [1]


def test_a_corrected_record_loses_its_flag(send_flagged, lake):
    assert send_flagged("a.ndjson", [patient("ann"), pulse("o", "ann", 900)]) == 1
    assert send_flagged("b.ndjson", [pulse("o", "ann", 90)]) == 0
    assert flagged(lake) == []


def test_only_records_of_the_batch_are_judged(send_flagged, send, lake):
    send("unjudged.ndjson", [patient("ann"), pulse("o1", "ann", 900)])
    assert send_flagged("b.ndjson", [pulse("o2", "ann", 901)]) == 1
    assert rules_of(lake, "north", "Observation", "o1") == ()


def test_a_patient_of_another_batch_counts(send_flagged, lake):
    assert send_flagged("a.ndjson", [patient("ann", born="2010-01-01")]) == 0
    assert send_flagged("b.ndjson", [pulse("o", "ann", at=OLD_FEVER)]) == 1
    assert rules_of(lake, "north", "Observation", "o") == ("event-before-birth",)


def test_judged_bucket_by_bucket_as_in_one(send_flagged, send, lake):
    records = [r for n in range(20) for r in (patient(f"p{n}"), pulse(f"o{n}", f"p{n}", 900 + n))]
    assert send_flagged("a.ndjson", records) == 20
    in_one = flagged(lake)
    maintenance.rebucket(lake, 4)
    assert flag_batch(lake, UNITS, batches.batches(lake)[0].name) == 20
    assert flagged(lake) == in_one


def test_flags_of_somebody_forgotten_are_dropped(send_flagged, lake):
    send_flagged(
        "a.ndjson", [patient("ann"), pulse("o1", "ann", 900), patient("bea"), pulse("o2", "bea", 900)]
    )
    forget(lake, lake.person_of("north", "ann"), NOON)
    prune(lake)
    assert rules_of(lake, "north", "Observation", "o1") == ()
    assert len(rules_of(lake, "north", "Observation", "o2")) == 1
    assert prune(lake) == 0
