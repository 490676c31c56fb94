"""The identified zone: records of persons as their sites sent them.

Nothing outside intake writes here, and nothing leaves but through the privacy room and a release.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from lakmus.lake import location, reading, writer
from lakmus.lake.chunk import Chunk, Receipt
from lakmus.lake.person import OnePerson
from lakmus.lake.store import CATALOG, Store, initialise, open_folder
from lakmus.lake.tables import LAKE_FORMAT


class IdentifiedLake(Store):
    """Records with their persons' identities; reading needs a role that names this zone (asked in `access`).

    >>> with IdentifiedLake.open("lakmus-data/lake") as lake:          # doctest: +SKIP
    ...     lake.resource_types()
    """

    zone = "identified"

    @classmethod
    def create(
        cls, folder: str | Path, *, catalog: str = "", data: str = "", buckets: int = 1, **engine: Any
    ) -> IdentifiedLake:
        """Makes an empty lake; a bucket is meant for some ten thousand persons."""
        lake = cls(location.create(open_folder(folder), "identified", catalog=catalog, data=data), **engine)
        settings = {"format": str(LAKE_FORMAT), "buckets": str(buckets), "salt": secrets.token_hex(32)}
        initialise(lake, settings)
        return lake

    @classmethod
    def open(cls, folder: str | Path, **engine: Any) -> IdentifiedLake:
        """Opens a lake; `threads` and `memory` ("2GB") bound what the engine may take."""
        return cls.open_as_it_is(folder, **engine).check_format()

    @classmethod
    def open_as_it_is(cls, folder: str | Path, **engine: Any) -> IdentifiedLake:
        """Opens a lake of any format, for `formats.upgrade` alone."""
        return cls(location.read(open_folder(folder), "identified"), **engine)

    def commit(self, chunk: Chunk, *, hook: writer.Hook = lambda step: None) -> Receipt:
        """Takes in a chunk as one snapshot; only intake calls this."""
        return writer.commit(self, chunk, hook=hook)

    def resources(
        self,
        resource_type: str,
        *,
        where: str = "true",
        parameters: Sequence[Any] = (),
        version: int | None = None,
    ) -> Iterator[dict[str, Any]]:
        """Records given back as FHIR JSON, decimals as `Decimal` with the digits they came with."""
        return reading.resources(self, resource_type, where=where, parameters=parameters, version=version)

    def person_of(self, site: str, patient: str) -> int | None:
        """The person a site's patient is counted as."""
        with self.cursor() as cursor:
            query = f"SELECT person FROM {CATALOG}.lk.persons WHERE site = ? AND patient = ?"
            row = cursor.execute(query, [site, patient]).fetchone()
        return None if row is None else int(row[0])

    def one_person(self, person: int, *, version: int | None = None) -> OnePerson:
        """A handle that can read exactly this person's records, and nothing else."""
        return OnePerson(self, person, self.snapshot() if version is None else version)
