"""The manifest of a release as a client reads it: from a server that may lie.

Paths stay inside the folder they are meant for on every system, sizes have bounds, sums have their form, and the
release is the one that was asked for. What is not so is an InputError that says which part.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from lakmus.core.errors import InputError, Place
from lakmus.core.identifiers import is_safe_file_name

LARGEST_JSON = 16 * 2**20  # bytes of a manifest or a catalogue
LARGEST_FILE = 2**40
MOST_FILES = 10_000
DEEPEST = 4  # folders in a path
NAME = re.compile(r"[a-z][a-z0-9-]{0,62}")
VERSION = re.compile(r"[0-9]{1,6}(\.[0-9]{1,6}){0,3}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class File:
    """A file of a release: its path with '/', its size in bytes, its SHA-256 sum in hex."""

    path: str
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What a release says of itself; `text` is the manifest as it came, `facts` the same read as JSON."""

    name: str
    version: str
    files: tuple[File, ...]
    tables: tuple[str, ...]
    facts: Mapping[str, Any]
    text: bytes

    @property
    def id(self) -> str:
        return f"{self.name}@{self.version}"

    def file(self, path: str) -> File:
        """The file at a path; InputError when the release has none."""
        found = [file for file in self.files if file.path == path]
        if not found:
            raise InputError(f"the release {self.id} has no file {path}")
        return found[0]


@dataclass(frozen=True)
class Wanted:
    """`name@version`: a version may be cut short (`1` is the newest 1.x) or left out (the newest)."""

    name: str
    version: str = ""

    @classmethod
    def read(cls, text: str) -> Wanted:
        name, _, version = text.partition("@")
        if not NAME.fullmatch(name) or (version and not VERSION.fullmatch(version)):
            raise InputError("a release is named NAME@VERSION", hint="for example hypertension-cohort@1.0.0")
        return cls(name, version)

    def choose(self, versions: Iterable[str]) -> str:
        """The version meant, the newest of those that fit; "" when none fits."""
        there = [v for v in versions if isinstance(v, str) and VERSION.fullmatch(v)]
        if self.version in there:
            return self.version
        wanted = _numbers(self.version) if self.version else ()
        return max((v for v in there if _numbers(v)[: len(wanted)] == wanted), key=_numbers, default="")


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def read_json(text: bytes, what: str) -> dict[str, Any]:
    """A JSON object, or InputError."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise InputError(f"{what} is not JSON") from None
    if not isinstance(found, dict):
        raise InputError(f"{what} is not a JSON object")
    return found


def read(text: bytes, name: str, version: str) -> Manifest:
    """The checked manifest of the release that was asked for."""
    facts = read_json(text, "the manifest")
    if (facts.get("name"), facts.get("version")) != (name, version):
        raise InputError(f"the server answered with another release than {name}@{version}")
    files = tuple(_file(entry, n) for n, entry in enumerate(_listed(facts.get("files"))))
    if len({file.path.lower() for file in files}) < len(files):
        raise InputError("the manifest lists a path twice", place=Place(path="files"))
    return Manifest(name, version, files, _tables(files), facts, text)


def _listed(files: Any) -> list[Any]:
    if not isinstance(files, list) or not files or len(files) > MOST_FILES:
        raise InputError(f"a manifest lists 1 to {MOST_FILES} files", place=Place(path="files"))
    return files


def _file(entry: Any, number: int) -> File:
    place = Place(path=f"files[{number}]")
    if not isinstance(entry, dict):
        raise InputError("a file has a path, bytes and sha256", place=place)
    path, size, digest = entry.get("path"), entry.get("bytes"), entry.get("sha256")
    if not isinstance(path, str) or not _is_safe(path):
        raise InputError("the manifest lists a path that is not safe", place=place)
    if not isinstance(size, int) or isinstance(size, bool) or not 0 <= size <= LARGEST_FILE:
        raise InputError("the manifest lists a file without a possible size", place=place)
    if not isinstance(digest, str) or not _SHA256.fullmatch(digest):
        raise InputError("the manifest lists a file without a SHA-256 sum", place=place)
    return File(path, size, digest)


def _is_safe(path: str) -> bool:
    parts = path.split("/")
    reserved = {"manifest.json", "sha256sums"}
    return len(parts) <= DEEPEST and all(map(is_safe_file_name, parts)) and path.lower() not in reserved and not path.endswith(".part")  # fmt: skip


def _tables(files: Iterable[File]) -> tuple[str, ...]:
    found = (re.fullmatch(r"data/([A-Za-z0-9_-]+)\.parquet", file.path) for file in files)
    return tuple(match[1] for match in found if match)
