"""What was refused: listed by reason and place, the sealed original handed out only to who may unseal it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from lakmus.core.errors import NotFoundError
from lakmus.lake.store import CATALOG, Store

State = Literal["waiting", "retried", "dismissed"]
FIELDS = "item, batch, site, file, line, resource_type, reason, bytes, received, state"


@dataclass(frozen=True)
class Item:
    """One refused document: where it stood and which rules it broke; no value of it."""

    item: str
    batch: str
    site: str
    file: str
    line: int
    resource_type: str
    reason: str
    bytes: int
    received: datetime
    state: State


def items(
    store: Store,
    *,
    site: str | None = None,
    batch: str | None = None,
    state: State | None = "waiting",
    limit: int = 1000,
    offset: int = 0,
) -> list[Item]:
    """Refused documents in the order of their files and lines."""
    with store.cursor() as cursor:
        rows = cursor.execute(
            f"""SELECT {FIELDS} FROM {CATALOG}.lk.quarantine
                WHERE ($site IS NULL OR site = $site) AND ($batch IS NULL OR batch = $batch)
                  AND ($state IS NULL OR state = $state)
                ORDER BY received, file, line, item LIMIT $limit OFFSET $offset""",
            {"site": site, "batch": batch, "state": state, "limit": limit, "offset": offset},
        ).fetchall()
    return [Item(*row) for row in rows]


def find(store: Store, item: str) -> Item:
    """One refused document by its name; NotFoundError."""
    with store.cursor() as cursor:
        query = f"SELECT {FIELDS} FROM {CATALOG}.lk.quarantine WHERE item = ?"
        row = cursor.execute(query, [item]).fetchone()
    if row is None:
        raise _unknown(item)
    return Item(*row)


def reasons(store: Store, *, batch: str | None = None) -> list[tuple[str, int]]:
    """How many documents wait for each reason, the commonest first."""
    with store.cursor() as cursor:
        rows = cursor.execute(
            f"""SELECT reason, count(*) FROM {CATALOG}.lk.quarantine
                WHERE state = 'waiting' AND ($batch IS NULL OR batch = $batch) GROUP BY reason ORDER BY 2 DESC, 1""",
            {"batch": batch},
        ).fetchall()
    return [(str(reason), int(count)) for reason, count in rows]


def outcome(store: Store, item: str) -> dict[str, Any]:
    """The OperationOutcome of a refused document."""
    return dict(json.loads(_field(store, item, "outcome")))


def sealed_original(store: Store, item: str) -> bytes:
    """The sealed bytes of a refused document; unsealing is for a role, and audited."""
    return bytes(_field(store, item, "original"))


def set_state(store: Store, found: Sequence[str], state: State) -> None:
    """Marks documents as retried or dismissed; they stay in quarantine all the same."""
    with store.transaction() as cursor:
        cursor.executemany(
            f"UPDATE {CATALOG}.lk.quarantine SET state = ? WHERE item = ?", [[state, i] for i in found]
        )


def _field(store: Store, item: str, name: str) -> Any:
    with store.cursor() as cursor:
        row = cursor.execute(f"SELECT {name} FROM {CATALOG}.lk.quarantine WHERE item = ?", [item]).fetchone()
    if row is None:
        raise _unknown(item)
    return row[0]


def _unknown(item: str) -> NotFoundError:
    return NotFoundError(
        f"there is nothing in quarantine under {item}", hint="`lakmus quarantine list` names them"
    )
