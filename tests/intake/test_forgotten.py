"""Forgetting somebody reaches what was refused, too."""

from __future__ import annotations

import json

import pytest

from lakmus.intake import mentions
from lakmus.lake import quarantine
from lakmus.lake.withdrawal import forget
from tests.intake.conftest import NOON

PATIENT = {"resourceType": "Patient", "id": "p1", "gender": "female"}
OTHER = {"resourceType": "Patient", "id": "p2", "gender": "male"}
FAULTY = {"resourceType": "Patient", "id": "p1", "gender": "SECRET"}

# whose it is, a document that is refused
OF_P1 = [
    ("the patient's own", json.dumps(FAULTY)),
    (
        "about the patient",
        json.dumps({"resourceType": "Observation", "id": "o", "subject": {"reference": "Patient/p1"}}),
    ),
    (
        "with an absolute reference",
        json.dumps(
            {"resourceType": "Observation", "id": "o", "subject": {"reference": "https://h/Patient/p1"}}
        ),
    ),
    ("cut off", json.dumps(FAULTY)[:-3]),
    (
        "a bundle",
        json.dumps({"resourceType": "Bundle", "type": "transaction", "entry": [{"resource": FAULTY}]}),
    ),
]


@pytest.mark.parametrize("document", [d for _, d in OF_P1], ids=[name for name, _ in OF_P1])
def test_refused_documents_of_the_forgotten_are_removed_and_stay_out(send, lake, document):
    send("both.ndjson", [PATIENT, OTHER])
    send("refused.ndjson", [document, json.dumps(OTHER | {"gender": "SECRET"})])
    assert len(quarantine.items(lake)) == 2
    forget(lake, lake.person_of("north", "p1"), NOON)
    assert [item.line for item in quarantine.items(lake)] == [2]
    send("again.ndjson", [document])
    assert [item.line for item in quarantine.items(lake)] == [2]


def test_the_same_id_at_another_site_is_somebody_else(send, lake):
    send("north.ndjson", [PATIENT])
    send("south.ndjson", [FAULTY], site="south")
    forget(lake, lake.person_of("north", "p1"), NOON)
    assert len(quarantine.items(lake)) == 1


@pytest.mark.parametrize(
    ("document", "found"),
    [
        (b"", ""),
        (b"\xff\xfe not json", ""),
        (b'{"resourceType":"Observation","id":"o1","subject":{"reference":"Patient/7"}}', "7"),
        (b'{"resourceType":"Patient","id":"7"', "7"),
        (b'<Patient xmlns="http://hl7.org/fhir"><id value="7"/>', "7"),
        (b'{"resource":{"resourceType":"Patient"},"fullUrl":"urn:uuid:00000000-0000-4000-8000-000000000001"}',
         "00000000-0000-4000-8000-000000000001"),
    ],
)  # fmt: skip
def test_whom_a_document_mentions(document, found):
    assert mentions.patients(document) == found
