"""Sessions of people signed in. The browser holds a random token; here is only its digest, so a copy of the database
opens no session, and ending one is deleting a row."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, insert, select, update

from lakmus.core.clock import Clock
from lakmus.ops.database import Database
from lakmus.ops.passwords import digest
from lakmus.ops.people import Account, account_of
from lakmus.ops.schema import sessions

# A session seen a moment ago is not written again: reading pages shall not be writing rows.
_SEEN_EVERY = timedelta(seconds=60)


@dataclass(frozen=True)
class Session:
    """A session in use: `digest` names it in the log and in CSRF tokens; the token itself is only in the browser."""

    digest: str
    account: Account
    second_factor: bool


class Sessions:
    """Sessions end after `idle_minutes` without a request, and after `hours` in any case."""

    def __init__(self, database: Database, clock: Clock, *, idle_minutes: int = 30, hours: int = 12) -> None:
        self._database, self._clock = database, clock
        self._idle, self._longest = timedelta(minutes=idle_minutes), timedelta(hours=hours)

    def start(self, account: str, *, second_factor: bool = False) -> str:
        """A new session's token, 256 random bits; make a new one at every sign-in (no fixation)."""
        token, now = secrets.token_urlsafe(32), self._clock.now()
        values = {"account": account, "second_factor": second_factor, "created": now, "seen": now}
        with self._database.writing() as connection:
            connection.execute(delete(sessions).where(sessions.c.expires <= now))
            connection.execute(
                insert(sessions).values(digest=digest(token), expires=now + self._longest, **values)
            )
        return token

    def find(self, token: str) -> Session | None:
        """The session if it is alive and its account active."""
        now, key = self._clock.now(), digest(token)
        with self._database.reading() as connection:
            row = connection.execute(select(sessions).where(sessions.c.digest == key)).one_or_none()
            account = account_of(connection, row.account) if row else None
        if (
            row is None
            or account is None
            or not account.active
            or row.expires <= now
            or row.seen + self._idle <= now
        ):
            return None
        if now - row.seen >= _SEEN_EVERY:
            self._touch(key)
        return Session(key, account, row.second_factor)

    def end(self, token: str) -> None:
        with self._database.writing() as connection:
            connection.execute(delete(sessions).where(sessions.c.digest == digest(token)))

    def end_all(self, account: str) -> None:
        with self._database.writing() as connection:
            connection.execute(delete(sessions).where(sessions.c.account == account))

    def _touch(self, key: str) -> None:
        with self._database.writing() as connection:
            connection.execute(
                update(sessions).where(sessions.c.digest == key).values(seen=self._clock.now())
            )
