"""A lake as other processes and machines are told of it: they open it themselves, and read."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from lakmus.core.errors import InputError
from lakmus.lake.location import Location
from lakmus.lake.store import Store

# `password=...` and `sslpassword=...` of a connection string, or `user:password@` of an address.
PASSWORD = re.compile(r"password\s*=|//[^/@\s]*:[^/@\s]*@", re.IGNORECASE)


@dataclass(frozen=True)
class LakeHandle:
    """Where a lake is. May be pickled and shown: it has no key and no password; whoever opens the lake has their own
    (`AWS_...`, `PGPASSFILE`), in their own environment.
    """

    location: Location

    def __post_init__(self) -> None:
        if PASSWORD.search(self.location.catalog):
            raise InputError(
                "the catalog's connection string holds a password, which would be sent to other machines",
                hint="take it out, and name a file of passwords in PGPASSFILE on each of them",
            )

    @classmethod
    def of(cls, store: Store) -> LakeHandle:
        return cls(store.location)

    def open(self, *, threads: int, spill: Path, memory: str = "") -> Store:
        """The lake, to be read only. Without `memory` ("2GB") it is the share of the machine's that its threads are
        of the machine's cores: others work beside.
        """
        store = Store(self.location, threads=threads, memory=memory or None, spill=spill, read_only=True)
        if not memory:
            _share(store, threads)
        return store.check_format()


def _share(store: Store, threads: int) -> None:
    """Of what the engine would take alone, which knows the bounds of a container."""
    part = min(1.0, threads / len(os.sched_getaffinity(0)))
    with store.cursor() as cursor:
        row = cursor.execute("SELECT current_setting('memory_limit')").fetchone()
        assert row is not None
        amount, unit = str(row[0]).split()
        cursor.execute(f"SET memory_limit = '{float(amount) * part:.2f} {unit}'")
