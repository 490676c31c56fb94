"""Releases: what is in one, that it never changes, and what is refused."""

import dataclasses
import datetime
import gzip
import json
import re

import pytest
import yaml

from lakmus.core.errors import ConflictError, NotFoundError, RefusedError
from lakmus.opendata.releases import build, list_releases, read, read_recipe, verify
from lakmus.opendata.releases.store import must_verify
from lakmus.privacy import PERSON, ReleaseKey


@pytest.fixture
def release(recipe, region, key, tmp_path):
    return build(recipe, 7, region.run_view, key, tmp_path)


def everything(folder):
    """All bytes of a release, and those inside its compressed files."""
    import pyarrow.parquet as pq

    for path in sorted(folder.rglob("*")):
        if path.is_file():
            content = path.read_bytes()
            yield path.name, content
            if path.name.endswith(".gz"):
                yield path.name, gzip.decompress(content)
            if path.name.endswith(".parquet"):
                yield path.name, json.dumps(pq.read_table(path).to_pylist()).encode()


def test_what_is_in_it(release):
    files = {
        path.relative_to(release.folder).as_posix() for path in release.folder.rglob("*") if path.is_file()
    }
    assert files == {
        "data/patients.parquet", "data/patients.ndjson.gz", "data/visits.parquet", "data/visits.ndjson.gz",
        "README.md", "card.html", "croissant.json", "dcat.jsonld", "schema.json", "risk.json", "statistics.json",
        "recipe.json", "manifest.json", "SHA256SUMS",
    }  # fmt: skip
    assert release.manifest["snapshot"] == 7
    assert release.manifest["persons"] == len(set(release.table("patients")["patient"].to_pylist()))
    assert release.manifest["tables"][1]["columns"] == [
        "visit",
        "patient",
        "start",
        "kind",
        "reasons",
        "score",
    ]


def test_both_forms_hold_the_same_rows(release):
    for name in ("patients", "visits"):
        with gzip.open(release.folder / f"data/{name}.ndjson.gz", "rt", encoding="utf-8") as lines:
            rows = [json.loads(line) for line in lines]
        assert rows == release.table(name).to_pylist()
        assert rows == sorted(rows, key=lambda row: row["patient"])


def test_same_recipe_and_snapshot_same_bytes(recipe, region, key, tmp_path):
    first = build(recipe, 7, region.run_view, key, tmp_path / "a")
    shuffled = {kind: list(reversed(rows)) for kind, rows in region.rows.items()}
    again = dataclasses.replace(region, rows=shuffled, batch=50)  # other order, other batches
    second = build(recipe, 7, again.run_view, key, tmp_path / "b")
    assert dict(everything(first.folder)) == dict(everything(second.folder))


def test_another_key_other_names(recipe, region, release, tmp_path):
    other = build(recipe, 7, region.run_view, ReleaseKey(b"o" * 32), tmp_path / "b")
    names = [set(r.table("patients")["patient"].to_pylist()) for r in (release, other)]
    assert not names[0] & names[1]


def test_no_identifier_is_in_any_byte(release, region):
    marker = re.compile(rb"PATIENT-KEY|FAMILY-|VISIT-|RARE-|lk_|Aston|Bland")
    found = [(name, marker.search(content)) for name, content in everything(release.folder)]
    assert [name for name, match in found if match] == []


def test_intervals_are_kept_and_dates_are_not(release, region):
    sent = {}
    for row in region.rows["Encounter"]:
        sent.setdefault(row[PERSON], []).append(datetime.datetime.fromisoformat(row["start"]))
    left = {}
    for row in release.table("visits").to_pylist():
        left.setdefault(row["patient"], []).append(datetime.datetime.fromisoformat(row["start"]))

    def gaps(groups):
        return sorted(tuple(day - min(days) for day in sorted(days)) for days in groups)

    all_sent, all_left = gaps(sent.values()), gaps(left.values())
    for found in all_left:
        assert found in all_sent
    assert sorted(map(max, left.values())) != sorted(map(max, sent.values()))


def test_rare_and_far_values_are_gone(release):
    visits = release.table("visits").to_pylist()
    assert {code for row in visits for code in row["reasons"]} == {"I10", "E11"}
    assert max(row["score"] or 0 for row in visits) <= 100


def test_k_holds_and_whoever_was_left_out_is_in_no_table(recipe, region, key, tmp_path):
    alone = {**region.rows["Patient"][0], PERSON: 999, "sex": "other", "patient": "PATIENT-KEY-999"}
    visit = {**region.rows["Encounter"][0], PERSON: 999}
    region.rows["Patient"].append(alone)
    region.rows["Encounter"].append(visit)
    release = build(recipe, 7, region.run_view, key, tmp_path)
    risk = release.manifest["risk"]
    assert risk["smallest_class_after"] >= 5
    assert risk["suppressed"] >= 1
    patients = set(release.table("patients")["patient"].to_pylist())
    assert len(patients) == risk["persons"] - risk["suppressed"]
    assert set(release.table("visits")["patient"].to_pylist()) <= patients
    assert risk["diversity"]["region"] >= 1


