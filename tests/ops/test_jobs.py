"""Jobs: their states, progress, cancel, and workers that are killed."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from lakmus.core.clock import SystemClock
from lakmus.core.errors import ConflictError, InputError, NotFoundError, TemporaryError
from lakmus.ops import Database, Job, JobKind, Jobs, Progress, Worker
from lakmus.ops.jobs.states import TRANSITIONS, Event, State, after, is_over
from tests.ops.conftest import MovingClock

# Every event in every state: what comes of it, or nothing.
TABLE = """
            start    finish  fail    stop       requeue
  queued    running  -       -       cancelled  -
  running   -        done    failed  cancelled  queued
  done      -        -       -       -          -
  failed    -        -       -       -          -
  cancelled -        -       -       -          -
"""


def cells() -> list[tuple[State, Event, str]]:
    head, *rows = [line.split() for line in TABLE.strip().splitlines()]
    return [
        (State(row[0]), Event(event), cell) for row in rows for event, cell in zip(head, row[1:], strict=True)
    ]


@pytest.mark.parametrize(("state", "event", "result"), cells())
def test_the_transition_table(state: State, event: Event, result: str) -> None:
    if result == "-":
        with pytest.raises(ConflictError, match=f"{state} cannot {event}"):
            after(state, event)
    else:
        assert after(state, event) == result


def test_the_table_above_is_whole() -> None:
    assert {(state, event) for state, event, _ in cells()} == {
        (state, event) for state in State for event in Event
    }
    assert {state for state in State if is_over(state)} == {State.DONE, State.FAILED, State.CANCELLED}
    assert len(TRANSITIONS) == sum(cell != "-" for _, _, cell in cells())


@pytest.fixture
def jobs(database: Database, clock: MovingClock) -> Jobs:
    return Jobs(database, clock)


def kind(run: Callable[[Progress, Mapping[str, Any]], Any], **options: Any) -> JobKind:
    return JobKind("count", run, steps=("reading", "writing"), **options)


def run_with(jobs: Jobs, run: Callable[[Progress, Mapping[str, Any]], Any], **parameters: Any) -> Job:
    job = jobs.submit("count", parameters, owner="u-1")
    assert Worker(jobs, (kind(run),), "w1").run_one()
    return jobs.get(job.id)


def test_a_job_runs_and_gives_its_result(jobs: Jobs) -> None:
    seen = {}

    def run(progress: Progress, parameters: Mapping[str, Any]) -> dict[str, Any]:
        progress.at(0.25, "reading")
        seen.update(parameters)
        return {"accepted": 3, "release": "demo@1.0.0"}

    job = run_with(jobs, run, path="in.ndjson", depth=2)
    assert (job.state, job.progress, job.result) == (
        State.DONE,
        1.0,
        {"accepted": 3, "release": "demo@1.0.0"},
    )
    assert (seen, job.attempt, job.error) == ({"path": "in.ndjson", "depth": 2}, 1, "")


def test_progress_is_seen_while_the_job_runs(jobs: Jobs) -> None:
    seen = []

    def run(progress: Progress, parameters: Mapping[str, Any]) -> None:
        for fraction, step in ((0.1, "reading"), (0.8, "writing"), (7.0, "reading")):
            progress.at(fraction, step)
            job = jobs.get(progress.job)
            seen.append((job.state, job.progress, job.step))

    run_with(jobs, run)
    assert seen == [
        (State.RUNNING, 0.1, "reading"),
        (State.RUNNING, 0.8, "writing"),
        (State.RUNNING, 1.0, "reading"),
    ]


def test_progress_is_written_a_few_times_a_second_at_most(
    jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = []
    beat = jobs.beat
    monkeypatch.setattr(jobs, "beat", lambda job, **said: (written.append(said), beat(job, **said))[1])

    def run(progress: Progress, parameters: Mapping[str, Any]) -> None:
        for number in range(10_000):
            progress.at(number / 10_000, "reading")

    run_with(jobs, run)
    assert 1 <= len(written) < 100


def test_a_waiting_job_is_cancelled_at_once(jobs: Jobs) -> None:
    job = jobs.cancel(jobs.submit("count", owner="u-1").id)
    assert (job.state, job.attempt) == (State.CANCELLED, 0)
    assert not Worker(jobs, (kind(lambda *_: None),), "w1").run_one()


def test_a_running_job_stops_where_it_next_says_how_far_it_is(jobs: Jobs) -> None:
    reached = []

    def run(progress: Progress, parameters: Mapping[str, Any]) -> None:
        for number in range(1000):
            try:
                progress.at(number / 1000, ("reading", "writing")[number % 2])
            except Exception:
                pytest.fail("a cancel must pass handlers of ordinary errors")
            reached.append(number)
            if number == 2:
                jobs.cancel(progress.job)

    assert run_with(jobs, run).state == State.CANCELLED
    assert reached == [0, 1, 2]


def test_what_is_over_stays_as_it_is(jobs: Jobs) -> None:
    job = run_with(jobs, lambda *_: None)
    assert jobs.cancel(job.id) == job


def test_an_error_of_ours_is_told(jobs: Jobs) -> None:
    def run(progress: Progress, parameters: Mapping[str, Any]) -> None:
        raise NotFoundError("there is no recipe x", hint="`lakmus release list`")

    job = run_with(jobs, run)
    assert (job.state, job.error) == (State.FAILED, "there is no recipe x\n  `lakmus release list`")


def test_an_error_of_others_is_named_but_not_quoted(jobs: Jobs, caplog: pytest.LogCaptureFixture) -> None:
    def run(progress: Progress, parameters: Mapping[str, Any]) -> None:
        raise ValueError("cannot parse 'Planted-Surname'")

    job = run_with(jobs, run)
    assert (job.state, job.error) == (State.FAILED, "internal error: ValueError")
    assert "Planted-Surname" not in caplog.text


@pytest.mark.parametrize(
    "result", [{"name": "Planted Surname"}, {"rows": [1]}, {"a b": 1}, {"x": {"y": 1}}, {"x": "1\n2"}]
)
def test_a_result_is_numbers_and_names(jobs: Jobs, result: dict[str, Any]) -> None:
    job = run_with(jobs, lambda *_: result)
    assert (job.state, job.error, job.result) == (State.FAILED, "internal error: AssertionError", {})


def test_a_step_nobody_declared_is_our_bug(jobs: Jobs) -> None:
    assert (
        run_with(jobs, lambda progress, _: progress.at(0.1, "Patient 7")).error
        == "internal error: AssertionError"
    )


@pytest.mark.parametrize("parameters", [{"x": object()}, {"x": "y" * 70_000}, {"x": {1, 2}}])
def test_parameters_are_small_json(jobs: Jobs, parameters: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="parameters of a job"):
        jobs.submit("count", parameters, owner="u-1")


def test_jobs_are_taken_in_the_order_they_came_and_only_of_known_kinds(
    jobs: Jobs, clock: MovingClock
) -> None:
    order = []
    for name in ("b", "a", "c"):
        clock.move(seconds=1)
        jobs.submit("count", {"name": name}, owner="u-1")
    jobs.submit("other", owner="u-1")
    worker = Worker(jobs, (kind(lambda _, parameters: order.append(parameters["name"])),), "w1")
    while worker.run_one():
        pass
    assert order == ["b", "a", "c"]
    assert jobs.counts()[State.QUEUED] == 1


def test_lists_are_of_an_owner_a_site_or_a_state(jobs: Jobs) -> None:
    mine = jobs.submit("count", owner="u-1", site="clinic-a")
    yours = jobs.submit("count", owner="u-2")
    jobs.cancel(yours.id)
    found = [
        [job.id for job in jobs.all(**wanted)]
        for wanted in ({"owner": "u-2"}, {"site": "clinic-a"}, {"state": State.QUEUED})
    ]  # type: ignore[arg-type]
    assert found == [[yours.id], [mine.id], [mine.id]]
    with pytest.raises(NotFoundError):
        jobs.get("j-nothing")


def test_a_job_is_taken_once_whoever_asks_at_the_same_time(jobs: Jobs) -> None:
    for _ in range(12):
        jobs.submit("count", owner="u-1")
    taken: list[str] = []
    kinds = {"count": kind(lambda *_: None)}

    def take() -> None:
        while job := jobs.take(kinds, threading.current_thread().name):
            taken.append(job.id)

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == len(set(taken)) == 12


# resumable, attempts so far, cancel asked for: the state after its worker fell silent.
SILENT = [
    (True, 1, False, State.QUEUED),
    (True, 3, False, State.FAILED),
    (False, 1, False, State.FAILED),
    (True, 1, True, State.CANCELLED),
]


@pytest.mark.parametrize(("resumable", "attempts", "cancelled", "state"), SILENT)
def test_a_silent_workers_job_is_taken_back(
    jobs: Jobs, clock: MovingClock, resumable: bool, attempts: int, cancelled: bool, state: State
) -> None:
    kinds = {"count": kind(lambda *_: None, resumable=resumable)}
    job = jobs.submit("count", owner="u-1")
    for _ in range(attempts):
        jobs.rescue(kinds, silent=timedelta(seconds=60))
        assert jobs.take(kinds, "lost")
        clock.move(seconds=61)
    if cancelled:
        jobs.cancel(job.id)
    assert jobs.rescue(kinds, silent=timedelta(seconds=60)) == [job.id]
    assert jobs.get(job.id).state == state


def test_a_worker_that_beats_keeps_its_job(jobs: Jobs, clock: MovingClock) -> None:
    kinds = {"count": kind(lambda *_: None)}
    jobs.submit("count", owner="u-1")
    job = jobs.take(kinds, "w1")
    assert job
    clock.move(seconds=50)
    assert jobs.beat(job) is False
    clock.move(seconds=50)
    assert jobs.rescue(kinds, silent=timedelta(seconds=60)) == []


def test_a_worker_that_wakes_up_late_changes_nothing(jobs: Jobs, clock: MovingClock) -> None:
    kinds = {"count": kind(lambda *_: None, resumable=True)}
    jobs.submit("count", owner="u-1")
    late = jobs.take(kinds, "late")
    clock.move(seconds=61)
    jobs.rescue(kinds, silent=timedelta(seconds=60))
    second = jobs.take(kinds, "second")
    assert late
    assert second
    assert jobs.beat(late, progress=0.9) is None
    assert (jobs.finish(late, {"n": 1}), jobs.fail(late, "x"), jobs.stop(late)) == (False, False, False)
    assert jobs.finish(second, {"n": 2})
    assert (jobs.get(second.id).result, jobs.get(second.id).attempt) == ({"n": 2}, 2)


def test_a_worker_outlives_a_database_that_is_away_for_a_while(
    jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, take, asked = jobs.submit("count", owner="u-1"), jobs.take, []

    def sometimes(kinds: Mapping[str, JobKind], worker: str) -> Job | None:
        asked.append(worker)
        if len(asked) < 4:
            raise TemporaryError("the operations database does not answer")
        return take(kinds, worker)

    monkeypatch.setattr(jobs, "take", sometimes)
    with Worker(jobs, (kind(lambda *_: None),), "w1", poll_seconds=0.01).in_thread():
        wait_for(lambda: jobs.get(job.id).state == State.DONE)
    assert len(asked) >= 4


def test_a_worker_that_leaves_gives_its_job_back(jobs: Jobs) -> None:
    begun, stop = threading.Event(), threading.Event()

    def run(progress: Progress, parameters: Mapping[str, Any]) -> None:
        while True:
            progress.at(0.5, "reading")
            begun.set()
            time.sleep(0.01)

    job = jobs.submit("count", owner="u-1")
    worker = Worker(jobs, (kind(run, resumable=True),), "w1", poll_seconds=0.01)
    thread = threading.Thread(target=worker.run, args=(stop,))
    thread.start()
    assert begun.wait(20)
    stop.set()
    thread.join(20)
    assert (jobs.get(job.id).state, jobs.get(job.id).worker) == (State.QUEUED, "")


def write_slowly(progress: Progress, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Adds the lines that are missing, one at a time: what it did before it was killed is not done again."""
    path = Path(parameters["path"])
    for number in range(len(path.read_text().splitlines()) if path.exists() else 0, 20):
        progress.at(number / 20, "writing")
        with path.open("a") as file:
            file.write(f"{number} attempt {progress.attempt}\n")
        time.sleep(0.05 if progress.attempt == 1 else 0)
    return {"lines": 20}


def work(url: str) -> None:
    with Database.open(url) as database:
        Worker(Jobs(database, SystemClock()), (kind(write_slowly, resumable=True),), "killed").run_one()


def test_a_killed_workers_job_is_resumed_and_finished(
    database: Database, empty_url: str, tmp_path: Path
) -> None:
    jobs = Jobs(database, SystemClock())
    path = tmp_path / "lines"
    job = jobs.submit("count", {"path": str(path)}, owner="u-1")
    process = multiprocessing.get_context("spawn").Process(target=work, args=(empty_url,))
    process.start()
    wait_for(lambda: path.exists() and len(path.read_text().splitlines()) >= 3)
    os.kill(process.pid or 0, signal.SIGKILL)
    process.join()
    worker = Worker(
        jobs, (kind(write_slowly, resumable=True),), "next", silence=timedelta(seconds=1), poll_seconds=0.05
    )
    with worker.in_thread():
        wait_for(lambda: jobs.get(job.id).state == State.DONE)
    lines = path.read_text().splitlines()
    assert [line.split()[0] for line in lines] == [str(number) for number in range(20)]
    assert {line.split()[2] for line in lines} == {"1", "2"}


def wait_for(condition: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.02)
