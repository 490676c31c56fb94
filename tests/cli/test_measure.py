"""`lakmus measure`: the page that teaches it, and what it says of bad input."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from lakmus import cli
from lakmus.core.errors import InputError, LakmusError, ManyErrors
from lakmus.fhir import validate
from lakmus.fhir.records import dumps
from tests.cli.conftest import Run
from tests.cli.test_cql import BLOCK, commands, ran
from tests.query.cql.measure_suite import Measure, measures
from tests.query.measures.test_official import document

PAGE = Path(__file__).parents[2] / "docs" / "measures.md"
PERIOD = ("--from", "2024-01-01", "--to", "2024-12-31")


@pytest.fixture
def page(lakmus: Run, tmp_path: Path) -> Run:
    """The commands in a folder that holds the files of the page."""
    for _, file, content in BLOCK.findall(PAGE.read_text("utf-8")):
        if file:
            (tmp_path / file).write_text(content)
    return lakmus


def reported(page: Run, *more: str) -> list[dict[str, Any]]:
    """What a run over the page's records prints, each report valid."""
    arguments = ("--records", "records.ndjson", *PERIOD, "--value-sets", "hospice.json")
    printed = page("measure", "run", "measure.json", *arguments, *more)
    texts = printed.splitlines() if "individual" in more else [printed]
    assert not [issue for text in texts for issue in validate(text.encode())]
    return [json.loads(text) for text in texts]


def counts(part: dict[str, Any]) -> list[int]:
    return [each["count"] for each in part["population"]]


def test_the_page_says_what_the_commands_print(page: Run, tmp_path: Path) -> None:
    blocks = [block for language, _, block in BLOCK.findall(PAGE.read_text("utf-8")) if language == "console"]
    told = [pair for block in blocks for pair in commands(block)]
    assert len(told) == 2
    for command, printed in told:
        assert ran(command) == printed
    assert not validate((tmp_path / "report.json").read_bytes())
    (group,) = json.loads((tmp_path / "report.json").read_text())["group"]
    assert counts(group) == [3, 3, 1, 1]
    assert group["measureScore"] == {"value": 0.5}


def test_a_summary_by_sex(page: Run) -> None:
    (report,) = reported(page)
    assert report["measure"] == "http://example.org/Measure/blood-pressure|1.0"
    assert report["period"] == {"start": "2024-01-01", "end": "2024-12-31"}
    (stratifier,) = report["group"][0]["stratifier"]
    assert stratifier["code"] == [{"text": "sex"}]
    strata = {each["value"]["text"]: counts(each) for each in stratifier["stratum"]}
    assert strata == {"female": [1, 1, 0, 1], "male": [2, 2, 1, 0]}
    assert "p1" not in json.dumps(report)


def test_the_same_of_a_lake(page: Run, tmp_path: Path) -> None:
    (of_files,) = reported(page)
    page("upgrade")
    page("site", "add", "north", "--name", "North")
    page("intake", tmp_path / "records.ndjson", "--site", "north")
    told = page("measure", "run", "measure.json", *PERIOD, "--value-sets", "hospice.json")
    of_lake = json.loads(told)
    assert not validate(told.encode())
    assert _without_order(of_lake["group"]) == _without_order(of_files["group"])


def _without_order(group: list[dict[str, Any]]) -> Any:
    """Strata come in the order they are met."""
    for stratifier in (s for each in group for s in each.get("stratifier", [])):
        stratifier["stratum"].sort(key=json.dumps)
    return group


def test_a_list_of_subjects(page: Run) -> None:
    (report,) = reported(page, "--report", "subject-list")
    lists = {f"#{each['id']}": each for each in report["contained"]}
    numerator = lists[report["group"][0]["population"][3]["subjectResults"]["reference"]]
    assert [each["item"]["reference"] for each in numerator["entry"]] == ["Patient/p1"]


