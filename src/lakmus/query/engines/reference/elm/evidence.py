"""What is behind a value: the definitions it uses and the records that were looked at."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from lakmus.query.ir.elm.values import Instance


@dataclass
class Evidence:
    """Of one definition: others it asked for, and the paths of records its retrieves found."""

    library: str
    name: str
    used: dict[tuple[str, str], Evidence] = field(default_factory=dict)
    found: dict[str, None] = field(default_factory=dict)

    def uses(self, other: Evidence) -> None:
        self.used[other.library, other.name] = other

    def records(self, found: Iterable[Instance]) -> None:
        self.found |= dict.fromkeys(instance.path for instance in found)

    def all_records(self) -> list[str]:
        """Those of this definition and of all it uses, each once."""
        seen = dict(self.found)
        for other in self.used.values():
            seen |= dict.fromkeys(other.all_records())
        return list(seen)
