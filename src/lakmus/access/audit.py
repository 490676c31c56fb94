"""The audit log: append-only, hash-chained, keyed, anchored.

Line n holds SHA-256 over the hash of line n-1 and its own canonical text, so a changed, moved or missing line breaks the
chain; and an HMAC over that hash under the audit key, so whoever can write the database but lacks the key cannot make a
new chain. The anchor, a file apart from the database, remembers the last line: without it a log cut off at the end would
look whole. What remains: somebody who holds database, anchor *and* an older copy of both can go back to that copy; a
`Head` noted elsewhere (on paper, by mail) finds that too.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import Connection, Row, insert, select

from lakmus.access.anchor import Anchor, Head
from lakmus.core.clock import Clock
from lakmus.core.errors import LakmusError, NotFoundError
from lakmus.ops import Database, KeyStore
from lakmus.ops import keys as key_names
from lakmus.ops.schema import audit, instant_text

Outcome = Literal["allowed", "refused", "failed"]
START = "0" * 64
LONGEST = 10_000
_OBJECT = re.compile(
    r"(?:person:-?[0-9]{1,19}|(?!person:)[a-z][a-z-]{0,31}:[A-Za-z0-9][A-Za-z0-9._@:-]{0,199})"
)
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@-]{0,127}")


@dataclass(frozen=True)
class Entry:
    """A line: who did what to which objects, when, and what came of it. Objects are `kind:id`, never a patient's value."""

    seq: int
    time: str
    actor: str
    action: str
    objects: tuple[str, ...]
    outcome: str
    reason: str
    previous: str
    hash: str


@dataclass(frozen=True)
class Fault:
    """The first line at which the log is not what was written."""

    seq: int
    kind: Literal["changed", "missing", "forged", "cut off", "no anchor", "anchor changed"]

    def __str__(self) -> str:
        return f"line {self.seq}: {self.kind}"


@dataclass(frozen=True)
class Report:
    """What verifying found. `entries` are the lines read up to the fault, or all."""

    entries: int
    head: Head | None
    fault: Fault | None

    @property
    def ok(self) -> bool:
        return self.fault is None


class AuditLog:
    """The log of one installation; several processes may append at once."""

    def __init__(self, database: Database, clock: Clock, keys: KeyStore, anchor: Path) -> None:
        self._database, self._clock, self._keys = database, clock, keys
        self._anchor = Anchor(anchor, keys)

    def append(
        self,
        actor: str,
        action: str,
        objects: Iterable[str] = (),
        *,
        outcome: Outcome = "allowed",
        reason: str = "",
    ) -> Head:
        """Adds a line for every 10,000 objects, in one transaction; gives the head it left."""
        named = _check(actor, action, tuple(objects), reason)
        self._keys.ensure(key_names.AUDIT)
        with self._database.writing(exclusive="lakmus audit") as connection:
            head = _last(connection)
            for part in _parts(named):
                head = self._write(connection, head, (actor, action, part, outcome, reason))
        self._anchor.advance(head)
        return head

    def head(self) -> Head | None:
        """The last line as it stands; noted elsewhere, it is a witness against going back to an old copy."""
        with self._database.reading() as connection:
            found = _last(connection)
        return found if found.seq else None

    def show(
        self,
        *,
        actor: str | None = None,
        action: str | None = None,
        about: str | None = None,
        since: datetime | None = None,
        limit: int = 100,
    ) -> list[Entry]:
        """Lines, newest first; `about` is one object such as `person:5`."""
        wanted = select(audit).order_by(audit.c.seq.desc()).limit(limit)
        for column, value in ((audit.c.actor, actor), (audit.c.action, action)):
            wanted = wanted if value is None else wanted.where(column == value)
        if about is not None:
            wanted = wanted.where(audit.c.objects.contains(json.dumps(about), autoescape=True))
        if since is not None:
            wanted = wanted.where(audit.c.time >= instant_text(since))
        with self._database.reading() as connection:
            return [_entry(row) for row in connection.execute(wanted)]

    def verify(self, witness: Head | None = None) -> Report:
        """Reads the whole log in bounded memory and names the first line that is changed or missing.

        `witness` is a head noted earlier and kept elsewhere; the log must still hold it.
        """
        anchored = self._anchor.read()
        marks = [mark for mark in (anchored.head, witness) if mark]
        report = self._follow(marks)
        if report.fault is not None:
            return report
        return Report(
            report.entries, report.head, _at_the_end(report, anchored.state, marks, self._was_begun())
        )

    def _follow(self, marks: Sequence[Head]) -> Report:
        """Walks the chain from the first line, comparing each line noted elsewhere on the way."""
        last = Head(0, START)
        whole = select(audit).order_by(audit.c.seq).execution_options(yield_per=1000)
        with self._database.reading() as connection, connection.execute(whole) as rows:
            for row in rows:
                fault = self._fault(row, last) or _unlike(row, marks)
                if fault:
                    return Report(last.seq, last if last.seq else None, fault)
                last = Head(row.seq, row.hash)
        return Report(last.seq, last if last.seq else None, None)

    def _fault(self, row: Row[Any], last: Head) -> Fault | None:
        if row.seq > last.seq + 1:
            return Fault(last.seq + 1, "missing")
        if (
            row.seq <= last.seq
            or row.previous != last.hash
            or row.hash != _digest(row.previous, _canonical(row))
        ):
            return Fault(row.seq, "changed")
        return None if self._is_ours(row) else Fault(row.seq, "forged")

    def _is_ours(self, row: Row[Any]) -> bool:
        name, _, version = row.key.rpartition(".")
        if name != key_names.AUDIT or not version.isdecimal():
            return False
        try:
            key = self._keys.key(name, int(version))
        except NotFoundError:
            return False
        return hmac.compare_digest(row.mac, _mac(key.secret, row.hash))

    def _write(
        self, connection: Connection, head: Head, said: tuple[str, str, tuple[str, ...], str, str]
    ) -> Head:
        actor, action, objects, outcome, reason = said
        key = self._keys.key(key_names.AUDIT)
        values: dict[str, Any] = {
            "seq": head.seq + 1,
            "time": instant_text(self._clock.now()),
            "actor": actor,
            "action": action,
            "objects": json.dumps(objects),
            "outcome": outcome,
            "reason": reason,
        }
        line = _digest(head.hash, json.dumps(list(values.values())))
        sealed = {"previous": head.hash, "hash": line, "key": key.id, "mac": _mac(key.secret, line)}
        connection.execute(insert(audit).values({**values, **sealed}))
        return Head(head.seq + 1, line)

    def _was_begun(self) -> bool:
        return bool(self._keys.versions(key_names.AUDIT))