def test_rows_of_few_are_not_told(document, region, key, tmp_path):
    """How much is recorded of the one person left out is nobody's business."""
    document["risk"]["quasi_identifiers"] = ["sex"]
    region.rows["Patient"].append({**region.rows["Patient"][0], PERSON: 999, "sex": "other"})
    risk = build(read_recipe(yaml.safe_dump(document)), 7, region.run_view, key, tmp_path).manifest["risk"]
    assert (risk["suppressed"], risk["suppressed_rows"]) == (1, {"patients": None, "visits": None})


def test_rows_left_out_are_counted(document, region, key, tmp_path):
    document["risk"] |= {"k": 18, "suppressed": 0.9}
    release = build(read_recipe(yaml.safe_dump(document)), 7, region.run_view, key, tmp_path)
    risk = release.manifest["risk"]
    assert risk["suppressed"] >= 18
    assert risk["suppressed_rows"] == {
        name: len(region.rows[kind]) - release.table(name).num_rows
        for name, kind in (("patients", "Patient"), ("visits", "Encounter"))
    }


def test_a_release_never_changes(recipe, region, key, release, tmp_path):
    before = dict(everything(release.folder))
    with pytest.raises(ConflictError, match="there already"):
        build(recipe, 8, region.run_view, key, tmp_path)
    assert dict(everything(release.folder)) == before


def test_risk_above_the_bound_is_not_published(document, region, key, tmp_path):
    document["risk"] |= {"k": 60, "suppressed": 0.01}
    with pytest.raises(RefusedError, match=r"persons .* would have to be left out") as refused:
        build(read_recipe(yaml.safe_dump(document)), 7, region.run_view, key, tmp_path)
    assert "coarsen first what gives most: age" in refused.value.hint
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    assert list_releases(tmp_path) == []


def test_a_failure_leaves_nothing_behind(recipe, region, key, tmp_path):
    def fails(part, step):
        if step.startswith("writing"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build(recipe, 7, region.run_view, key, tmp_path, fails)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    assert build(recipe, 7, region.run_view, key, tmp_path).version == "1.0.0"


def test_progress_goes_up(recipe, region, key, tmp_path):
    told = []
    build(recipe, 7, region.run_view, key, tmp_path, lambda part, step: told.append(part))
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_a_withdrawn_patient_is_in_no_later_release(recipe, document, region, key, release, tmp_path):
    person = 17
    whole = build(recipe, 7, region.run_view, key, tmp_path / "whole")
    document["version"] = "2.0.0"
    later = build(read_recipe(yaml.safe_dump(document)), 8, region.without(person).run_view, key, tmp_path)
    gone = set(whole.table("patients")["patient"].to_pylist()) - set(
        later.table("patients")["patient"].to_pylist()
    )
    assert gone
    for name, content in everything(later.folder):
        assert not [p for p in gone if p.encode() in content], name
    assert [r.id for r in list_releases(tmp_path)] == ["small-cohort@2.0.0", "small-cohort@1.0.0"]


def test_nobody_in_the_cohort(recipe, region, key, tmp_path):
    nobody = dataclasses.replace(region, rows={"Patient": [], "Encounter": []})
    nobody.run_view = lambda view: iter(())
    with pytest.raises(RefusedError, match="nobody would be left"):
        build(recipe, 7, nobody.run_view, key, tmp_path)


def test_verify(release):
    assert verify(release) == []
    must_verify(release)


def changed(folder):
    (folder / "README.md").write_text("changed")


def removed(folder):
    (folder / "data/visits.parquet").unlink()


def added(folder):
    (folder / "data/names.csv").write_text("Ivanov")


def summed_again(folder):
    import hashlib

    (folder / "README.md").write_text("changed")
    lines = (folder / "SHA256SUMS").read_text().splitlines()
    digest = hashlib.sha256(b"changed").hexdigest()
    lines = [f"{digest}  README.md" if line.endswith("  README.md") else line for line in lines]
    (folder / "SHA256SUMS").write_text("\n".join(lines) + "\n")


@pytest.mark.parametrize(
    ("attack", "problem"),
    [
        (changed, "README.md was changed"),
        (removed, "data/visits.parquet is missing"),
        (added, "data/names.csv does not belong to the release"),
        (summed_again, "README.md is not what the manifest says"),
    ],
)
def test_verify_finds(release, attack, problem):
    attack(release.folder)
    assert problem in verify(release)


def test_versions_are_found(recipe, document, region, key, tmp_path):
    for version in ("1.9", "1.10", "2.0"):
        document["version"] = version
        build(read_recipe(yaml.safe_dump(document)), 7, region.run_view, key, tmp_path)
    asked = {wanted: read(tmp_path, "small-cohort", wanted).version for wanted in ("", "1", "1.9", "2")}
    assert asked == {"": "2.0", "1": "1.10", "1.9": "1.9", "2": "2.0"}


@pytest.mark.parametrize(
    ("name", "version"), [("other", ""), ("small-cohort", "9"), ("../..", "1"), ("a", "../1")]
)
def test_what_is_not_there(release, tmp_path, name, version):
    with pytest.raises(NotFoundError):
        read(tmp_path, name, version)
