"""What a process of a cluster does: opens the lake once, works on the buckets it is given, and hands over bytes.

Nothing that a record holds leaves by an error: what is ours says no value, and of anything else only its kind and place are told.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.ipc

from lakmus.core.errors import InputError, LakmusError, TemporaryError
from lakmus.lake import LakeHandle, Store
from lakmus.query.cluster.work import Work

PACKED = pa.ipc.IpcWriteOptions(compression="zstd")


def versions() -> tuple[str, str]:
    """What has to be the same everywhere for answers to be the same."""
    return version("lakmus"), duckdb.__version__


@dataclass(frozen=True)
class Task:
    """Work with all that it needs: may be sent anywhere. `cores` of a machine are its own, and `memory` ("2GB")."""

    lake: LakeHandle
    work: Work
    cores: int = 1
    memory: str = ""
    made_by: tuple[str, str] = field(default_factory=versions)

    def run(self, buckets: tuple[int, ...]) -> Iterator[bytes | LakmusError]:
        """The rows of some buckets, each batch as an Arrow stream; or why there are none, which no second try changes.

        Raises TemporaryError for what another try may change.
        """
        try:
            self._check()
            for batch in self.work(opened(self.lake, self.cores, self.memory), buckets):
                yield packed(batch)
        except TemporaryError as error:
            raise TemporaryError(error.message) from None
        except LakmusError as error:
            yield error
        except Exception as error:  # of others only what cannot hold a value
            raise LakmusError(f"a task failed: {_told(error)}") from None

    def _check(self) -> None:
        if self.made_by != versions():
            mine, theirs = (" with DuckDB ".join(each) for each in (versions(), self.made_by))
            raise InputError(f"a worker has Lakmus {mine}, the run was started by {theirs}")


@lru_cache(maxsize=1)
def opened(lake: LakeHandle, cores: int, memory: str) -> Store:
    """The lake, kept open for the next task of this process."""
    return lake.open(threads=cores, memory=memory, spill=_spill())


def _spill() -> Path:
    """In a folder of Spark's own, which Spark removes even after a process that was killed; else of this process."""
    places = os.environ.get("SPARK_LOCAL_DIRS", "").split(",")
    folder = Path(tempfile.mkdtemp(prefix="lakmus-", dir=places[0] or None))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def packed(batch: pa.RecordBatch) -> bytes:
    """A batch as an Arrow stream."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema, options=PACKED) as stream:
        stream.write_batch(batch)
    return bytes(sink.getvalue())


def unpacked(content: bytes) -> Iterator[pa.RecordBatch]:
    """The batches of an Arrow stream."""
    with pa.ipc.open_stream(content) as stream:
        yield from stream


def _told(error: Exception) -> str:
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} at {Path(last.filename).name}:{last.lineno}"
