"""The security page names functions and tests; here it is seen whether they are there."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text("utf-8")
NAMED = sorted(set(re.findall(r"`((?:src|tests)/[\w/]+\.(?:py|toml))(?:::(\w+))?`", PAGE)))


@cache
def definitions(file: str) -> frozenset[str]:
    tree = ast.parse((ROOT / file).read_text("utf-8"))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, kinds))


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_what_the_page_names_is_there(file: str, name: str) -> None:
    assert (ROOT / file).is_file()
    assert not name or name in definitions(file)


def test_every_property_names_what_holds_it_and_what_attacks_it() -> None:
    sections = re.split(r"^### ", PAGE.split("## Accounts")[0], flags=re.M)[1:]
    assert len(sections) == 6
    assert all("`src/" in section and "`tests/" in section for section in sections)
