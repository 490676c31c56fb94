"""A connection to a lake reaches nothing beside the lake, whatever statement comes through."""

import contextlib

import duckdb
import pytest

from lakmus.lake import IdentifiedLake

BESIDE = [
    "SELECT * FROM read_text('{other}')",
    "SELECT * FROM read_csv('{other}')",
    "COPY (SELECT 1) TO '{folder}/made.csv'",
    "ATTACH '{folder}/made.duckdb' AS made",
    "SELECT * FROM read_text('http://127.0.0.1:9/')",
    "SELECT * FROM read_text('s3://elsewhere/x')",
    "INSTALL spatial",
    "LOAD '{other}'",
    "EXPORT DATABASE '{folder}/made'",
    "SET enable_external_access = true",
    "SET allowed_directories = ['/']",
]


@pytest.mark.parametrize("statement", BESIDE)
def test_what_is_beside_it_is_out_of_reach(statement, lake, tmp_path):
    other = tmp_path / "other.txt"
    other.write_text("not the lake's")
    before = sorted(tmp_path.iterdir())
    with lake.cursor() as cursor, pytest.raises(duckdb.Error) as refused:
        cursor.execute(statement.format(other=other, folder=tmp_path)).fetchall()
    assert "not the lake's" not in str(refused.value)
    assert sorted(tmp_path.iterdir()) == before


def test_what_is_beside_it_is_not_listed(lake, tmp_path):
    with lake.cursor() as cursor, contextlib.suppress(duckdb.PermissionException):
        assert cursor.execute(f"SELECT * FROM glob('{tmp_path}/*')").fetchall() == []


def test_a_folder_named_like_the_lakes_is_beside_it(tmp_path):
    (tmp_path / "lake-other").mkdir()
    (tmp_path / "lake-other" / "x.txt").write_text("x")
    with IdentifiedLake.create(tmp_path / "lake") as lake, lake.cursor() as cursor:
        for path in ("lake-other/x.txt", "lake/../lake-other/x.txt"):
            with pytest.raises(duckdb.PermissionException):
                cursor.execute(f"SELECT * FROM read_text('{tmp_path}/{path}')").fetchall()
