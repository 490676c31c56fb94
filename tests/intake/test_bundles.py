"""Bundles: which stand or fall as a whole, and what becomes of references and ids inside."""

import pytest

from lakmus.intake import bundles
from lakmus.lake import Receipt, quarantine

ANN = {"resourceType": "Patient", "id": "ann", "gender": "female"}
ANN_URN = "urn:uuid:61ebe359-bfdc-4613-8bf2-c5e300945f0a"
PULSE = {
    "resourceType": "Observation",
    "status": "final",
    "code": {"text": "pulse"},
    "subject": {"reference": ANN_URN},
}
BAD = {"resourceType": "Observation", "code": {"text": "no status"}}


def bundle(kind: str, *resources: dict) -> dict:
    urls = {"ann": ANN_URN}
    entries = [
        ({"fullUrl": urls[r["id"]]} if r.get("id") in urls else {})
        | {"resource": r}
        | (
            {"request": {"method": "POST", "url": r["resourceType"]}}
            if kind in ("transaction", "batch")
            else {}
        )
        for r in resources
    ]
    return {"resourceType": "Bundle", "type": kind, "entry": entries}


# Bundle.type, what of two good records and a bad one comes in
FALL_TOGETHER = [
    ("transaction", Receipt(refused=1)),
    ("message", Receipt(refused=1)),
    ("document", Receipt(refused=1)),
    ("batch", Receipt(created=2, refused=1)),
    ("collection", Receipt(created=2, refused=1)),
    ("searchset", Receipt(created=2, refused=1)),
]


@pytest.mark.parametrize(("kind", "receipt"), FALL_TOGETHER, ids=[row[0] for row in FALL_TOGETHER])
def test_which_bundles_fall_as_a_whole(send, kind, receipt):
    assert send("b.json", bundle(kind, ANN, PULSE, BAD)) == receipt


def test_a_refused_entry_is_named_by_its_place(send, lake):
    send("b.json", bundle("transaction", ANN, BAD))
    outcome = quarantine.outcome(lake, quarantine.items(lake)[0].item)
    assert outcome["issue"][0]["expression"] == ["Bundle.entry[1].resource"]


def test_a_document_is_also_kept_as_such(send, lake):
    assert send("b.json", bundle("document", ANN, PULSE)).created == 3
    (kept,) = lake.resources("Bundle")
    assert [e["resource"]["resourceType"] for e in kept["entry"]] == ["Patient", "Observation"]


def test_references_inside_become_relative_and_the_original_is_kept(send, lake):
    send("b.json", bundle("transaction", ANN, PULSE))
    (pulse,) = lake.resources("Observation")
    assert pulse["subject"] == {"reference": "Patient/ann"}
    with lake.cursor() as cursor:
        (kept,) = cursor.execute('SELECT lk_rewritten FROM lake."Observation"').fetchone()
    assert ANN_URN in kept
    person = lake.person_of("north", "ann")
    assert len(list(lake.one_person(person).resources("Observation"))) == 1


def test_an_entry_without_id_gets_the_same_one_when_sent_again(send, lake):
    send("b.json", bundle("transaction", ANN, PULSE))
    assert send("again.json", bundle("transaction", ANN, PULSE)) == Receipt(unchanged=2)


def test_a_delete_entry_deletes(send, lake):
    send("a.json", ANN)
    gone = {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [{"request": {"method": "DELETE", "url": "Patient/ann"}}],
    }
    kept = bundle("transaction", PULSE | {"id": "kept"}, PULSE | {"id": "kept2"})
    kept["entry"].append(gone["entry"][0])
    assert send("b.ndjson", [kept, gone, gone]) == Receipt(created=2, deleted=1)
    assert list(lake.resources("Patient")) == []


@pytest.mark.parametrize(
    "reference", ["Patient/not-here", "Practitioner?identifier=x|1", "https://other.example/fhir/Patient/7"]
)
def test_dangling_and_conditional_references_stay_as_sent(send, lake, reference):
    send("o.json", PULSE | {"id": "o", "subject": {"reference": reference}})
    (found,) = lake.resources("Observation")
    assert found["subject"]["reference"] == reference


def test_entries_that_hold_no_object_are_refused_alike(send, lake):
    """By the typed way and by the validator's: one entry teaches the envelope, the next is no resource."""
    good = bundle("collection", ANN)
    bad = [
        {"resourceType": "Bundle", "type": "collection", "entry": [{"fullUrl": ANN_URN, "resource": r}]}
        for r in (7, "x", [], {"resourceType": 7})
    ]
    assert send("b.ndjson", [good, *bad, good]) == Receipt(created=1, unchanged=1, refused=4)


def test_the_same_full_url_twice_is_refused(send, lake):
    twice = bundle("collection", ANN, ANN)
    assert send("b.ndjson", [bundle("collection", ANN), twice]) == Receipt(created=1, refused=1)
    assert "bdl-7" in quarantine.items(lake)[0].reason


TARGETS = {b"urn:uuid:1": b"Patient/1", b"urn:uuid:12": b"Patient/12"}
# A resource, as it is kept, what its references were
REWRITTEN = [
    (b'{"reference":"urn:uuid:1"}', b'{"reference":"Patient/1"}', {"Patient/1": "urn:uuid:1"}),
    (b'{"reference":"urn:uuid:12"}', b'{"reference":"Patient/12"}', {"Patient/12": "urn:uuid:12"}),
    (b'{"reference" : "urn:uuid:1"}', b'{"reference" : "Patient/1"}', {"Patient/1": "urn:uuid:1"}),
    (b'{"reference":"urn:uuid:3"}', b'{"reference":"urn:uuid:3"}', {}),
    (b'{"display":"urn:uuid:1"}', b'{"display":"urn:uuid:1"}', {}),
    (b'{"reference":"urn:uuid:1', b'{"reference":"urn:uuid:1', {}),  # cut off
    (b'{"reference":"urn:uuid:1#a"}', b'{"reference":"urn:uuid:1#a"}', {}),
]


@pytest.mark.parametrize(("sent", "kept", "rewritten"), REWRITTEN)
def test_only_whole_references_to_entries_are_rewritten(sent, kept, rewritten):
    assert bundles.relative(sent, TARGETS) == (kept, rewritten)


def test_an_escaped_reference_is_not_the_entry_whose_url_looks_like_it(send, lake):
    """The JSON text of a reference with one backslash looks like a URL that has two."""
    one, two = "urn:a" + "\\" + "b", "urn:a" + "\\\\" + "b"
    sent = bundle("collection", ANN, PULSE | {"subject": {"reference": one}})
    sent["entry"][0]["fullUrl"] = two
    send("b.json", sent)
    assert [r["subject"]["reference"] for r in lake.resources("Observation")] == [one]
