"""A value set's definition turned into its codes (FHIR R4, valueset.html#compositions)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from lakmus.core.errors import InputError, NotFoundError
from lakmus.terminology.filters import codes_where
from lakmus.terminology.model import split_canonical
from lakmus.terminology.store import Store
from lakmus.terminology.systems import System, Systems
from lakmus.terminology.text import closest

IMPLICIT = "?fhir_vs"


@dataclass(frozen=True, slots=True)
class Limits:
    """What a value set from outside may cost."""

    codes: int = 500_000
    depth: int = 20
    parts: int = 1_000


@dataclass(frozen=True, slots=True)
class Member:
    display: str
    version: str
    active: bool


Members = dict[tuple[str, str], Member]


@dataclass(frozen=True, slots=True)
class Expanded:
    """All members of a value set, in the order of its definition."""

    url: str
    version: str
    members: Members


class Expander:
    """Expands value sets that are installed, and the implicit ones of code systems (`<system>?fhir_vs`,
    `<system>?fhir_vs=isa/<code>`)."""

    def __init__(self, store: Store, systems: Systems, limits: Limits) -> None:
        self._store = store
        self._systems = systems
        self._limits = limits

    def expand(self, canonical: str, path: tuple[str, ...] = ()) -> Expanded:
        """Raises NotFoundError for unknown names, InputError for cycles and for what is too costly."""
        self._check_path(canonical, path)
        implicit = self._implicit(canonical)
        if implicit is not None:
            return implicit
        url, version, resource = self._definition(canonical)
        return Expanded(url, version, self._members(resource, (*path, canonical)))

    def of_resource(self, resource: Mapping[str, Any]) -> Members:
        """The members of a ValueSet resource that is not installed."""
        return self._members(resource, (str(resource.get("url", "")),))

    def _check_path(self, canonical: str, path: tuple[str, ...]) -> None:
        if canonical in path:
            raise InputError("the value set includes itself: " + " > ".join((*path, canonical)))
        if len(path) >= self._limits.depth:
            raise InputError(f"value sets are nested more than {self._limits.depth} deep: {path[0]}")

    def _definition(self, canonical: str) -> tuple[str, str, Mapping[str, Any]]:
        url, version = split_canonical(canonical)
        found = self._store.rows(
            "SELECT url, version, resource FROM source WHERE kind = 'ValueSet' AND url = ?"
            " AND (? = '' OR version = ?) ORDER BY rank DESC LIMIT 1",
            (url, version, version),
        )
        if not found:
            raise self._unknown(canonical)
        return found[0][0], found[0][1], json.loads(found[0][2])

    def _unknown(self, canonical: str) -> NotFoundError:
        known = [row[0] for row in self._store.rows("SELECT url FROM source WHERE kind = 'ValueSet'")]
        near = closest(canonical, known)
        hint = f"did you mean {' or '.join(near)}?" if near else "install it with `lakmus terminology load`"
        return NotFoundError(f"value set {canonical[:200]!r} is not installed", hint=hint)

    def _implicit(self, canonical: str) -> Expanded | None:
        url, version = split_canonical(canonical)
        alias = self._store.rows("SELECT url FROM alias WHERE kind = 'ValueSet' AND alias = ?", (url,))
        if IMPLICIT not in url and not alias:
            return None
        name, _, query = (alias[0][0], "", "") if alias else url.partition(IMPLICIT)
        system = self._systems.get(name, version)
        if query.startswith("=isa/"):
            codes = codes_where(self._systems, system, "concept", "is-a", query.removeprefix("=isa/"))
            return Expanded(canonical, system.version, self._pick(system, codes))
        return Expanded(canonical, system.version, self._pick(system, None))

    def _members(self, resource: Mapping[str, Any], path: tuple[str, ...]) -> Members:
        compose = resource.get("compose")
        if not compose:
            return dict(_stored(resource))
        try:
            return self._composed(compose, path)
        except NotFoundError:
            # A filter over a system that is not here: the expansion its publisher sent along is the next best.
            stored = dict(_stored(resource))
            if not stored:
                raise
            return stored

    def _composed(self, compose: Mapping[str, Any], path: tuple[str, ...]) -> Members:
        members: Members = {}
        for part in self._parts(compose, "include"):
            members.update(self._part(part, path))
            self._check_size(len(members), path)
        for part in self._parts(compose, "exclude"):
            for key in self._part(part, path):
                members.pop(key, None)
        if compose.get("inactive") is False:
            return {key: member for key, member in members.items() if member.active}
        return members

    def _parts(self, compose: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
        parts: list[Mapping[str, Any]] = compose.get(name) or []
        if len(parts) > self._limits.parts:
            raise InputError(f"compose.{name} has more than {self._limits.parts} parts")
        return parts

    def _part(self, part: Mapping[str, Any], path: tuple[str, ...]) -> Members:
        """Everything one part asks for must hold: its codes, each filter, each value set it names."""
        selections: list[Callable[[], Members]] = [
            *([lambda: self._of_system(part)] if part.get("system") else []),
            *((lambda url=url: self.expand(url, path).members) for url in part.get("valueSet", ())),
        ]
        if not selections:
            raise InputError(
                "an include needs a system or a value set", hint="see FHIR R4 ValueSet.compose, vsd-1"
            )
        members = selections[0]()
        for selection in selections[1:]:
            others = selection()
            members = {key: member for key, member in members.items() if key in others}
        return members

    def _of_system(self, part: Mapping[str, Any]) -> Members:
        url, version = str(part["system"]), str(part.get("version", ""))
        if part.get("concept"):
            return self._listed(url, version, part["concept"])
        system = self._systems.get(url, version)
        codes: set[str] | None = None
        for item in part.get("filter", ()):
            found = codes_where(
                self._systems, system, str(item.get("property")), str(item.get("op")), str(item.get("value"))
            )
            codes = found if codes is None else codes & found
        return self._pick(system, codes, named=url)

    def _listed(self, url: str, version: str, concepts: Iterable[Mapping[str, Any]]) -> Members:
        system = self._systems.find(url, version)
        known = self._systems.rows(system) if system else {}
        found = system.version if system else version
        members: Members = {}
        for concept in concepts:
            code = str(concept.get("code", ""))
            display, active = known.get(code, ("", True))
            members[url, code] = Member(str(concept.get("display") or display), found, active)
        return members

    def _pick(self, system: System, codes: set[str] | None, named: str = "") -> Members:
        rows = self._systems.rows(system)
        # Under the name it was asked by: records carry that name.
        url = split_canonical(named)[0] or system.url
        return {
            (url, code): Member(display, system.version, active)
            for code, (display, active) in rows.items()
            if codes is None or code in codes
        }

    def _check_size(self, size: int, path: tuple[str, ...]) -> None:
        if size > self._limits.codes:
            raise InputError(
                f"{path[0]} has more than {self._limits.codes} codes", hint="make its definition narrower"
            )


def _stored(resource: Mapping[str, Any]) -> Iterable[tuple[tuple[str, str], Member]]:
    waiting = list((resource.get("expansion") or {}).get("contains") or ())
    waiting.reverse()
    while waiting:
        item = waiting.pop()
        if item.get("code") and not item.get("abstract"):
            key = str(item.get("system", "")), str(item["code"])
            yield (
                key,
                Member(str(item.get("display", "")), str(item.get("version", "")), not item.get("inactive")),
            )
        waiting.extend(reversed(item.get("contains") or ()))
