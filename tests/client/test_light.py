"""`pip install lakmus` alone: releases load, and what is missing says how to have it."""

from __future__ import annotations

import subprocess
import sys

WITHOUT = """
import importlib.abc, sys
HEAVY = {"duckdb", "fastapi", "sqlalchemy", "numpy", "msgspec", "pandas", "polars", "alembic"}
class Missing(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in HEAVY:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Missing())
import importlib.util
real = importlib.util.find_spec
importlib.util.find_spec = lambda name, package=None: None if name in HEAVY else real(name, package)
"""


def run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", WITHOUT + code], capture_output=True, text=True, check=False)


def test_the_client_imports_without_the_server_s_parts() -> None:
    done = run("import lakmus; lakmus.load; import lakmus.client; print(lakmus.__version__)")
    assert (done.returncode, done.stderr) == (0, "")


def test_the_command_line_has_its_commands_alone() -> None:
    done = run("import sys; sys.argv = ['lakmus', '--help']; from lakmus.cli import main; main()")
    assert "get" in done.stdout
    assert "intake" not in done.stdout


def test_opening_records_says_what_to_install() -> None:
    done = run(
        "import lakmus\ntry: lakmus.open('x')\nexcept Exception as error: print(type(error).__name__, error)"
    )
    assert "InputError" in done.stdout
    assert "lakmus[server]" in done.stdout
