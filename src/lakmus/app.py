"""Composition root: read settings once, build the parts, join them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from lakmus.core import settings as read_settings
from lakmus.core.clock import Clock, SystemClock
from lakmus.core.errors import InputError
from lakmus.core.settings import Settings
from lakmus.intake.batch import Intake
from lakmus.lake import IdentifiedLake
from lakmus.ops import Database, KeyStore, Sealer, Sites


def settings(environ: Mapping[str, str], file: Path | None = None) -> Settings:
    """The settings from the environment and a file (`lakmus.toml` here, unless LAKMUS_SETTINGS names another)."""
    chosen = file or Path(environ.get(read_settings.FILE_VARIABLE, "lakmus.toml"))
    if file is not None and not chosen.exists():
        raise InputError(f"there is no settings file at {chosen}")
    text = chosen.read_text(encoding="utf-8") if chosen.exists() else None
    return read_settings.read(environ, text, source=str(chosen))


@dataclass
class App:
    """An installation: its parts are built when first asked for."""

    settings: Settings
    clock: Clock

    @classmethod
    def from_environment(cls, file: Path | None = None) -> App:
        return cls(settings(os.environ, file), SystemClock())

    @cached_property
    def keys(self) -> KeyStore:
        return KeyStore(self.settings.ops.keys)

    @cached_property
    def sealer(self) -> Sealer:
        """Seals what is in quarantine."""
        return Sealer(self.keys, "quarantine")

    @cached_property
    def database(self) -> Database:
        database = Database.open(self.settings.ops_url)
        database.upgrade()
        return database

    @cached_property
    def sites(self) -> Sites:
        return Sites(self.database, self.clock)

    @property
    def _engine(self) -> dict[str, Any]:
        lake = self.settings.lake
        return {"threads": lake.threads or None, "memory": lake.memory or None}

    def create_lake(self, *, buckets: int = 1) -> IdentifiedLake:
        """Makes the identified lake; raises ConflictError when there is one."""
        lake = self.settings.lake
        return IdentifiedLake.create(
            lake.path, catalog=lake.catalog, data=lake.storage, buckets=buckets, **self._engine
        )

    @cached_property
    def lake(self) -> IdentifiedLake:
        """The identified lake; raises NotFoundError when `lakmus init` has not made it."""
        return IdentifiedLake.open(self.settings.lake.path, **self._engine)

    @cached_property
    def intake(self) -> Intake:
        return Intake(self.lake, self.clock, self.sealer.seal)