def test_a_report_of_each(page: Run) -> None:
    reports = reported(page, "--report", "individual")
    found = {each["subject"]["reference"]: counts(each["group"][0]) for each in reports}
    assert found == {
        "Patient/p1": [1, 1, 0, 1],
        "Patient/p2": [1, 1, 0, 0],
        "Patient/p3": [1, 1, 1, 0],
        "Patient/p4": [0, 0, 0, 0],
    }


def test_a_folder_of_records_by_type_and_libraries_elsewhere(page: Run, tmp_path: Path) -> None:
    lines = (tmp_path / "records.ndjson").read_text().splitlines()
    (tmp_path / "records").mkdir()
    for name, kind in (("a.ndjson", "Observation"), ("b.ndjson", "Encounter")):
        (tmp_path / "records" / name).write_text("\n".join(line for line in lines if kind in line))
    entries = [{"resource": json.loads(line)} for line in lines if '"Patient",' in line]
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    (tmp_path / "records" / "patients.json").write_text(json.dumps(bundle))
    (tmp_path / "records" / "LICENSE").write_text("Do what you want.")
    (tmp_path / "libraries").mkdir()
    (tmp_path / "BloodPressure.cql").rename(tmp_path / "libraries" / "BloodPressure.cql")
    more = ("--value-sets", "hospice.json", "--library-folder", "libraries")
    report = json.loads(page("measure", "run", "measure.json", "--records", "records", *PERIOD, *more))
    assert counts(report["group"][0]) == [3, 3, 1, 1]


def test_an_official_measure_from_files(lakmus: Run, tmp_path: Path, shared: Path) -> None:
    suite = next(each for each in measures(shared) if each.name.startswith("CMS125"))
    written(suite, tmp_path)
    model = shared / "conformance" / "modelinfo" / "qicore-modelinfo-6.0.0.xml"
    files = (
        "--records",
        "records",
        "--library-folder",
        "libraries",
        "--value-sets",
        "sets",
        "--model",
        model,
    )
    period = ("--from", "2026-01-01", "--to", "2026-12-31")
    (group,) = json.loads(lakmus("measure", "run", "measure.json", *files, *period))["group"]
    pops = [pop for case in suite.cases for part in case["expected"] for pop in part["pops"]]
    wanted = {id_: sum(count for _, count, other in pops if other == id_) for _, _, id_ in pops}
    assert {each["id"]: each["count"] for each in group["population"]} == wanted


def written(suite: Measure, folder: Path) -> None:
    """A measure's file taken apart: measure, libraries, value sets, and a Bundle for each patient."""
    for name in ("libraries", "sets", "records"):
        (folder / name).mkdir()
    (folder / "measure.json").write_text(json.dumps(document(suite)))
    for name, text in suite.libraries.items():
        (folder / "libraries" / f"{name}.cql").write_text(text)
    for number, (url, codes) in enumerate(suite.value_sets.items()):
        (folder / "sets" / f"{number}.json").write_text(json.dumps(value_set(url, codes)))
    for number, case in enumerate(suite.cases):
        entries = [{"resource": each} for each in case["resources"]]
        bundle = {"resourceType": "Bundle", "type": "collection", "entry": entries}
        (folder / "records" / f"{number}.json").write_text(dumps(bundle))


def value_set(url: str, codes: Iterable[tuple[str, str]]) -> dict[str, Any]:
    include = [{"system": system, "concept": [{"code": code}]} for system, code in codes]
    return {"resourceType": "ValueSet", "url": url, "status": "active", "compose": {"include": include}}


def refused(page: Run, *arguments: str) -> LakmusError:
    with pytest.raises(LakmusError) as raised:
        page("measure", *arguments)
    assert "p1" not in str(raised.value)
    return raised.value


RUN = ("run", "measure.json", "--records", "records.ndjson")


