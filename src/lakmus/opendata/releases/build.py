"""Building a release: a recipe and a snapshot in, a folder out that never changes again.

    release = build(recipe, snapshot, run_view, ReleaseKey(secret), folder)

The steps, in this order: who is in the cohort; at which date ages are counted; the rows of persons and their risk, where it may
end; the rows of all other views; tables, statistics, cards, metadata, sums. Everything is made in a folder beside and
renamed at the end, so that a release is there whole or not at all. Same recipe, snapshot, key and versions: same bytes.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lakmus.core.errors import ConflictError
from lakmus.opendata.releases import card, metadata, staging, statistics, tables
from lakmus.opendata.releases.metadata import File
from lakmus.opendata.releases.recipe import Recipe
from lakmus.opendata.releases.staging import Persons, RunView, Staged
from lakmus.opendata.releases.store import MANIFEST, SUMS, Release, read
from lakmus.privacy import PERSON, Classes, ReleaseKey, Secrets, risk, rules_hash

FORMAT = 1  # of the folder
MEMORY = "2GB"  # what sorting may take before it spills
Progress = Callable[[float, str], None]


def build(
    recipe: Recipe,
    snapshot: int,
    run_view: RunView,
    key: ReleaseKey,
    folder: Path,
    progress: Progress = lambda part, step: None,
    *,
    memory: str = MEMORY,
) -> Release:
    """Builds `folder`/name/version. `run_view` runs a view over the snapshot; `key` is that of the recipe's family.

    Raises ConflictError when that version is there, RefusedError when the risk is above the recipe's bound, and what
    a view or a rule raises; then nothing is left behind.
    """
    target = folder / recipe.name / recipe.version
    if target.exists():
        raise ConflictError(
            f"the release {recipe.id} is there already", hint="a release never changes: raise the version"
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    working = Path(tempfile.mkdtemp(prefix=f".{recipe.version}.", dir=target.parent))
    try:
        with tables.engine(working / "spill", memory) as engine:
            making = _Making(recipe, snapshot, run_view, Secrets(key, recipe.days), working, engine, progress)
            making.make()
        _publish(making.release, target)
    finally:
        shutil.rmtree(working, ignore_errors=True)
    progress(1.0, "published")
    return read(folder, recipe.name, recipe.version)


def _publish(made: Path, target: Path) -> None:
    """To disk, then into place; the second of two builders of one version is told."""
    for file in made.rglob("*"):
        if file.is_file():
            _sync(file)
    made.chmod(0o755)
    try:
        made.rename(target)
    except OSError:
        if target.exists():
            raise ConflictError("another process published this version meanwhile") from None
        raise
    _sync(target.parent)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@dataclass
class _Making:
    """The state of one build. `working` holds staging files and, in `release`, what will be published."""

    recipe: Recipe
    snapshot: int
    run_view: RunView
    secrets: Secrets
    working: Path
    engine: duckdb.DuckDBPyConnection
    progress: Progress

    @property
    def release(self) -> Path:
        return self.working / "release"

    def make(self) -> None:
        (self.release / "data").mkdir(parents=True)
        self.progress(0.0, "cohort")
        everybody = staging.cohort(self.run_view, self.recipe.cohort)
        views = dict(self.recipe.views)
        self.at = staging.references(self.run_view, self.recipe.ages, views, everybody)
        of_risk = self._stage(self.recipe.risk.view, everybody)
        figures, persons = self._risk(of_risk, everybody)
        staged = {name: self._of(name, of_risk, everybody, n) for n, name in enumerate(self.recipe.rules)}
        rows = {name: self._write(name, found, persons, n) for n, (name, found) in enumerate(staged.items())}
        # Rows of fewer than k persons would say how much is recorded of one of them.
        few = len(everybody) - len(persons) < self.recipe.risk.bound.k
        left_out = {name: None if few else _rows_of_others(found, persons) for name, found in staged.items()}
        self.progress(0.9, "describing")
        self._describe(rows, figures | {"suppressed_rows": left_out}, len(persons))

    def _stage(self, name: str, persons: Persons) -> Staged:
        view, rules = self.recipe.views[name], self.recipe.rules[name]
        path = self.working / f"{name}.staged.parquet"
        return staging.stage(self.run_view, view, rules, self.secrets, persons, self.at, path)

    def _of(self, name: str, of_risk: Staged, persons: Persons, number: int) -> Staged:
        self.progress(0.1 + 0.5 * number / len(self.recipe.rules), f"reading {name}")
        return of_risk if name == self.recipe.risk.view else self._stage(name, persons)

    def _risk(self, staged: Staged, everybody: Persons) -> tuple[dict[str, Any], Persons]:
        """The figures, and who is left; raises RefusedError above the bound."""
        rule = self.recipe.risk
        self.progress(0.1, "risk")
        limits = tables.thresholds(staged.rules, rule.bound.k, rule.quasi_identifiers)
        limits = {name: limit for name, limit in limits.items() if name in rule.quasi_identifiers}
        shared = tables.common(self.engine, staged, limits, everybody)
        table = _without_rare(staged.table([*rule.quasi_identifiers, *rule.sensitive]), shared)
        classes = Classes(table, rule.quasi_identifiers, PERSON)
        found = classes.assess(rule.bound.k)
        risk.check(found, rule.bound, classes.gains(rule.bound.k))
        known = np.unique(table.column(PERSON).to_numpy())
        left = np.setdiff1d(known, classes.suppressed(rule.bound.k).to_numpy(zero_copy_only=False))
        rest = Classes(_of_persons(table, left), rule.quasi_identifiers, PERSON)
        return _figures(found, {name: rest.diversity(name) for name in rule.sensitive}), left

    def _write(self, name: str, staged: Staged, persons: Persons, number: int) -> int:
        self.progress(0.6 + 0.3 * number / len(self.recipe.rules), f"writing {name}")
        names = self.recipe.risk.quasi_identifiers if name == self.recipe.risk.view else ()
        limits = tables.thresholds(staged.rules, self.recipe.risk.bound.k, names)
        shared = tables.common(self.engine, staged, limits, persons)
        return tables.write(self.engine, staged, shared, persons, self.release / "data" / name)

    def _describe(self, rows: Mapping[str, int], figures: dict[str, Any], persons: int) -> None:
        recipe, threshold = self.recipe, self.recipe.risk.bound.k
        schema, data = metadata.schema(recipe, rows), _files(self.release, ["data"])
        counted = {
            name: statistics.of_table(self.engine, self.release / f"data/{name}.parquet", rules, threshold)
            for name, rules in recipe.rules.items()
        }
        facts = self._facts(schema, figures, persons)
        shown = {
            **facts,
            "schema": schema,
            "statistics": {"threshold": threshold, "persons": persons, "tables": counted},
        }
        self._texts(
            {
                "recipe.json": recipe.text,
                "schema.json": _json(schema),
                "risk.json": _json(figures),
                "statistics.json": _json(shown["statistics"]),
                "README.md": card.markdown(recipe, shown),
                "card.html": card.html(recipe, shown),
                "croissant.json": _json(metadata.croissant(recipe, schema, data)),
                "dcat.jsonld": _json(metadata.dcat(recipe, data)),
            }
        )
        files = _files(self.release, ["."])
        self._texts({MANIFEST: _json({**facts, "files": [asdict(file) for file in files]})})
        sums = [f"{file.sha256}  {file.path}\n" for file in _files(self.release, ["."])]
        (self.release / SUMS).write_text("".join(sums), "utf-8")

    def _texts(self, texts: Mapping[str, str]) -> None:
        for name, text in texts.items():
            (self.release / name).write_text(text, "utf-8", newline="\n")

    def _facts(self, schema: list[dict[str, Any]], figures: dict[str, Any], persons: int) -> dict[str, Any]:
        recipe = self.recipe
        texts = (
            "name",
            "version",
            "title",
            "description",
            "purpose",
            "licence",
            "citation",
            "creator",
            "published",
        )
        return {
            "format": FORMAT,
            **{name: getattr(recipe, name) for name in texts},
            "keywords": list(recipe.keywords),
            "snapshot": self.snapshot,
            "recipe_sha256": recipe.sha256,
            "rules_sha256": rules_hash(recipe.rules),
            "made_with": {name: importlib.metadata.version(name) for name in ("lakmus", "duckdb", "pyarrow")},
            "persons": persons,
            "tables": [
                {"name": t["name"], "rows": t["rows"], "columns": [c["name"] for c in t["columns"]]}
                for t in schema
            ],
            "risk": figures,
        }


def _figures(found: risk.Risk, diversity: Mapping[str, int]) -> dict[str, Any]:
    shares = {
        "unique_share": round(found.unique_share, 6),
        "suppressed_share": round(found.suppressed_share, 6),
    }
    names = {"quasi_identifiers": list(found.quasi_identifiers)}
    return asdict(found) | names | shares | {"diversity": dict(diversity), "method": risk.METHOD}


def _without_rare(table: pa.Table, shared: tables.Common) -> pa.Table:
    batches = [tables.without_rare(batch, shared) for batch in table.to_batches()]
    return pa.Table.from_batches(batches, table.schema)


def _of_persons(table: pa.Table, persons: Persons) -> pa.Table:
    return table.filter(pc.is_in(table.column(PERSON), value_set=pa.array(persons)))


def _rows_of_others(staged: Staged, persons: Persons) -> int:
    table = staged.table([])
    return int(table.num_rows - _of_persons(table, persons).num_rows)


def _files(folder: Path, parts: Iterable[str]) -> list[File]:
    found = {file for part in parts for file in (folder / part).rglob("*") if file.is_file()}
    files = [File(file.relative_to(folder).as_posix(), file.stat().st_size, sha256(file)) for file in found]
    return sorted(files, key=lambda file: file.path)


def sha256(path: Path) -> str:
    """The SHA-256 sum of a file in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"
