"""Releases in a folder: list them, show one, verify one. `folder`/name/version/ is one release."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from lakmus.core.errors import InputError, NotFoundError, Place
from lakmus.opendata.releases.recipe import NAME, VERSION
from lakmus.opendata.releases.recipe import read as read_recipe
from lakmus.privacy import Classes

MANIFEST, SUMS = "manifest.json", "SHA256SUMS"


@dataclass(frozen=True)
class Release:
    """A published release: where it is and what its manifest says."""

    folder: Path
    manifest: Mapping[str, Any]

    @property
    def name(self) -> str:
        return str(self.manifest["name"])

    @property
    def version(self) -> str:
        return str(self.manifest["version"])

    @property
    def id(self) -> str:
        return f"{self.name}@{self.version}"

    def json(self, file: str) -> Any:
        """One of the release's own JSON files: `schema.json`, `statistics.json`, `risk.json`, ..."""
        return json.loads((self.folder / file).read_text("utf-8"))

    def table(self, name: str) -> pa.Table:
        return pq.read_table(self.folder / "data" / f"{name}.parquet")


def version_order(version: str) -> tuple[int, ...]:
    """So that 1.10 comes after 1.9."""
    return tuple(int(part) for part in version.split("."))


def list_releases(folder: Path) -> list[Release]:
    """All releases by name, of each name the newest version first; folders that are no release are not listed."""
    found = [
        read(folder, path.parent.parent.name, path.parent.name)
        for path in folder.glob(f"*/*/{MANIFEST}")
        if NAME.fullmatch(path.parent.parent.name) and VERSION.fullmatch(path.parent.name)
    ]
    newest_first = sorted(found, key=lambda release: version_order(release.version), reverse=True)
    return sorted(newest_first, key=lambda release: release.name)


def read(folder: Path, name: str, version: str = "") -> Release:
    """One release, the newest version unless one is named (`1` is the newest 1.x); raises NotFoundError."""
    if not NAME.fullmatch(name) or (version and not VERSION.fullmatch(version)):
        raise NotFoundError(
            "there is no release of that name", hint="a release is named like hypertension-cohort@1.0.0"
        )
    place = folder / name / (_newest(folder / name, version))
    try:
        return Release(place, json.loads((place / MANIFEST).read_text("utf-8")))
    except (OSError, ValueError):
        raise NotFoundError(f"there is no release {name}@{version or 'any'}") from None


def _newest(folder: Path, version: str) -> str:
    wanted = version_order(version) if version else ()
    there = [path.name for path in folder.glob("*") if VERSION.fullmatch(path.name)]
    fitting = [v for v in there if v == version or version_order(v)[: len(wanted)] == wanted]
    return version if version in there else max(fitting, key=version_order, default=version or "0")


def verify(release: Release) -> list[str]:
    """What is wrong with a release: files missing, added or changed, risk other than stated. Empty when all is well."""
    problems = [*_sums(release), *_listed(release)]
    return problems or _risk(release)


def _sums(release: Release) -> list[str]:
    try:
        lines = (release.folder / SUMS).read_text("utf-8").splitlines()
    except OSError:
        return [f"{SUMS} is missing"]
    stated = {path: digest for digest, _, path in (line.partition("  ") for line in lines)}
    there = {
        f.relative_to(release.folder).as_posix() for f in release.folder.rglob("*") if not f.is_dir()
    } - {SUMS}
    problems = [f"{path} is missing" for path in sorted(stated.keys() - there)]
    problems += [f"{path} does not belong to the release" for path in sorted(there - stated.keys())]
    changed = [p for p in sorted(there & stated.keys()) if _digest(release.folder / p) != stated[p]]
    return problems + [f"{path} was changed" for path in changed]


def _listed(release: Release) -> list[str]:
    """The manifest's own list, so that changing both a file and the sums is found, too."""
    return [
        f"{file['path']} is not what the manifest says"
        for file in release.manifest["files"]
        if not (path := release.folder / file["path"]).is_file()
        or path.stat().st_size != file["bytes"]
        or _digest(path) != file["sha256"]
    ]


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _risk(release: Release) -> list[str]:
    """Counts the risk again over the published table."""
    recipe = read_recipe((release.folder / "recipe.json").read_text("utf-8"))
    rule = recipe.risk
    table, subject = release.table(rule.view), recipe.rules[rule.view].subject
    found = Classes(table, rule.quasi_identifiers, subject).assess(rule.bound.k)
    stated = release.manifest["risk"]["smallest_class_after"]
    if found.smallest_class < rule.bound.k or found.smallest_class != stated:
        return [
            f"the smallest class has {found.smallest_class} persons; stated {stated}, asked for {rule.bound.k}"
        ]
    return []


def must_verify(release: Release) -> None:
    """Raises InputError with all that is wrong."""
    problems = verify(release)
    if problems:
        raise InputError(
            f"{release.id} is not as it was published: {'; '.join(problems)}", place=Place(release.id)
        )
