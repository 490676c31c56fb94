"""Sites and the tokens they send records with."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from lakmus.core.errors import ConflictError, InputError, NotFoundError
from lakmus.ops import Database, Sites, WrongToken
from tests.ops.conftest import MovingClock


@pytest.fixture
def sites(database: Database, clock: MovingClock) -> Sites:
    made = Sites(database, clock)
    made.add("clinic-a", "Clinic A", "North")
    made.add("clinic-b", "Clinic B")
    return made


def test_sites_are_listed_by_code(sites: Sites) -> None:
    assert [(site.code, site.name, site.region) for site in sites.all()] == [
        ("clinic-a", "Clinic A", "North"),
        ("clinic-b", "Clinic B", ""),
    ]
    with pytest.raises(ConflictError, match="clinic-a already"):
        sites.add("clinic-a", "Again")
    with pytest.raises(InputError):
        sites.add("../etc", "Odd")
    with pytest.raises(NotFoundError):
        sites.issue("clinic-z")


def test_a_token_opens_its_own_site(sites: Sites) -> None:
    a, b = sites.issue("clinic-a", "gateway"), sites.issue("clinic-b")
    assert (sites.authenticate(a).code, sites.authenticate(b).code) == ("clinic-a", "clinic-b")


def test_the_database_holds_no_token(sites: Sites, database: Database) -> None:
    token = sites.issue("clinic-a")
    with database.reading() as connection:
        whole = str(connection.execute(text("SELECT * FROM credentials")).all())
    assert token.split("_", 2)[2] not in whole


@pytest.mark.parametrize(
    "change", ["", "lks_", "lks_000000000000_" + "A" * 43, "Bearer x", "lks_é", "x" * 100_000]
)
def test_what_is_no_token_opens_nothing(sites: Sites, change: str) -> None:
    with pytest.raises(WrongToken):
        sites.authenticate(change)


def test_a_token_with_another_ones_secret_opens_nothing(sites: Sites) -> None:
    a, b = sites.issue("clinic-a"), sites.issue("clinic-b")
    with pytest.raises(WrongToken):
        sites.authenticate(a[:17] + b[17:])


def test_a_revoked_token_opens_nothing_at_once(sites: Sites) -> None:
    kept, gone = sites.issue("clinic-a"), sites.issue("clinic-a")
    sites.revoke(gone.split("_")[1])
    assert sites.authenticate(kept)
    with pytest.raises(WrongToken):
        sites.authenticate(gone)
    with pytest.raises(NotFoundError):
        sites.revoke(gone.split("_")[1])


def test_rotating_lets_the_old_token_work_a_day_longer(sites: Sites, clock: MovingClock) -> None:
    old = sites.issue("clinic-a")
    new = sites.rotate("clinic-a", overlap=timedelta(days=1))
    clock.move(hours=23)
    assert sites.authenticate(old) == sites.authenticate(new)
    clock.move(hours=2)
    assert sites.authenticate(new)
    with pytest.raises(WrongToken):
        sites.authenticate(old)


def test_rotating_does_not_lengthen_what_ends_sooner(sites: Sites, clock: MovingClock) -> None:
    short = sites.issue("clinic-a", days=1)
    sites.rotate("clinic-a", overlap=timedelta(days=7))
    clock.move(days=1)
    with pytest.raises(WrongToken):
        sites.authenticate(short)


def test_a_closed_site_sends_nothing(sites: Sites) -> None:
    token = sites.issue("clinic-a")
    sites.deactivate("clinic-a")
    with pytest.raises(WrongToken):
        sites.authenticate(token)
    sites.activate("clinic-a")
    assert sites.authenticate(token)


def test_the_list_says_when_a_token_was_last_used(sites: Sites, clock: MovingClock) -> None:
    token = sites.issue("clinic-a", "gateway")
    assert sites.credentials("clinic-a")[0].last_used is None
    clock.move(hours=1)
    sites.authenticate(token)
    assert sites.credentials("clinic-a")[0].last_used == clock.now()
    assert sites.credentials("clinic-a")[0].label == "gateway"
