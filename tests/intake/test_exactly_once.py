"""A record received is in a snapshot or in quarantine, exactly once, whatever is killed when."""

import json
import random
import signal
import subprocess
import sys
import time

import pytest

from lakmus.core.clock import SystemClock
from lakmus.intake import blocks
from lakmus.intake.batch import Intake
from lakmus.lake import IdentifiedLake, batches, maintenance, quarantine

RECORDS = 20_000
EVERY = 97  # each so-many-th record is broken
PATIENTS = 500
CHILD = "tests.support.intake_child"
WRITING = (
    "persons",
    "records Observation",
    "records Patient",
    "deletions",
    "quarantine",
    "progress",
    "commit",
)


@pytest.fixture(scope="module")
def submission(tmp_path_factory):
    """20,000 records, some broken; the lines of the broken ones."""
    file = tmp_path_factory.mktemp("submission") / "records.ndjson"
    lines, broken = [], set()
    for number in range(RECORDS):
        if number % EVERY == 0:
            broken.add(number + 1)
            lines.append(
                json.dumps({"resourceType": "Observation", "id": f"x{number}", "status": "unheard-of"})
            )
        elif number < PATIENTS:
            lines.append(json.dumps({"resourceType": "Patient", "id": f"p{number}", "active": True}))
        else:
            subject = {"reference": f"Patient/p{number % PATIENTS}"}
            value = {"resourceType": "Observation", "id": f"o{number}", "status": "final", "subject": subject}
            lines.append(json.dumps(value | {"code": {"text": "pulse"}, "valueInteger": number}))
    file.write_text("\n".join(lines) + "\n")
    return file, broken


def check_all_there(folder, broken: set[int]) -> None:
    with IdentifiedLake.open(folder, threads=2) as lake:
        (batch,) = batches.batches(lake)
        with lake.cursor() as cursor:
            lines = cursor.execute(
                'SELECT lk_line FROM lake."Observation" UNION ALL SELECT lk_line FROM lake."Patient"'
            ).fetchall()
        refused = [item.line for item in quarantine.items(lake, limit=RECORDS)]
    assert sorted([n for (n,) in lines] + refused) == list(range(1, RECORDS + 1)), "each line once, none lost"
    assert set(refused) == broken
    assert batch.complete
    assert (batch.receipt.created, batch.receipt.refused) == (RECORDS - len(broken), len(broken))


def start(folder, file) -> subprocess.Popen:
    command = [sys.executable, "-m", CHILD, str(folder), str(file), str(128 << 10)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def kill_when(process: subprocess.Popen, step: str, occurrence: int, delay: float) -> bool:
    """Kills when a step is announced for the n-th time; False when the run ended before."""
    with process:
        for line in process.stdout:
            occurrence -= line.strip() == step
            if occurrence <= 0:
                time.sleep(delay)
                process.send_signal(signal.SIGKILL)
                return True
    assert process.returncode == 0
    return False


def moments(count: int, seed: int):
    """Moments of death: two fifths between the first write and the commit, the rest anywhere in the run."""
    chance = random.Random(seed)
    for number in range(count):
        if number % 5 < 2:
            yield chance.choice(WRITING), chance.randint(1, 2), chance.uniform(0, 0.03)
        else:
            yield "started", 1, chance.uniform(0, 1.5)


def run_killed(tmp_path, submission, deaths) -> int:
    file, broken = submission
    killed = round_ = 0
    folder = None
    for step, occurrence, delay in deaths:
        if folder is None:
            round_ += 1
            folder = tmp_path / f"lake{round_}"
            IdentifiedLake.create(folder).close()
        if kill_when(start(folder, file), step, occurrence, delay):
            killed += 1
        else:
            check_all_there(folder, broken)
            folder = None
    if folder is not None:
        assert start(folder, file).communicate()[0].endswith("done\n")
        check_all_there(folder, broken)
    return killed


def test_killed_a_few_times(tmp_path, submission):
    assert run_killed(tmp_path, submission, moments(5, seed=1)) >= 3


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_killed_fifty_times(tmp_path, submission):
    deaths = iter(moments(500, seed=2))
    killed = 0
    while killed < 50:
        killed += run_killed(tmp_path / str(killed), submission, [next(deaths) for _ in range(10)])


class PowerCut(Exception):
    pass


def test_a_fault_at_every_step_of_writing(tmp_path, submission, monkeypatch):
    file, broken = submission
    monkeypatch.setattr(blocks, "BLOCK", 512 << 10)
    IdentifiedLake.create(tmp_path / "lake").close()
    for step in WRITING:
        with IdentifiedLake.open(tmp_path / "lake", threads=2) as lake:
            intake = Intake(lake, SystemClock(), bytes, workers=1, chunk=512 << 10, hook=cut_at(step))
            with pytest.raises(PowerCut):
                intake.take_in(file, "north")
    with IdentifiedLake.open(tmp_path / "lake", threads=2) as lake:
        Intake(lake, SystemClock(), bytes, workers=1, chunk=512 << 10).take_in(file, "north")
    check_all_there(tmp_path / "lake", broken)


def cut_at(step: str):
    def hook(announced: str) -> None:
        if announced == step:
            raise PowerCut(step)

    return hook


def test_files_of_the_dead_are_found_and_deleted(tmp_path, submission):
    file, broken = submission
    folder = tmp_path / "lake"
    IdentifiedLake.create(folder).close()
    assert kill_when(start(folder, file), "commit", 1, 0.0)
    assert start(folder, file).communicate()[0].endswith("done\n")
    with IdentifiedLake.open(folder) as lake:
        maintenance.remove_orphans(lake, SystemClock().now())
    check_all_there(folder, broken)
