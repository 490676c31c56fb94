"""One person at two sites: linked by rule, separable again, forgotten on request."""

from datetime import UTC, datetime, timedelta

import pytest

from lakmus.core.errors import ConflictError, NotFoundError
from lakmus.lake import maintenance, withdrawal
from lakmus.lake.people import unlink
from tests.support.chunks import NOON, chunk

ANN = {"id": "1", "gender": "female"}
PRESSURE = {"id": "bp", "status": "final", "subject": {"reference": "Patient/1"}}


def at(site, **more):
    return chunk(
        site, f"from-{site}", Patient=[ANN], Observation=[PRESSURE], tokens=[("1", "token-of-ann")], **more
    )


def later():
    return datetime.now(UTC) + timedelta(seconds=1)


def test_records_may_come_before_their_patient(lake):
    lake.commit(chunk("north", Observation=[PRESSURE]))
    lake.commit(chunk("north", Patient=[ANN]))
    person = lake.person_of("north", "1")
    handle = lake.one_person(person)
    assert [len(list(handle.resources(kind))) for kind in ("Patient", "Observation", "Device")] == [1, 1, 0]


def test_the_same_national_number_links_two_sites(lake):
    lake.commit(at("north"))
    lake.commit(at("south"))
    assert lake.person_of("north", "1") == lake.person_of("south", "1")
    assert len(list(lake.one_person(lake.person_of("north", "1")).resources("Observation"))) == 2


def test_a_patient_linked_late_takes_earlier_records_along(lake):
    lake.commit(at("north"))
    lake.commit(chunk("south", Observation=[PRESSURE]))
    lake.commit(at("south"))
    assert len(list(lake.one_person(lake.person_of("north", "1")).resources("Observation"))) == 2


def test_linking_is_reversible_and_stays_undone(lake):
    lake.commit(at("north"))
    lake.commit(at("south"))
    with lake.transaction() as cursor:
        unlink(cursor, "south", "1", NOON)
    assert lake.person_of("north", "1") != lake.person_of("south", "1")
    assert len(list(lake.one_person(lake.person_of("south", "1")).resources("Observation"))) == 1
    lake.commit(at("south"))
    assert lake.person_of("north", "1") != lake.person_of("south", "1")
    with lake.transaction() as cursor, pytest.raises(NotFoundError):
        unlink(cursor, "south", "1", NOON)


def test_flags_of_the_forgotten_go_with_them(lake):
    lake.commit(at("north"))
    lake.commit(chunk("north", Patient=[{"id": "2", "gender": "male"}]))
    with lake.transaction() as cursor:
        rows = [("north", "Patient", "1"), ("north", "Observation", "bp"), ("north", "Patient", "2")]
        cursor.executemany("INSERT INTO lake.lk.flags VALUES (?, ?, ?, 'a-rule', 'b')", rows)
    withdrawal.forget(lake, lake.person_of("north", "1"), NOON)
    with lake.cursor() as cursor:
        assert cursor.execute("SELECT id FROM lake.lk.flags").fetchall() == [("2",)]


def test_many_are_linked_at_once(lake):
    people = [{"id": f"p{n}", "gender": "male"} for n in range(300)]
    tokens = [(person["id"], f"token-{person['id']}") for person in people]
    pressures = [
        {"id": f"o{n}", "status": "final", "subject": {"reference": f"Patient/p{n}"}} for n in range(300)
    ]
    lake.commit(chunk("north", Patient=people, tokens=tokens))
    lake.commit(chunk("south", Observation=pressures))
    lake.commit(chunk("south", "later", Patient=people, tokens=tokens))
    with lake.cursor() as cursor:
        links = cursor.execute("SELECT count(*), count(DISTINCT person) FROM lake.lk.links").fetchone()
        moved = cursor.execute(
            'SELECT count(*) FROM lake."Observation" o JOIN lake."Patient" p USING (lk_person) '
            "WHERE p.lk_site = 'north' AND o.lk_bucket = p.lk_bucket"
        ).fetchone()
    assert links == (300, 300)
    assert moved == (300,)


def test_one_person_handle_reads_nobody_else(lake):
    lake.commit(chunk(Patient=[ANN, {"id": "2", "gender": "male"}]))
    handle = lake.one_person(lake.person_of("north", "1"))
    assert [p["id"] for p in handle.resources("Patient")] == ["1"]


def test_who_is_forgotten_is_gone_and_stays_out(lake):
    lake.commit(at("north"))
    before = lake.snapshot()
    person = lake.person_of("north", "1")
    certificate = withdrawal.forget(lake, person, NOON)
    assert certificate.rows["Patient"] == certificate.rows["Observation"] == 1
    assert list(lake.resources("Patient")) == []
    assert len(list(lake.resources("Patient", version=before))) == 1, (
        "old snapshots hold them until they expire"
    )

    assert lake.commit(at("north")).forgotten == 2
    assert lake.commit(at("south")).forgotten == 2, "the national number keeps them out at another site too"
    assert list(lake.resources("Patient")) == []

    proof = withdrawal.purge(lake, person, later())
    assert proof.rows_found == 0
    assert before not in proof.snapshots


def test_nobody_is_forgotten_twice(lake):
    with pytest.raises(NotFoundError):
        withdrawal.forget(lake, 42, NOON)


def test_a_withdrawn_batch_brings_back_what_it_replaced(lake):
    lake.commit(chunk(batch="first", Patient=[ANN], Observation=[PRESSURE]))
    lake.commit(
        chunk(
            batch="second",
            Patient=[ANN | {"gender": "male"}, {"id": "2", "active": True}],
            Device=[{"id": "d"}],
        )
    )
    assert withdrawal.withdraw_batch(lake, "second") == 3
    assert list(lake.resources("Patient")) == [{"resourceType": "Patient", **ANN}]
    assert list(lake.resources("Device")) == []
    with pytest.raises(NotFoundError):
        withdrawal.withdraw_batch(lake, "second")


class TestTakenBackAfterExpiry:
    """Snapshots before a batch are gone: what it brought can be removed, what it replaced cannot be brought back."""

    def test_a_batch_that_only_brought(self, lake):
        lake.commit(chunk("north", "first", Patient=[ANN]))
        lake.commit(chunk("north", "second", Patient=[{"id": "2"}]))
        maintenance.expire(lake, later())
        assert withdrawal.withdraw_batch(lake, "second") == 1
        assert [each["id"] for each in lake.resources("Patient")] == ["1"]

    def test_a_batch_that_replaced(self, lake):
        lake.commit(chunk("north", "first", Patient=[ANN]))
        lake.commit(chunk("north", "second", Patient=[{**ANN, "gender": "other"}]))
        maintenance.expire(lake, later())
        with pytest.raises(ConflictError, match="second has expired"):
            withdrawal.withdraw_batch(lake, "second")
        assert [each["gender"] for each in lake.resources("Patient")] == ["other"]

    def test_a_batch_after_it(self, lake):
        lake.commit(chunk("north", "first", Patient=[ANN]))
        maintenance.expire(lake, later())
        lake.commit(chunk("north", "second", Patient=[{**ANN, "gender": "other"}]))
        assert withdrawal.withdraw_batch(lake, "second") == 1
        assert [each["gender"] for each in lake.resources("Patient")] == ["female"]
