"""Accounts: logins, roles, passwords, the second factor, the lock, sessions."""

from __future__ import annotations

import threading

import pyotp
import pytest
from sqlalchemy import select, text

from lakmus.core.errors import ConflictError, InputError, NotFoundError, RefusedError
from lakmus.ops import (
    Account,
    Database,
    Grant,
    KeyStore,
    Lockout,
    People,
    Sealer,
    SecondFactorNeeded,
    Sessions,
    SignIn,
    WrongSignIn,
)
from lakmus.ops.passwords import digest
from lakmus.ops.schema import accounts, recovery_codes, sessions
from tests.ops.conftest import MovingClock

PASSWORD = "four plain words here"


def known_role(grant: Grant) -> None:
    if grant.role not in ("registrar", "auditor", "patient"):
        raise InputError(f"there is no role {grant.role}")


@pytest.fixture
def people(database: Database, clock: MovingClock) -> People:
    return People(database, clock, known_role)


@pytest.fixture
def sign_in(database: Database, clock: MovingClock, keys: KeyStore) -> SignIn:
    return SignIn(database, clock, Sealer(keys, "accounts"), Lockout(failures=3, minutes=10))


@pytest.fixture
def anna(people: People) -> Account:
    return people.add(
        "anna", "Anna Example", password=PASSWORD, roles=[Grant("registrar", "clinic-a")], locale="ru"
    )


def test_an_account_is_found_by_login_whatever_its_case(people: People, anna: Account) -> None:
    assert people.find(" Anna ") == people.get(anna.id) == people.all()[0] == anna
    assert (anna.locale, [str(grant) for grant in anna.grants]) == ("ru", ["registrar(clinic-a)"])


def test_a_login_is_taken_once(people: People, anna: Account) -> None:
    with pytest.raises(ConflictError, match="anna is taken"):
        people.add("ANNA", "Somebody else")


@pytest.mark.parametrize("login", ["", "a b", "x" * 129, "-a", "анна", "a\n"[:-1] + "\x00"])
def test_odd_logins_are_refused(people: People, login: str) -> None:
    with pytest.raises(InputError, match="cannot be a login"):
        people.add(login, "Name")


@pytest.mark.parametrize("password", ["short", "x" * 1025, "aaaaaaaaaaaaaaaa", "my name is berta"])
def test_weak_passwords_are_refused_without_being_repeated(people: People, password: str) -> None:
    with pytest.raises(InputError) as caught:
        people.add("berta", "Berta", password=password)
    assert password not in str(caught.value)


def test_a_role_nobody_knows_leaves_no_account_behind(people: People) -> None:
    with pytest.raises(InputError, match="no role wizard"):
        people.add("berta", "Berta", roles=[Grant("wizard")])
    assert people.all() == []


def test_roles_are_granted_once_and_revoked(people: People, anna: Account) -> None:
    for _ in range(2):
        people.grant(anna.id, Grant("patient", person=-17))
    assert people.get(anna.id).grants == (Grant("patient", person=-17), Grant("registrar", "clinic-a"))
    people.revoke(anna.id, Grant("patient", person=-17))
    with pytest.raises(NotFoundError, match=r"does not have the role patient\(-17\)"):
        people.revoke(anna.id, Grant("patient", person=-17))


def test_passwords_and_codes_are_stored_as_hashes_and_sealed(
    database: Database, people: People, sign_in: SignIn, clock: MovingClock, anna: Account
) -> None:
    code = enrol(sign_in, clock, anna)[0]
    with database.reading() as connection:
        row = connection.execute(select(accounts)).one()
        codes = connection.execute(select(recovery_codes.c.digest)).scalars().all()
    assert row.password.startswith("$argon2id$")
    assert row.totp.startswith(b"LKS1")
    assert (len(codes), code in codes) == (10, False)


# What is given, and whether it signs in.
ATTEMPTS = [
    ("anna", PASSWORD, True),
    ("ANNA", PASSWORD, True),
    ("anna", PASSWORD + " ", False),
    ("anna", "", False),
    ("nobody", PASSWORD, False),
]


