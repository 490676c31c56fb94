"""The catalogue: all releases of a folder as one may show them; list, search, facets, and a page per data set.

What is shown was counted when a release was built (`statistics.json`, small cells left out) and is read, never recounted.
A release never changes, so what is read once is kept.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from lakmus.core.errors import NotFoundError
from lakmus.opendata.releases import charts
from lakmus.opendata.releases.metadata import licence_url
from lakmus.opendata.releases.store import MANIFEST, Release, list_releases, read

SIZES = (
    (1_000, "up to 1,000 persons"),
    (100_000, "up to 100,000 persons"),
    (10**12, "more than 100,000 persons"),
)
FACETS = ("type", "licence", "year", "size")


@dataclass(frozen=True)
class Entry:
    """A data set in the list: its newest version. `types` are the FHIR types its tables come from."""

    name: str
    version: str
    versions: tuple[str, ...]
    title: str
    description: str
    keywords: tuple[str, ...]
    types: tuple[str, ...]
    columns: tuple[str, ...]
    licence: str
    published: str
    persons: int
    rows: int
    bytes: int

    def facet(self, name: str) -> tuple[str, ...]:
        """Its values of a facet: `type`, `licence`, `year` of publication, `size` in persons."""
        if name == "type":
            return self.types
        if name == "licence":
            return (self.licence,)
        return (self.published[:4],) if name == "year" else (size(self.persons),)

    def holds(self, words: Sequence[str]) -> bool:
        """Whether all words are in its texts or the names of its columns, whatever their case."""
        texts = (self.name, self.title, self.description, *self.keywords, *self.columns, *self.types)
        whole = "\n".join(texts).casefold()
        return all(word in whole for word in words)


def size(persons: int) -> str:
    return next(label for bound, label in SIZES if persons <= bound)


@dataclass(frozen=True)
class Results:
    """What a search found, and per facet how many of it have each value (counted without that facet's own choice)."""

    entries: tuple[Entry, ...]
    facets: Mapping[str, Mapping[str, int]]


@dataclass(frozen=True)
class Chart:
    """Persons by the values of a column: numbers for a table (None: a small cell), and the same as SVG."""

    table: str
    column: str
    counts: Mapping[str, int | None]
    svg: str

    @property
    def rows(self) -> list[tuple[str, int | None]]:
        return [(charts.label(value), count) for value, count in self.counts.items()]


@dataclass(frozen=True)
class Change:
    """What a version changed against the one before: columns as `table.column`, rows per table before and after."""

    version: str
    before: str
    added: tuple[str, ...]
    removed: tuple[str, ...]
    rows: Mapping[str, tuple[int, int]]
    persons: tuple[int, int]


@dataclass(frozen=True)
class Page:
    """All there is to show of one version of a data set."""

    release: Release
    licence_url: str
    tables: Sequence[
        Mapping[str, Any]
    ]  # of schema.json; each column with `filled` (share of rows) from the statistics
    charts: tuple[Chart, ...]
    risk: Mapping[str, Any]
    versions: tuple[str, ...]  # newest first
    changes: tuple[Change, ...]  # newest first

    @property
    def manifest(self) -> Mapping[str, Any]:
        return self.release.manifest


@dataclass(frozen=True)
class Catalogue:
    """The releases of a folder. Safe to share between requests."""

    folder: Path
    _read: Any = field(default_factory=lambda: lru_cache(maxsize=1024)(_json_of), repr=False, compare=False)

    def entries(self) -> tuple[Entry, ...]:
        """One entry per data set, by title."""
        groups: dict[str, list[Release]] = {}
        for release in list_releases(self.folder):
            groups.setdefault(release.name, []).append(release)
        found = [self._entry(releases) for releases in groups.values()]
        return tuple(sorted(found, key=lambda entry: (entry.title.casefold(), entry.name)))

    def search(self, text: str = "", chosen: Mapping[str, str] | None = None) -> Results:
        """Entries with all words of the text and all chosen facet values: `search("pressure", {"type": "Observation"})`."""
        words, picked = (
            text.casefold().split(),
            {k: v for k, v in (chosen or {}).items() if k in FACETS and v},
        )
        fitting = [entry for entry in self.entries() if entry.holds(words)]
        found = tuple(entry for entry in fitting if _has(entry, picked))
        return Results(found, {name: _counted(fitting, name, picked) for name in FACETS})

    def page(self, name: str, version: str = "") -> Page:
        """The page of a data set, of its newest version unless one is named; raises NotFoundError."""
        release = read(self.folder, name, version)
        releases = [found for found in list_releases(self.folder) if found.name == name]
        statistics = self._read(release.folder / "statistics.json")
        return Page(
            release=release,
            licence_url=licence_url(release.manifest["licence"]),
            tables=_with_filled(self._read(release.folder / "schema.json"), statistics),
            charts=_charts(statistics),
            risk=release.manifest["risk"],
            versions=tuple(found.version for found in releases),
            changes=tuple(change(new, old) for new, old in pairwise(releases)),
        )

    def _entry(self, releases: Sequence[Release]) -> Entry:
        release = releases[0]
        m = release.manifest
        schema = self._read(release.folder / "schema.json")
        return Entry(
            name=release.name, version=release.version, versions=tuple(r.version for r in releases),
            title=m["title"], description=m["description"], keywords=tuple(m["keywords"]),
            types=tuple(dict.fromkeys(table["resource"] for table in schema)),
            columns=tuple(f"{t['name']}.{c['name']}" for t in schema for c in t["columns"]),
            licence=m["licence"], published=m["published"], persons=m["persons"],
            rows=sum(table["rows"] for table in m["tables"]), bytes=sum(file["bytes"] for file in m["files"]),
        )  # fmt: skip

    # -- what a server hands out ----------------------------------------------------------------------------------

    def as_json(self) -> dict[str, Any]:
        """The answer to `GET /data/`: every version of every release."""
        releases = [
            {
                name: r.manifest[name]
                for name in ("name", "version", "title", "licence", "published", "persons")
            }
            for r in list_releases(self.folder)
        ]
        return {"releases": releases}

    def manifest(self, name: str, version: str) -> bytes:
        """The answer to `GET /data/{name}/{version}/`: the manifest as it was written; raises NotFoundError."""
        return (self._exact(name, version).folder / MANIFEST).read_bytes()

    def file(self, name: str, version: str, path: str) -> Path:
        """The file behind `GET /data/{name}/{version}/files/{path}`; NotFoundError for all the manifest does not list."""
        release = self._exact(name, version)
        if path not in {file["path"] for file in release.manifest["files"]}:
            raise NotFoundError(f"{release.id} has no such file")
        return release.folder / path

    def _exact(self, name: str, version: str) -> Release:
        release = read(self.folder, name, version)
        if release.version != version:
            raise NotFoundError("there is no such version")
        return release


def _json_of(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))


