"""One file over HTTP: resumed where it stopped, never larger than stated, kept only when its sum is right.

What has arrived is in `path.part`; a next call goes on from there with a Range request (RFC 9110, section 14). Failures that
may pass (a lost connection, 429, 5xx) are tried again with growing pauses, as long as something arrives in between.
"""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from lakmus.client.manifest import File
from lakmus.core.errors import InputError, NotFoundError, RefusedError, TemporaryError

Progress = Callable[[int, int, str], None]  # bytes there, bytes in all, file


@dataclass(frozen=True)
class Patience:
    """How often in a row a download may fail without a byte arriving, and the pauses in between (seconds)."""

    attempts: int = 5
    first_pause: float = 0.5
    longest_pause: float = 30.0
    sleep: Callable[[float], None] = field(default=time.sleep, repr=False)

    def wait(self, failures: int, asked: float = 0.0) -> None:
        """After the n-th failure in a row; a server may ask for more (Retry-After), not for more than the longest."""
        self.sleep(min(self.longest_pause, max(asked, self.first_pause * 2 ** (failures - 1))))


class _Passing(Exception):
    """May pass when tried again; `pause` is what the server asked for."""

    def __init__(self, reason: str, pause: float = 0.0) -> None:
        super().__init__(reason)
        self.pause = pause


def fetch(
    client: httpx.Client,
    url: str,
    file: File,
    path: Path,
    progress: Progress = lambda there, total, name: None,
    patience: Patience | None = None,
) -> Path:
    """Downloads a file to `path`, or finds it there; returns the path.

    Raises TemporaryError when the server stays out of reach (calling again resumes), NotFoundError, RefusedError, and
    InputError when what arrives is not what the manifest says.
    """
    if is_right(path, file):
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    _complete(client, url, file, part, progress, patience or Patience())
    if not is_right(part, file):
        # What was left by an earlier call may have been of something else: once more from the start.
        part.unlink(missing_ok=True)
        _complete(client, url, file, part, progress, patience or Patience())
    if not is_right(part, file):
        part.unlink(missing_ok=True)
        raise InputError(
            f"{file.path} arrived with another SHA-256 sum than the manifest states",
            hint="the file on the server is damaged or was changed; tell its keeper",
        )
    part.replace(path)
    return path


def is_right(path: Path, file: File) -> bool:
    """Whether the file is there with the size and sum stated."""
    if not path.is_file() or path.stat().st_size != file.bytes:
        return False
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest() == file.sha256


def _complete(
    client: httpx.Client, url: str, file: File, part: Path, progress: Progress, patience: Patience
) -> None:
    """Requests what is missing until all bytes are there."""
    failures = 0
    while (before := _size(part, file.bytes)) < file.bytes or not part.exists():
        try:
            _request(client, url, file, part, before, progress)
            failures = 0 if _size(part, file.bytes) > before or not file.bytes else failures + 1
            reason, pause = "it sent nothing", 0.0
        except (_Passing, httpx.TransportError) as error:
            failures = 1 if _size(part, file.bytes) > before else failures + 1
            reason = (
                str(error) if isinstance(error, _Passing) else f"connection lost ({type(error).__name__})"
            )
            pause = error.pause if isinstance(error, _Passing) else 0.0
        if failures >= patience.attempts:
            raise TemporaryError(
                f"the server does not hand out {file.path}: {reason}",
                hint="run it again later: it goes on where it stopped",
            )
        if failures:
            patience.wait(failures, pause)


def _size(part: Path, most: int) -> int:
    size = part.stat().st_size if part.exists() else 0
    if size > most:
        part.unlink()
        return 0
    return size


def _request(client: httpx.Client, url: str, file: File, part: Path, start: int, progress: Progress) -> None:
    # No compression: the size of what arrives is then the size of what was sent.
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={start}-"} if start else {})
    with client.stream("GET", url, headers=headers) as answer:
        if answer.status_code == 416:  # what is there is not a beginning of it
            part.unlink(missing_ok=True)
            raise _Passing("it refused the range")
        check_status(answer, file.path)
        if answer.headers.get("Content-Encoding", "identity") != "identity":
            raise InputError(f"the server sent {file.path} compressed though asked not to")
        resumed = answer.status_code == 206 and _begins_at(answer, start)
        _append(answer, file, part, start if resumed else 0, progress)


def _begins_at(answer: httpx.Response, start: int) -> bool:
    match = re.match(r"bytes (\d{1,18})-", answer.headers.get("Content-Range", ""))
    if match is None or int(match[1]) != start:
        raise InputError("the server answered with another range than asked for")
    return True


def _append(answer: httpx.Response, file: File, part: Path, there: int, progress: Progress) -> None:
    with part.open("r+b" if there else "wb") as out:
        out.seek(there)
        for block in answer.iter_raw():
            there += len(block)
            if there > file.bytes:
                raise InputError(
                    f"the server sent more of {file.path} than the {file.bytes} bytes the manifest states"
                )
            out.write(block)
            progress(there, file.bytes, file.path)


def check_status(answer: httpx.Response, what: str) -> None:
    """Turns a status that is no success into an error of ours."""
    status = answer.status_code
    if status in (401, 403):
        raise RefusedError(f"the server does not give out {what} to you (status {status})")
    if status in (404, 410):
        raise NotFoundError(f"the server has no {what}")
    if status == 429 or status >= 500:
        asked = answer.headers.get("Retry-After", "")
        raise _Passing(f"status {status}", float(asked) if asked.isdigit() and len(asked) < 6 else 0.0)
    if status not in (200, 206):
        raise InputError(
            f"the server answered {what} with status {status}", hint="is this the address of a Lakmus server?"
        )


def get_small(
    client: httpx.Client, url: str, what: str, most: int, patience: Patience | None = None
) -> bytes:
    """A small answer whole; InputError when it is larger than `most` bytes, the errors of `fetch` otherwise."""
    patience = patience or Patience()
    for failures in range(1, patience.attempts + 1):
        try:
            return _small(client, url, what, most)
        except (_Passing, httpx.TransportError) as error:
            reason = str(error) if isinstance(error, _Passing) else f"no connection ({type(error).__name__})"
            if failures < patience.attempts:
                patience.wait(failures, getattr(error, "pause", 0.0))
    raise TemporaryError(f"the server does not give {what}: {reason}", hint="try again later")


def _small(client: httpx.Client, url: str, what: str, most: int) -> bytes:
    with client.stream(
        "GET", url, headers={"Accept-Encoding": "identity", "Accept": "application/json"}
    ) as answer:
        check_status(answer, what)
        content = bytearray()
        for block in answer.iter_raw():
            content += block
            if len(content) > most:
                raise InputError(f"{what} is larger than {most} bytes")
        return bytes(content)
