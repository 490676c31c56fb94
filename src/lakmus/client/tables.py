"""A release in hand: its tables as Arrow, pandas, Polars or DuckDB, fetched when first asked for."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from lakmus.client.download import Progress
from lakmus.client.manifest import Manifest
from lakmus.client.sources import Source
from lakmus.core.errors import InputError, NotFoundError


@dataclass(frozen=True)
class LoadedRelease:
    """A release at its source. `release["patients"]` is a table; iterating gives the names of tables.

    >>> release = load("hypertension-cohort@1", source="releases")        # doctest: +SKIP
    >>> release["patients"].pandas().groupby("sex").size()                # doctest: +SKIP
    """

    manifest: Manifest
    source: Source
    folder: Path  # where what is fetched is kept
    progress: Progress

    @property
    def id(self) -> str:
        return self.manifest.id

    @property
    def tables(self) -> tuple[str, ...]:
        return self.manifest.tables

    def __iter__(self) -> Iterator[str]:
        return iter(self.tables)

    def __getitem__(self, name: str) -> Table:
        if name not in self.tables:
            raise NotFoundError(f"{self.id} has no table {name}", hint=f"it has {', '.join(self.tables)}")
        return Table(name, self.file(f"data/{name}.parquet"))

    def file(self, path: str) -> Path:
        """A file of the release on this machine, its sum checked; downloaded when it is not here yet."""
        return self.source.fetch(self.manifest, self.manifest.file(path), self.folder, self.progress)

    def schema(self) -> list[dict[str, Any]]:
        """Tables and columns with their types, FHIR paths, and what was done to them and why."""
        found: list[dict[str, Any]] = json.loads(self.file("schema.json").read_text("utf-8"))
        return found

    def __repr__(self) -> str:
        return f"<release {self.id}: {', '.join(self.tables)}>"


@dataclass(frozen=True)
class Table:
    """One table as a Parquet file on this machine."""

    name: str
    path: Path

    def arrow(self) -> pa.Table:
        try:
            return pq.read_table(self.path)
        except pa.ArrowException:
            raise InputError(f"the table {self.name} is not a readable Parquet file") from None

    def pandas(self) -> Any:
        """A pandas.DataFrame; needs pandas."""
        module("pandas")
        return self.arrow().to_pandas()

    def polars(self) -> Any:
        """A polars.DataFrame; needs Polars."""
        return module("polars").from_arrow(self.arrow())

    def duckdb(self) -> Any:
        """A DuckDB relation over the file, in a database of its own; needs DuckDB."""
        return module("duckdb").connect().read_parquet(str(self.path))


def module(name: str) -> Any:
    """An optional library, or InputError that says how to have it."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError:
        raise InputError(f"{name} is not installed", hint=f"pip install {name}") from None
