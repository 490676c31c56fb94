"""Nothing planted in the identified lake is in any byte of a release."""

import gzip
import json
import re

import pyarrow.parquet as pq
import pytest

from lakmus.fhir import definitions
from lakmus.lake import IdentifiedLake
from lakmus.lake.withdrawal import forget
from lakmus.opendata.releases import build, packaged, read_recipe, read_recipe_file, views_over
from lakmus.privacy import ReleaseKey
from lakmus.privacy.columns import path_type
from lakmus.privacy.rules import CODED, DATES, NARRATIVE, NUMBERS, TEXT
from tests.opendata.planting import DATE, MARK, NOON, patient, plant

PLANTED = re.compile(rf"{MARK}|91827364|90000\d{{4}}|{DATE}".encode(), re.IGNORECASE)
FEW = ("Patient", "Condition", "Observation", "Encounter")


def of_patients():
    """The types whose records say directly whose they are, in parts that one recipe can hold."""
    kinds = [
        k
        for k in definitions.resource_types()
        if any(len(p) == 1 for p in definitions.patient_references(k)[:1])
    ]
    return [kinds[n : n + 8] for n in range(0, len(kinds), 8)]


@pytest.fixture(scope="module")
def lake(tmp_path_factory):
    with IdentifiedLake.create(tmp_path_factory.mktemp("planted") / "lake", threads=2) as made:
        plant(made, FEW)
        yield made


def found_in(folder):
    """Files with something planted, in their bytes or in what is packed in them."""
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        contents = [path.read_bytes()]
        if path.name.endswith(".gz"):
            contents.append(gzip.decompress(contents[0]))
        if path.name.endswith(".parquet"):
            table = pq.read_table(path)
            contents.append(json.dumps(table.to_pylist()).encode())
            contents.append(repr((table.schema.metadata, pq.ParquetFile(path).metadata.metadata)).encode())
        yield from (path.name for content in contents if PLANTED.search(content))


def released(lake, recipe, folder):
    return build(recipe, lake.snapshot(), views_over(lake, lake.snapshot()), ReleaseKey(b"k" * 32), folder)


def test_the_lake_is_full_of_it(lake):
    """The attack is real: what is searched for is there, in each kind of element."""
    with lake.cursor() as cursor:
        row = cursor.execute("SELECT family, gender, birthDate FROM (SELECT unnest(name).family AS family, * FROM lake.Patient) WHERE gender <> 'female'").fetchone()  # fmt: skip
        value = cursor.execute("SELECT valueQuantity.value, valueString FROM lake.Observation").fetchone()
    assert all(PLANTED.search(str(text).encode()) for text in (*row, *value))


@pytest.mark.parametrize("name", packaged())
def test_packaged_recipes(lake, tmp_path, name):
    release = released(lake, read_recipe_file(packaged()[name]), tmp_path)
    assert release.manifest["persons"] == 10
    assert all(table["rows"] > 0 for table in release.manifest["tables"])
    assert list(found_in(release.folder)) == []


def greedy(kinds):
    """A recipe that keeps all it can: every element two levels deep, each text claimed to be coded."""
    views, lines = {}, {}
    for kind in kinds:
        paths = dict(leaves(kind))
        path = (
            "getResourceKey()"
            if kind == "Patient"
            else f"{definitions.patient_references(kind)[0][0]}.getReferenceKey(Patient)"
        )
        column = [{"name": "person", "path": path}, {"name": "key", "path": "getResourceKey()"}]
        column += [{"name": name, "path": path, "collection": name != "sex"} for name, path in paths.items()]
        views[kind.lower()] = {"resource": kind, "select": [{"column": column}]}
        lines[kind.lower()] = {
            "person": {"do": "subject", "why": "as a test"},
            "key": {"do": "pseudonym", "of": kind, "why": "as a test"},
        } | {name: {**rule(path_type(kind, path)), "why": "as a test"} for name, path in paths.items()}
    return {
        "name": "greedy", "version": "1", "title": "t", "description": "d", "purpose": "p", "licence": "CC0-1.0",
        "citation": "c", "creator": "c", "ages": {"at": "2026-01-01"}, "views": views, "rules": lines,
        "risk": {"view": "patient", "quasi_identifiers": ["sex"], "k": 5, "suppressed": 0.2},
    }  # fmt: skip


