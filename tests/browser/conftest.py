"""Debian's chromium driven by Playwright; left out where it is not, and in CI that is a failure."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.portal.conftest import address, world

__all__ = ["address", "world"]
ROOT = Path(__file__).resolve().parent.parent.parent
AXE = ROOT / ".cache" / "assets" / "axe.min.js"
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


def _left_out(what: str) -> None:
    if os.environ.get("CI") == "true":
        pytest.fail(what)
    pytest.skip(what)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        _left_out("chromium is not here; apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def axe() -> str:
    """The source of axe-core, fetched once and checked by hash."""
    if not AXE.exists():
        command = [sys.executable, str(ROOT / "tools" / "fetch_assets.py"), "--tests"]
        if shutil.which("npm") is None or subprocess.run(command, check=False).returncode:
            _left_out("axe-core is not here; python tools/fetch_assets.py --tests fetches it with npm")
    return AXE.read_text("utf-8")
