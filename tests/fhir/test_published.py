"""Published records: accepted ones read back equal, and every refusal is a true fault of the file, written down here."""

import gzip
import json
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from itertools import islice
from pathlib import Path

import pytest

from lakmus.fhir import Acceptor, Refused, records, restore
from tests.fhir.documents import canonical

# (folder, type, id): rule and path of the first fault, and what the definitions say.
LEDGER = {
    ("hl7-r4-examples", "Questionnaire", "qs1"): (
        "cardinality Questionnaire.item[0].item[0]",
        "Questionnaire.item.linkId is 1..1; nested items of this example have none",
    ),
}


def documents(file: Path, most: int | None) -> Iterator[bytes]:
    with gzip.open(file) as lines:
        yield from islice((line.strip() for line in lines), most)


def entries(file: Path, most: int | None) -> Iterator[bytes]:
    for line in documents(file, most):
        for entry in records.loads(line)["entry"]:
            yield records.dumps(entry["resource"]).encode()


def outcome(folder: str, sent: Iterator[bytes]) -> tuple[Counter[str], dict[tuple[str, str, str], str]]:
    """Counts of what was accepted, by type; first faults of what was refused. Each accepted one is read back."""
    acceptor, accepted, refused = Acceptor(), Counter[str](), {}
    for document in sent:
        expected = records.loads(document)
        kind = expected["resourceType"]
        answer = acceptor.accept(document, kind)
        if isinstance(answer, Refused):
            first = answer.issues[0]
            refused[(folder, kind, expected.get("id", ""))] = f"{first.rule} {first.path}"
            continue
        accepted[kind] += 1
        row = json.loads(answer.encoded, parse_float=Decimal)
        del row["resourceType"]
        assert canonical(restore(row, kind)) == canonical(expected)
    print(f"{folder}: {accepted.total()} accepted and read back equal, {len(refused)} refused {refused}")
    return accepted, refused


def faults(folder: str) -> dict[tuple[str, str, str], str]:
    return {key: fault for key, (fault, _) in LEDGER.items() if key[0] == folder}


def test_examples_of_the_standard(shared: Path) -> None:
    folder = "hl7-r4-examples"
    accepted, refused = outcome(folder, documents(shared / "data" / folder / "examples.ndjson.gz", None))
    assert refused == faults(folder)
    assert (accepted.total(), len(accepted)) == (527, 108)


@pytest.mark.parametrize("most", [40, pytest.param(None, marks=pytest.mark.slow)], ids=["sample", "whole"])
def test_mimic(shared: Path, most: int | None) -> None:
    files = sorted((shared / "data/mimic-iv-demo-fhir/fhir").glob("*.ndjson.gz"))
    accepted, refused = outcome("mimic-iv-demo-fhir", (d for f in files for d in documents(f, most)))
    assert refused == {}
    assert len(accepted) == 13
    assert most or accepted.total() == 181_561


@pytest.mark.parametrize("most", [1, pytest.param(None, marks=pytest.mark.slow)], ids=["sample", "whole"])
def test_synthea_bundles(shared: Path, most: int | None) -> None:
    files = sorted((shared / "data/synthea-r4-bundles").glob("*.ndjson.gz"))
    accepted, refused = outcome("synthea-r4-bundles", (d for f in files for d in entries(f, most)))
    assert refused == {}
    assert len(accepted) >= 12
    assert most or accepted.total() == 125_553


def test_synthea_bulk_export(shared: Path) -> None:
    folder = "synthea-bulk-10"
    files = [f for f in sorted((shared / "data" / folder).glob("*.ndjson.gz")) if f.stem != "log.ndjson"]
    accepted, refused = outcome(folder, (d for f in files for d in documents(f, 60)))
    assert refused == {}
    assert len(accepted) >= 10


# Of the partial fixtures and drafts, faults that a reader of the definitions can check at a glance.
KNOWN_FAULTS = {
    ("fhir-domain-examples", "resources.ndjson.gz"): (246, 69),
    ("fhir-ru-examples", "resources.ndjson.gz"): (18, 27),
}
"""(accepted, refused); e.g. dates as 18841116, `<table>` in place of a `<div>`, 31 records without a required element,
ServiceRequest without intent (1..1), times without a zone, ids with spaces, elements of R5 or invented ones."""


@pytest.mark.parametrize(("place", "expected"), KNOWN_FAULTS.items(), ids=[p[0] for p in KNOWN_FAULTS])
def test_partial_fixtures(shared: Path, place: tuple[str, str], expected: tuple[int, int]) -> None:
    folder, name = place
    acceptor = Acceptor()
    answers = [acceptor.accept(d) for d in documents(shared / "data" / folder / name, None)]
    refused = [a for a in answers if isinstance(a, Refused)]
    assert (len(answers) - len(refused), len(refused)) == expected
    assert all(issue.rule and issue.message for a in refused for issue in a.issues)
