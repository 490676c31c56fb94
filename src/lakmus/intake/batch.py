"""A submission taken in: blocks parsed in worker processes, chunks committed to the lake, resumed where it stopped."""

from __future__ import annotations

import hashlib
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path

import pyarrow as pa

from lakmus.core.clock import Clock
from lakmus.core.errors import TemporaryError
from lakmus.fhir import VALIDATOR_VERSION
from lakmus.fhir.shapes import Shape
from lakmus.intake import blocks, mentions, sources
from lakmus.intake.conditional import Index
from lakmus.intake.parse import Context, Deferred, Parsed, Parser
from lakmus.lake import REFUSED, STAGED, TOKENS, Chunk, IdentifiedLake, Progress, Receipt, Staged
from lakmus.lake import batches as known

CHUNK = 192 << 20  # bytes of records that make one snapshot
AHEAD = 4  # blocks for each worker under way, so that it has work while a chunk is written
ALONE = 4 * blocks.BLOCK  # less than this is not worth a second process

Seal = Callable[[bytes], bytes]
Report = Callable[[float, str], None]


@dataclass(frozen=True)
class BatchReceipt:
    """What became of a submission; `resumed` when an earlier run had taken in part of it, `known` when all of it."""

    batch: str
    site: str
    receipt: Receipt
    resumed: bool
    known: bool = False


@dataclass
class Intake:
    """Takes submissions into a lake. `seal` encrypts refused originals before they are stored."""

    lake: IdentifiedLake
    clock: Clock
    seal: Seal
    workers: int = field(default_factory=lambda: os.cpu_count() or 1)
    chunk: int = CHUNK
    hook: Callable[[str], None] = lambda step: None

    def take_in(self, path: Path, site: str, *, report: Report = lambda part, step: None) -> BatchReceipt:
        """Takes in a file or folder as one batch; run again after an interruption it goes on where it stopped.

        `report` is told the share done (0 to 1) and the file; what it raises cancels the run after the last commit.
        Raises InputError when there is nothing to read; what is wrong inside files goes to quarantine instead.
        """
        found = sources.find(path)
        return self.take_in_sources(found, site, sources.batch_name(site, found), report=report)

    def take_in_sources(
        self, found: list[sources.Source], site: str, batch: str, *, report: Report = lambda part, step: None
    ) -> BatchReceipt:
        """The same for sources that are not files."""
        done = known.positions(self.lake, batch)
        context = Context(site, bytes.fromhex(self.lake.setting("salt")))
        todo = [source for source in found if not (source.name in done and done[source.name].done)]
        total = sum(source.expected for source in todo)
        with self._parsing(context, total) as parse:
            work = Gathering(batch, site, self.clock, self.seal)
            for share, parsed in _progress(parse(_blocks(todo, done)), todo, done):
                report(share, parsed.block.file)
                work.add(parsed)
                if work.size >= self.chunk:
                    self._commit(work, context)
            if work.progress:
                self._commit(work, context)
        report(1.0, "done")
        stored = known.batches(self.lake, batch=batch)
        return BatchReceipt(
            batch, site, stored[0].receipt if stored else Receipt(), bool(done and todo), not todo
        )

    def _commit(self, work: Gathering, context: Context) -> None:
        for parsed in settled(work, self.lake, context):
            work.take(parsed)
        self.lake.commit(work.chunk(), hook=self.hook)

    @contextmanager
    def _parsing(
        self, context: Context, total: int
    ) -> Iterator[Callable[[Iterable[blocks.Block]], Iterator[Parsed]]]:
        """How blocks are parsed: here when there is little to do, else in worker processes, in order."""
        if self.workers <= 1 or total < ALONE:
            parser = Parser(context)
            yield lambda todo: map(parser.parse, todo)
            return
        pool = ProcessPoolExecutor(self.workers, get_context("spawn"), _start_worker, (context,))
        try:
            yield lambda todo: _in_order(pool, todo, ahead=AHEAD * self.workers)
        except BrokenProcessPool:
            raise TemporaryError(
                "a worker process was stopped", hint="run the same command again: it resumes"
            ) from None
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


