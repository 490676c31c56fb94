"""Reference pages are what the code prints."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from lakmus.core import settings

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate_docs", ROOT / "tools" / "generate_docs.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_no_page_is_out_of_date(generator: ModuleType) -> None:
    assert generator.stale() == [], "run tools/generate_docs.py"
    assert generator.main(["--check"]) == 0


def test_a_changed_page_is_noticed(
    generator: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, page in generator.PAGES.items():
        (tmp_path / name).write_text(page(), "utf-8")
    assert generator.stale(tmp_path) == []
    (tmp_path / "settings.md").write_text("# Settings\n")
    (tmp_path / "roles.md").unlink()
    assert generator.stale(tmp_path) == ["settings.md", "roles.md"]


def test_every_setting_is_on_its_page() -> None:
    page = (ROOT / "docs" / "settings.md").read_text("utf-8")
    assert [entry.variable for entry in settings.describe() if f"`{entry.variable}`" not in page] == []
