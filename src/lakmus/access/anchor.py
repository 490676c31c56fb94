"""The anchor of the audit log: a small keyed file that only moves forward."""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from lakmus.core.errors import NotFoundError
from lakmus.ops import KeyStore
from lakmus.ops import keys as key_names


@dataclass(frozen=True)
class Head:
    """The last line of a log: its number from 1 and its hash."""

    seq: int
    hash: str

    def __str__(self) -> str:
        return f"{self.seq}:{self.hash}"


@dataclass(frozen=True)
class Anchored:
    """What the anchor says."""

    state: Literal["good", "none", "changed"]
    head: Head | None = None


class Anchor:
    """Remembers the furthest head; written after each commit, replaced as a whole, under a lock of its own."""

    def __init__(self, path: Path, keys: KeyStore) -> None:
        self._path, self._keys = path, keys

    def read(self) -> Anchored:
        try:
            stored = json.loads(self._path.read_text())
            head, name, mac = (
                Head(int(stored["seq"]), str(stored["hash"])),
                str(stored["key"]),
                str(stored["mac"]),
            )
            secret = self._keys.key(key_names.AUDIT, int(name.rpartition(".")[2])).secret
        except FileNotFoundError:
            return Anchored("none")
        except (ValueError, KeyError, TypeError, NotFoundError):
            return Anchored("changed")
        return Anchored("good", head) if hmac.compare_digest(mac, _mac(secret, head)) else Anchored("changed")

    def advance(self, head: Head) -> None:
        """Moves the anchor to a head further on. A changed anchor is left as it is: it is evidence."""
        with self._locked():
            now = self.read()
            if now.state == "none" or (now.head is not None and now.head.seq < head.seq):
                self._write(head)

    def _write(self, head: Head) -> None:
        key = self._keys.key(key_names.AUDIT)
        text = json.dumps({"seq": head.seq, "hash": head.hash, "key": key.id, "mac": _mac(key.secret, head)})
        apart = self._path.with_name(f".{self._path.name}.new")
        with os.fdopen(os.open(apart, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(text + "\n")
            file.flush()
            os.fsync(file.fileno())
        apart.replace(self._path)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = self._path.with_name(f".{self._path.name}.lock")
        with os.fdopen(os.open(lock, os.O_RDWR | os.O_CREAT, 0o600), "w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def _mac(secret: bytes, head: Head) -> str:
    return hmac.new(secret, f"anchor {head}".encode(), hashlib.sha256).hexdigest()
