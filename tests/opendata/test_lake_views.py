"""Views of a release over a lake: whose rows come, and what is said when one cannot be run."""

import json

import pytest

from lakmus.core.clock import FixedClock
from lakmus.core.errors import InputError
from lakmus.intake.batch import Intake
from lakmus.lake import IdentifiedLake
from lakmus.opendata.releases.lake_views import views_over
from tests.support.chunks import NOON

NAMES = ("Zhukovskaya", "Berezovsky")
RECORDS = [
    {"resourceType": "Patient", "id": "p1", "name": [{"family": name} for name in NAMES]},
    {"resourceType": "Observation", "id": "o1", "status": "final", "code": {"text": "x"}, "subject": {"reference": "Patient/p1"}},
    {"resourceType": "Observation", "id": "o2", "status": "final", "code": {"text": "of nobody"}},
]  # fmt: skip


@pytest.fixture
def run_view(tmp_path):
    (tmp_path / "a.ndjson").write_text("\n".join(map(json.dumps, RECORDS)))
    with IdentifiedLake.create(tmp_path / "lake", threads=2) as lake:
        Intake(lake, FixedClock(NOON), lambda original: original, workers=1).take_in(
            tmp_path / "a.ndjson", "north"
        )
        yield views_over(lake, lake.snapshot())


def view(resource, **paths):
    columns = [{"name": name, "path": path} for name, path in paths.items()]
    return {"resource": resource, "status": "active", "select": [{"column": columns}]}


def rows(run_view, definition):
    return [row for batch in run_view(definition) for row in batch.to_pylist()]


def test_each_row_has_its_person_and_site(run_view):
    (row,) = rows(run_view, view("Patient", id="id"))
    assert row["id"] == "p1"
    assert row["lk_site"] == "north"
    assert isinstance(row["lk_person"], int)


def test_records_of_nobody_are_left_out(run_view):
    assert [row["code"] for row in rows(run_view, view("Observation", code="code.text"))] == ["x"]


def test_a_type_that_never_came_has_no_rows(run_view):
    assert rows(run_view, view("Device", id="id")) == []


def test_a_view_that_does_not_fit_names_its_column_and_no_value(run_view):
    with pytest.raises(InputError, match="the column family has several values") as refused:
        rows(run_view, view("Patient", family="name.family"))
    assert not [name for name in NAMES if name in str(refused.value)]


def test_a_fault_of_an_expression_is_told_too(run_view):
    with pytest.raises(InputError) as refused:
        rows(run_view, view("Patient", family="name.single().family"))
    assert "does not fit" not in str(refused.value)
    assert not [name for name in NAMES if name in str(refused.value)]
