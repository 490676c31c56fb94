"""A cluster where people ask for one: on the command line, from Python; the gate is asked first, all the same."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest

import lakmus as package
from lakmus.app import App
from lakmus.core.errors import InputError, RefusedError
from lakmus.query.cluster import opened
from tests.cli.conftest import Run, lakmus
from tests.cli.test_measure import PERIOD, page
from tests.query.cluster.people import LIBRARY, PERSONS, records
from tests.support.spark_cluster import need_java

__all__ = ["lakmus", "page"]
pytestmark = pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning:pyspark.core.context")


@pytest.fixture
def asked(lakmus: Run, tmp_path: Path) -> Run:
    (tmp_path / "Pressure.cql").write_text(LIBRARY)
    (tmp_path / "sent.ndjson").write_text("".join(json.dumps(record) + "\n" for record in records()))
    lakmus("init", "--buckets", "4")
    lakmus("site", "add", "north", "--name", "North")
    lakmus("intake", tmp_path / "sent.ndjson", "--site", "north")
    return lakmus


def read(file: Path) -> pa.Table:
    return pyarrow.parquet.read_table(file).sort_by("patient")


@pytest.mark.slow
def test_answers_into_a_file_and_into_python(asked: Run, tmp_path: Path) -> None:
    need_java()
    from pyspark.sql import SparkSession

    asked("cql", "run", "Pressure.cql", "--to", "here.parquet")
    told = asked("cql", "run", "Pressure.cql", "--to", "there.parquet", "--cluster", "local[2]")
    assert told.startswith(f"{PERSONS} persons in there.parquet")
    here = read(tmp_path / "here.parquet")
    assert read(tmp_path / "there.parquet").equals(here)
    session = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").getOrCreate()
    try:
        found = package.evaluate(tmp_path / "data", "Pressure.cql", cluster=session).arrow()
    finally:
        session.stop()
    assert found.sort_by("patient").equals(here)


@pytest.mark.slow
def test_a_measure(page: Run, tmp_path: Path) -> None:
    need_java()
    page("init")
    page("site", "add", "north", "--name", "North")
    page("intake", tmp_path / "records.ndjson", "--site", "north")
    ask = (
        "measure",
        "run",
        "measure.json",
        *PERIOD,
        "--value-sets",
        "hospice.json",
        "--report",
        "individual",
    )
    here, there = page(*ask), page(*ask, "--cluster", "local[1]")
    assert sorted(map(_counts, there.splitlines())) == sorted(map(_counts, here.splitlines()))


def _counts(line: str) -> str:
    report = json.loads(line)
    return json.dumps([report["subject"], report["group"]])


def test_the_gate_is_asked_before_anything_starts(
    asked: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise RefusedError("not you")

    monkeypatch.setattr(App, "may", refuse)
    monkeypatch.setattr("lakmus.query.cluster.session.start", pytest.fail)
    with pytest.raises(RefusedError):
        asked("cql", "run", "Pressure.cql", "--cluster", "local[2]")
    with pytest.raises(RefusedError):
        package.evaluate(tmp_path / "data", "Pressure.cql", cluster="local[2]").arrow()


def test_the_address_comes_through(asked: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def start(master: str) -> None:
        raise InputError(f"started at {master}")

    monkeypatch.setattr("lakmus.query.cluster.session.start", start)
    with pytest.raises(InputError, match="started at yarn"):
        asked("cql", "run", "Pressure.cql", "--cluster", "yarn")
    with pytest.raises(InputError, match="started at yarn"):
        package.evaluate(tmp_path / "data", "Pressure.cql", cluster="yarn").arrow()


def test_without_spark(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyspark", None)
    with pytest.raises(InputError, match=r"pip install 'lakmus\[spark\]'"), opened("local[2]"):
        pass


def test_what_is_no_session() -> None:
    with pytest.raises(InputError, match="no Spark session"), opened(object()):
        pass
