"""A real PostgreSQL server for tests: a cluster of its own in a temporary folder, on a free port, gone afterwards."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

USER = "lakmus"
# Durability is PostgreSQL's own matter; without it a test cluster starts and writes much faster.
OPTIONS = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off", "max_connections": "60"}


@dataclass(frozen=True)
class Postgres:
    """A running server on 127.0.0.1 whose user may do everything."""

    port: int
    password: str
    folder: Path

    def create_database(self) -> str:
        """A new, empty database; gives its name."""
        name = "t" + secrets.token_hex(6)
        with psycopg.connect(self.libpq("postgres"), autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return name

    def empty(self, database: str) -> str:
        """Takes everything out of a database, which is much quicker than a new one; gives its name."""
        with psycopg.connect(self.libpq(database), autocommit=True) as connection:
            connection.execute("DROP SCHEMA public CASCADE")
            connection.execute("CREATE SCHEMA public")
        return database

    def libpq(self, database: str) -> str:
        """As libpq and DuckLake's `postgres:` catalog want it."""
        return f"host=127.0.0.1 port={self.port} user={USER} password={self.password} dbname={database}"

    def url(self, database: str) -> str:
        """As the operations database wants it."""
        return f"postgresql://{USER}:{self.password}@127.0.0.1:{self.port}/{database}"


def binaries() -> Path | None:
    """The folder of the newest PostgreSQL installed where Debian puts it, or of the one on the path."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    on_path = shutil.which("initdb")
    return found[-1].parent if found else Path(on_path).parent if on_path else None


@contextmanager
def server(bin_folder: Path) -> Iterator[Postgres]:
    """Runs a server while the block lasts; as an unprivileged user when we are root, since PostgreSQL refuses root."""
    folder = Path(tempfile.mkdtemp(prefix="lakmus-pg-"))
    password, port = secrets.token_hex(12), _free_port()
    (folder / "password").write_text(password)
    _hand_over(folder)
    try:
        _run(
            bin_folder,
            "initdb",
            "-D",
            folder / "data",
            "-U",
            USER,
            "-A",
            "scram-sha-256",
            f"--pwfile={folder}/password",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
            "-N",
        )
        options = {
            **OPTIONS,
            "port": str(port),
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": str(folder),
        }
        flags = " ".join(f"-c {name}={value}" for name, value in options.items())
        _run(bin_folder, "pg_ctl", "-D", folder / "data", "-l", folder / "log", "-w", "-o", flags, "start")
        try:
            yield Postgres(port, password, folder)
        finally:
            _run(bin_folder, "pg_ctl", "-D", folder / "data", "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A server for the whole run; without PostgreSQL the test is left out, and in CI that is a failure."""
    bin_folder = binaries()
    if bin_folder is None:
        message = (
            "PostgreSQL is not installed; tools/system_parts.sh installs it, or apt-get install postgresql"
        )
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(message)
    with server(bin_folder) as running:
        yield running


@pytest.fixture(scope="session")
def postgres_database(postgres: Postgres) -> str:
    """One database for tests that empty it first."""
    return postgres.create_database()


def _run(bin_folder: Path, name: str, *arguments: object) -> None:
    command = [str(bin_folder / name), *map(str, arguments)]
    # Output to a file: a server started by pg_ctl would keep a pipe open for ever.
    with tempfile.TemporaryFile() as output:
        done = subprocess.run(
            command, stdout=output, stderr=output, cwd="/", check=False, timeout=60, **_user()
        )
        output.seek(0)
        assert done.returncode == 0, output.read().decode(errors="replace")


def _user() -> dict[str, object]:
    name = _unprivileged()
    return {"user": name, "group": pwd.getpwnam(name).pw_gid, "extra_groups": []} if name else {}


def _unprivileged() -> str | None:
    """Whom to run as when we are root."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"


def _hand_over(folder: Path) -> None:
    if name := _unprivileged():
        for path in (folder, *folder.iterdir()):
            shutil.chown(path, name)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
