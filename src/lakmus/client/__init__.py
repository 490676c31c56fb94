"""The light client: releases from a server or a folder, with httpx and pyarrow alone.

release = load("hypertension-cohort@1", source="https://data.example.org")
frame = release["patients"].pandas()
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path

import httpx

from lakmus.client.download import Patience, Progress
from lakmus.client.manifest import File, Manifest, Wanted
from lakmus.client.sources import Folder, Server, Source, open_source
from lakmus.client.tables import LoadedRelease, Table
from lakmus.core.errors import InputError

__all__ = [
    "File",
    "Folder",
    "LoadedRelease",
    "Manifest",
    "Patience",
    "Server",
    "Source",
    "Table",
    "get",
    "load",
    "open_source",
]

CACHE = Path("~/.cache/lakmus")


def _silent(there: int, total: int, name: str) -> None:
    return None


def load(
    release: str,
    source: str | Path,
    *,
    cache: str | Path = CACHE,
    client: httpx.Client | None = None,
    progress: Progress = _silent,
) -> LoadedRelease:
    """A release by `name@version` from a server's address or a folder; tables are fetched when asked for.

    `1` means the newest 1.x; without a version it is the newest. Raises NotFoundError, TemporaryError when the server is
    out of reach, and InputError when it answers with what cannot be right.
    """
    found = open_source(source, client)
    manifest = found.manifest(Wanted.read(release))
    # Two servers may have different releases under one name.
    kept = f"{manifest.version}-{hashlib.sha256(manifest.text).hexdigest()[:12]}"
    return LoadedRelease(manifest, found, Path(cache).expanduser() / manifest.name / kept, progress)


def get(
    release: str,
    source: str | Path,
    to: str | Path,
    *,
    client: httpx.Client | None = None,
    progress: Progress = _silent,
    only: Callable[[File], bool] = lambda file: True,
    patience: Patience | None = None,
) -> Path:
    """Downloads a release into `to`/name/version, resuming what is there, and returns that folder.

    `only` chooses files. The folder `to` then serves as a source itself. The manifest is written last: a folder with one
    is complete. Errors as in `load`.
    """
    found = open_source(source, client, patience)
    manifest = found.manifest(Wanted.read(release))
    folder = Path(to).expanduser() / manifest.name / manifest.version
    files = [file for file in manifest.files if only(file)]
    folder.mkdir(parents=True, exist_ok=True)
    _check_room(folder, files)
    for file in files:
        here = found.fetch(manifest, file, folder, progress)
        if here != folder / file.path:
            _copy(here, folder / file.path)
    (folder / "SHA256SUMS").write_text(_sums(manifest, files), "utf-8", newline="\n")
    (folder / "manifest.json").write_bytes(manifest.text)
    return folder


def _check_room(folder: Path, files: list[File]) -> None:
    missing = sum(file.bytes for file in files if not (folder / file.path).exists())
    if missing > shutil.disk_usage(folder).free:
        raise InputError(f"{missing:,} bytes are to come, and there is less room than that in {folder}")


def _copy(here: Path, there: Path) -> None:
    there.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(here, there)


def _sums(manifest: Manifest, files: list[File]) -> str:
    """As `sha256sum` writes and checks it, in the order of paths."""
    sums = {file.path: file.sha256 for file in files}
    sums["manifest.json"] = hashlib.sha256(manifest.text).hexdigest()
    return "".join(f"{sums[path]}  {path}\n" for path in sorted(sums))
