"""Spark's processes find these tests, as they find Lakmus."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.conftest import ROOT
from tests.support.spark_cluster import QUICK


@pytest.fixture(scope="package", autouse=True)
def known_to_workers() -> Iterator[None]:
    """Java starts with the environment of the first session, and goes on with it."""
    with pytest.MonkeyPatch.context() as patch:
        found = os.environ.get("PYTHONPATH")
        patch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), *([found] if found else [])]))
        for name, value in QUICK.items():
            patch.setenv(name, value)
        yield
