"""The local terminology: what is installed in one store, in a file or in memory."""

from __future__ import annotations

import json
from collections import OrderedDict
from pathlib import Path
from threading import Lock

from lakmus.core.errors import InputError
from lakmus.terminology.expansion import Expanded, Expander, Limits, Members
from lakmus.terminology.model import (
    Coding,
    Concept,
    Expansion,
    Installed,
    Subsumption,
    Translation,
    Validation,
    split_canonical,
)
from lakmus.terminology.records import Record
from lakmus.terminology.store import Store
from lakmus.terminology.systems import System, Systems
from lakmus.terminology.text import fold, stems

_CACHED_EXPANSIONS = 200
_MOST_RESULTS = 1_000
_HAS_WORD = "instr(concept.search || char(10) || lower(concept.code), ?) > 0"

# R4 concept-map-equivalence seen from the other side.
_REVERSED = {"wider": "narrower", "narrower": "wider", "subsumes": "specializes", "specializes": "subsumes"}


class LocalTerminology:
    """A `TerminologyProvider` over installed resources and dictionaries; threads may share it.

    >>> terminology = LocalTerminology.in_memory()
    >>> terminology.installed()
    []
    """

    def __init__(self, store: Store, limits: Limits | None = None) -> None:
        self._store = store
        self._systems = Systems(store)
        self._expander = Expander(store, self._systems, limits or Limits())
        self._expansions: OrderedDict[tuple[int, str], Expanded] = OrderedDict()
        self._sets: dict[tuple[int, str], frozenset[tuple[str, str]]] = {}
        self._lock = Lock()

    @classmethod
    def open(cls, path: Path, *, read_only: bool = False, limits: Limits | None = None) -> LocalTerminology:
        """The store in a file, made when it is not there."""
        return cls(Store(path, read_only=read_only), limits)

    @classmethod
    def in_memory(cls, limits: Limits | None = None) -> LocalTerminology:
        return cls(Store(), limits)

    def close(self) -> None:
        self._store.close()

    def __enter__(self) -> LocalTerminology:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def add(self, record: Record) -> int:
        """Installs one system, value set or map in place of the same version of it; returns its count."""
        return self._store.write(record)

    def installed(self) -> list[Installed]:
        return self._store.installed()

    def expand(
        self,
        value_set: str,
        *,
        text: str = "",
        active_only: bool = False,
        offset: int = 0,
        count: int | None = None,
    ) -> Expansion:
        if offset < 0 or (count is not None and count < 0):
            raise InputError("offset and count of an expansion cannot be negative")
        expanded = self._expanded(value_set)
        words = stems(text)
        wanted = [
            Coding(system, code, member.display, member.version)
            for (system, code), member in expanded.members.items()
            if (member.active or not active_only) and _has_words(words, f"{code} {member.display}")
        ]
        page = tuple(wanted[offset : None if count is None else offset + count])
        return Expansion(expanded.url, expanded.version, len(wanted), offset, page)

    def members(self, value_set: str) -> frozenset[tuple[str, str]]:
        expanded = self._expanded(value_set)
        key = (self._store.generation, value_set)
        if key not in self._sets:
            with self._lock:
                self._sets = {k: v for k, v in self._sets.items() if k in self._expansions}
                self._sets[key] = frozenset(expanded.members)
        return self._sets[key]

    def validate_code(self, coding: Coding, value_set: str = "") -> Validation:
        if value_set:
            return self._validate_in(coding, value_set)
        system = self._systems.get(coding.system, coding.version)
        code = self._systems.code_of(system, coding.code)
        if code is None:
            return Validation(False, message=f"{system.url} has no such code")
        concept = self._systems.concept(system, code)
        return Validation(True, concept.display, _remark(coding, concept))

    def lookup(self, system: str, code: str) -> Concept:
        return self._systems.concept(self._systems.get(system), code)

    def subsumes(self, system: str, code_a: str, code_b: str) -> Subsumption:
        found = self._systems.get(system)
        a, b = (self._systems.concept(found, code).code for code in (code_a, code_b))
        if a == b:
            return Subsumption.EQUIVALENT
        if a in self._systems.above(found, b):
            return Subsumption.SUBSUMES
        return Subsumption.SUBSUMED_BY if b in self._systems.above(found, a) else Subsumption.NOT_SUBSUMED

    def translate(
        self, coding: Coding, *, target_system: str = "", concept_map: str = "", reverse: bool = False
    ) -> tuple[Translation, ...]:
        here, there = ("target", "source") if reverse else ("source", "target")
        display = "''" if reverse else "mapping.target_display"
        url, version = split_canonical(concept_map)
        rows = self._store.rows(
            f"SELECT mapping.{there}_system, mapping.{there}_code, {display}, equivalence, source.url, comment"  # noqa: S608
            " FROM mapping JOIN source ON source.id = mapping.source"
            f" WHERE mapping.{here}_code = ? AND mapping.{here}_system IN (SELECT value FROM json_each(?))"
            f" AND (? = '' OR mapping.{there}_system = ?) AND (? = '' OR source.url = ?)"
            " AND source.version = CASE WHEN ? <> '' THEN ? ELSE (SELECT version FROM source newest"
            "  WHERE newest.kind = 'ConceptMap' AND newest.url = source.url ORDER BY rank DESC LIMIT 1) END"
            " ORDER BY mapping.rowid",
            (
                coding.code,
                json.dumps(self._names(coding.system)),
                target_system,
                target_system,
                url,
                url,
                version,
                version,
            ),
        )
        return tuple(
            Translation(
                Coding(system, code, name or self._display(system, code)),
                _REVERSED.get(equivalence, equivalence) if reverse else equivalence,
                source,
                comment,
            )
            for system, code, name, equivalence, source, comment in rows
        )

    def search(
        self, text: str, *, system: str = "", active_only: bool = True, count: int = 20
    ) -> list[Coding]:
        """Concepts one of whose names, or whose code, has all words of `text`; best names first."""
        words = stems(text)
        if not words:
            return []
        found = self._systems.get(system) if system else None
        rows = self._store.rows(
            "SELECT source.url, concept.code, concept.display, source.version FROM concept"  # noqa: S608 - our own words
            " JOIN source ON source.id = concept.source"
            f" WHERE {' AND '.join([_HAS_WORD] * len(words))}"
            " AND (? IS NULL OR concept.source = ?) AND (concept.active OR NOT ?)"
            " ORDER BY lower(concept.code) <> ?, instr(concept.search, ?) <> 1, length(concept.display), concept.id"
            " LIMIT ?",
            (
                *words,
                *([found.key if found else None] * 2),
                active_only,
                fold(text),
                words[0],
                min(count, _MOST_RESULTS),
            ),
        )
        return [Coding(*row) for row in rows]

    def _expanded(self, value_set: str) -> Expanded:
        key = (self._store.generation, value_set)
        with self._lock:
            if key in self._expansions:
                self._expansions.move_to_end(key)
                return self._expansions[key]
        expanded = self._expander.expand(value_set)
        with self._lock:
            self._expansions[key] = expanded
            while len(self._expansions) > _CACHED_EXPANSIONS:
                self._expansions.popitem(last=False)
        return expanded

    def _validate_in(self, coding: Coding, value_set: str) -> Validation:
        members = self._expanded(value_set).members
        key = self._key_in(coding, members)
        if key is None:
            return Validation(False, message=f"the code is not in {value_set[:200]}")
        display = members[key].display
        system = self._systems.find(key[0], coding.version)
        concept = (
            self._systems.concept(system, key[1]) if system and _has(self._systems, system, key[1]) else None
        )
        message = _remark(coding, concept) if concept else _display_remark(coding, (display,))
        return Validation(True, display, message)

    def _key_in(self, coding: Coding, members: Members) -> tuple[str, str] | None:
        if coding.system:
            names = self._names(coding.system)
            return next(((name, coding.code) for name in names if (name, coding.code) in members), None)
        found = [key for key in members if key[1] == coding.code]
        return found[0] if len(found) == 1 else None

    def _names(self, system: str) -> list[str]:
        """All addresses of a system, the one asked for first."""
        rows = self._store.rows(
            "SELECT alias, url FROM alias WHERE kind = 'CodeSystem' AND url ="
            " coalesce((SELECT url FROM alias WHERE kind = 'CodeSystem' AND alias = ?), ?)",
            (system, system),
        )
        return list(dict.fromkeys([system, *(name for row in rows for name in (row[1], row[0]))]))

    def _display(self, system: str, code: str) -> str:
        found = self._systems.find(system)
        return (
            self._systems.concept(found, code).display if found and _has(self._systems, found, code) else ""
        )


def _has(systems: Systems, system: System, code: str) -> bool:
    return systems.code_of(system, code) is not None


def _has_words(words: list[str], text: str) -> bool:
    if not words:
        return True
    folded = fold(text)
    return all(word in folded for word in words)


def _remark(coding: Coding, concept: Concept) -> str:
    if not concept.active:
        return "the code is withdrawn"
    if concept.abstract:
        return "the code is abstract: it groups others and is not for records"
    return _display_remark(coding, (concept.display, *(d.text for d in concept.designations)))


def _display_remark(coding: Coding, names: tuple[str, ...]) -> str:
    if not coding.display or fold(coding.display) in {fold(name) for name in names if name}:
        return ""
    return "the display is none of the code's names"
