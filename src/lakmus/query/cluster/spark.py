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
from typing import Any

import pyarrow as pa
from py4j.protocol import Py4JError
from pyspark import SparkContext

from lakmus.core.errors import LakmusError
from lakmus.lake import LakeHandle, Store
from lakmus.query.cluster.session import given_up
from lakmus.query.cluster.task import Task, unpacked
from lakmus.query.cluster.work import Report, Work, grouped, with_rows

TOGETHER = 4  # buckets a task takes for each core it has: planning a question's SQL costs as much as running it over one
AHEAD = 3  # waves under way at a time
MEMORY = "spark.lakmus.memory"  # what the engine of a task may take, such as 2GB
Answer = bytes | LakmusError


class Spark:
    """The scheduler of a cluster, by a session's SparkContext."""

    def __init__(self, context: SparkContext) -> None:
        self._context = context
        self._cores = int(self._set("spark.task.cpus") or 1)

    def run(
        self, store: Store, work: Work, buckets: Sequence[int], report: Report
    ) -> Iterator[pa.RecordBatch]:
        """As `Scheduler.run` says. Raises TemporaryError when the cluster gives up after its tries."""
        task = Task(LakeHandle.of(store), work, self._cores, self._set(MEMORY))
        return with_rows(chain.from_iterable(map(unpacked, self.answers(task.run, buckets, report))))

    def answers(
        self,
        task: Callable[[tuple[int, ...]], Iterator[Answer]],
        buckets: Sequence[int],
        report: Report = lambda part, step: None,
    ) -> Iterator[bytes]:
        """What a task gives for all buckets, in their order."""
        groups = grouped(buckets, self._each(len(buckets)))
        for done, answers in self._waves(task, groups):
            report(done / len(groups), f"task {done} of {len(groups)}")
            for answer in answers:
                if isinstance(answer, LakmusError):
                    raise answer
                yield answer

    def _waves(
        self, task: Callable[[tuple[int, ...]], Iterator[Answer]], groups: Sequence[tuple[int, ...]]
    ) -> Iterator[tuple[int, list[Answer]]]:
        """How many groups are done, and the answers of those that were done last."""
        sent = self._context.broadcast(task)
        numbers = self._context.parallelize(groups, len(groups))
        tag = f"lakmus-{token_hex(8)}"

        def wave(parts: range) -> list[Answer]:
            self._context.addJobTag(tag)
            return self._context.runJob(numbers, lambda held: _each_of(sent, held), list(parts))

        begun: deque[tuple[int, Future[list[Answer]]]] = deque()
        first = 0
        with ThreadPoolExecutor(AHEAD) as pool:
            try:
                while first < len(groups) or begun:
                    while first < len(groups) and len(begun) < AHEAD:
                        parts = range(first, min(first + self._places, len(groups)))
                        begun.append((parts.stop, pool.submit(wave, parts)))
                        first = parts.stop
                    done, answers = begun.popleft()
                    yield done, _result(answers)
            finally:
                self._context.cancelJobsWithTag(tag)  # of a run that nobody reads to its end
                sent.destroy()

    def _each(self, count: int) -> int:
        """How many buckets a task takes, so that all places are taken in every round."""
        rounds = -(-count // (self._places * TOGETHER * self._cores))
        return -(-count // (self._places * rounds))

    @property
    def _places(self) -> int:
        """How many tasks the cluster runs at once, as far as its machines have come by now."""
        return max(1, self._context.defaultParallelism // self._cores)

    def _set(self, name: str) -> str:
        return str(self._context.getConf().get(name) or "")


def _each_of(sent: Any, groups: Iterator[tuple[int, ...]]) -> Iterator[Answer]:
    return chain.from_iterable(map(sent.value, groups))


def _result(answers: Future[list[Answer]]) -> list[Answer]:
    try:
        return answers.result()
    except Py4JError as error:
        raise given_up(error) from None
