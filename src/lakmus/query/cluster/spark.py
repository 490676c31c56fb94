"""Spark as a scheduler: it is given numbers of buckets, and gives back bytes; records never pass through it as rows.

Some waves of tasks are under way at a time, each wave as many tasks as the cluster has places. So no core waits for the last task
of a wave, and this process holds the rows of so many tasks at most, however many buckets there are.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import chain
from secrets import token_hex

import pyarrow as pa
from py4j.protocol import Py4JError
from pyspark import SparkContext

from lakmus.core.errors import LakmusError
from lakmus.lake import LakeHandle, Store
from lakmus.query.cluster.session import given_up
from lakmus.query.cluster.task import Task, unpacked
from lakmus.query.cluster.work import Report, Work, grouped, lighter, with_rows

TOGETHER = 4  # buckets a task takes for each core it has: planning a question's SQL costs as much as running it over one
AHEAD = 3  # waves under way at a time
MEMORY = "spark.lakmus.memory"  # what the engine of a task may take, such as 2GB
Answer = bytes | LakmusError
Run = Callable[[tuple[int, ...]], Iterator[Answer]]


class Spark:
    """The scheduler of a cluster, by a session's SparkContext."""

    def __init__(self, context: SparkContext) -> None:
        self._context = context
        self._cores = int(self._set("spark.task.cpus") or 1)

    def run(
        self, store: Store, work: Work, buckets: Sequence[int], report: Report, share: float = 1.0
    ) -> Iterator[pa.RecordBatch]:
        """As `Scheduler.run` says. Raises TemporaryError when the cluster gives up after its tries."""
        task = Task(LakeHandle.of(store), work, self._cores, self._set(MEMORY))
        groups = grouped(buckets, self._each(len(buckets), share))
        return with_rows(chain.from_iterable(map(unpacked, self.answers(task.run, groups, report))))

    def answers(self, task: Run, groups: Sequence[tuple[int, ...]], report: Report) -> Iterator[bytes]:
        """What a task gives for all groups of buckets, in their order."""
        for wave, answers in self._waves(task, groups):
            report(wave.stop / len(groups), f"task {wave.stop} of {len(groups)}")
            for answer in answers:
                if isinstance(answer, LakmusError):
                    raise answer
                yield answer

    def _waves(self, task: Run, groups: Sequence[tuple[int, ...]]) -> Iterator[tuple[range, list[Answer]]]:
        """Which tasks are done, and what they gave."""
        context, tag = self._context, f"lakmus-{token_hex(8)}"
        sent, numbers = context.broadcast(task), context.parallelize(groups, len(groups))

        def run(wave: range) -> list[Answer]:
            context.addJobTag(tag)
            try:
                return context.runJob(
                    numbers, lambda held: chain.from_iterable(map(sent.value, held)), list(wave)
                )
            except Py4JError as error:
                raise given_up(error) from None

        try:
            # of a run that fails, or that nobody reads to its end, the rest is not worked on
            yield from ahead(run, self._ranges(len(groups)), lambda: context.cancelJobsWithTag(tag))
        finally:
            sent.destroy()

    def _ranges(self, count: int) -> Iterator[range]:
        """The tasks of one wave after another; waves grow with the cluster."""
        first = 0
        while first < count:
            yield (wave := range(first, min(first + self._places, count)))
            first = wave.stop

    def _each(self, count: int, share: float = 1.0) -> int:
        """How many buckets a task takes, so that all places are taken in every round."""
        rounds = -(-count // (self._places * lighter(TOGETHER * self._cores, share)))
        return -(-count // (self._places * rounds))

    @property
    def _places(self) -> int:
        """How many tasks the cluster runs at once, as far as its machines have come by now."""
        return max(1, self._context.defaultParallelism // self._cores)

    def _set(self, name: str) -> str:
        return str(self._context.getConf().get(name) or "")


def ahead(
    run: Callable[[range], list[Answer]], waves: Iterator[range], stop: Callable[[], None]
) -> Iterator[tuple[range, list[Answer]]]:
    """Each wave with its answers, in order, while the next ones are under way."""
    begun: deque[tuple[range, Future[list[Answer]]]] = deque()
    with ThreadPoolExecutor(AHEAD) as pool:
        try:
            for wave in waves:
                begun.append((wave, pool.submit(run, wave)))
                if len(begun) == AHEAD:
                    done, answers = begun.popleft()
                    yield done, answers.result()
            for done, answers in begun:
                yield done, answers.result()
        finally:
            stop()
