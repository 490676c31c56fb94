"""References and creates that depend on a search: against the lake, the batch and the Bundle itself."""

import pytest

from lakmus.intake import conditional
from lakmus.intake.conditional import Search
from lakmus.lake import Receipt, quarantine

NUMBER = {"system": "urn:oid:1.2.3", "value": "42"}
ANN = {"resourceType": "Patient", "id": "ann", "identifier": [NUMBER]}
PULSE = {"resourceType": "Observation", "id": "o", "status": "final", "code": {"text": "pulse"}}
BY_NUMBER = "Patient?identifier=urn:oid:1.2.3|42"


def pulse(reference: str = BY_NUMBER, name: str = "o") -> dict:
    return PULSE | {"id": name, "subject": {"reference": reference}}


def entry(resource: dict, url: str = "", create: str = "", method: str = "POST") -> dict:
    request = {"method": method, "url": resource["resourceType"]} | (
        {"ifNoneExist": create} if create else {}
    )
    return ({"fullUrl": url} if url else {}) | {"resource": resource, "request": request}


def bundle(*entries: dict, kind: str = "transaction") -> dict:
    return {"resourceType": "Bundle", "type": kind, "entry": list(entries)}


def subjects(lake) -> list[str]:
    return [found["subject"]["reference"] for found in lake.resources("Observation")]


def issue(lake) -> dict:
    (item,) = quarantine.items(lake)
    (found,) = quarantine.outcome(lake, item.item)["issue"]
    return found


SEARCHES = [
    (BY_NUMBER, Search("Patient", "identifier", "urn:oid:1.2.3", "42")),
    ("Patient?identifier=42", Search("Patient", "identifier", None, "42")),
    ("Patient?identifier=|42", Search("Patient", "identifier", "", "42")),
    ("Patient?identifier=urn%3Aoid%3A1.2.3%7C42", Search("Patient", "identifier", "urn:oid:1.2.3", "42")),
    ("Patient?_id=ann", Search("Patient", "_id", None, "ann")),
    ("Patient?identifier=a|", None),
    ("Patient?name=Ann", None),
    ("Patient?identifier=1&active=true", None),
    ("Patiente?identifier=1", None),
    ("Patient/ann", None),
]


@pytest.mark.parametrize(("text", "search"), SEARCHES, ids=[row[0] for row in SEARCHES])
def test_searches_that_are_read(text, search):
    assert conditional.read(text) == search


# search of the reference, what it becomes
FOUND = [
    (BY_NUMBER, "Patient/ann"),
    ("Patient?identifier=42", "Patient/ann"),
    ("Patient?_id=ann", "Patient/ann"),
]


@pytest.mark.parametrize(("search", "reference"), FOUND, ids=[row[0] for row in FOUND])
def test_found_in_the_lake(send, lake, search, reference):
    send("a.ndjson", [ANN, ANN | {"id": "bob", "identifier": [NUMBER | {"value": "43"}]}])
    assert send("b.json", bundle(entry(pulse(search)))) == Receipt(created=1)
    assert subjects(lake) == [reference]
    with lake.cursor() as cursor:
        (kept,) = cursor.execute('SELECT lk_rewritten FROM lake."Observation"').fetchone()
        assert search in kept
    assert len(list(lake.one_person(lake.person_of("north", "ann")).resources("Observation"))) == 1


def test_found_among_what_came_with_it(send, lake):
    assert send("b.ndjson", [bundle(entry(pulse())), ANN]) == Receipt(created=2)
    assert subjects(lake) == ["Patient/ann"]


def test_found_in_the_same_transaction(send, lake):
    assert send("b.json", bundle(entry(pulse()), entry(ANN))) == Receipt(created=2)
    assert subjects(lake) == ["Patient/ann"]


# patients of the lake, search, code of the issue
UNCLEAR = [
    ([], BY_NUMBER, "not-found"),
    ([ANN | {"identifier": [{"value": "42"}]}], BY_NUMBER, "not-found"),
    ([ANN], "Patient?identifier=|42", "not-found"),
    ([ANN, ANN | {"id": "twin"}], BY_NUMBER, "multiple-matches"),
    ([ANN], "Patient?name=Ann", "not-supported"),
]


@pytest.mark.parametrize(("patients", "search", "code"), UNCLEAR)
def test_a_reference_that_names_no_one_resource_fails_the_transaction(send, lake, patients, search, code):
    send("a.ndjson", patients)
    other = PULSE | {"id": "other"}
    assert send("b.json", bundle(entry(other), entry(pulse(search)))) == Receipt(refused=1)
    found = issue(lake)
    assert (found["code"], found["expression"]) == (code, ["Bundle.entry[1].resource"])
    assert "42" not in str(found)
    assert "Observation" not in lake.resource_types()


def test_patients_of_another_site_are_not_found(send, lake):
    send("a.json", ANN, site="south")
    assert send("b.json", bundle(entry(pulse()))) == Receipt(refused=1)


def test_refused_for_now_and_taken_in_when_the_patient_is_there(send, lake, intake, sealer):
    from lakmus.intake.retry import retry

    send("b.json", bundle(entry(pulse())))
    send("a.json", ANN)
    assert retry(intake, sealer.open, quarantine.items(lake)).taken_in == 1
    assert subjects(lake) == ["Patient/ann"]


