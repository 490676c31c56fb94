"""Spark on this machine: the rows of the local run, whatever is killed; errors that are ours, and hold no value."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lakmus.core.errors import InputError, LakmusError, NotFoundError, TemporaryError
from lakmus.lake import IdentifiedLake
from lakmus.query.cluster import opened
from lakmus.query.engines.duckdb.elm.run import evaluate
from tests.query.cluster.faults import NAME, Failing, Killed
from tests.query.cluster.people import BUCKETS, LIBRARY, PERSONS, fill, ordered, question
from tests.support.spark_cluster import need_java

# Of its own sockets, which it leaves to be closed by the end of a function.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning:pyspark.core.context")


@pytest.fixture(scope="module")
def spark() -> Iterator[Any]:
    need_java()
    with opened("local[2]") as scheduler:
        yield scheduler


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cluster")


@pytest.fixture(scope="module")
def lake(folder: Path) -> Iterator[IdentifiedLake]:
    with IdentifiedLake.create(folder / "lake", buckets=BUCKETS, threads=1) as made:
        fill(made, folder)
        yield made


def test_the_rows_are_those_of_the_local_run(spark: Any, lake: IdentifiedLake, folder: Path) -> None:
    asked, parts = question(folder), []
    here = ordered(evaluate(lake, asked))
    there = ordered(evaluate(lake, asked, scheduler=spark, report=lambda part, step: parts.append(part)))
    assert here.num_rows == PERSONS
    assert there.equals(here, check_metadata=True)
    assert parts == sorted(parts)
    assert parts[-1] == 1


def test_nobody_has_columns_too(spark: Any, lake: IdentifiedLake, folder: Path) -> None:
    asked = question(folder, persons=[5])
    here, there = (list(evaluate(lake, asked, scheduler=each)) for each in (None, spark))
    assert [batch.num_rows for batch in there] == [0]
    assert there[0].schema.equals(here[0].schema, check_metadata=True)


def test_an_earlier_snapshot(spark: Any, lake: IdentifiedLake, folder: Path) -> None:
    asked = question(folder, LIBRARY.partition("define Age")[0] + "define Born: Patient.birthDate")
    empty = next(n for n in range(lake.snapshot()) if not lake.schema("Observation", n))
    assert ordered(evaluate(lake, asked, version=empty, scheduler=spark)).num_rows == 0


def test_a_killed_process_costs_a_try(spark: Any, lake: IdentifiedLake, folder: Path, tmp_path: Path) -> None:
    asked = question(folder)
    work = Killed(asked.script(lake, lake.snapshot()).run, tmp_path / "killed")
    found = ordered(spark.run(lake, work, lake.buckets(), lambda part, step: None))
    assert work.told.exists()
    assert found.equals(ordered(evaluate(lake, asked)))


@pytest.mark.parametrize(
    ("error", "told", "tries"),
    [
        (NotFoundError, NotFoundError, 1),
        (LakmusError, LakmusError, 1),
        (ValueError, TemporaryError, 4),
    ],
)
def test_what_fails_is_told_once(
    spark: Any,
    lake: IdentifiedLake,
    tmp_path: Path,
    error: type[Exception],
    told: type[Exception],
    tries: int,
    capfd: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(LakmusError) as caught:
        list(spark.run(lake, Failing(error, tmp_path), [0], lambda part, step: None))
    assert type(caught.value) is told
    assert len(list(tmp_path.iterdir())) == tries
    if error is ValueError:  # not ours: what it says is nobody's to read
        assert NAME not in str(caught.value) + "".join(capfd.readouterr())


def test_a_second_session_is_refused(spark: Any) -> None:
    with pytest.raises(InputError, match="a Spark session already"), opened("local[1]"):
        pass
