"""Two workers on loopback over a PostgreSQL catalog and object storage: the local run's rows, also when one is killed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lakmus.lake import IdentifiedLake
from lakmus.query.cluster import opened
from lakmus.query.engines.duckdb.elm.run import evaluate
from tests.conftest import ROOT
from tests.query.cluster.faults import Killed
from tests.query.cluster.people import BUCKETS, PERSONS, fill, ordered, question
from tests.support.object_store import BUCKET, ObjectStore, object_store
from tests.support.postgres import Postgres, postgres
from tests.support.spark_cluster import two_workers

__all__ = ["object_store", "postgres"]
pytestmark = [
    pytest.mark.postgres,
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning:pyspark.core.context"),
]


@pytest.fixture
def lake(
    tmp_path: Path, postgres: Postgres, object_store: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> Iterator[IdentifiedLake]:
    catalog = f"postgres:host=127.0.0.1 port={postgres.port} user=lakmus dbname={postgres.create_database()}"
    monkeypatch.setenv("PGPASSWORD", postgres.password)
    place = tmp_path / "lake"
    with IdentifiedLake.create(
        place, catalog=catalog, data=f"s3://{BUCKET}/lake", buckets=BUCKETS, threads=1
    ) as made:
        fill(made, tmp_path)
        yield made


def test_an_executor_killed_midway_costs_a_try(
    lake: IdentifiedLake, tmp_path: Path, postgres: Postgres, object_store: ObjectStore
) -> None:
    asked = question(tmp_path)
    here = ordered(evaluate(lake, asked))
    script = asked.script(lake, lake.snapshot())
    killed = Killed(script.run, tmp_path / "killed", whole=True)
    (tmp_path / "passwords").write_text(f"127.0.0.1:*:*:lakmus:{postgres.password}\n")
    (tmp_path / "passwords").chmod(0o600)
    own = {"PGPASSFILE": str(tmp_path / "passwords"), "PGPASSWORD": "", "PYTHONPATH": str(ROOT)}
    with two_workers(tmp_path, own) as master, opened(master) as spark:
        there = ordered(spark.run(lake, killed, lake.buckets(), lambda part, step: None))
    assert killed.told.exists()
    assert here.num_rows == PERSONS
    assert there.equals(here, check_metadata=True)
    assert all(list((tmp_path / name).glob("*/*/stderr")) for name in ("one", "two")), "both had an executor"
    logs = b"".join(
        file.read_bytes() for file in tmp_path.rglob("*") if file.is_file() and file.suffix in ("", ".log")
    )
    assert postgres.password.encode() not in logs.replace((tmp_path / "passwords").read_bytes(), b"")
