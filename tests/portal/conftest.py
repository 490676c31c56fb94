"""One installation for the room's tests; each test makes its own browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import httpx
import pytest
from argon2 import PasswordHasher

from lakmus.ops import passwords
from lakmus.portal.visit import SESSION
from tests.portal.serving import served
from tests.portal.world import World, make

Browse = Callable[[str | None], httpx.Client]


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Passwords are hashed with little memory: tests hash hundreds of times."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "HASHER", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
        made = make(tmp_path_factory.mktemp("world"))
        yield made
        made.reception.intake.lake.close()


@pytest.fixture(scope="session")
def address(world: World) -> Iterator[str]:
    with served(world.app) as running:
        yield running


@pytest.fixture
def browse(world: World, address: str) -> Iterator[Browse]:
    """A browser for somebody with a role, or for a visitor."""
    opened = []

    def of(role: str | None) -> httpx.Client:
        client = httpx.Client(base_url=address, trust_env=False, timeout=60)
        opened.append(client)
        if role:
            client.cookies.set(SESSION, world.session(role), domain="127.0.0.1")
        return client

    yield of
    for client in opened:
        client.close()
