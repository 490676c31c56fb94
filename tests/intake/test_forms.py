"""What may be sent, and what becomes of what may not: one row of a table for each."""

import gzip
import io
import json
import subprocess
import sys
import zipfile

import pytest

from lakmus.intake import blocks, sources
from lakmus.lake import IdentifiedLake, Receipt, quarantine

PATIENT = {"resourceType": "Patient", "id": "p", "gender": "female"}
PRESSURE = {"resourceType": "Observation", "id": "o", "status": "final", "code": {"text": "BP"}}
GOOD = json.dumps(PATIENT)
XML = '<Patient xmlns="http://hl7.org/fhir"><id value="p"/><gender value="female"/></Patient>'


def zipped(files: dict[str, str]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return packed.getvalue()


# name of the file, what is in it, records accepted
ACCEPTED = [
    ("one.json", GOOD, 1),
    ("pretty.json", json.dumps(PATIENT, indent=2), 1),
    ("bom.json", b"\xef\xbb\xbf" + GOOD.encode(), 1),
    ("two.ndjson", [PATIENT, PRESSURE], 2),
    ("blank-lines.ndjson", f"\n{GOOD}\n\n  \n{json.dumps(PRESSURE)}\n", 2),
    ("windows.ndjson", f"{GOOD}\r\n{json.dumps(PRESSURE)}\r\n", 2),
    ("packed.ndjson.gz", [PATIENT, PRESSURE], 2),
    ("lines-called.json", [PATIENT, PRESSURE], 2),
    ("one.xml", XML, 1),
    (
        "many.zip",
        zipped({"a.ndjson": GOOD, "inner/b.json": json.dumps(PRESSURE), "__MACOSX/a.ndjson": "x"}),
        2,
    ),
    ("empty.ndjson", "", 0),
]


@pytest.mark.parametrize(("name", "content", "count"), ACCEPTED, ids=[row[0] for row in ACCEPTED])
def test_forms_that_are_read(send, name, content, count):
    assert send(name, content) == Receipt(created=count)


LONG_NAME = "é" * 10
# name of the file, what is in it, records accepted, rule that the refused one broke
REFUSED = [
    ("broken.ndjson", [GOOD, '{"resourceType":"Patient"', json.dumps(PRESSURE)], 2, "json"),
    ("not-utf8.ndjson", GOOD.encode() + b'\n{"resourceType":"Patient","id":"\xff"}', 1, "utf-8"),
    ("array.ndjson", [GOOD, "[1, 2]"], 1, "json"),
    ("number.ndjson", [GOOD, "7"], 1, "json"),
    ("nan.ndjson", [GOOD, '{"resourceType":"Patient","multipleBirthInteger":NaN}'], 1, "json"),
    ("deep.ndjson", [GOOD, "[" * 100_000], 1, "nesting"),
    ("deep-objects.ndjson", [GOOD, '{"a":' * 5000 + "1" + "}" * 5000], 1, "nesting"),
    (
        "duplicate.ndjson",
        [GOOD, '{"resourceType":"Patient","id":"q","gender":"male","gender":"female"}'],
        1,
        "duplicate-key",
    ),
    ("unknown-type.ndjson", [GOOD, '{"resourceType":"Patiente","id":"q"}'], 1, "resource-type"),
    (
        "unknown-element.ndjson",
        [GOOD, '{"resourceType":"Patient","id":"q","gendre":"male"}'],
        1,
        "unknown-element",
    ),
    ("text.ndjson", [GOOD, "hello"], 1, "json"),
    ("picture.json", b"\x89PNG\r\n\x1a\n" + bytes(100), 0, "file"),
    ("cut-short.ndjson.gz", None, 0, "file"),
    (
        "entities.xml",
        '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><Patient xmlns="http://hl7.org/fhir">&e;</Patient>',
        0,
        "xml-dtd",
    ),
    ("broken.xml", "<Patient xmlns='http://hl7.org/fhir'>", 0, "xml"),
]


@pytest.mark.parametrize(("name", "content", "accepted", "rule"), REFUSED, ids=[row[0] for row in REFUSED])
def test_a_fault_costs_its_own_line_only(send, lake, tmp_path, intake, name, content, accepted, rule):
    if name.startswith("cut-short"):
        file = tmp_path / name
        file.write_bytes(gzip.compress(GOOD.encode() * 1000)[:-20])
        receipt = intake.take_in(file, "north").receipt
    else:
        receipt = send(name, content)
    assert (receipt.accepted, receipt.refused) == (accepted, 1)
    (item,) = quarantine.items(lake)
    assert rule in item.reason.split(", ")


def test_quarantine_names_file_and_line_and_keeps_the_bytes(send, lake, sealer):
    broken = '{"resourceType":"Patient","id":"Secretname","gender":7}'
    send("some.ndjson", [GOOD, broken])
    (item,) = quarantine.items(lake)
    assert (item.file, item.line, item.site) == ("some.ndjson", 2, "north")
    sealed = quarantine.sealed_original(lake, item.item)
    assert sealer.open(sealed) == broken.encode()
    assert b"Secretname" not in sealed
    assert "Secretname" not in json.dumps(quarantine.outcome(lake, item.item))


def test_an_overlong_line_is_refused_in_bounded_memory(intake, lake, tmp_path, monkeypatch):
    monkeypatch.setattr(blocks, "LONGEST", 1 << 16)
    monkeypatch.setattr(blocks, "BLOCK", 1 << 14)
    file = tmp_path / "long.ndjson"
    file.write_text(
        "\n".join([GOOD, '{"resourceType":"Patient","id":"' + "x" * 300_000 + '"}', json.dumps(PRESSURE)])
    )
    receipt = intake.take_in(file, "north").receipt
    assert (receipt.created, receipt.refused) == (2, 1)
    (item,) = quarantine.items(lake)
    assert (item.line, item.reason) == (2, "file")


def test_a_bomb_is_not_unpacked(intake, lake, tmp_path, monkeypatch):
    monkeypatch.setattr(sources, "FREE", 1 << 20)
    file = tmp_path / "bomb.ndjson.gz"
    file.write_bytes(gzip.compress((GOOD + "\n").encode() + b" " * (50 << 20)))
    receipt = intake.take_in(file, "north").receipt
    assert (receipt.created, receipt.refused) == (1, 1)
    outcome = quarantine.outcome(lake, quarantine.items(lake)[0].item)
    assert "unpacks to more than" in outcome["issue"][0]["details"]["text"]


def test_tables_beside_the_records_of_a_folder_are_passed_over(intake, tmp_path):
    for name in ("README.md", "csv/patients.csv", "csv/patients.csv.gz", "SHA256SUMS.txt"):
        (tmp_path / "sent" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "sent" / name).write_bytes(b"a,b\n1,2\n")
    (tmp_path / "sent/a.ndjson").write_text(GOOD)
    assert intake.take_in(tmp_path / "sent", "north").receipt == Receipt(created=1)


def test_names_in_an_archive_cannot_climb(send, lake):
    send("evil.zip", zipped({"../../etc/a.ndjson": GOOD}))
    with lake.cursor() as cursor:
        assert cursor.execute('SELECT lk_file FROM lake."Patient"').fetchall() == [("evil.zip/etc/a.ndjson",)]


def test_a_refused_xml_document_is_kept_as_it_came(send, lake, sealer):
    faulty = XML.replace("female", "unheard-of")
    assert send("one.xml", faulty) == Receipt(refused=1)
    (item,) = quarantine.items(lake)
    assert sealer.open(quarantine.sealed_original(lake, item.item)) == faulty.encode()


def test_a_zip_bomb_is_not_unpacked_and_its_neighbours_are_read(intake, lake, tmp_path, monkeypatch):
    monkeypatch.setattr(sources, "FREE", 1 << 20)
    file = tmp_path / "bomb.zip"
    file.write_bytes(
        zipped({"a.ndjson": GOOD, "bomb.ndjson": " " * (50 << 20), "z.ndjson": json.dumps(PRESSURE)})
    )
    assert intake.take_in(file, "north").receipt == Receipt(created=2, refused=1)
    assert "unpacks to more than" in str(quarantine.outcome(lake, quarantine.items(lake)[0].item))


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_line_of_a_gigabyte_costs_itself_only_and_little_memory(tmp_path):
    """In a process of its own, which says at its end what its peak of memory was."""
    file, lake = tmp_path / "long.ndjson", tmp_path / "lake"
    with file.open("wb") as out:
        out.write(GOOD.encode() + b'\n{"resourceType":"Patient","id":"')
        for _ in range(1024):
            out.write(b"x" * (1 << 20))
        out.write(b'"}\n' + json.dumps(PRESSURE).encode() + b"\n")
    IdentifiedLake.create(lake).close()
    code = (
        "import pathlib, re, sys\n"
        "from tests.support.intake_child import main\n"
        "main(*sys.argv[1:])\n"
        "print(re.search('VmHWM:[^0-9]*([0-9]+) kB', pathlib.Path('/proc/self/status').read_text())[1])"
    )
    command = [sys.executable, "-c", code, str(lake), str(file), str(8 << 20)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    peak = int(said.splitlines()[-1]) >> 10
    with IdentifiedLake.open(lake) as opened:
        (item,) = quarantine.items(opened)
        assert (item.line, item.reason) == (2, "file")
        assert opened.resource_types() == ["Observation", "Patient"]
    assert peak < 700, f"{peak} MB"