def leaves(kind):
    if kind == "Patient":
        yield "sex", "gender"
    for name, path, below in elements(kind):
        if not below:
            yield name, path
            continue
        for inner, more, deeper in elements(below):
            if not deeper:
                yield f"{name}_{inner}", f"{path}.{more}"


def elements(structure):
    """(column, path, structure below) of each element."""
    for element in definitions.elements(structure).values():
        path = f"{element.name[:-3]}.ofType({element.type})" if element.choice else element.json_name
        if element.type not in ("Resource", "Extension"):
            yield element.json_name, path, element.structure


def rule(kind):
    if kind in NARRATIVE or not kind:
        return {"do": "drop"}
    if kind in CODED | TEXT:
        return {"do": "keep", "coded": True}
    if kind in NUMBERS:
        return {"do": "round", "places": 2, "within": [-1e6, 1e6]}
    if kind in DATES:
        return {"do": "shift-date"}
    return {"do": "keep"} if kind in ("boolean", "time") else {"do": "pseudonym", "of": "Thing"}


def test_the_greediest_recipe_the_rules_allow(lake, tmp_path):
    recipe = read_recipe(json.dumps(greedy(FEW)))
    assert sum(len(rules.leaving) for rules in recipe.rules.values()) > 300
    release = released(lake, recipe, tmp_path)
    assert release.manifest["persons"] == 10
    assert list(found_in(release.folder)) == []


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    with IdentifiedLake.create(tmp_path_factory.mktemp("whole") / "lake", threads=2) as made:
        plant(made, definitions.resource_types())
        assert set(made.resource_types()) == set(definitions.resource_types())
        yield made


@pytest.mark.slow
@pytest.mark.parametrize("name", packaged())
def test_packaged_recipes_on_every_type_of_the_standard(whole, tmp_path, name):
    release = released(whole, read_recipe_file(packaged()[name]), tmp_path)
    assert release.manifest["persons"] == 10
    assert list(found_in(release.folder)) == []


@pytest.mark.slow
@pytest.mark.parametrize("kinds", of_patients(), ids=lambda kinds: f"{kinds[0]}-{kinds[-1]}")
def test_greedy_recipes_on_every_type_of_the_standard(whole, tmp_path, kinds):
    release = released(whole, read_recipe(json.dumps(greedy(dict.fromkeys(("Patient", *kinds))))), tmp_path)
    assert release.manifest["persons"] == 10
    assert list(found_in(release.folder)) == []


def test_who_opted_out_is_in_no_later_release(tmp_path):
    """From a lake in which they are forgotten: in no byte, though the older snapshot still had them."""
    recipe = read_recipe_file(packaged()["population-basics"])
    with IdentifiedLake.create(tmp_path / "lake", threads=2) as lake:
        plant(lake, ("Patient", "Condition"))
        before = released(lake, recipe, tmp_path / "a")
        old = lake.snapshot()
        person = lake.person_of("north", patient(3))
        forget(lake, person, NOON)
        after = released(lake, recipe.changed(version="1.1.0"), tmp_path / "a")
        again = build(recipe, old, views_over(lake, old), ReleaseKey(b"k" * 32), tmp_path / "b")
    names = [set(r.table("patients")["patient"].to_pylist()) for r in (before, after)]
    (gone,) = names[0] - names[1]
    assert names[1] < names[0]
    for path in after.folder.rglob("*"):
        assert path.is_dir() or gone.encode() not in path.read_bytes()
    assert gone not in json.dumps(after.table("conditions").to_pylist())
    # The pinned snapshot, as long as it is kept, gives the same bytes again.
    assert again.manifest["files"] == before.manifest["files"]


def test_buckets_do_not_show(tmp_path):
    """How a lake spreads its persons over files says nothing and changes nothing."""
    recipe, sums = read_recipe_file(packaged()["population-basics"]), []
    for buckets in (1, 3):
        with IdentifiedLake.create(tmp_path / str(buckets), buckets=buckets, threads=2) as lake:
            plant(lake, ("Patient", "Condition"))
            release = released(lake, recipe, tmp_path / f"out{buckets}")
        sums.append([f for f in release.manifest["files"] if f["path"].startswith("data/")])
    assert sums[0] == sums[1]
