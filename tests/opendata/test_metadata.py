"""What machines and people read about a release, checked by the tools made for it."""

import json
import re
import warnings
from html.parser import HTMLParser

import pytest

from lakmus.opendata.releases import build, read_recipe
from tests.opendata.conftest import RECIPE, TYPES, Region, people, visits


@pytest.fixture(scope="module")
def release(tmp_path_factory):
    import random

    from lakmus.privacy import ReleaseKey

    rng, patients = random.Random(2), list(people())
    rows = {"Patient": patients, "Encounter": [row for patient in patients for row in visits(patient, rng)]}
    return build(
        read_recipe(RECIPE),
        3,
        Region(rows, TYPES).run_view,
        ReleaseKey(b"k" * 32),
        tmp_path_factory.mktemp("r"),
    )


def test_croissant_is_valid_and_loads(release, caplog):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of its libraries, on Pythons newer than they know
        import mlcroissant

        dataset = mlcroissant.Dataset(jsonld=str(release.folder / "croissant.json"))
        issues = dataset.metadata.ctx.issues
        assert (list(issues.errors), list(issues.warnings)) == ([], [])
        records = list(dataset.records("patients"))
        visited = list(dataset.records("visits"))
    rows = release.table("patients").to_pylist()
    assert len(records) == len(rows)
    assert {r["patients/patient"].decode() for r in records} == {row["patient"] for row in rows}
    assert len(visited) == release.table("visits").num_rows


def test_croissant_sums_are_checked(release, tmp_path):
    found = json.loads((release.folder / "croissant.json").read_text())
    sums = {f["path"]: f["sha256"] for f in release.manifest["files"]}
    assert {f["contentUrl"]: f["sha256"] for f in found["distribution"]} == {
        path: digest for path, digest in sums.items() if path.startswith("data/")
    }


def test_dcat_says_the_same_as_the_manifest(release):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import rdflib

        graph = rdflib.Graph().parse(release.folder / "dcat.jsonld", format="json-ld")
        dcat, dct = (
            rdflib.Namespace("http://www.w3.org/ns/dcat#"),
            rdflib.Namespace("http://purl.org/dc/terms/"),
        )
        (dataset,) = graph.subjects(rdflib.RDF.type, dcat.Dataset)
        assert str(graph.value(dataset, dct.identifier)) == "small-cohort@1.0.0"
        assert str(graph.value(dataset, dct.title)) == "Hypertension & friends"
        files = {str(graph.value(d, dct.title)): int(graph.value(d, dcat.byteSize)) for d in graph.objects(dataset, dcat.distribution)}  # fmt: skip
    assert files == {
        f["path"]: f["bytes"] for f in release.manifest["files"] if f["path"].startswith("data/")
    }


def test_the_schema_is_that_of_the_files_and_says_why(release):
    for table in release.json("schema.json"):
        columns = release.table(table["name"]).schema
        assert [c["name"] for c in table["columns"]] == columns.names
        assert all(c["why"] and c["done"] and c["fhir_path"] for c in table["columns"])
    types = {c["name"]: c["type"] for c in release.json("schema.json")[1]["columns"]}
    assert types == {
        "visit": "text", "patient": "text", "start": "text", "kind": "text", "reasons": "list of text", "score": "number",
    }  # fmt: skip


def test_the_html_card_is_whole_and_escaped(release):
    text = (release.folder / "card.html").read_text("utf-8")
    open_tags, problems = [], []

    class Balance(HTMLParser):
        def handle_starttag(self, tag, attrs):
            if tag not in ("meta", "link", "br"):
                open_tags.append(tag)

        def handle_endtag(self, tag):
            if not open_tags or open_tags.pop() != tag:
                problems.append(tag)

    Balance().feed(text)
    assert (open_tags, problems) == ([], [])
    assert "Patients of two sites &lt;with&gt; visits" in text
    assert "<script" not in text
    assert text.count("<svg") >= 4
    assert text.count("<table>") >= text.count("<svg")


def test_the_markdown_card_says_the_same(release):
    text = (release.folder / "README.md").read_text("utf-8")
    assert "Patients of two sites \\<with\\> visits \\| and diagnoses." in text
    for table in release.json("schema.json"):
        for column in table["columns"]:
            assert re.search(rf"^\| {column['name']} \|", text, re.MULTILINE)
    risk = release.json("risk.json")
    assert f"| smallest class in the release | {risk['smallest_class_after']} |" in text


def test_risk_figures_are_those_of_the_tables(release):
    from collections import Counter

    classes = Counter((row["sex"], row["age"]) for row in release.table("patients").to_pylist())
    risk = release.json("risk.json")
    assert risk["smallest_class_after"] == min(classes.values()) >= risk["k"]
    assert risk["average_risk_after"] == pytest.approx(len(classes) / sum(classes.values()), abs=1e-6)
