"""The open zone: de-identified tables that releases are made of. Other type, other place, other keys."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa

from lakmus.core.errors import ConflictError
from lakmus.lake import location, schema
from lakmus.lake.store import CATALOG, Store, initialise, open_folder
from lakmus.lake.tables import LAKE_FORMAT


class OpenLake(Store):
    """De-identified tables, one schema per release; holds no record as its site sent it."""

    zone = "open"

    @classmethod
    def create(cls, folder: str | Path, *, catalog: str = "", data: str = "", **engine: Any) -> OpenLake:
        lake = cls(location.create(open_folder(folder), "open", catalog=catalog, data=data), **engine)
        initialise(lake, {"format": str(LAKE_FORMAT), "buckets": "1"})
        return lake

    @classmethod
    def open(cls, folder: str | Path, **engine: Any) -> OpenLake:
        return cls(location.read(open_folder(folder), "open"), **engine).check_format()

    def releases(self) -> list[str]:
        """The releases that are here, in order of name."""
        with self.cursor() as cursor:
            found = cursor.execute(
                "SELECT schema_name FROM duckdb_schemas() WHERE database_name = ? AND schema_name LIKE '%@%' ORDER BY 1",
                [CATALOG],
            ).fetchall()
        return [name for (name,) in found]

    def tables(self, release: str) -> list[str]:
        """The tables of a release; none when it is not here."""
        with self.cursor() as cursor:
            found = cursor.execute(
                "SELECT table_name FROM duckdb_tables() WHERE database_name = ? AND schema_name = ? ORDER BY 1",
                [CATALOG, release],
            ).fetchall()
        return [name for (name,) in found]

    def publish(self, release: str, tables: dict[str, pa.Table]) -> None:
        """Adds the tables of a release as one snapshot; a release once published is never changed."""
        with self.transaction() as cursor:
            name = f"{CATALOG}.{schema.quoted(release)}"
            row = cursor.execute(
                "SELECT 1 FROM duckdb_schemas() WHERE database_name = ? AND schema_name = ?",
                [CATALOG, release],
            ).fetchone()
            if row:
                raise ConflictError(f"the release {release} is published already")
            cursor.execute(f"CREATE SCHEMA {name}")
            for table, rows in tables.items():
                cursor.register("published", rows)
                cursor.execute(f"CREATE TABLE {name}.{schema.quoted(table)} AS SELECT * FROM published")
                cursor.unregister("published")
