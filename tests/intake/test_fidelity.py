"""What is accepted reads back equal to what was sent; what is refused is at fault itself."""

import gzip
import json
import random
from collections import Counter
from itertools import chain
from pathlib import Path

import msgspec
import pytest

from lakmus.fhir import records
from lakmus.fhir.accept import Envelope
from lakmus.fhir.definitions import resource_types
from lakmus.fhir.validate import validate_record
from lakmus.intake import bundles
from lakmus.lake import quarantine
from tests.support.fhir_instances import instance

# Every refusal among the published examples, with the fault of the file itself.
AT_FAULT = {
    "hl7-r4-examples": {
        ("Questionnaire", "qs1"): "Questionnaire.item.linkId has cardinality 1..1 and is missing"
    },
    "mimic-iv-demo-fhir": {},
    "synthea-r4-bundles": {},
}


def sent(folder: Path):
    """(record as sent, as it should read back) for every resource of a folder, Bundles taken apart."""
    for file in sorted(folder.rglob("*.ndjson*")):
        with gzip.open(file, "rb") if file.suffix == ".gz" else file.open("rb") as lines:
            for line in lines:
                yield from unpacked(line)


def unpacked(line: bytes):
    if b'"resourceType":"Bundle"' not in line[:80]:
        yield records.loads(bundles.alone(line).data)
        return
    envelope = msgspec.json.decode(line, type=Envelope)
    nothing_found = dict.fromkeys(bundles.take_apart(envelope).searches, ())
    for part in bundles.take_apart(envelope, nothing_found).parts:
        yield records.loads(part.data)


def held(lake):
    """Records as they read back, by type and id, from every snapshot-visible version (late older ones too)."""
    found = {}
    for kind in lake.resource_types():
        for record in lake.resources(kind):
            found.setdefault((kind, record["id"]), []).append(record)
    with lake.cursor() as cursor:
        rows = cursor.execute("SELECT resource_type, id, record FROM lake.lk.superseded").fetchall()
    for kind, name, text in rows:
        found.setdefault((kind, name), []).append(read_superseded(kind, text))
    return found


def read_superseded(kind: str, text: str) -> dict:
    row = records.loads(text)
    row.pop("resourceType", None)
    return records.restore(row, kind)


def check_equal(intake, lake, folder: Path, name: str, capsys, alone: Path | None = None):
    """Counts of what does not read back equal, by type; what is in `alone` is sent by a site of its own."""
    receipt = intake.take_in(folder, "north").receipt
    if alone:
        receipt += intake.take_in(alone, "south").receipt
    back = held(lake)
    unequal, missing = Counter(), {}
    for record in chain(sent(folder), sent(alone) if alone else ()):
        key = record["resourceType"], record.get("id", "")
        versions = back.get(key)
        if versions is None:
            missing[key] = validate_record(record)
        elif record not in versions:
            unequal[key[0]] += 1
    with capsys.disabled():
        print(f"\n{name}: accepted {receipt.accepted + receipt.superseded}, refused {receipt.refused}")
    assert set(missing) == set(AT_FAULT[name]), "refused are those known to be at fault"
    assert all(missing.values())
    assert receipt.refused == len(missing), "nothing else is refused"
    return unequal


def parted(folder: Path, to: Path) -> tuple[Path, Path]:
    """The examples, and apart from them those that are about what a search finds: two of the others would match."""
    lines = gzip.decompress((folder / "examples.ndjson.gz").read_bytes()).splitlines(keepends=True)
    searching = [line for line in lines if b'"method":"DELETE"' in line]
    for name, part in (("most", [line for line in lines if line not in searching]), ("searching", searching)):
        (to / name).mkdir()
        (to / name / "examples.ndjson").write_bytes(b"".join(part))
    return to / "most", to / "searching"


def test_published_examples_of_108_types(intake, lake, shared, tmp_path, capsys):
    most, searching = parted(shared / "data/hl7-r4-examples", tmp_path)
    assert not check_equal(intake, lake, most, "hl7-r4-examples", capsys, alone=searching)
    assert len(lake.resource_types()) >= 107


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("name", ["mimic-iv-demo-fhir", "synthea-r4-bundles"])
def test_real_records(intake, lake, shared, capsys, name):
    intake.workers = 2
    unequal = check_equal(intake, lake, shared / "data" / name, name, capsys)
    # Synthea sends some organisations many times with other content and no date: the version before is in an older snapshot.
    assert set(unequal) <= ({"Organization", "Practitioner"} if name.startswith("synthea") else set())


def test_generated_instances_of_every_type(send, lake):
    chance = random.Random(7)
    made = {}
    for kind in set(resource_types()) - {"Bundle"}:  # a Bundle is taken apart: tests of its own
        for number in range(3):
            record = instance(kind, chance) | {"id": f"n{number}"}
            made[kind, record["id"]] = record
    receipt = send("generated.ndjson", [records.dumps(r) for r in made.values()])
    refused = [(i.file, i.line, i.reason) for i in quarantine.items(lake)]
    assert not refused
    assert receipt.created == len(made)
    for (kind, name), record in made.items():
        (back,) = lake.resources(kind, where="id = ?", parameters=[name])
        assert back == json.loads(records.dumps(record), parse_float=records.Decimal), kind


def test_faulty_domain_examples_are_kept_byte_for_byte(intake, lake, sealer, shared):
    folder = shared / "data/fhir-domain-examples"
    receipt = intake.take_in(folder, "north").receipt
    lines = gzip.decompress((folder / "resources.ndjson.gz").read_bytes()).split(b"\n")
    for item in quarantine.items(lake):
        original = sealer.open(quarantine.sealed_original(lake, item.item))
        assert original in lines[item.line - 1]
        assert original == lines[item.line - 1] or b'"Bundle"' in lines[item.line - 1]
    assert receipt.accepted > receipt.refused