@pytest.mark.parametrize(("login", "password", "good"), ATTEMPTS)
def test_signing_in(sign_in: SignIn, anna: Account, login: str, password: str, good: bool) -> None:
    if good:
        assert sign_in.with_password(login, password).account.id == anna.id
    else:
        with pytest.raises(WrongSignIn):
            sign_in.with_password(login, password)


def test_three_failures_lock_for_ten_minutes(sign_in: SignIn, anna: Account, clock: MovingClock) -> None:
    fail(sign_in, 3)
    with pytest.raises(WrongSignIn):
        sign_in.with_password("anna", PASSWORD)
    clock.move(minutes=9.9)
    with pytest.raises(WrongSignIn):
        sign_in.with_password("anna", PASSWORD)
    clock.move(minutes=0.2)
    assert sign_in.with_password("anna", PASSWORD).account.locked_until is None


def test_after_the_lock_there_are_three_new_attempts(
    sign_in: SignIn, people: People, anna: Account, clock: MovingClock
) -> None:
    fail(sign_in, 3)
    clock.move(minutes=11)
    fail(sign_in, 2)
    assert sign_in.with_password("anna", PASSWORD)


def test_a_success_in_between_begins_the_count_anew(sign_in: SignIn, anna: Account) -> None:
    for _ in range(3):
        fail(sign_in, 2)
        sign_in.with_password("anna", PASSWORD)


