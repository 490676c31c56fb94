"""The key store: named 256-bit keys, each version a file that only its owner may read.

Keys are the one thing that must not lie beside what they seal; the folder belongs on another volume than the lake, and in
another backup. A rotated key keeps its old versions, so what they sealed can still be opened.
"""

from __future__ import annotations

import base64
import os
import re
import secrets
import stat
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from lakmus.core.errors import InputError, NotFoundError

LAKE, QUARANTINE, AUDIT, SESSIONS, ACCOUNTS = "lake", "quarantine", "audit", "sessions", "accounts"

_NAME = re.compile(r"[a-z][a-z0-9-]{0,62}")
_FILE = re.compile(r"([a-z][a-z0-9-]{0,62})\.([1-9][0-9]{0,8})\.key")
_HEAD = "lakmus-key-1 "
_BYTES = 32


@dataclass(frozen=True)
class Key:
    """A secret of 32 bytes under a name and a version counted from 1; its text form never shows the secret."""

    name: str
    version: int
    secret: bytes = field(repr=False)

    @property
    def id(self) -> str:
        return f"{self.name}.{self.version}"


def pseudonyms(family: str) -> str:
    """The name of the pseudonym key of a family of releases: the same person has one pseudonym in one family."""
    return f"pseudonyms-{family}"


class KeyStore:
    """Keys in a folder. `random(n)` gives n unpredictable bytes."""

    def __init__(self, folder: Path, random: Callable[[int], bytes] = secrets.token_bytes) -> None:
        self.folder = folder
        self._random = random
        self._read: dict[tuple[str, int], Key] = {}
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _check_private(folder)

    def ensure(self, name: str) -> Key:
        """The newest version of a key, made when there is none; safe when two processes ask at once."""
        if not self.versions(name):
            self._write(name, 1)
        return self.key(name)

    def key(self, name: str, version: int | None = None) -> Key:
        """A key, the newest version unless one is named; NotFoundError when it is not here."""
        wanted = version if version is not None else max(self.versions(name), default=1)
        known = self._read.get((name, wanted))
        return known or self._read.setdefault((name, wanted), self._load(name, wanted))

    def rotate(self, name: str) -> Key:
        """A new version, used from now on; old versions stay for what they sealed."""
        self._write(name, max(self.versions(name), default=0) + 1)
        return self.key(name)

    def versions(self, name: str) -> list[int]:
        """The versions there are, oldest first."""
        _check_name(name)
        return sorted(version for found, version in self._files() if found == name)

    def names(self) -> list[str]:
        return sorted({name for name, _ in self._files()})

    def destroy(self, name: str, version: int) -> None:
        """Removes one version for ever: what it alone sealed cannot be opened again."""
        self._path(name, version).unlink(missing_ok=True)
        self._read.pop((name, version), None)

    def _files(self) -> list[tuple[str, int]]:
        found = (_FILE.fullmatch(file.name) for file in self.folder.iterdir())
        return [(match[1], int(match[2])) for match in found if match]

    def _path(self, name: str, version: int) -> Path:
        return self.folder / f"{_check_name(name)}.{version}.key"

    def _load(self, name: str, version: int) -> Key:
        path = self._path(name, version)
        try:
            _check_private(path)
            text = path.read_text("ascii")
        except FileNotFoundError:
            raise NotFoundError(
                f"the key {name}.{version} is not in {self.folder}",
                hint="restore it from the backup of the keys",
            ) from None
        return Key(name, version, _decode(text, path))

    def _write(self, name: str, version: int) -> None:
        """Writes apart and links into place: a reader never sees half a key, the second of two writers keeps the first's."""
        path = self._path(name, version)
        apart = self.folder / f".{path.name}.{self._random(8).hex()}"
        with os.fdopen(os.open(apart, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(_HEAD + base64.b64encode(self._random(_BYTES)).decode() + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            path.hardlink_to(apart)
        except FileExistsError:
            pass
        finally:
            apart.unlink()


def _check_name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise InputError("this cannot name a key", hint="use 1 to 63 lower-case letters, digits and hyphens")
    return name


def _check_private(path: Path) -> None:
    """Raises InputError when anybody but this process's user could read it."""
    status = path.stat()
    if status.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        wanted = "700" if path.is_dir() else "600"
        raise InputError(
            f"{path} can be read by others than its owner (mode {stat.S_IMODE(status.st_mode):03o})",
            hint=f"chmod {wanted} {path}; if others may have read it, rotate the key",
        )
    if status.st_uid != os.geteuid():
        raise InputError(f"{path} belongs to another user", hint="keys belong to the user the server runs as")


def _decode(text: str, path: Path) -> bytes:
    try:
        secret = base64.b64decode(text.removeprefix(_HEAD).strip(), validate=True)
    except ValueError:
        secret = b""
    if not text.startswith(_HEAD) or len(secret) != _BYTES:
        raise InputError(f"{path} is not a key file", hint="restore it from the backup of the keys")
    return secret
