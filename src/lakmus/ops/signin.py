"""Signing in with a local account: password, second factor, lockout.

Every attempt is counted *before* the password is looked at, so many attempts at once cannot outrun the lock. The answer
is the same whether login, password or code was wrong, or the account is locked or closed.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Row, case, delete, insert, select, update

from lakmus.core.clock import Clock
from lakmus.core.errors import InputError, NotFoundError, RefusedError
from lakmus.ops import passwords
from lakmus.ops.database import Database
from lakmus.ops.people import Account, account_of
from lakmus.ops.schema import accounts, recovery_codes
from lakmus.ops.sealing import Sealer

RECOVERY_CODES = 10


class WrongSignIn(RefusedError):
    """The sign-in was not accepted; which part was wrong is not said."""

    http_status = 401

    def __init__(self) -> None:
        super().__init__("login, password or code is wrong, or the account is locked for a while")


class SecondFactorNeeded(RefusedError):
    """The password was right; the code of the authenticator is asked for next."""

    http_status = 401

    def __init__(self) -> None:
        super().__init__("the code of the second factor is needed")


@dataclass(frozen=True)
class Lockout:
    """After so many failures in a row an account is locked for so long."""

    failures: int = 5
    minutes: int = 15


@dataclass(frozen=True)
class SignedIn:
    """Who signed in, and whether with two factors."""

    account: Account
    second_factor: bool


class SignIn:
    """Checks passwords and second factors. `sealer` seals the shared secrets of authenticators."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        sealer: Sealer,
        lockout: Lockout = Lockout(),
        random: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        self._database, self._clock, self._sealer, self._lockout = database, clock, sealer, lockout
        self._random = random

    def with_password(self, login: str, password: str, code: str | None = None) -> SignedIn:
        """The account; WrongSignIn, or SecondFactorNeeded when the password is right and a code is to follow."""
        row = self._count_attempt(login.strip().lower())
        if not passwords.check_password(row.password if row else None, password) or row is None:
            raise WrongSignIn
        if row.totp_confirmed:
            self._check_code(row, code)
        return self._succeed(row.id, row.totp_confirmed)

    def enrol(self, account: str, issuer: str) -> str:
        """Makes a new authenticator secret and gives its `otpauth://` address; `confirm` makes it count."""
        secret = passwords.new_totp_secret(self._random(20))
        with self._database.writing() as connection:
            row = _row(connection, account)
            if row.totp_confirmed:
                raise InputError("the account has a second factor", hint="remove it first")
            sealed = self._sealer.seal(secret.encode(), _context(account))
            connection.execute(_change(account, totp=sealed, totp_step=0))
        return passwords.totp_address(secret, row.login, issuer)

    def confirm(self, account: str, code: str) -> list[str]:
        """Turns the second factor on when the code fits; gives recovery codes, each good once and shown only now."""
        with self._database.writing() as connection:
            row = _row(connection, account)
            step = self._matching_step(row, code) if row.totp else None
            if step is None:
                raise InputError(
                    "this code does not fit", hint="see whether the clocks of server and telephone agree"
                )
            connection.execute(_change(account, totp_confirmed=True, totp_step=step))
            return self._new_recovery_codes(connection, account)

    def remove_second_factor(self, account: str) -> None:
        """For who lost the authenticator and all recovery codes; who may do that is the policy's matter."""
        with self._database.writing() as connection:
            _row(connection, account)
            connection.execute(_change(account, totp=None, totp_confirmed=False, totp_step=0))
            connection.execute(delete(recovery_codes).where(recovery_codes.c.account == account))

    def _count_attempt(self, login: str) -> Row[Any] | None:
        """The account if it may try now, the attempt counted as failed until it succeeds."""
        now = self._clock.now()
        with self._database.writing() as connection:
            row = connection.execute(
                select(accounts).where(accounts.c.login == login).with_for_update()
            ).one_or_none()
            if row is None or not row.active or (row.locked_until and row.locked_until > now):
                return None
            failures = 1 if row.locked_until else row.failures + 1
            until = (
                now + timedelta(minutes=self._lockout.minutes) if failures >= self._lockout.failures else None
            )
            connection.execute(_change(row.id, failures=failures, locked_until=until))
        return row

    def _check_code(self, row: Row[Any], code: str | None) -> None:
        if code is None:
            self._forget_attempt(row)
            raise SecondFactorNeeded
        with self._database.writing() as connection:
            current = _row(connection, row.id)
            step = self._matching_step(current, code)
            if step is not None:
                connection.execute(_change(row.id, totp_step=step))
            elif not _spend(connection, row.id, code):
                raise WrongSignIn

    def _forget_attempt(self, row: Row[Any]) -> None:
        """A right password without a code is half a sign-in, no failure; codes tried are counted by their own attempts."""
        back = case((accounts.c.failures > 0, accounts.c.failures - 1), else_=0)
        with self._database.writing() as connection:
            connection.execute(_change(row.id, failures=back, locked_until=row.locked_until))

    def _succeed(self, account: str, second_factor: bool) -> SignedIn:
        with self._database.writing() as connection:
            connection.execute(
                _change(account, failures=0, locked_until=None, last_sign_in=self._clock.now())
            )
            found = account_of(connection, account)
        assert found is not None
        return SignedIn(found, second_factor)

    def _matching_step(self, row: Row[Any], code: str) -> int | None:
        secret = self._sealer.open(row.totp, _context(row.id)).decode()
        return passwords.matching_step(secret, code, self._clock.now(), row.totp_step)

    def _new_recovery_codes(self, connection: Connection, account: str) -> list[str]:
        codes = [base64.b32encode(self._random(10)).decode().lower() for _ in range(RECOVERY_CODES)]
        connection.execute(delete(recovery_codes).where(recovery_codes.c.account == account))
        connection.execute(
            insert(recovery_codes), [{"account": account, "digest": passwords.digest(code)} for code in codes]
        )
        return codes


def _row(connection: Connection, account: str) -> Row[Any]:
    row = connection.execute(select(accounts).where(accounts.c.id == account).with_for_update()).one_or_none()
    if row is None:
        raise NotFoundError("there is no such account")
    return row


def _change(account: str, **values: Any) -> Any:
    return update(accounts).where(accounts.c.id == account).values(values)


def _context(account: str) -> bytes:
    return b"totp " + account.encode()


def _spend(connection: Connection, account: str, code: str) -> bool:
    """Whether it was an unspent recovery code; it is spent now."""
    given = passwords.digest(code.strip().replace(" ", "").lower())
    gone = delete(recovery_codes).where(recovery_codes.c.account == account, recovery_codes.c.digest == given)
    return connection.execute(gone).rowcount == 1