def test_attempts_at_once_do_not_outrun_the_lock(
    sign_in: SignIn, anna: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_at = []
    monkeypatch.setattr(
        "lakmus.ops.passwords.check_password", lambda stored, given: bool(stored and looked_at.append(given))
    )
    threads = [threading.Thread(target=fail, args=(sign_in, 1)) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(looked_at) == 3


def test_a_closed_account_does_not_sign_in_and_its_sessions_end(
    people: People, sign_in: SignIn, database: Database, clock: MovingClock, anna: Account
) -> None:
    live = Sessions(database, clock)
    token = live.start(anna.id)
    people.deactivate(anna.id)
    assert live.find(token) is None
    with pytest.raises(WrongSignIn):
        sign_in.with_password("anna", PASSWORD)
    people.activate(anna.id)
    assert sign_in.with_password("anna", PASSWORD)


def test_the_second_factor_is_asked_for_after_the_password(
    sign_in: SignIn, clock: MovingClock, anna: Account
) -> None:
    enrol(sign_in, clock, anna)
    with pytest.raises(SecondFactorNeeded):
        sign_in.with_password("anna", PASSWORD)
    with pytest.raises(WrongSignIn):
        sign_in.with_password("anna", "not the password")


def test_a_code_is_good_once_and_for_a_minute_or_so(
    sign_in: SignIn, clock: MovingClock, anna: Account
) -> None:
    totp = pyotp.parse_uri(sign_in.enrol(anna.id, "Lakmus"))
    sign_in.confirm(anna.id, totp.at(clock.now()))
    with pytest.raises(WrongSignIn):
        sign_in.with_password("anna", PASSWORD, totp.at(clock.now()))
    clock.move(seconds=30)
    code = totp.at(clock.now())
    clock.move(seconds=30)
    assert sign_in.with_password("anna", PASSWORD, f"{code[:3]} {code[3:]}").second_factor
    with pytest.raises(WrongSignIn):
        sign_in.with_password("anna", PASSWORD, code)
    clock.move(seconds=90)
    with pytest.raises(WrongSignIn):
        sign_in.with_password("anna", PASSWORD, totp.at(clock.instant.timestamp() - 60))


def test_guessing_codes_locks_even_when_the_password_is_shown_in_between(
    sign_in: SignIn, clock: MovingClock, anna: Account
) -> None:
    codes = enrol(sign_in, clock, anna)
    for _ in range(3):
        with pytest.raises(SecondFactorNeeded):
            sign_in.with_password("anna", PASSWORD)
        with pytest.raises(WrongSignIn):
            sign_in.with_password("anna", PASSWORD, "000000")
    with pytest.raises(WrongSignIn):
        sign_in.with_password("anna", PASSWORD, codes[0])


def test_recovery_codes_are_good_once_each(sign_in: SignIn, clock: MovingClock, anna: Account) -> None:
    codes = enrol(sign_in, clock, anna)
    assert sign_in.with_password("anna", PASSWORD, codes[0].upper()).second_factor
    with pytest.raises(WrongSignIn):
        sign_in.with_password("anna", PASSWORD, codes[0])
    assert sign_in.with_password("anna", PASSWORD, codes[1]).second_factor


def test_a_wrong_code_does_not_turn_the_second_factor_on(sign_in: SignIn, anna: Account) -> None:
    sign_in.enrol(anna.id, "Lakmus")
    with pytest.raises(InputError, match="does not fit"):
        sign_in.confirm(anna.id, "abcdef")
    assert not sign_in.with_password("anna", PASSWORD).second_factor


def test_a_second_factor_is_not_replaced_in_passing(
    sign_in: SignIn, clock: MovingClock, anna: Account
) -> None:
    enrol(sign_in, clock, anna)
    with pytest.raises(InputError, match="remove it first"):
        sign_in.enrol(anna.id, "Lakmus")
    sign_in.remove_second_factor(anna.id)
    assert not sign_in.with_password("anna", PASSWORD).second_factor


def test_an_identity_of_an_issuer_is_one_account(people: People, anna: Account) -> None:
    people.link(anna.id, "https://id.example", "subject-1")
    assert people.by_identity("https://id.example", "subject-1") == anna
    assert people.by_identity("https://other.example", "subject-1") is None
    with pytest.raises(ConflictError):
        people.link(people.add("berta", "Berta").id, "https://id.example", "subject-1")
    people.deactivate(anna.id)
    assert people.by_identity("https://id.example", "subject-1") is None


def test_a_session_ends_by_idling_by_age_and_by_hand(
    database: Database, clock: MovingClock, anna: Account
) -> None:
    live = Sessions(database, clock, idle_minutes=30, hours=2)
    token = live.start(anna.id, second_factor=True)
    for _ in range(5):
        clock.move(minutes=20)
        found = live.find(token)
        assert found
        assert found.second_factor
    clock.move(minutes=21)
    assert live.find(token) is None
    idle, ended = live.start(anna.id), live.start(anna.id)
    live.end(ended)
    assert (live.find(idle) is not None, live.find(ended)) == (True, None)
    clock.move(minutes=31)
    assert live.find(idle) is None


def test_the_database_holds_no_token_that_opens_a_session(
    database: Database, clock: MovingClock, anna: Account
) -> None:
    token = Sessions(database, clock).start(anna.id)
    with database.reading() as connection:
        stored = connection.execute(select(sessions.c.digest)).scalar_one()
        whole = str(connection.execute(text("SELECT * FROM sessions")).all())
    assert stored == digest(token)
    assert token not in whole


def test_taking_a_role_away_or_changing_the_password_ends_the_sessions(
    people: People, database: Database, clock: MovingClock, anna: Account
) -> None:
    live = Sessions(database, clock)
    token = live.start(anna.id)
    people.revoke(anna.id, Grant("registrar", "clinic-a"))
    assert live.find(token) is None
    token = live.start(anna.id)
    people.set_password(anna.id, "another set of words")
    assert live.find(token) is None


def enrol(sign_in: SignIn, clock: MovingClock, account: Account) -> list[str]:
    totp = pyotp.parse_uri(sign_in.enrol(account.id, "Lakmus"))
    return sign_in.confirm(account.id, totp.at(clock.now()))


def fail(sign_in: SignIn, times: int) -> None:
    for _ in range(times):
        with pytest.raises(RefusedError):
            sign_in.with_password("anna", "wrong wrong wrong")
