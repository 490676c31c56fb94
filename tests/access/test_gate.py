"""The gate: what is allowed is logged before it is done, what is refused is logged too."""

from __future__ import annotations

import pytest

from lakmus.access import Action, Actor, AuditLog, Gate, Refused, Resource, default
from lakmus.core.errors import TemporaryError
from lakmus.ops import Account, Database, Grant, People, Site, Sites
from tests.ops.conftest import MovingClock

CLINICIAN = Actor("u-1", (Grant("account"), Grant("clinician", "clinic-a")))
HERE, THERE = Resource("clinic-a", 5), Resource("clinic-b", 6)


@pytest.fixture
def gate(log: AuditLog) -> Gate:
    return Gate(default(), log)


def lines(log: AuditLog) -> list[tuple[str, str, tuple[str, ...], str, str]]:
    return [
        (line.actor, line.action, line.objects, line.outcome, line.reason) for line in reversed(log.show())
    ]


def test_every_read_of_a_person_is_in_the_log(gate: Gate, log: AuditLog) -> None:
    gate.check(CLINICIAN, Action.READ_PERSON, HERE, ["release:demo@1"])
    assert lines(log) == [
        ("u-1", "read-person", ("person:5", "site:clinic-a", "release:demo@1"), "allowed", "care")
    ]


def test_a_refusal_is_in_the_log_and_carries_its_reason(gate: Gate, log: AuditLog) -> None:
    with pytest.raises(Refused, match="but not here") as caught:
        gate.check(CLINICIAN, Action.READ_PERSON, THERE)
    assert "не здесь" in caught.value.reason.text.ru
    assert lines(log) == [("u-1", "read-person", ("person:6", "site:clinic-b"), "refused", "elsewhere")]


def test_what_reads_nobody_is_not_logged_when_allowed(gate: Gate, log: AuditLog) -> None:
    gate.check(CLINICIAN, Action.SEE_QUALITY, HERE)
    gate.check(Actor.visitor(), Action.SEE_CATALOGUE)
    assert lines(log) == []


def test_visitors_cannot_fill_the_log(gate: Gate, log: AuditLog) -> None:
    for action in Action:
        if action not in (Action.SEE_CATALOGUE, Action.DOWNLOAD_RELEASE):
            with pytest.raises(Refused):
                gate.check(Actor.visitor(), action, HERE)
    assert lines(log) == []


def test_a_filter_is_logged_and_so_are_the_persons_then_read(gate: Gate, log: AuditLog) -> None:
    assert gate.filter(CLINICIAN, Action.READ_REGISTER).sites == {"clinic-a"}
    gate.note(CLINICIAN, Action.READ_REGISTER, ["person:5", "person:8"])
    assert [line[2:] for line in lines(log)] == [
        ((), "allowed", "care"),
        (("person:5", "person:8"), "allowed", "care"),
    ]


def test_a_filter_that_admits_nothing_is_a_refusal(gate: Gate, log: AuditLog) -> None:
    with pytest.raises(Refused, match="none of your roles"):
        gate.filter(Actor("u-2", (Grant("account"), Grant("developer"))), Action.READ_REGISTER)
    assert lines(log) == [("u-2", "read-register", (), "refused", "no-role")]


def test_what_cannot_be_logged_is_not_allowed(
    gate: Gate, log: AuditLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise TemporaryError("the operations database does not answer")

    monkeypatch.setattr(log, "append", fails)
    with pytest.raises(TemporaryError):
        gate.check(CLINICIAN, Action.READ_PERSON, HERE)
    with pytest.raises(TemporaryError):
        gate.filter(CLINICIAN, Action.READ_REGISTER)


def test_accounts_and_sites_become_actors(database: Database, clock: MovingClock) -> None:
    people = People(database, clock, default().check_grant)
    anna: Account = people.add("anna", "Anna", roles=[Grant("auditor")])
    assert Actor.of(anna) == Actor(anna.id, (Grant("account"), Grant("auditor")))
    people.deactivate(anna.id)
    assert Actor.of(people.get(anna.id)).is_visitor
    site: Site = Sites(database, clock).add("clinic-a", "A")
    assert Actor.site(site) == Actor("site-clinic-a", (Grant("site", "clinic-a"),))
    assert (Actor.operator("root").id, Actor.operator("Иван Иванов").id) == (
        "operator-root",
        "operator-unknown",
    )
