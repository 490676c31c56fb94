"""Writing a region: blocks made by worker processes, joined in order, so that the bytes do not depend on their number.

folder/sites/<site>/<Type>.ndjson[.gz]   what a bulk export of each clinic would hold
folder/truth/<table>.parquet             what is so, for tests (see docs/synth.md)
folder/manifest.json                     what was made: the region, every file with lines, bytes and SHA-256
"""

from __future__ import annotations

import gzip
import hashlib
import json
import multiprocessing
import os
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from lakmus.core.errors import ConflictError, InputError, NotFoundError, Place
from lakmus.synth import administrative
from lakmus.synth.infection import DISEASES
from lakmus.synth.parts import Part, write_part
from lakmus.synth.practice import practices
from lakmus.synth.region import Region

Progress = Callable[[int, int], None]
_CHUNK = 1 << 20


@dataclass
class _File:
    """A growing file of the result."""

    path: str
    lines: int = 0
    bytes: int = 0
    sha256: Any = field(default_factory=hashlib.sha256)

    def entry(self) -> dict[str, Any]:
        return {
            "path": self.path,
            "lines": self.lines,
            "bytes": self.bytes,
            "sha256": self.sha256.hexdigest(),
        }


@dataclass(frozen=True)
class Generated:
    """What was written."""

    folder: Path
    patients: int
    resources: int
    bytes: int


def generate(
    region: Region,
    folder: Path | str,
    progress: Progress | None = None,
    *,
    compress: bool = False,
    workers: int | None = None,
) -> Generated:
    """Write the region into a folder that is new or empty; `progress(done, patients)` is called after every block.

    `compress` writes gzip; `workers` is the number of processes (one for each core by default; 1 stays in this one).
    Memory is bounded by a few blocks, whatever the number of patients.
    """
    check(region)
    target = Path(folder)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise ConflictError(
            "the folder for the synthetic region is not empty", hint="name a new or empty folder"
        )
    try:
        return _write(region, target, progress, compress, workers)
    except OSError as error:
        raise InputError(
            f"the synthetic region cannot be written: {error.strerror or 'input/output error'}",
            place=Place(str(target)),
            hint="check the folder's permissions and the free space (about 45 kB a patient)",
        ) from error


def _write(
    region: Region, target: Path, progress: Progress | None, compress: bool, workers: int | None
) -> Generated:
    target.mkdir(parents=True, exist_ok=True)
    writer = _Writer(region, target, compress)
    with tempfile.TemporaryDirectory(dir=target, prefix=".parts-") as scratch:
        for number, part in enumerate(_parts(region, Path(scratch), compress, workers)):
            writer.append(part)
            if progress:
                progress(min((number + 1) * region.block, region.patients), region.patients)
    return writer.close()


def check(region: Region) -> None:
    """NotFoundError when the region names a rule or a disease that nobody here knows."""
    practices(region)
    for outbreak in region.outbreaks:
        if outbreak.disease not in DISEASES:
            raise NotFoundError(
                f"an outbreak of {outbreak.disease!r} cannot be planted",
                hint=f"choose of {', '.join(DISEASES)}",
            )


def _parts(region: Region, scratch: Path, compress: bool, workers: int | None) -> Iterator[Part]:
    """The finished blocks in order, at most two more than there are workers at a time."""
    processes = min(workers or os.cpu_count() or 1, region.blocks)
    if processes == 1:
        yield from (write_part(region, number, scratch, compress) for number in range(region.blocks))
        return
    # Spawned, not forked: this process may already run threads of Arrow and DuckDB.
    with ProcessPoolExecutor(processes, multiprocessing.get_context("spawn")) as pool:
        waiting: list[Future[Part]] = []
        for number in range(region.blocks):
            waiting.append(pool.submit(write_part, region, number, scratch, compress))
            if len(waiting) > processes + 1:
                yield waiting.pop(0).result()
        for future in waiting:
            yield future.result()


class _Writer:
    """Appends parts to the files of the result."""

    def __init__(self, region: Region, folder: Path, compress: bool) -> None:
        self._region, self._folder = region, folder
        self._ending = ".ndjson.gz" if compress else ".ndjson"
        self._files: dict[tuple[str, str], _File] = {}
        self._truth: dict[str, pq.ParquetWriter] = {}
        for clinic in region.clinics:
            (folder / "sites" / clinic.site).mkdir(parents=True)
            for kind, data in administrative.lines(region, clinic).items():
                lines = data.count(b"\n")
                self._add(clinic.site, kind, lines, gzip.compress(data, 6, mtime=0) if compress else data)
        (folder / "truth").mkdir()

    def append(self, part: Part) -> None:
        """Takes over the part's lines and truth, and removes its file."""
        before = {key: file.lines for key, file in self._files.items()}
        with part.path.open("rb") as source:
            for piece in part.pieces:
                left, lines = piece.length, piece.lines
                while left:
                    data = source.read(min(left, _CHUNK))
                    self._add(piece.site, piece.type, lines, data)
                    left, lines = left - len(data), 0
        part.path.unlink()
        for name, table in sorted(part.truth.items()):
            self._tell(name, self._placed(table, before) if name == "faults" else table)

    def _placed(self, faults: pa.Table, before: dict[tuple[str, str], int]) -> pa.Table:
        """Faults with the line counted in the whole file."""
        if not faults.num_rows:
            return faults
        rows = faults.to_pylist()
        lines = [row["line"] + before.get((row["site"], row["type"]), 0) for row in rows]
        return faults.set_column(faults.column_names.index("line"), "line", pa.array(lines, pa.int64()))

    def _add(self, site: str, kind: str, lines: int, data: bytes) -> None:
        name = f"sites/{site}/{kind}{self._ending}"
        file = self._files.setdefault((site, kind), _File(name))
        with (self._folder / name).open("ab") as out:
            out.write(data)
        file.sha256.update(data)
        file.lines, file.bytes = file.lines + lines, file.bytes + len(data)

    def _tell(self, name: str, table: pa.Table) -> None:
        if name not in self._truth:
            self._truth[name] = pq.ParquetWriter(self._folder / "truth" / f"{name}.parquet", table.schema)
        self._truth[name].write_table(table)

    def close(self) -> Generated:
        """Finishes the truth tables and writes the manifest last: without it, a folder is unfinished."""
        for writer in self._truth.values():
            writer.close()
        files = [self._files[key] for key in sorted(self._files)]
        manifest = {"region": asdict(self._region), "files": [file.entry() for file in files]}
        text = json.dumps(manifest, ensure_ascii=False, indent=1, default=str)
        (self._folder / "manifest.json").write_text(text + "\n", encoding="utf-8")
        return Generated(
            self._folder,
            self._region.patients,
            sum(file.lines for file in files),
            sum(file.bytes for file in files),
        )