@dataclass
class Gathering:
    """Parsed blocks on their way to one chunk."""

    batch: str
    site: str
    clock: Clock
    seal: Seal
    size: int = 0
    progress: dict[str, Progress] = field(default_factory=dict)
    shapes: dict[str, Shape] = field(default_factory=dict)
    rows: dict[str, list[pa.RecordBatch]] = field(default_factory=dict)
    refused: list[dict[str, object]] = field(default_factory=list)
    tokens: list[dict[str, str]] = field(default_factory=list)
    deleted: list[tuple[str, str]] = field(default_factory=list)
    deferred: list[Deferred] = field(default_factory=list)

    def add(self, parsed: Parsed) -> None:
        """A block: what it held, and how far its file is now."""
        block = parsed.block
        self.size += parsed.size
        self.progress[block.file] = Progress(block.file, block.end, block.lines, block.last)
        self.deferred += parsed.deferred
        self.take(parsed)

    def take(self, parsed: Parsed) -> None:
        """What a block held, or a part of it that had to wait."""
        for kind, rows in parsed.rows.items():
            self.shapes[kind] = self.shapes.get(kind, Shape()).merged(parsed.shapes[kind])
            self.rows.setdefault(kind, []).append(rows)
        if self.deleted:  # what comes again after its deletion is not deleted
            again = {
                (kind, name) for kind, rows in parsed.rows.items() for name in rows.column("id").to_pylist()
            }
            self.deleted = [pair for pair in self.deleted if pair not in again]
        self.refused += [self._sealed(number, refusal) for number, refusal in enumerate(parsed.refusals)]
        self.tokens += parsed.tokens
        self.deleted += parsed.deleted

    def _sealed(self, number: int, refusal) -> dict[str, object]:  # type: ignore[no-untyped-def]
        name = f"{self.batch}\x1f{refusal.file}\x1f{refusal.line}\x1f{number}"
        return {
            "item": hashlib.blake2b(name.encode(), digest_size=8).hexdigest(),
            "file": refusal.file,
            "line": refusal.line,
            "resource_type": refusal.resource_type,
            "reason": refusal.reason,
            "outcome": refusal.outcome,
            "original": self.seal(refusal.original),
            "bytes": len(refusal.original),
            "patients": mentions.patients(refusal.original),
        }

    def chunk(self) -> Chunk:
        """What was gathered, as a chunk; gathering starts anew."""
        made = Chunk(
            batch=self.batch,
            site=self.site,
            received=self.clock.now(),
            validator=VALIDATOR_VERSION,
            progress=tuple(self.progress.values()),
            staged={kind: Staged(self.shapes[kind], numbered(rows)) for kind, rows in self.rows.items()},
            refused=pa.Table.from_pylist(self.refused, schema=REFUSED),
            tokens=pa.Table.from_pylist(self.tokens, schema=TOKENS),
            deleted=tuple(self.deleted),
        )
        self.__init__(self.batch, self.site, self.clock, self.seal)  # type: ignore[misc]
        return made


def settled(work: Gathering, lake: IdentifiedLake, context: Context) -> Iterator[Parsed]:
    """The Bundles that depend on searches, one after the other: each sees what came before it."""
    if not work.deferred:
        return
    waiting, work.deferred = work.deferred, []
    searches = frozenset().union(*(one.searches for one in waiting))
    types = {search.partition("?")[0] for search in searches}
    index, parser = Index(lake, work.site), Parser(context)
    index.prepare(searches)
    index.add_rows(work.rows, types)
    for one in waiting:
        parsed = parser.parse_deferred(one, index.answers(one.searches))
        index.add_rows({kind: [rows] for kind, rows in parsed.rows.items()}, types)
        yield parsed


def numbered(rows: list[pa.RecordBatch]) -> pa.Table:
    """Rows of several blocks as one table, numbered in the order they came."""
    table = pa.Table.from_batches(rows, schema=STAGED)
    place = STAGED.get_field_index("order")
    lengths = [len(batch) for batch in rows]
    starts = [sum(lengths[:i]) for i in range(len(lengths))]
    order = pa.chunked_array([pa.arange(s, s + n) for s, n in zip(starts, lengths, strict=True)], pa.int64())
    return table.set_column(place, STAGED.field(place), order)


def _blocks(todo: list[sources.Source], done: dict[str, Progress]) -> Iterator[blocks.Block]:
    for source in todo:
        at = done.get(source.name, Progress(source.name, 0, 0, False))
        yield from blocks.read(source, start=at.up_to, lines=at.lines)


def _progress(
    parsed: Iterator[Parsed], todo: list[sources.Source], done: dict[str, Progress]
) -> Iterator[tuple[float, Parsed]]:
    """Each parsed block with the share of files done (packed files tell their size only at their end)."""
    finished = len(done) - len([s for s in todo if s.name in done])
    for item in parsed:
        finished += item.block.last
        yield min(1.0, finished / max(1, len(todo) + len(done))), item


_parser: Parser


def _start_worker(context: Context) -> None:
    global _parser
    _parser = Parser(context)


def _parse(block: blocks.Block) -> Parsed:
    return _parser.parse(block)


def _in_order(pool: ProcessPoolExecutor, todo: Iterable[blocks.Block], ahead: int) -> Iterator[Parsed]:
    """Results in the order of the blocks, never more than `ahead` of them under way."""
    waiting: deque[Future[Parsed]] = deque()
    for block in todo:
        waiting.append(pool.submit(_parse, block))
        if len(waiting) >= ahead:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()
