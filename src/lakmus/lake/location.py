"""Where a lake is: its catalog and its data, kept apart, and the small file that says so."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from lakmus.core.errors import ConflictError, InputError, NotFoundError

Zone = Literal["identified", "open"]
FILE = "lake.json"


@dataclass(frozen=True)
class Location:
    """A lake's place.

    `catalog` is a path of an SQLite file, or `postgres:` and a libpq connection string (the password comes from the
    environment or a pass file, never from here). `data` is a folder or an `s3://` prefix.
    """

    folder: Path
    zone: Zone
    catalog: str
    data: str

    @property
    def attach(self) -> str:
        """What DuckLake attaches."""
        if self.catalog.startswith("postgres:"):
            return f"ducklake:{self.catalog}"
        return f"ducklake:sqlite:{self.folder / self.catalog}"

    @property
    def data_path(self) -> str:
        """The data folder as an absolute path, or the URL as it is."""
        return self.data if "://" in self.data else str((self.folder / self.data).resolve())

    @property
    def spill(self) -> Path:
        return self.folder / "spill"


def create(folder: Path, zone: Zone, *, catalog: str = "", data: str = "") -> Location:
    """Makes the owner-only folders of a new lake and writes where things are; raises ConflictError if one is there."""
    if (folder / FILE).exists():
        raise ConflictError(f"there is a lake at {folder} already", hint="open it, or choose another folder")
    location = Location(folder, zone, catalog or "catalog/catalog.sqlite", data or "data")
    for part in (folder, folder / "catalog", *([] if "://" in location.data else [Path(location.data_path)])):
        part.mkdir(mode=0o700, parents=True, exist_ok=True)
        part.chmod(0o700)
    write(location)
    return location


def write(location: Location) -> None:
    """Writes where things are into the lake's folder."""
    stored = {k: v for k, v in asdict(location).items() if k != "folder"}
    (location.folder / FILE).write_text(json.dumps(stored, indent=2) + "\n")


def read(folder: Path, zone: Zone) -> Location:
    """The lake at a folder; raises NotFoundError if there is none and InputError if it is of the other zone."""
    found = stored(folder)
    if found.zone != zone:
        raise InputError(f"the lake at {folder} is of the {found.zone} zone, not the {zone} zone")
    return found


def stored(folder: Path) -> Location:
    """The lake at a folder, of whichever zone; raises NotFoundError."""
    try:
        return Location(folder, **json.loads((folder / FILE).read_text()))
    except FileNotFoundError:
        raise NotFoundError(f"there is no lake at {folder}", hint="`lakmus init` makes one") from None


def protect_catalog(location: Location) -> None:
    """The catalog holds file keys and small inserts in clear: nobody but its owner may read it."""
    for file in (location.folder / "catalog").glob("*"):
        if file.is_file():
            file.chmod(0o600)
