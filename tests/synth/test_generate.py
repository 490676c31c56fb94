"""How a region is written: same value, same bytes; never into a folder that holds something."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from lakmus.core.errors import ConflictError, InputError, NotFoundError
from lakmus.synth import Clinic, Faults, Outbreak, Practice, Region, generate

SMALL = Region(patients=120, seed=3, block=40)


def digests(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_the_same_region_gives_the_same_bytes_whatever_the_number_of_workers(tmp_path: Path) -> None:
    generate(SMALL, tmp_path / "one", workers=1)
    generate(SMALL, tmp_path / "two", workers=2)
    assert digests(tmp_path / "one") == digests(tmp_path / "two")


def test_another_seed_gives_other_people(tmp_path: Path) -> None:
    generate(SMALL, tmp_path / "one", workers=1)
    generate(replace(SMALL, seed=4), tmp_path / "two", workers=1)
    one, two = digests(tmp_path / "one"), digests(tmp_path / "two")
    assert one["sites/city-1/Patient.ndjson"] != two["sites/city-1/Patient.ndjson"]


def test_more_patients_leave_whole_blocks_as_they_were(tmp_path: Path) -> None:
    generate(SMALL, tmp_path / "less", workers=1)
    generate(replace(SMALL, patients=160), tmp_path / "more", workers=1)
    less, more = ((tmp_path / name / "sites/city-1/Patient.ndjson").read_bytes() for name in ("less", "more"))
    assert more.startswith(less)
    assert len(more) > len(less)


def test_the_manifest_counts_what_is_there(tmp_path: Path) -> None:
    steps: list[tuple[int, int]] = []
    made = generate(SMALL, tmp_path / "out", lambda done, total: steps.append((done, total)), workers=1)
    manifest = json.loads((tmp_path / "out/manifest.json").read_text(encoding="utf-8"))
    found = digests(tmp_path / "out")
    for entry in manifest["files"]:
        data = (tmp_path / "out" / entry["path"]).read_bytes()
        assert (entry["lines"], entry["bytes"]) == (data.count(b"\n"), len(data))
        assert entry["sha256"] == found[entry["path"]]
    assert made.resources == sum(entry["lines"] for entry in manifest["files"])
    assert steps == [(40, 120), (80, 120), (120, 120)]


def test_compressed_files_hold_the_same_lines(tmp_path: Path) -> None:
    import gzip

    generate(SMALL, tmp_path / "plain", workers=1)
    generate(SMALL, tmp_path / "packed", workers=1, compress=True)
    for path in (tmp_path / "plain/sites").rglob("*.ndjson"):
        packed = tmp_path / "packed" / path.relative_to(tmp_path / "plain").with_suffix(".ndjson.gz")
        assert gzip.decompress(packed.read_bytes()) == path.read_bytes()


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep")
    with pytest.raises(ConflictError, match="not empty"):
        generate(SMALL, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"patients": 0}, "patients"),
        ({"seed": -1}, "seed"),
        ({"linked": 1.5}, "shares"),
        ({"clinics": ()}, "at least one clinic"),
        ({"clinics": (Clinic("a", "A"), Clinic("a", "B"))}, "a site of its own"),
        ({"end": SMALL.start}, "180 days"),
    ],
)
def test_a_region_that_cannot_be_is_refused(change: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        replace(SMALL, **change)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"practices": (Practice("no-such-rule", 0.5),)}, "no-such-rule"),
        ({"outbreaks": (Outbreak("x", "plague", 0, SMALL.start, 7, 0.1),)}, "plague"),
    ],
)
def test_what_nobody_knows_is_refused_before_anything_is_written(
    change: dict[str, object], message: str, tmp_path: Path
) -> None:
    with pytest.raises(NotFoundError, match=message):
        generate(replace(SMALL, **change), tmp_path / "out")  # type: ignore[arg-type]
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "make",
    [
        lambda: Clinic("Not A Site", "A"),
        lambda: Clinic("a", "A", locale="fr"),
        lambda: Clinic("a", "A", glucose_unit="g/L"),
        lambda: Clinic("a", "A", completeness=0),
        lambda: Practice("check-up", 1.0),
        lambda: Practice("check-up", 0.5, later=0.7),
        lambda: Outbreak("x", "measles", 99, SMALL.start, 7, 0.1),
        lambda: Faults(invalid=0.9),
    ],
)
def test_parts_that_cannot_be_are_refused(make: Callable[[], object]) -> None:
    with pytest.raises(InputError):
        make()


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(InputError, match="cannot be written"):
        generate(SMALL, tmp_path / "file" / "out", workers=1)
