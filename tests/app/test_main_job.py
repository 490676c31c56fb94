"""The main job on real records: in, looked at, published, loaded by a developer."""

from __future__ import annotations

from pathlib import Path

import pytest

import lakmus
from lakmus.app import App
from lakmus.app.demo import prepare
from lakmus.app.publishing import publish, recipe
from lakmus.app.quality import count_of
from lakmus.intake.batch import BatchReceipt
from lakmus.opendata.releases import verify

pytestmark = pytest.mark.slow
MIMIC, SYNTHEA = 181_561, 125_553  # resources, as the files' own notes count them
Taken = tuple[App, dict[str, BatchReceipt]]


@pytest.fixture(scope="module")
def taken(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Taken:
    app = prepare(tmp_path_factory.mktemp("main-job"))
    app.create_lake().close()
    places = {"mimic": "data/mimic-iv-demo-fhir/fhir", "synthea": "data/synthea-r4-bundles"}
    return app, {site: app.intake.take_in(shared / place, site) for site, place in places.items()}


def test_every_record_is_accepted_or_kept_as_an_older_version(taken: Taken) -> None:
    mimic, synthea = (taken[1][site].receipt for site in ("mimic", "synthea"))
    assert (mimic.accepted, mimic.refused) == (MIMIC, 0)
    assert (synthea.accepted + synthea.superseded, synthea.refused) == (SYNTHEA, 0)
    with taken[0].lake.cursor() as cursor:
        per_site = 'SELECT count(*) FROM lake."Patient" GROUP BY lk_site ORDER BY lk_site'
        assert cursor.execute(per_site).fetchall() == [(70,), (413,)]


def test_what_deserves_a_second_look_is_flagged(taken: Taken) -> None:
    found = count_of(taken[0])
    flags = {site: {flag.rule: flag.flagged for flag in report.flags} for site, report in found.items()}
    assert flags["mimic"]["birth-in-future"] == 70  # its dates are moved a hundred years ahead
    assert flags["synthea"]["event-after-death"] > 0
    assert sum(found["mimic"].records.values()) == MIMIC


@pytest.mark.parametrize(("name", "persons"), [("population-basics", 470), ("hypertension-cohort", 130)])
def test_a_data_set_is_published_and_loaded(taken: Taken, tmp_path: Path, name: str, persons: int) -> None:
    app = taken[0]
    made = publish(app, recipe(app, name))
    assert verify(made) == []
    loaded = lakmus.load(f"{name}@1", app.settings.release.path, cache=tmp_path)
    patients = loaded["patients"].pandas()
    assert len(patients) >= persons
    assert patients.groupby(["sex", "age"]).size().min() >= 5
    assert set(loaded["observations"].polars()["patient"]) <= set(patients["patient"])
