"""One DuckDB per process, with its extensions read from installed packages: nothing is downloaded at run time."""

from __future__ import annotations

import importlib.resources
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import duckdb

from lakmus.core.errors import InputError

EXTENSIONS = ("httpfs", "sqlite_scanner", "ducklake")  # httpfs brings OpenSSL, which encryption needs


@cache
def extension_file(name: str) -> Path:
    """The extension's binary inside its wheel; raises InputError with the command that installs it."""
    try:
        root = importlib.resources.files(f"duckdb_extension_{name}")
    except ModuleNotFoundError:
        hint = f"pip install duckdb-extension-{name.replace('_', '-')}=={duckdb.__version__}"
        raise InputError(f"the DuckDB extension {name} is not installed", hint=hint) from None
    return Path(str(root)) / "extensions" / f"v{duckdb.__version__}" / f"{name}.duckdb_extension"


def load_extension(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    """Loads an installed extension wheel into the connection's database."""
    path = str(extension_file(name)).replace("'", "''")
    connection.execute(f"LOAD '{path}'")


def connect(
    *, threads: int | None = None, memory: str | None = None, spill: Path | None = None
) -> duckdb.DuckDBPyConnection:
    """A fresh in-memory DuckDB that cannot install anything; spills, if it must, to an owner-only folder."""
    config: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "preserve_insertion_order": "false",
    }
    if threads:
        config["threads"] = threads
    if memory:
        config["memory_limit"] = memory
    if spill:
        spill.mkdir(mode=0o700, parents=True, exist_ok=True)
        config |= {"temp_directory": str(spill), "temp_file_encryption": "true"}
    connection = duckdb.connect(":memory:", config=config)
    for name in EXTENSIONS:
        load_extension(connection, name)
    connection.execute("SET TimeZone = 'UTC'")
    return connection


def confine(connection: duckdb.DuckDBPyConnection, places: Sequence[str]) -> None:
    """From now on a connection reads and writes nothing outside of these folders and URLs; there is no way back."""
    allowed = ", ".join("'" + place.rstrip("/").replace("'", "''") + "/'" for place in places)
    connection.execute(f"SET allowed_directories = [{allowed}]; SET enable_external_access = false;")
