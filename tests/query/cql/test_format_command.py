"""`lakmus cql fmt`: files laid out in place, or only looked at."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from lakmus.cli.cql_format import register
from lakmus.core.errors import InputError


def run(*arguments: str) -> Result:
    app = typer.Typer()
    register(app)
    return CliRunner().invoke(app, ["fmt", *arguments])


def test_a_file_is_laid_out(tmp_path: Path) -> None:
    file = tmp_path / "A.cql"
    file.write_text("define A:1 // one\n")
    assert run(str(file)).stdout == f"changed {file}\n"
    assert file.read_text() == "define A:\n  1 // one\n"
    assert run(str(file)).stdout == ""


def test_a_check_writes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "A.cql"
    file.write_text("define A:1")
    found = run(str(file), "--check")
    assert (found.exit_code, file.read_text()) == (1, "define A:1")
    file.write_text("define A:\n  1\n")
    assert run(str(file), "--check").exit_code == 0


def test_one_wrong_file_changes_none(tmp_path: Path) -> None:
    right, wrong = tmp_path / "A.cql", tmp_path / "B.cql"
    right.write_text("define A:1")
    wrong.write_text("define A: (")
    error = run(str(right), str(wrong)).exception
    assert isinstance(error, InputError)
    assert "B.cql: expected" in str(error)
    assert right.read_text() == "define A:1"


@pytest.mark.parametrize("content", [None, b"\xff"], ids=["no file", "no text"])
def test_what_cannot_be_read(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "A.cql"
    if content is not None:
        file.write_bytes(content)
    assert "no readable text" in str(run(str(file)).exception)
