"""Tables grow with the data, and what was written before reads back as it was."""

from __future__ import annotations

import pytest

from lakmus.lake.maintenance import compact
from tests.support.chunks import chunk

MANY = 3_000  # of records, with lists of two: DuckDB's fault shows beyond 2,048 elements

# the case, a record as it was, a record with what none had before
GROWTH = [
    ("a new element", {}, {"status": "final"}),
    ("a field of a struct", {"code": {"text": "a"}}, {"code": {"id": "b"}}),
    ("a field in a list", {"note": [{"text": "a"}, {"text": "b"}]}, {"note": [{"time": "x"}]}),
    (
        "a field in a list in a list",
        {"component": [{"code": {"coding": [{"code": "c"}]}}, {"code": {"coding": [{"code": "d"}]}}]},
        {"component": [{"code": {"coding": [{"display": "x"}]}}]},
    ),
    (
        "a struct in a list, and a field beside it",
        {"code": {"text": "a"}, "note": [{"text": "a"}, {"text": "b"}]},
        {"code": {"id": "b"}, "note": [{"authorReference": {"reference": "x/1"}}], "status": "final"},
    ),
]


@pytest.mark.parametrize(("before", "after"), [g[1:] for g in GROWTH], ids=[g[0] for g in GROWTH])
def test_growth(lake, before, after):
    old = [{"id": f"o{n}", **before} for n in range(MANY)]
    new = {"id": "n", **after}
    lake.commit(chunk(Observation=old))
    first = lake.snapshot()
    lake.commit(chunk(batch="b2", Observation=[new]))
    for version in (first, lake.snapshot()):
        assert sum(1 for _ in lake.resources("Observation", version=version)) == MANY + (version > first)
    kind = {"resourceType": "Observation"}
    assert list(lake.resources("Observation", where="id = 'n'")) == [kind | new]
    assert list(lake.resources("Observation", where="id = 'o7'")) == [kind | old[7]]
    compact(lake)
    assert sorted(r["id"] for r in lake.resources("Observation")) == sorted(["n", *(r["id"] for r in old)])


def test_a_table_written_again_stays_in_buckets_and_keeps_where_records_came_from(lake):
    lake.commit(chunk(Observation=[{"id": "a", "note": [{"text": "x"}]}]))
    lake.commit(chunk("south", "b2", Observation=[{"id": "b", "note": [{"time": "y"}]}]))
    with lake.cursor() as cursor:
        rows = cursor.execute('SELECT id, lk_site, lk_batch, lk_line FROM lake."Observation" ORDER BY id')
        assert rows.fetchall() == [("a", "north", "b1", 1), ("b", "south", "b2", 1)]
        assert cursor.execute(
            "SELECT count(*) FROM duckdb_tables() WHERE database_name = 'lake' AND table_name = 'lk_next'"
        ).fetchone() == (0,)
        partitions = (
            "SELECT count(*) FROM __ducklake_metadata_lake.ducklake_partition_info WHERE end_snapshot IS NULL"
        )
        assert cursor.execute(partitions).fetchone() == (1,)