URN = "urn:uuid:61ebe359-bfdc-4613-8bf2-c5e300945f0a"
NEW = {"resourceType": "Patient", "identifier": [NUMBER], "gender": "female"}


def conditional_create(name: str = "o") -> dict:
    return bundle(entry(NEW, URN, create="identifier=urn:oid:1.2.3|42"), entry(pulse(URN, name)))


def test_created_when_the_search_finds_nothing(send, lake):
    assert send("b.json", conditional_create()) == Receipt(created=2)
    assert subjects(lake) == [f"Patient/{URN.removeprefix('urn:uuid:')}"]


@pytest.mark.parametrize("sent", ["?identifier=42", "Patient?identifier=urn:oid:1.2.3|42"])
def test_other_ways_to_write_the_condition(send, lake, sent):
    send("a.json", ANN)
    assert send("b.json", bundle(entry(NEW, URN, create=sent))) == Receipt()


def test_not_created_when_there_is_one_and_references_mean_that(send, lake):
    send("a.json", ANN)
    assert send("b.json", conditional_create()) == Receipt(created=1)
    assert subjects(lake) == ["Patient/ann"]
    (patient,) = lake.resources("Patient")
    assert "gender" not in patient


def test_created_once_by_many_bundles_of_one_file(send, lake):
    from copy import deepcopy

    sent = [conditional_create(f"o{number}") for number in range(3)]
    for number, one in enumerate(deepcopy(sent)):
        one["entry"][0]["fullUrl"] = one["entry"][1]["resource"]["subject"]["reference"] = URN[:-1] + str(
            number
        )
        sent[number] = one
    assert send("b.ndjson", sent) == Receipt(created=4)
    assert len(set(subjects(lake))) == 1


def test_a_create_with_two_that_match_fails(send, lake):
    send("a.ndjson", [ANN, ANN | {"id": "twin"}])
    assert send("b.json", conditional_create()) == Receipt(refused=1)
    assert issue(lake)["code"] == "multiple-matches"


def test_in_a_batch_only_the_entry_fails(send, lake):
    send("a.ndjson", [ANN, ANN | {"id": "twin"}])
    sent = conditional_create() | {"type": "batch"}
    assert send("b.json", sent) == Receipt(created=1, refused=1)


def put(resource: dict) -> dict:
    return {"resource": resource, "request": {"method": "PUT", "url": BY_NUMBER}}


# patients of the lake, the resource that is put, what comes of it, ids of the patients then
PUT = [
    ([], NEW | {"id": "eve"}, Receipt(created=1), {"eve"}),
    ([ANN], NEW, Receipt(changed=1), {"ann"}),
    ([ANN], NEW | {"id": "ann"}, Receipt(changed=1), {"ann"}),
    ([ANN], NEW | {"id": "eve"}, Receipt(refused=1), {"ann"}),
    ([ANN, ANN | {"id": "twin"}], NEW, Receipt(refused=1), {"ann", "twin"}),
]


@pytest.mark.parametrize(("patients", "resource", "receipt", "ids"), PUT)
def test_put_where_a_search_finds(send, lake, patients, resource, receipt, ids):
    send("a.ndjson", patients)
    assert send("b.json", bundle(put(resource))) == receipt
    assert {found["id"] for found in lake.resources("Patient")} == ids


DELETE = [
    ([ANN], Receipt(deleted=1)),
    ([], Receipt()),
    ([ANN, ANN | {"id": "twin"}], Receipt(refused=1)),
]


@pytest.mark.parametrize(("patients", "receipt"), DELETE)
def test_delete_what_a_search_finds(send, lake, patients, receipt):
    send("a.ndjson", patients)
    gone = {"request": {"method": "DELETE", "url": BY_NUMBER}}
    assert send("b.json", bundle(gone)) == receipt
    assert len(list(lake.resources("Patient"))) == len(patients) - receipt.deleted


def test_patches_are_refused(send, lake):
    patch = {
        "request": {"method": "PATCH", "url": "Patient/ann"},
        "resource": {"resourceType": "Binary", "contentType": "a/b"},
    }
    assert send("b.json", bundle(patch)) == Receipt(refused=1)
    assert issue(lake)["code"] == "not-supported"


def test_outside_a_transaction_a_search_stays_as_it_is(send, lake):
    send("a.json", ANN)
    send("b.ndjson", [pulse(), bundle(entry(pulse(name="o2")), kind="collection")])
    assert subjects(lake) == [BY_NUMBER, BY_NUMBER]


def test_a_refused_transaction_deletes_nothing(send, lake):
    send("a.json", ANN)
    gone = {"request": {"method": "DELETE", "url": "Patient/ann"}}
    assert send("b.json", bundle(gone, entry({"resourceType": "Observation"}))) == Receipt(refused=1)
    assert len(list(lake.resources("Patient"))) == 1


def test_deleted_and_sent_again_is_there(send, lake):
    send("a.json", ANN)
    gone = {"request": {"method": "DELETE", "url": "Patient/ann"}}
    send("b.ndjson", [bundle(gone), ANN | {"gender": "female"}])
    (patient,) = lake.resources("Patient")
    assert patient["gender"] == "female"
