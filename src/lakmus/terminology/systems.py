"""Code systems in the store: which version is meant, its concepts, its hierarchy."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from lakmus.core.errors import NotFoundError
from lakmus.terminology.model import Concept, Designation, split_canonical
from lakmus.terminology.store import Store
from lakmus.terminology.text import closest

_BELOW = """
WITH RECURSIVE below(id) AS (
  SELECT id FROM concept WHERE source = ? AND code = ?
  UNION SELECT edge.child FROM edge JOIN below ON edge.parent = below.id)
SELECT code FROM concept JOIN below USING (id)"""
_ABOVE = _BELOW.replace("below", "above").replace(
    "edge.child FROM edge JOIN above ON edge.parent", "edge.parent FROM edge JOIN above ON edge.child"
)


@dataclass(frozen=True, slots=True)
class System:
    """An installed version of a code system; `key` is its row in the store."""

    key: int
    url: str
    version: str
    case_sensitive: bool
    complete: bool


class Systems:
    """Looks up systems and their concepts."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def find(self, url: str, version: str = "") -> System | None:
        """The version named, else the newest; None when it is not installed."""
        url, pinned = split_canonical(url)
        version = version or pinned
        found = self._store.rows(
            "SELECT id, url, version, case_sensitive, complete FROM source WHERE kind = 'CodeSystem'"
            " AND url = coalesce((SELECT url FROM alias WHERE kind = 'CodeSystem' AND alias = ?), ?)"
            " AND (? = '' OR version = ?) ORDER BY rank DESC LIMIT 1",
            (url, url, version, version),
        )
        return System(*found[0]) if found else None

    def get(self, url: str, version: str = "") -> System:
        """As `find`, but what is not installed is a NotFoundError with suggestions."""
        found = self.find(url, version)
        if found is None:
            raise self._unknown(url, version)
        return found

    def code_of(self, system: System, code: str) -> str | None:
        """The code as the system writes it; None when it has no such code."""
        comparison = "code = ?" if system.case_sensitive else "code = ? COLLATE NOCASE"
        found = self._store.rows(
            f"SELECT code FROM concept WHERE source = ? AND {comparison} LIMIT 1",  # noqa: S608 - our own words
            (system.key, code),
        )
        return found[0][0] if found else None

    def concept(self, system: System, code: str) -> Concept:
        """Everything known of a code, or NotFoundError."""
        proper = self.code_of(system, code)
        if proper is None:
            raise self._unknown_code(system, code)
        ((key, display, active, abstract, definition, designations, properties),) = self._store.rows(
            "SELECT id, display, active, abstract, definition, designations, properties FROM concept"
            " WHERE source = ? AND code = ?",
            (system.key, proper),
        )
        return Concept(
            system=system.url,
            version=system.version,
            code=proper,
            display=display,
            active=bool(active),
            abstract=bool(abstract),
            definition=definition,
            designations=tuple(Designation(*pair) for pair in json.loads(designations)),
            properties={name: tuple(values) for name, values in json.loads(properties).items()},
            parents=self._relatives(key, "parent", "child"),
            children=self._relatives(key, "child", "parent"),
        )

    def below(self, system: System, code: str) -> set[str]:
        """The code and all its descendants; empty when it has no such code."""
        return {row[0] for row in self._store.rows(_BELOW, (system.key, code))}

    def above(self, system: System, code: str) -> set[str]:
        """The code and all its ancestors; empty when it has no such code."""
        return {row[0] for row in self._store.rows(_ABOVE, (system.key, code))}

    def rows(self, system: System) -> dict[str, tuple[str, bool]]:
        """Display and activity of every code, in the system's order."""
        found = self._store.rows(
            "SELECT code, display, active FROM concept WHERE source = ? ORDER BY id", (system.key,)
        )
        return {code: (display, bool(active)) for code, display, active in found}

    def values(self, system: System, name: str) -> list[tuple[str, str]]:
        """(code, value) for every value of a property; `code` and `display` are properties too."""
        if name in ("code", "concept"):
            return [(code, code) for code in self.rows(system)]
        if name == "display":
            return [(code, display) for code, (display, _) in self.rows(system).items()]
        if name in ("parent", "child"):
            return self._hierarchy(system, name)
        return self._store.rows(
            "SELECT concept.code, value.value FROM concept, json_each(concept.properties) AS property,"
            " json_each(property.value) AS value WHERE concept.source = ? AND property.key = ?",
            (system.key, name),
        )

    def names(self, system: System) -> list[str]:
        """The properties its concepts have."""
        found = self._store.rows(
            "SELECT DISTINCT property.key FROM concept, json_each(concept.properties) AS property"
            " WHERE concept.source = ?",
            (system.key,),
        )
        return [row[0] for row in found]

    def _hierarchy(self, system: System, wanted: str) -> list[tuple[str, str]]:
        other = "child" if wanted == "parent" else "parent"
        return self._store.rows(
            f"SELECT here.code, there.code FROM edge JOIN concept here ON here.id = edge.{other}"  # noqa: S608
            f" JOIN concept there ON there.id = edge.{wanted} WHERE here.source = ?",
            (system.key,),
        )

    def _relatives(self, key: int, wanted: str, by: str) -> tuple[str, ...]:
        found = self._store.rows(
            f"SELECT code FROM edge JOIN concept ON concept.id = edge.{wanted} WHERE edge.{by} = ? ORDER BY code",  # noqa: S608
            (key,),
        )
        return tuple(row[0] for row in found)

    def _unknown(self, url: str, version: str) -> NotFoundError:
        known = sorted(row[0] for row in self._store.rows("SELECT url FROM source WHERE kind = 'CodeSystem'"))
        return NotFoundError(
            f"code system {url[:200]!r}{f' version {version[:50]!r}' if version else ''} is not installed",
            hint=_suggestion(url, known) or "install it with `lakmus terminology load`",
        )

    def _unknown_code(self, system: System, code: str) -> NotFoundError:
        rows: list[Any] = self._store.rows(
            "SELECT code FROM concept WHERE source = ? AND substr(code, 1, 2) = ? LIMIT 2000",
            (system.key, code[:2]),
        )
        return NotFoundError(
            f"{code[:100]!r} is no code of {system.url} {system.version}".rstrip(),
            hint=_suggestion(code, [row[0] for row in rows]),
        )


def _suggestion(name: str, known: list[str]) -> str:
    near = closest(name, known)
    return f"did you mean {' or '.join(near)}?" if near else ""
