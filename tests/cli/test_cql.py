"""`lakmus cql`: the page that teaches it, block by block."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from lakmus import cli

PAGE = Path(__file__).parents[2] / "docs" / "cql.md"
BLOCK = re.compile(r"^```(\w+)(?: file=(\S+))?\n(.*?)^```", re.DOTALL | re.MULTILINE)


def commands(block: str) -> list[tuple[str, str]]:
    """Each command of a console block with what is printed after it."""
    parts = re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]
    return [(part.partition("\n")[0], part.partition("\n")[2]) for part in parts]


def ran(command: str) -> str:
    """What a command prints, to both streams."""
    arguments = shlex.split(command)[1:]
    result = CliRunner().invoke(cli.build(arguments), arguments)
    assert result.exit_code in (0, 2), result.output
    return result.output


def begins(output: str, shown: str) -> bool:
    """Whether each line that is shown is how a line of the output begins."""
    lines, wanted = output.splitlines(), shown.splitlines()
    return len(lines) >= len(wanted) and all(a.startswith(b) for a, b in zip(lines, wanted, strict=False))


def test_the_page_says_what_the_commands_print(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LAKMUS_DATA", "lakmus-data")
    checked = 0
    for language, file, content in BLOCK.findall(PAGE.read_text("utf-8")):
        if file:
            (tmp_path / file).write_text(content)
        if language == "python":
            exec(content, {})
        if language != "console":
            continue
        for command, printed in commands(content):
            assert begins(ran(command), printed), command
            checked += 1
    assert checked == 16


def test_files_that_are_no_libraries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "Binary.cql").write_bytes(b"\xff\xfe\x00")
    assert "no readable text" in ran("lakmus cql check Binary.cql")
    assert "no readable text" in ran("lakmus cql check Missing.cql")


def test_a_library_that_is_not_beside_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "A.cql").write_text("library A\ninclude Common version '1.0'\ndefine X: 1")
    printed = ran("lakmus cql check A.cql")
    assert "there is no library `Common`" in printed
    assert "`Common.cql` or `Common-1.0.cql`" in printed
