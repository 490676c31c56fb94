"""A lake whose Parquet files are in object storage: an S3 server of the tests' own, spoken to over loopback."""

import json
from datetime import UTC, datetime

import pytest

from lakmus.core.clock import FixedClock
from lakmus.core.errors import InputError, LakmusError, UnsupportedError
from lakmus.intake.batch import Intake
from lakmus.lake import IdentifiedLake
from lakmus.lake.backup import backup
from lakmus.lake.maintenance import compact, expire, files, rotate_keys
from lakmus.query.engines.duckdb import run
from tests.support.chunks import NOON
from tests.support.object_store import ACCESS, BUCKET, object_store

__all__ = ["object_store"]

PLACE = f"s3://{BUCKET}/lake"
NAME = "Zhukovskaya"
VIEW = {
    "resourceType": "ViewDefinition",
    "resource": "Patient",
    "status": "active",
    "select": [{"column": [{"name": "id", "path": "id"}, {"name": "name", "path": "name.family.first()"}]}],
}


@pytest.fixture
def lake(tmp_path, object_store):
    with IdentifiedLake.create(tmp_path / "lake", data=PLACE, threads=2) as made:
        yield made


def send(lake, tmp_path, name, *ids):
    lines = [json.dumps({"resourceType": "Patient", "id": i, "name": [{"family": NAME + i}]}) for i in ids]
    (tmp_path / f"{name}.ndjson").write_text("\n".join(lines))
    intake = Intake(lake, FixedClock(NOON), lambda original: original, workers=1)
    return intake.take_in(tmp_path / f"{name}.ndjson", "north").receipt


def names(lake):
    return sorted(row["name"] for batch in run(lake, VIEW) for row in batch.to_pylist())


def test_what_is_sent_reads_back_from_there(lake, tmp_path, object_store):
    assert send(lake, tmp_path, "a", "1", "2").created == 2
    assert send(lake, tmp_path, "b", "2", "3").unchanged == 1
    assert names(lake) == [NAME + "1", NAME + "2", NAME + "3"]
    assert not (tmp_path / "lake" / "data").exists()
    assert any(name.endswith(".parquet") for name in object_store.objects())


def test_another_process_would_find_it(lake, tmp_path):
    send(lake, tmp_path, "a", "1")
    lake.close()
    with IdentifiedLake.open(tmp_path / "lake") as again:
        assert names(again) == [NAME + "1"]


def test_no_object_holds_a_name(lake, tmp_path, object_store):
    send(lake, tmp_path, "a", *map(str, range(50)))
    objects = object_store.objects()
    assert objects
    assert not [name for name, held in objects.items() if NAME.encode() in held or NAME in name]


def test_upkeep_removes_objects_too(lake, tmp_path, object_store):
    for name in "abcdef":
        send(lake, tmp_path, name, name)
    before = object_store.objects().keys()
    compact(lake)
    expire(lake, datetime.now(UTC))
    rotate_keys(lake, datetime.now(UTC))
    after = object_store.objects().keys()
    assert names(lake) == [NAME + name for name in "abcdef"]
    assert len(after) < len(before)
    assert not before & after, "every file is written again under a fresh key, and the old ones are gone"
    assert len(after) == files(lake).files


def test_a_copy_is_the_storages_own_matter(lake, tmp_path):
    with pytest.raises(UnsupportedError):
        backup(lake.location, tmp_path / "copy")


@pytest.mark.parametrize("missing", ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"])
def test_a_missing_variable_is_named(missing, tmp_path, object_store, monkeypatch):
    monkeypatch.delenv(missing)
    with pytest.raises(InputError, match=missing):
        IdentifiedLake.create(tmp_path / "lake", data=PLACE)


def test_credentials_may_stand_in_a_file(tmp_path, object_store, monkeypatch):
    keys = [f"{name.lower()} = {ACCESS[name]}" for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")]
    (tmp_path / "credentials").write_text("\n".join(["[other]", "x = y", "[lakmus]", *keys]))
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_PROFILE", "lakmus")
    with IdentifiedLake.create(tmp_path / "lake", data=PLACE) as lake:
        assert send(lake, tmp_path, "a", "1").created == 1


@pytest.mark.parametrize("held", [None, b"", b"[other]\n", b"secret-word\n", b"\xff\xfe"])
def test_a_file_without_them_is_refused_unquoted(held, tmp_path, object_store, monkeypatch):
    if held is not None:
        (tmp_path / "credentials").write_bytes(held)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    with pytest.raises(InputError, match="AWS_SHARED_CREDENTIALS_FILE") as refused:
        IdentifiedLake.create(tmp_path / "lake", data=PLACE)
    assert "secret-word" not in str(refused.value)


@pytest.mark.parametrize(
    "url", ["localhost:9000", "ftp://x", "http://user:word@x", "http://", "http://x/?a=b"]
)
def test_an_address_that_is_none_is_refused_unquoted(url, tmp_path, object_store, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", url)
    with pytest.raises(InputError) as refused:
        IdentifiedLake.create(tmp_path / "lake", data=PLACE)
    assert url not in str(refused.value)


def test_no_message_tells_the_secret(lake, tmp_path, object_store):
    object_store.client().delete_bucket(Bucket=BUCKET)
    with pytest.raises(LakmusError, match="object storage refused") as refused:
        send(lake, tmp_path, "a", "1")
    assert not [told for told in (*ACCESS.values(), object_store.url) if told in str(refused.value)]
