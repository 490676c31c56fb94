"""Where releases are: a folder of them, or a server.

A server answers `GET /data/` with its catalogue, `GET /data/NAME/VERSION/` with a manifest, and
`GET /data/NAME/VERSION/files/PATH` with a file, whole or by range.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol
from urllib.parse import quote, urlsplit

import httpx

from lakmus.client import download, manifest
from lakmus.client.download import Patience, Progress
from lakmus.client.manifest import File, Manifest, Wanted
from lakmus.core.errors import InputError, NotFoundError

TIMEOUT = httpx.Timeout(30.0)


class Source(Protocol):
    """Answers with manifests and files."""

    def manifest(self, wanted: Wanted) -> Manifest: ...

    def fetch(self, release: Manifest, file: File, folder: Path, progress: Progress) -> Path: ...


class Folder:
    """Releases in a folder, as `lakmus release build` and `lakmus get` leave them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def manifest(self, wanted: Wanted) -> Manifest:
        version = wanted.choose(
            path.parent.name for path in self.folder.glob(f"{wanted.name}/*/manifest.json")
        )
        if not version:
            raise NotFoundError(f"the folder has no release {wanted.name}@{wanted.version or 'any'}")
        path = self.folder / wanted.name / version / "manifest.json"
        if path.stat().st_size > manifest.LARGEST_JSON:
            raise InputError("the manifest is too large")
        return manifest.read(path.read_bytes(), wanted.name, version)

    def fetch(self, release: Manifest, file: File, folder: Path, progress: Progress) -> Path:
        """The file where it is; its sum is checked."""
        path = self.folder / release.name / release.version / file.path
        if not download.is_right(path, file):
            raise InputError(f"{file.path} of {release.id} is missing or is not what the manifest states")
        return path


class Server:
    """A Lakmus server. Redirects are not followed; a proxy is taken from the client given."""

    def __init__(
        self, url: str, client: httpx.Client | None = None, patience: Patience | None = None
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            raise InputError("a server's address is like https://data.example.org")
        self.url = url.rstrip("/")
        self.client = client
        self.patience = patience or Patience()

    def manifest(self, wanted: Wanted) -> Manifest:
        version = wanted.choose(self._versions(wanted))
        if not version:
            raise NotFoundError(f"the server has no release {wanted.name}@{wanted.version or 'any'}")
        text = self._small(
            f"{self.url}/data/{wanted.name}/{version}/", f"the manifest of {wanted.name}@{version}"
        )
        return manifest.read(text, wanted.name, version)

    def _versions(self, wanted: Wanted) -> list[str]:
        catalogue = manifest.read_json(self._small(f"{self.url}/data/", "the catalogue"), "the catalogue")
        releases = catalogue.get("releases")
        if not isinstance(releases, list):
            raise InputError(
                "the catalogue lists no releases", hint="is this the address of a Lakmus server?"
            )
        return [
            entry.get("version", "")
            for entry in releases
            if isinstance(entry, dict) and entry.get("name") == wanted.name
        ]

    def _small(self, url: str, what: str) -> bytes:
        with self._connection() as client:
            return download.get_small(client, url, what, manifest.LARGEST_JSON, self.patience)

    @contextmanager
    def _connection(self) -> Iterator[httpx.Client]:
        """The client given, which its giver closes, or one of its own that holds no connection open afterwards."""
        if self.client is not None:
            yield self.client
            return
        with httpx.Client(timeout=TIMEOUT) as client:
            yield client

    def fetch(self, release: Manifest, file: File, folder: Path, progress: Progress) -> Path:
        """Downloads the file into the folder, going on where an earlier call stopped."""
        url = f"{self.url}/data/{release.name}/{release.version}/files/{quote(file.path)}"
        with self._connection() as client:
            return download.fetch(client, url, file, folder / file.path, progress, self.patience)


def open_source(
    where: str | Path, client: httpx.Client | None = None, patience: Patience | None = None
) -> Source:
    """A server for an address, else a folder."""
    if isinstance(where, str) and "://" in where:
        return Server(where, client, patience)
    folder = Path(where).expanduser()
    if not folder.is_dir():
        raise NotFoundError(f"there is no folder {folder}")
    return Folder(folder)