def _has(entry: Entry, picked: Mapping[str, str]) -> bool:
    return all(value in entry.facet(name) for name, value in picked.items())


def _counted(entries: Sequence[Entry], name: str, picked: Mapping[str, str]) -> dict[str, int]:
    others = {facet: value for facet, value in picked.items() if facet != name}
    counts = Counter(value for entry in entries if _has(entry, others) for value in entry.facet(name))
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _with_filled(schema: Sequence[Mapping[str, Any]], statistics: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            **table,
            "columns": [{**c, **_quality(statistics, table["name"], c["name"])} for c in table["columns"]],
        }
        for table in schema
    ]


def _quality(statistics: Mapping[str, Any], table: str, column: str) -> dict[str, Any]:
    found = statistics["tables"][table]["columns"][column]
    return {name: found[name] for name in ("filled", "distinct", "quantiles") if name in found}


def _charts(statistics: Mapping[str, Any]) -> tuple[Chart, ...]:
    return tuple(
        Chart(table, name, column["persons"], charts.bars(f"{table}: persons by {name}", column["persons"]))
        for table, found in statistics["tables"].items()
        for name, column in found["columns"].items()
        if len(column.get("persons") or ()) > 1
    )


def change(new: Release, old: Release) -> Change:
    """What changed from one version to the next."""
    columns = [{f"{t['name']}.{c}" for t in r.manifest["tables"] for c in t["columns"]} for r in (new, old)]
    rows = [{t["name"]: int(t["rows"]) for t in r.manifest["tables"]} for r in (new, old)]
    return Change(
        version=new.version,
        before=old.version,
        added=tuple(sorted(columns[0] - columns[1])),
        removed=tuple(sorted(columns[1] - columns[0])),
        rows={name: (rows[1].get(name, 0), rows[0].get(name, 0)) for name in sorted(rows[0] | rows[1])},
        persons=(int(old.manifest["persons"]), int(new.manifest["persons"])),
    )