class TestBadInput:
    def test_a_measure_that_is_not_there(self, page: Run) -> None:
        assert "no readable text" in str(refused(page, "check", "none.json"))

    def test_a_measure_that_is_not_json(self, page: Run, tmp_path: Path) -> None:
        (tmp_path / "measure.json").write_text("{")
        assert "is not JSON" in str(refused(page, "check", "measure.json"))

    def test_a_library_that_is_not_there(self, page: Run, tmp_path: Path) -> None:
        (tmp_path / "BloodPressure.cql").unlink()
        assert "put `BloodPressure.cql` into" in str(refused(page, "check", "measure.json"))

    def test_definitions_that_the_library_does_not_have(self, page: Run, tmp_path: Path) -> None:
        library = tmp_path / "BloodPressure.cql"
        library.write_text(library.read_text().replace('define "Numerator"', 'define "Numerators"'))
        error = refused(page, "check", "measure.json")
        assert isinstance(error, ManyErrors)
        (only,) = error.errors
        assert only.message == "library `BloodPressure` has no definition `Numerator`"
        assert only.hint == "did you mean Numerators?"
        assert only.place is not None
        assert only.place.path == "Measure.group[0].population[3].criteria"

    def test_definitions_of_another_type(self, page: Run, tmp_path: Path) -> None:
        library = tmp_path / "BloodPressure.cql"
        library.write_text(library.read_text().replace('exists "Systolic readings"', '"Systolic readings"'))
        assert "but the population basis is boolean" in str(refused(page, "check", "measure.json"))

    def test_a_library_without_the_parameter(self, page: Run, tmp_path: Path) -> None:
        library = tmp_path / "BloodPressure.cql"
        library.write_text(library.read_text().replace("Measurement Period", "Period"))
        assert "has no parameter `Measurement Period`" in str(refused(page, "check", "measure.json"))

    def test_a_period_that_ends_before_it_starts(self, page: Run) -> None:
        period = ("--from", "2024-12-31", "--to", "2024-01-01")
        assert "ends before it starts" in str(refused(page, *RUN, *period))

    def test_a_day_that_is_none(self, page: Run) -> None:
        arguments = ["measure", *RUN, "--from", "2024", "--to", "2024-12-31"]
        assert CliRunner().invoke(cli.build(arguments), arguments).exit_code == InputError.exit_code

    def test_value_sets_that_are_not_there(self, page: Run) -> None:
        assert "http://example.org/ValueSet/hospice" in str(refused(page, *RUN, *PERIOD))
        assert "no terminology at" in str(refused(page, *RUN, *PERIOD, "--value-sets", "none"))

    @pytest.mark.parametrize(
        ("line", "message"),
        [
            ("{", "this is not JSON (at records.ndjson:9)"),
            ("[]", "this is no FHIR resource (at records.ndjson:9)"),
            ('{"resourceType": "Patient"}', "a Patient has no id (at records.ndjson:9)"),
        ],
    )
    def test_records_that_are_none(self, page: Run, tmp_path: Path, line: str, message: str) -> None:
        records = tmp_path / "records.ndjson"
        records.write_text(records.read_text() + line + "\n")
        assert message in str(refused(page, *RUN, *PERIOD))

    def test_records_without_patients(self, page: Run, tmp_path: Path) -> None:
        records = tmp_path / "records.ndjson"
        lines = [line for line in records.read_text().splitlines() if '"Patient",' not in line]
        records.write_text("\n".join(lines))
        assert "has no Patient" in str(refused(page, *RUN, *PERIOD))

    def test_a_report_that_cannot_be_written(self, page: Run) -> None:
        more = ("--value-sets", "hospice.json", "--out", "none/report.json")
        assert "cannot be written" in str(refused(page, *RUN, *PERIOD, *more))

    def test_no_half_report_is_left(self, page: Run, tmp_path: Path) -> None:
        refused(page, *RUN, *PERIOD, "--out", "report.json")  # for want of a value set
        assert not list(tmp_path.glob("report.json*"))
