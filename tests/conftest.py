"""Fixtures every test may use."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def shared_folder() -> Path:
    """Where the real records and official suites are: `LAKMUS_SHARED`, or `../shared` beside the checkout."""
    return Path(os.environ.get("LAKMUS_SHARED", ROOT.parent / "shared"))


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real records; without it the test is left out, and in CI that is a failure."""
    folder = shared_folder()
    if folder.is_dir():
        return folder
    message = (
        f"real records are not at {folder}; set LAKMUS_SHARED to the folder that holds data/ and conformance/"
    )
    if os.environ.get("CI") == "true":
        pytest.fail(message)
    pytest.skip(message)