def _at_the_end(report: Report, anchor: str, marks: Sequence[Head], begun: bool) -> Fault | None:
    """What only shows when the last line was read."""
    if anchor == "changed":
        return Fault(report.entries, "anchor changed")
    if anchor == "none" and (report.entries or begun):
        return Fault(report.entries, "no anchor")
    beyond = [mark for mark in marks if mark.seq > report.entries]
    return Fault(report.entries + 1, "cut off") if beyond else None


def _unlike(row: Row[Any], marks: Sequence[Head]) -> Fault | None:
    unlike = any(mark.seq == row.seq and mark.hash != row.hash for mark in marks)
    return Fault(row.seq, "changed") if unlike else None


def _canonical(row: Row[Any]) -> str:
    return json.dumps([row.seq, row.time, row.actor, row.action, row.objects, row.outcome, row.reason])


def _digest(previous: str, line: str) -> str:
    return hashlib.sha256(f"{previous}\n{line}".encode()).hexdigest()


def _mac(secret: bytes, line: str) -> str:
    return hmac.new(secret, b"line " + line.encode(), hashlib.sha256).hexdigest()


def _last(connection: Connection) -> Head:
    row = connection.execute(
        select(audit.c.seq, audit.c.hash).order_by(audit.c.seq.desc()).limit(1)
    ).one_or_none()
    return Head(row.seq, row.hash) if row else Head(0, START)


def _entry(row: Row[Any]) -> Entry:
    objects = tuple(json.loads(row.objects))
    return Entry(
        row.seq, row.time, row.actor, row.action, objects, row.outcome, row.reason, row.previous, row.hash
    )


def _parts(objects: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for start in range(0, max(len(objects), 1), LONGEST):
        yield objects[start : start + LONGEST]


def _check(actor: str, action: str, objects: tuple[str, ...], reason: str) -> tuple[str, ...]:
    """Only opaque names get in: our own bug otherwise, and the message does not repeat what it was."""
    words = [actor, action, *([reason] if reason else [])]
    if not all(_WORD.fullmatch(word) for word in words) or not all(
        _OBJECT.fullmatch(name) for name in objects
    ):
        raise AuditFormError
    return objects


class AuditFormError(LakmusError):
    """Our own bug: something other than names was to be written into the audit log."""

    def __init__(self) -> None:
        super().__init__("an audit line holds names such as person:5 and nothing else")
