"""Where records come from: files, folders, gzip and zip, an upload. Streams only; nothing is unpacked to disk."""

from __future__ import annotations

import gzip
import hashlib
import io
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any, BinaryIO

from lakmus.core.errors import InputError, NotFoundError

RATIO = 400  # FHIR NDJSON packs 15 to 40 times, a bomb a thousand times and more
TYPICAL = 15
FREE = 64 << 20  # what may be unpacked before the ratio is looked at
MEMBERS = 100_000
SKIPPED = ("__MACOSX", "log.ndjson", "manifest.json")
CLIMBING = ("/", "..", ".")
BESIDE = (
    ".md",
    ".txt",
    ".tsv",
    ".csv",
    ".html",
    ".pdf",
    ".sha256",
    ".log",
    ".parquet",
)  # stand beside records in a folder


@dataclass(frozen=True)
class Source:
    """One file of records: its name (never a path outside the submission), its size as sent, and how to open it.

    `digest` reads what was sent and gives its digest: the same content is the same batch, whenever it was written.
    """

    name: str
    size: int
    digest: Callable[[], str]
    open: Callable[[], BinaryIO]
    packed: bool = False

    @property
    def expected(self) -> int:
        """About how many bytes it unpacks to."""
        return self.size * (TYPICAL if self.packed else 1)


def find(path: Path) -> list[Source]:
    """The files of a submission, patients first so that their records find them linked already.

    Raises NotFoundError when the path does not exist and InputError when there is nothing to read in it.
    """
    if not path.exists():
        raise NotFoundError(f"{path} does not exist")
    files = (
        [path]
        if path.is_file()
        else sorted(p for p in path.rglob("*") if p.is_file() and not _beside(p.name))
    )
    root = path.parent if path.is_file() else path
    found = [source for file in files if not _skipped(file.relative_to(root)) for source in _open(file, root)]
    if not found:
        raise InputError(f"{path} holds no files of records", hint="NDJSON, JSON or XML, plain, gzip or zip")
    return sorted(found, key=lambda source: (not _of_patients(source.name), source.name))


def _beside(name: str) -> bool:
    return name.lower().removesuffix(".gz").endswith(BESIDE)


def _skipped(relative: Path) -> bool:
    parts = [part for part in relative.parts if part not in CLIMBING]
    return any(part.startswith(".") or part in SKIPPED for part in parts)


def _of_patients(name: str) -> bool:
    return "patient" in Path(name).name.lower()


def _open(file: Path, root: Path) -> Iterator[Source]:
    name, size = file.relative_to(root).as_posix(), file.stat().st_size
    digest = cache(partial(_digest, file))  # once for all members of an archive
    if zipfile.is_zipfile(file):
        yield from _members(file, name, digest)
    elif _is_gzip(file):
        yield Source(name, size, digest, partial(_open_gzip, file, size), True)
    else:
        yield Source(name, size, digest, lambda: file.open("rb"))


def _digest(file: Path) -> str:
    """Of the bytes as they are sent, some seconds for each GB; read in pieces."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _is_gzip(file: Path) -> bool:
    with file.open("rb") as stream:
        return stream.read(2) == b"\x1f\x8b"


def _members(file: Path, name: str, digest: Callable[[], str]) -> Iterator[Source]:
    with zipfile.ZipFile(file) as archive:
        members = [m for m in archive.infolist() if not m.is_dir() and not _skipped(Path(m.filename))]
    if len(members) > MEMBERS:
        raise InputError(f"{name} holds {len(members)} files", hint=f"send at most {MEMBERS} in one archive")
    seen: set[str] = set()
    for number, member in enumerate(members):
        shown = "/".join([name, *(part for part in Path(member.filename).parts if part not in CLIMBING)])
        shown = f"{shown}#{number}" if shown in seen else shown
        seen.add(shown)
        yield Source(
            shown,
            member.compress_size,
            digest,
            partial(_open_member, file, member),
            True,
        )


def _open_gzip(file: Path, packed: int) -> BinaryIO:
    return _unpacked(gzip.open(file), packed)


def _open_member(file: Path, member: zipfile.ZipInfo) -> BinaryIO:
    return _unpacked(zipfile.ZipFile(file).open(member), member.compress_size)


def _unpacked(stream: Any, packed: int) -> BinaryIO:
    return io.BufferedReader(Unpacking(stream, packed), buffer_size=1 << 20)


class Unpacking(io.RawIOBase):
    """A stream that ends where an archive is damaged or unpacks to absurd size; `fault` then says which."""

    def __init__(self, stream: Any, packed: int) -> None:
        self._stream = stream
        self._limit = max(FREE, packed * RATIO)
        self._read = 0
        self.fault = ""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if self.fault:
            return 0
        try:
            count = self._stream.readinto(buffer) or 0
        except (
            EOFError,
            OSError,
            zlib.error,
            zipfile.BadZipFile,
            RuntimeError,
            NotImplementedError,
        ) as error:
            self.fault = f"the packed file is damaged, cut short or locked ({type(error).__name__})"
            return 0
        self._read += count
        if self._read > self._limit:
            self.fault = (
                f"the packed file unpacks to more than {RATIO} times its size; it is not read further"
            )
            return 0
        return int(count)

    def close(self) -> None:
        self._stream.close()
        super().close()


def damage(stream: BinaryIO) -> str:
    """Why a stream ended before its file did; empty when it did not."""
    return getattr(getattr(stream, "raw", None), "fault", "")


def batch_name(site: str, sources: list[Source]) -> str:
    """The name of a submission: the same files from the same site are the same batch, and resume it.

    Made of what was sent, names and bytes: a file that is sent again, copied or unpacked anew, is recognised.
    """
    name = hashlib.blake2b(site.encode(), digest_size=10)
    for source in sources:
        name.update(f"\x1f{source.name}\x1f{source.size}\x1f{source.digest()}".encode())
    return name.hexdigest()
