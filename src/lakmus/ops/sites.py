"""Sites that send records, and the tokens they send them with.

A token is `lks_<id>_<secret>`: the id finds the row, the secret has 256 random bits and is kept only as its SHA-256 digest
(a slow hash protects guessable secrets; this is none). The prefix lets scanners of leaked secrets recognise it.
"""

from __future__ import annotations

import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, insert, select, update

from lakmus.core.clock import Clock
from lakmus.core.errors import ConflictError, InputError, NotFoundError, RefusedError
from lakmus.core.identifiers import check_site
from lakmus.ops.database import Database
from lakmus.ops.passwords import digest
from lakmus.ops.schema import credentials, sites

_TOKEN = re.compile(r"lks_([0-9a-f]{12})_([A-Za-z0-9_-]{43})")
_USED_EVERY = timedelta(seconds=60)


@dataclass(frozen=True)
class Site:
    """A hospital, clinic or device gateway; `code` is part of every record's key and never changes."""

    code: str
    name: str
    region: str
    active: bool
    created: datetime


@dataclass(frozen=True)
class Credential:
    """A token as lists show it: everything but the secret."""

    id: str
    site: str
    label: str
    created: datetime
    expires: datetime | None
    revoked: datetime | None
    last_used: datetime | None

    def is_good(self, now: datetime) -> bool:
        return self.revoked is None and (self.expires is None or self.expires > now)


class WrongToken(RefusedError):
    """The token opens nothing; whether it ever did is not said."""

    http_status = 401

    def __init__(self) -> None:
        super().__init__("the site's token is not good", hint="`lakmus site token` issues one")


class Sites:
    """Sites and their tokens."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock

    def add(self, code: str, name: str, region: str = "") -> Site:
        """A new site; ConflictError when the code is taken, InputError when it could not name one."""
        if not name.strip() or len(name) > 256 or len(region) > 128:
            raise InputError("a site has a name of 1 to 256 characters and a region of at most 128")
        values = {"code": check_site(code), "name": name.strip(), "region": region.strip()}
        with self._database.writing() as connection:
            if connection.execute(select(sites.c.code).where(sites.c.code == code)).first():
                raise ConflictError(f"there is a site {code} already")
            connection.execute(insert(sites).values(active=True, created=self._clock.now(), **values))
        return self.get(code)

    def get(self, code: str) -> Site:
        with self._database.reading() as connection:
            row = connection.execute(select(sites).where(sites.c.code == code)).one_or_none()
        if row is None:
            raise NotFoundError(f"there is no site {code[:64]!r}", hint="`lakmus site list` names them")
        return Site(*row)

    def all(self) -> list[Site]:
        with self._database.reading() as connection:
            return [Site(*row) for row in connection.execute(select(sites).order_by(sites.c.code))]

    def deactivate(self, code: str) -> None:
        """The site's tokens stop working; its records stay."""
        self._set_active(code, False)

    def activate(self, code: str) -> None:
        self._set_active(code, True)

    def issue(self, code: str, label: str = "", *, days: int | None = None) -> str:
        """A new token, shown this once; it expires after `days` when they are given."""
        self.get(code)
        name, secret, now = secrets.token_hex(6), secrets.token_urlsafe(32), self._clock.now()
        expires = now + timedelta(days=days) if days is not None else None
        values = {"id": name, "site": code, "label": label[:128], "created": now, "expires": expires}
        with self._database.writing() as connection:
            connection.execute(insert(credentials).values(digest=digest(secret), **values))
        return f"lks_{name}_{secret}"

    def rotate(self, code: str, label: str = "", *, overlap: timedelta = timedelta(days=1)) -> str:
        """A new token; those good until now stop after `overlap`, so that the site can change over without a gap."""
        token = self.issue(code, label)
        new, end = token.split("_")[1], self._clock.now() + overlap
        later = (credentials.c.expires.is_(None)) | (credentials.c.expires > end)
        with self._database.writing() as connection:
            connection.execute(
                update(credentials)
                .where(credentials.c.site == code, credentials.c.id != new, later)
                .values(expires=end)
            )
        return token

    def revoke(self, credential: str) -> None:
        """From this moment the token opens nothing."""
        changed = update(credentials).where(credentials.c.id == credential, credentials.c.revoked.is_(None))
        with self._database.writing() as connection:
            if connection.execute(changed.values(revoked=self._clock.now())).rowcount == 0:
                raise NotFoundError(
                    "there is no such token that could be revoked", hint="`lakmus site tokens` names them"
                )

    def credentials(self, code: str) -> list[Credential]:
        """The site's tokens, newest first."""
        wanted = select(credentials).where(credentials.c.site == code).order_by(credentials.c.created.desc())
        with self._database.reading() as connection:
            return [_credential(row) for row in connection.execute(wanted)]

    def authenticate(self, token: str) -> Site:
        """The site whose token this is; WrongToken when it is unknown, revoked, expired, or the site is closed."""
        match = _TOKEN.fullmatch(token)
        row = self._row(match[1]) if match else None
        if match is None or row is None or not hmac.compare_digest(row.digest, digest(match[2])):
            raise WrongToken
        site, now = self.get(row.site), self._clock.now()
        if not site.active or not _credential(row).is_good(now):
            raise WrongToken
        self._note_use(row, now)
        return site

    def _row(self, credential: str) -> Row[Any] | None:
        with self._database.reading() as connection:
            return connection.execute(select(credentials).where(credentials.c.id == credential)).one_or_none()

    def _note_use(self, row: Row[Any], now: datetime) -> None:
        if row.last_used is None or now - row.last_used >= _USED_EVERY:
            with self._database.writing() as connection:
                connection.execute(
                    update(credentials).where(credentials.c.id == row.id).values(last_used=now)
                )

    def _set_active(self, code: str, active: bool) -> None:
        with self._database.writing() as connection:
            if (
                connection.execute(update(sites).where(sites.c.code == code).values(active=active)).rowcount
                == 0
            ):
                raise NotFoundError(f"there is no site {code[:64]!r}")


def _credential(row: Row[Any]) -> Credential:
    return Credential(row.id, row.site, row.label, row.created, row.expires, row.revoked, row.last_used)
