"""What is sent to a process of a cluster, and what it gives back; without a cluster."""

from __future__ import annotations

import os
import pickle
import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from lakmus.core.errors import InputError, LakmusError, NotFoundError, TemporaryError
from lakmus.lake import IdentifiedLake, LakeHandle
from lakmus.query.cluster import Here, session, task
from lakmus.query.cluster.spark import TOGETHER, Spark
from lakmus.query.cluster.task import Task, opened, packed, unpacked
from lakmus.query.cluster.work import with_rows
from lakmus.query.engines.duckdb.elm.run import evaluate
from tests.query.cluster.faults import NAME, Failing
from tests.query.cluster.people import BUCKETS, PERSONS, fill, ordered, question


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("task")


@pytest.fixture(scope="module")
def lake(folder: Path) -> Iterator[IdentifiedLake]:
    with IdentifiedLake.create(folder / "lake", buckets=BUCKETS, threads=1) as made:
        fill(made, folder)
        yield made


@pytest.fixture(autouse=True)
def opened_anew() -> Iterator[None]:
    opened.cache_clear()
    yield
    opened.cache_clear()


def test_a_task_that_travelled_gives_the_rows(lake: IdentifiedLake, folder: Path) -> None:
    asked = question(folder)
    script = asked.script(lake, lake.snapshot())
    sent = pickle.loads(pickle.dumps(Task(LakeHandle.of(lake), script.run)))
    batches = [batch for n in lake.buckets() for part in sent.run((n,)) for batch in unpacked(part)]
    assert ordered(batches).equals(ordered(evaluate(lake, asked)), check_metadata=True)
    assert sum(batch.num_rows for batch in batches) == PERSONS


def test_what_travels_holds_no_password(lake: IdentifiedLake) -> None:
    place = replace(lake.location, catalog="postgres:host=127.0.0.1 user=lakmus dbname=lake")
    assert "lakmus" in repr(LakeHandle(place))
    for secret in ("password=hunter2", "sslpassword = hunter2", "postgresql://lakmus:hunter2@host/lake"):
        with pytest.raises(InputError) as refused:
            LakeHandle(replace(place, catalog=f"postgres:{secret}"))
        assert "hunter2" not in str(refused.value)


def test_a_worker_reads_and_writes_nothing(lake: IdentifiedLake, tmp_path: Path) -> None:
    spill = tmp_path / "spill"
    with LakeHandle.of(lake).open(threads=1, spill=spill, memory="1GB") as store, store.cursor() as cursor:
        assert cursor.execute("SELECT current_setting('memory_limit')").fetchone() == ("953.6 MiB",)
        assert cursor.execute("SELECT current_setting('temp_file_encryption')").fetchone() == (True,)
        for statement in ('DELETE FROM lake."Patient"', "UPDATE lake.lk.settings SET value = '1'"):
            with pytest.raises(duckdb.Error, match="read-only"):
                cursor.execute(statement)
        with pytest.raises(duckdb.Error):
            cursor.execute(f"COPY (SELECT 1) TO '{tmp_path}/made.csv'")
    assert stat.S_IMODE(spill.stat().st_mode) == 0o700


def test_a_worker_takes_its_share_of_memory(lake: IdentifiedLake, tmp_path: Path) -> None:
    def limit(threads: int) -> float:
        with LakeHandle.of(lake).open(threads=threads, spill=tmp_path) as store, store.cursor() as cursor:
            row = cursor.execute("SELECT current_setting('memory_limit')").fetchone()
            assert row is not None
            return float(str(row[0]).split()[0])

    assert limit(1) == pytest.approx(limit(64) / len(os.sched_getaffinity(0)), rel=0.02)


def test_the_lake_is_opened_once(lake: IdentifiedLake) -> None:
    assert opened(LakeHandle.of(lake), 1, "") is opened(LakeHandle.of(lake), 1, "")


@pytest.mark.parametrize("error", [NotFoundError, LakmusError])
def test_what_no_second_try_changes_is_an_answer(
    lake: IdentifiedLake, tmp_path: Path, error: type[Exception]
) -> None:
    (answer,) = Task(LakeHandle.of(lake), Failing(error, tmp_path)).run((0,))
    assert type(pickle.loads(pickle.dumps(answer))) is error


def test_what_may_change_is_raised(lake: IdentifiedLake, tmp_path: Path) -> None:
    with pytest.raises(TemporaryError):
        list(Task(LakeHandle.of(lake), Failing(TemporaryError, tmp_path)).run((0,)))


def test_of_other_errors_only_kind_and_place_are_told(lake: IdentifiedLake, tmp_path: Path) -> None:
    with pytest.raises(LakmusError, match=r"ValueError at faults\.py:\d+") as told:
        list(Task(LakeHandle.of(lake), Failing(ValueError, tmp_path)).run((0,)))
    assert NAME not in str(told.value)
    assert told.value.__suppress_context__


def test_another_version_is_refused(lake: IdentifiedLake, tmp_path: Path) -> None:
    sent = replace(Task(LakeHandle.of(lake), Failing(ValueError, tmp_path)), made_by=("0.0.9", "1.0"))
    (answer,) = sent.run((0,))
    assert isinstance(answer, InputError)
    assert "started by 0.0.9 with DuckDB 1.0" in str(answer)


def test_batches_without_rows_are_left_out_but_one() -> None:
    full, empty = (
        pa.RecordBatch.from_pylist(rows, pa.schema({"a": pa.int32()})) for rows in ([{"a": 1}], [])
    )
    assert list(with_rows([empty, full, empty, full])) == [full, full]
    assert list(with_rows([empty, empty])) == [empty]
    (again,) = unpacked(packed(empty))
    assert again.equals(empty)


@pytest.mark.parametrize(
    ("count", "places", "each"), [(12, 2, 3), (1, 2, 1), (3, 8, 1), (8, 2, 4), (15_000, 300, 4), (9, 1, 3)]
)
def test_every_round_takes_all_places(count: int, places: int, each: int) -> None:
    assert Spark(Places(places))._each(count) == each <= TOGETHER


class Places:
    """As much of a SparkContext as is asked for its size."""

    def __init__(self, places: int) -> None:
        self.defaultParallelism = places

    def getConf(self) -> dict[str, str]:
        return {}


def test_masters_of_this_process_try_again() -> None:
    assert session.with_tries("local[*]") == "local[*,4]"
    assert session.with_tries("local[2,9]") == "local[2,9]"
    assert session.with_tries("local-cluster[2,1,1024]") == "local-cluster[2,1,1024]"
    assert session.with_tries("local") == "local[1,4]"


def test_no_java(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(InputError, match="apt-get install default-jre-headless"):
        session.check_java()


def test_a_spill_folder_is_in_sparks_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SPARK_LOCAL_DIRS", f"{tmp_path},/elsewhere")
    assert task._spill().parent == tmp_path


def test_progress_of_this_process(lake: IdentifiedLake, folder: Path) -> None:
    told: list[tuple[float, str]] = []

    def work(store: Any, buckets: Any) -> Iterator[pa.RecordBatch]:
        yield pa.RecordBatch.from_pylist([{"a": len(buckets)}])

    list(Here().run(lake, work, lake.buckets(), lambda part, step: told.append((part, step))))
    assert told[0] == (0, f"bucket 1 of {BUCKETS}")
    assert told[-1] == (1.0, "done")
