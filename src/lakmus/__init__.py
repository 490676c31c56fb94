"""Lakmus: open health data, care held against guidelines, and guidelines held against the facts.

release = lakmus.load("hypertension-cohort@1", source="http://127.0.0.1:8000")   # the light client
records = lakmus.open("lakmus-data")                                             # an installation on this machine
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lakmus.app.reading import OpenTables, Records, Relation
    from lakmus.client import LoadedRelease

__version__ = "0.1.0"
__all__ = ["__version__", "evaluate", "get", "load", "open"]


def load(release: str, source: str | Path, **options: Any) -> LoadedRelease:
    """A release by `name@version` from a server's address or a folder; see `lakmus.client.load`."""
    from lakmus import client

    return client.load(release, source, **options)


def get(release: str, source: str | Path, to: str | Path, **options: Any) -> Path:
    """Downloads a release into a folder, resuming what is there; see `lakmus.client.get`."""
    from lakmus import client

    return client.get(release, source, to, **options)


def open(folder: str | Path | None = None, *, snapshot: int | None = None) -> Records | OpenTables:
    """An installation's records (each read is audited), or an open lake's tables; needs `pip install 'lakmus[server]'`.

    >>> records = lakmus.open("lakmus-data")                    # doctest: +SKIP
    >>> records.table("Observation").duckdb().count("*")        # doctest: +SKIP
    >>> records.view(definition).polars()                       # doctest: +SKIP
    """
    from lakmus.core.errors import InputError

    if find_spec("duckdb") is None:
        raise InputError(
            "only the light client is installed, which loads releases", hint="pip install 'lakmus[server]'"
        )
    from lakmus.app.reading import open_at

    return open_at(folder, snapshot=snapshot)


def evaluate(
    lake: str | Path | Records, library: str | Path, define: Sequence[str] = (), **options: Any
) -> Relation:
    """A CQL library asked of everybody in an installation; options as of `Records.evaluate`.

    >>> found = lakmus.evaluate("lakmus-data", "Pressure.cql", patients=[17])   # doctest: +SKIP
    >>> found.polars()                                                        # doctest: +SKIP
    """
    from lakmus.app.reading import Records, read_now
    from lakmus.core.errors import InputError

    if isinstance(lake, Records):
        return lake.evaluate(library, define, **options)
    with open(lake) as records:
        if not isinstance(records, Records):
            raise InputError(f"{lake} has no records: rules are asked of an installation")
        return read_now(records.evaluate(library, define, **options))
