import pytest

from lakmus.lake import IdentifiedLake
from tests.support.postgres import postgres

__all__ = ["postgres"]


@pytest.fixture
def lake(tmp_path):
    with IdentifiedLake.create(tmp_path / "lake", threads=2) as made:
        yield made
