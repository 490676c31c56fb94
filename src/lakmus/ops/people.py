"""People: accounts, the roles granted to them, and how they prove who they are.

What a role is, only `access` knows: the check of a grant is passed in.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from lakmus.core.clock import Clock
from lakmus.core.errors import ConflictError, InputError, NotFoundError
from lakmus.core.identifiers import check_site
from lakmus.ops import passwords
from lakmus.ops.database import Database
from lakmus.ops.schema import accounts, grants, identities, sessions

LOCALES = ("en", "ru")
_LOGIN = re.compile(r"[a-z0-9](?:[a-z0-9._@+-]{0,126}[a-z0-9])?")


@dataclass(frozen=True, order=True)
class Grant:
    """A role, for one site or one person when the role asks for that; empty means the role is not bound to one."""

    role: str
    site: str = ""
    person: int | None = None

    def __str__(self) -> str:
        bound = self.site or ("" if self.person is None else str(self.person))
        return f"{self.role}({bound})" if bound else self.role


@dataclass(frozen=True)
class Account:
    """A person who can sign in. `id` is opaque and is what the audit log names."""

    id: str
    login: str
    name: str
    email: str
    locale: str
    active: bool
    has_password: bool
    has_second_factor: bool
    locked_until: datetime | None
    created: datetime
    last_sign_in: datetime | None
    grants: tuple[Grant, ...]


class People:
    """Accounts and their grants. `check_grant` raises InputError for a role that does not exist or lacks its scope."""

    def __init__(self, database: Database, clock: Clock, check_grant: Callable[[Grant], object]) -> None:
        self._database, self._clock, self._check_grant = database, clock, check_grant

    def add(
        self,
        login: str,
        name: str,
        *,
        roles: Iterable[Grant] = (),
        password: str | None = None,
        email: str = "",
        locale: str = "en",
        by: str = "",
    ) -> Account:
        """A new account; ConflictError when the login is taken. `by` is the account id of whoever adds it."""
        values = {
            "id": "u-" + secrets.token_hex(10),
            "login": _check_login(login),
            "name": _check_text("name", name),
            "email": email,
            "locale": _check_locale(locale),
            "active": True,
            "password": passwords.hash_password(password, login=login) if password is not None else None,
            "totp_confirmed": False,
            "totp_step": 0,
            "failures": 0,
            "created": self._clock.now(),
        }
        with self._database.writing() as connection:
            if connection.execute(select(accounts.c.id).where(accounts.c.login == values["login"])).first():
                raise ConflictError(f"the login {values['login']} is taken")
            connection.execute(insert(accounts).values(values))
            self._insert_grants(connection, str(values["id"]), roles, by)
        return self.get(str(values["id"]))

    def get(self, account: str) -> Account:
        """The account of an id; NotFoundError."""
        return self._one(accounts.c.id == account)

    def find(self, login: str) -> Account:
        """The account of a login; NotFoundError."""
        return self._one(accounts.c.login == login.strip().lower())

    def all(self) -> list[Account]:
        """All accounts by login."""
        with self._database.reading() as connection:
            rows = connection.execute(select(accounts).order_by(accounts.c.login)).all()
            return [_account(row, _grants(connection, row.id)) for row in rows]

    def by_identity(self, issuer: str, subject: str) -> Account | None:
        """The active account linked to a subject of an OpenID Connect issuer."""
        linked = select(identities.c.account).where(
            identities.c.issuer == issuer, identities.c.subject == subject
        )
        try:
            account = self._one(accounts.c.id.in_(linked))
        except NotFoundError:
            return None
        return account if account.active else None

    def link(self, account: str, issuer: str, subject: str) -> None:
        """From now on this subject signs in as this account; ConflictError when it is somebody's already."""
        with self._database.writing() as connection:
            connection.execute(insert(identities).values(issuer=issuer, subject=subject, account=account))

    def grant(self, account: str, role: Grant, *, by: str = "") -> None:
        """Gives a role; giving it again changes nothing."""
        with self._database.writing() as connection:
            if role not in _grants(connection, account):
                self._insert_grants(connection, account, [role], by)

    def revoke(self, account: str, role: Grant) -> None:
        """Takes a role away and ends the account's sessions; NotFoundError when it does not have it."""
        with self._database.writing() as connection:
            gone = connection.execute(
                delete(grants).where(
                    grants.c.account == account,
                    grants.c.role == role.role,
                    grants.c.site == role.site,
                    grants.c.person == _person_text(role.person),
                )
            )
            if gone.rowcount == 0:
                raise NotFoundError(f"the account does not have the role {role}")
            _end_sessions(connection, account)

    def set_password(self, account: str, password: str) -> None:
        """Replaces the password, unlocks the account and ends its sessions."""
        hashed = passwords.hash_password(password, login=self.get(account).login)
        self._set(account, password=hashed, failures=0, locked_until=None)

    def deactivate(self, account: str) -> None:
        """The account can no longer sign in; its sessions end. Accounts are never deleted: the audit log names them."""
        self._set(account, active=False)

    def activate(self, account: str) -> None:
        self._set(account, active=True, failures=0, locked_until=None)

    def set_locale(self, account: str, locale: str) -> None:
        with self._database.writing() as connection:
            connection.execute(
                update(accounts).where(accounts.c.id == account).values(locale=_check_locale(locale))
            )

    def _set(self, account: str, **values: Any) -> None:
        with self._database.writing() as connection:
            if (
                connection.execute(update(accounts).where(accounts.c.id == account).values(values)).rowcount
                == 0
            ):
                raise NotFoundError("there is no such account")
            _end_sessions(connection, account)

    def _insert_grants(self, connection: Connection, account: str, roles: Iterable[Grant], by: str) -> None:
        for role in roles:
            self._check_grant(role)
            connection.execute(
                insert(grants).values(
                    account=account,
                    role=role.role,
                    site=check_site(role.site) if role.site else "",
                    person=_person_text(role.person),
                    granted=self._clock.now(),
                    granted_by=by,
                )
            )

    def _one(self, condition: Any) -> Account:
        with self._database.reading() as connection:
            row = connection.execute(select(accounts).where(condition)).one_or_none()
            if row is None:
                raise NotFoundError("there is no such account", hint="`lakmus user list` names them")
            return _account(row, _grants(connection, row.id))


