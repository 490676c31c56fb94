"""What becomes of a record that comes again."""

import pytest

from lakmus.lake import Receipt
from tests.support.chunks import chunk

OLD = {"id": "1", "gender": "male", "meta": {"lastUpdated": "2025-01-01T00:00:00Z"}}
NEW = {"id": "1", "gender": "female", "meta": {"lastUpdated": "2025-06-01T00:00:00+03:00"}}

# what is held, what comes, what becomes of it, what is held then
COMES_AGAIN = [
    ("nothing", None, OLD, Receipt(created=1), "male"),
    ("the same", OLD, OLD, Receipt(unchanged=1), "male"),
    ("a newer version", OLD, NEW, Receipt(changed=1), "female"),
    ("an older version late", NEW, OLD, Receipt(superseded=1), "female"),
    ("a version without a date", OLD, {"id": "1", "gender": "other"}, Receipt(changed=1), "other"),
]


def genders(lake, version=None):
    return [p["gender"] for p in lake.resources("Patient", version=version)]


@pytest.mark.parametrize(
    ("case", "held", "comes", "fate", "then"), COMES_AGAIN, ids=[c[0] for c in COMES_AGAIN]
)
def test_a_record_that_comes_again(lake, case, held, comes, fate, then):
    if held:
        lake.commit(chunk(Patient=[held]))
    assert lake.commit(chunk(Patient=[comes])) == fate
    assert genders(lake) == [then]


def test_the_old_version_is_found_by_time_travel(lake):
    lake.commit(chunk(Patient=[OLD]))
    before = lake.snapshot()
    lake.commit(chunk(Patient=[NEW]))
    assert genders(lake, before) == ["male"]
    assert genders(lake) == ["female"]


def test_a_late_old_version_is_kept_all_the_same(lake):
    lake.commit(chunk(Patient=[NEW]))
    lake.commit(chunk(Patient=[OLD]))
    with lake.cursor() as cursor:
        assert cursor.execute("SELECT id, record LIKE '%male%' FROM lake.lk.superseded").fetchall() == [
            ("1", True)
        ]


def test_the_later_of_two_in_one_chunk_wins(lake):
    assert lake.commit(chunk(Patient=[NEW, OLD, OLD])) == Receipt(created=1, superseded=2)
    assert genders(lake) == ["female"]


def test_patients_of_two_sites_with_the_same_id_stay_two(lake):
    lake.commit(chunk("north", Patient=[OLD]))
    lake.commit(chunk("south", Patient=[NEW]))
    assert sorted(genders(lake)) == ["female", "male"]
    assert lake.person_of("north", "1") != lake.person_of("south", "1")


def test_a_deleted_record_is_gone_now_and_found_then(lake):
    lake.commit(chunk(Patient=[OLD]))
    before = lake.snapshot()
    assert (
        lake.commit(chunk(deleted=[("Patient", "1"), ("Patient", "unknown"), ("Device", "1")])).deleted == 1
    )
    assert genders(lake) == []
    assert genders(lake, before) == ["male"]


def test_tables_grow_with_the_data(lake):
    lake.commit(chunk(Observation=[{"id": "o", "code": {"coding": [{"code": "a"}]}}]))
    lake.commit(
        chunk(Observation=[{"id": "p", "code": {"coding": [{"code": "b", "display": "B"}], "text": "t"}}])
    )
    codes = sorted((o["code"] for o in lake.resources("Observation")), key=str)
    assert codes == [{"coding": [{"code": "a"}]}, {"coding": [{"code": "b", "display": "B"}], "text": "t"}]
