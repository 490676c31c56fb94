"""A handle on one person: the only thing the assistant is ever given of the lake."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lakmus.lake import reading

if TYPE_CHECKING:
    from lakmus.lake.store import Store


@dataclass(frozen=True)
class OnePerson:
    """Reads the records of one person as of one snapshot; takes no condition, so it can reach nobody else's."""

    _store: Store
    person: int
    version: int

    def resource_types(self) -> list[str]:
        return self._store.resource_types(self.version)

    def resources(self, resource_type: str) -> Iterator[dict[str, Any]]:
        """This person's records of one type, as FHIR JSON."""
        if resource_type not in self.resource_types():
            return iter(())
        bucket = self.person % self._store.bucket_count
        return reading.resources(
            self._store,
            resource_type,
            where="lk_bucket = ? AND lk_person = ?",
            parameters=[bucket, self.person],
            version=self.version,
        )