def account_of(connection: Connection, account: str) -> Account | None:
    """The account of an id within a transaction of the caller."""
    row = connection.execute(select(accounts).where(accounts.c.id == account)).one_or_none()
    return _account(row, _grants(connection, account)) if row else None


def _grants(connection: Connection, account: str) -> tuple[Grant, ...]:
    rows = connection.execute(
        select(grants.c.role, grants.c.site, grants.c.person).where(grants.c.account == account)
    )
    found = [Grant(row.role, row.site, int(row.person) if row.person else None) for row in rows]
    return tuple(sorted(found, key=str))


def _account(row: Row[Any], held: tuple[Grant, ...]) -> Account:
    return Account(
        id=row.id,
        login=row.login,
        name=row.name,
        email=row.email,
        locale=row.locale,
        active=row.active,
        has_password=row.password is not None,
        has_second_factor=row.totp_confirmed,
        locked_until=row.locked_until,
        created=row.created,
        last_sign_in=row.last_sign_in,
        grants=held,
    )


def _end_sessions(connection: Connection, account: str) -> None:
    connection.execute(delete(sessions).where(sessions.c.account == account))


def _person_text(person: int | None) -> str:
    return "" if person is None else str(person)


def _check_login(login: str) -> str:
    if not _LOGIN.fullmatch(login.strip().lower()):
        raise InputError("this cannot be a login", hint="use 1 to 128 letters a-z, digits and . _ @ + -")
    return login.strip().lower()


def _check_text(what: str, text: str) -> str:
    if not text.strip() or len(text) > 256 or not text.isprintable():
        raise InputError(f"the {what} has 1 to 256 printable characters")
    return text.strip()


def _check_locale(locale: str) -> str:
    if locale not in LOCALES:
        raise InputError("there is no such language here", hint=f"one of {', '.join(LOCALES)}")
    return locale
