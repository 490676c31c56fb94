"""A submission sent again is the same batch, whenever its file was written; changed content is another."""

import json
import os
import zipfile

import pytest

from lakmus.intake import sources
from lakmus.lake import Receipt, batches

ANN = json.dumps({"resourceType": "Patient", "id": "ann", "gender": "female"})
BOB = json.dumps({"resourceType": "Patient", "id": "bob", "gender": "male"})


@pytest.fixture
def submission(tmp_path):
    """A folder made of names and texts, its files as old as asked for."""

    def make(place: str, age: int = 0, **files: str):
        folder = tmp_path / place
        folder.mkdir()
        for name, text in files.items():
            file = folder / f"{name}.ndjson"
            file.write_text(text)
            os.utime(file, (1_000_000_000 - age, 1_000_000_000 - age))
        return folder

    return make


def name(path, site: str = "north") -> str:
    return sources.batch_name(site, sources.find(path))


def test_the_same_content_is_the_same_batch(submission):
    assert name(submission("sent", a=ANN, b=BOB)) == name(submission("again", age=500, a=ANN, b=BOB))


# what differs: site, files
OTHERS = {
    "site": ("south", {"a": ANN, "b": BOB}),
    "content": ("north", {"a": ANN, "b": ANN}),
    "content of the same size": ("north", {"a": ANN.replace("ann", "ana"), "b": BOB}),
    "names": ("north", {"a": ANN, "c": BOB}),
    "one file less": ("north", {"a": ANN}),
    "content exchanged": ("north", {"a": BOB, "b": ANN}),
}


@pytest.mark.parametrize(("site", "files"), OTHERS.values(), ids=OTHERS)
def test_whatever_differs_makes_another_batch(submission, site, files):
    assert name(submission("other", **files), site) != name(submission("sent", a=ANN, b=BOB))


def test_members_of_an_archive_count_by_the_archive(tmp_path):
    made = []
    for text in (ANN, BOB):
        with zipfile.ZipFile(tmp_path / "sent.zip", "w") as archive:
            archive.writestr("a.ndjson", text)
        made.append(name(tmp_path / "sent.zip"))
    assert made[0] != made[1]


def test_a_file_sent_again_changes_nothing(submission, intake, lake):
    first = intake.take_in(submission("sent", a=ANN, b="no record"), "north")
    again = intake.take_in(submission("again", age=500, a=ANN, b="no record"), "north")
    assert (again.batch, again.receipt, again.known) == (first.batch, Receipt(created=1, refused=1), True)
    assert len(batches.batches(lake)) == 1


def test_a_file_half_taken_in_is_finished_when_sent_again(submission, intake, lake):
    stopped = False

    def stop(share: float, file: str) -> None:
        nonlocal stopped
        stopped = file == "b.ndjson"
        if stopped:
            raise KeyboardInterrupt

    intake.chunk = 1
    with pytest.raises(KeyboardInterrupt):
        intake.take_in(submission("sent", a=ANN, b=BOB), "north", report=stop)
    assert [r["id"] for r in lake.resources("Patient")] == ["ann"]
    done = intake.take_in(submission("again", age=500, a=ANN, b=BOB), "north")
    assert (done.resumed, done.receipt) == (True, Receipt(created=2))
    assert sorted(r["id"] for r in lake.resources("Patient")) == ["ann", "bob"]
