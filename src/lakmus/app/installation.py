"""An installation: its parts, each imported and built when first asked for, so that a short command stays short."""

from __future__ import annotations

import getpass
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lakmus.access import Action, Actor, AuditLog, Gate, Resource, default
from lakmus.core import settings as read_settings
from lakmus.core.clock import Clock, SystemClock
from lakmus.core.errors import InputError
from lakmus.core.settings import Settings
from lakmus.ops import Database, Jobs, KeyStore, People, Sealer, Sites

if TYPE_CHECKING:
    from lakmus.intake.batch import Intake
    from lakmus.lake import IdentifiedLake
    from lakmus.opendata.catalogue import Catalogue
    from lakmus.terminology import LocalTerminology, Units

POLICY = default()
ANYTHING = Resource()


def settings(environ: Mapping[str, str], file: Path | None = None) -> Settings:
    """The settings from the environment and a file (`lakmus.toml` here, unless LAKMUS_SETTINGS names another)."""
    chosen = file or Path(environ.get(read_settings.FILE_VARIABLE, "lakmus.toml"))
    if file is not None and not chosen.exists():
        raise InputError(f"there is no settings file at {chosen}")
    text = chosen.read_text(encoding="utf-8") if chosen.exists() else None
    return read_settings.read(environ, text, source=str(chosen))


@dataclass
class App:
    """An installation as its settings describe it, and who works on it."""

    settings: Settings
    clock: Clock
    actor: Actor

    @classmethod
    def from_environment(cls, file: Path | None = None) -> App:
        """The installation that environment and settings file speak of, used by whoever runs this process."""
        return cls(settings(os.environ, file), SystemClock(), Actor.operator(_login()))

    @classmethod
    def at(cls, folder: Path) -> App:
        """The installation whose data is in a folder; its `lakmus.toml`, if there is one, says the rest."""
        file = folder / "lakmus.toml"
        environ = {**os.environ, "LAKMUS_DATA": str(folder)}
        return cls(
            settings(environ, file if file.exists() else None), SystemClock(), Actor.operator(_login())
        )

    def close(self) -> None:
        """Closes what was opened: the lake, whose catalog is then its owner's alone, and the operations database."""
        made = [
            name for name in self.__dict__ if isinstance(getattr(type(self), name, None), cached_property)
        ]
        opened = {name: self.__dict__.pop(name) for name in made}
        for name in {"lake", "database"} & opened.keys():
            opened[name].close()

    # -- who may do what ----------------------------------------------------------------------------------------------

    @cached_property
    def audit(self) -> AuditLog:
        return AuditLog(self.database, self.clock, self.keys, self.settings.ops.anchor)

    @cached_property
    def gate(self) -> Gate:
        return Gate(POLICY, self.audit)

    def may(self, action: Action, resource: Resource = ANYTHING, objects: Iterable[str] = ()) -> None:
        """Asks the gate for whoever works here; logged before anything is read. Raises Refused."""
        self.gate.check(self.actor, action, resource, objects)

    # -- operational state --------------------------------------------------------------------------------------------

    @cached_property
    def keys(self) -> KeyStore:
        return KeyStore(self.settings.ops.keys)

    @cached_property
    def sealer(self) -> Sealer:
        """Seals what is in quarantine."""
        return Sealer(self.keys, "quarantine")

    @cached_property
    def database(self) -> Database:
        """The operations database, made when there is none; InputError when `lakmus upgrade` has to be run first."""
        database = Database.open(self.settings.ops_url)
        if database.revision() is None:
            database.upgrade()
        database.check()
        return database

    @cached_property
    def people(self) -> People:
        return People(self.database, self.clock, POLICY.check_grant)

    @cached_property
    def sites(self) -> Sites:
        return Sites(self.database, self.clock)

    @cached_property
    def jobs(self) -> Jobs:
        return Jobs(self.database, self.clock)

    # -- data -------------------------------------------------------------------------------------------------------

    @property
    def _engine(self) -> dict[str, Any]:
        lake = self.settings.lake
        return {"threads": lake.threads or None, "memory": lake.memory or None}

    @property
    def has_lake(self) -> bool:
        from lakmus.lake import location

        return (self.settings.lake.path / location.FILE).exists()

    def create_lake(self, *, buckets: int = 1) -> IdentifiedLake:
        """Makes the identified lake; raises ConflictError when there is one."""
        from lakmus.lake import IdentifiedLake

        lake = self.settings.lake
        return IdentifiedLake.create(
            lake.path, catalog=lake.catalog, data=lake.storage, buckets=buckets, **self._engine
        )

    @cached_property
    def lake(self) -> IdentifiedLake:
        """The identified lake; raises NotFoundError when `lakmus init` has not made it."""
        from lakmus.lake import IdentifiedLake

        return IdentifiedLake.open(self.settings.lake.path, **self._engine)

    @cached_property
    def intake(self) -> Intake:
        from lakmus.intake.batch import Intake

        return Intake(self.lake, self.clock, self.sealer.seal)

    @cached_property
    def terminology(self) -> LocalTerminology:
        from lakmus.terminology import LocalTerminology

        path = self.settings.terminology.path
        path.parent.mkdir(parents=True, exist_ok=True)
        return LocalTerminology.open(path)

    @cached_property
    def units(self) -> Units:
        from lakmus.terminology import Units

        return Units()

    @cached_property
    def catalogue(self) -> Catalogue:
        from lakmus.opendata.catalogue import Catalogue

        return Catalogue(self.settings.release.path)


def _login() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        return str(os.getuid())
