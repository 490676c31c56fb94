"""The typed path and the validator give one answer; what is taken in reads back equal to what came."""

import json
import random
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from lakmus.fhir import Accepted, Acceptor, Refused, patient_id, patient_of, records, restore, validate
from tests.fhir.documents import canonical, observation, patient, text
from tests.support.fhir_instances import instances

TYPE = re.compile(rb'"resourceType":"([A-Za-z]+)"')


def kind(document: bytes) -> str:
    found = TYPE.search(document)
    return found[1].decode() if found else ""


def typed(answer: Accepted | Refused) -> bool:
    return isinstance(answer, Accepted) and not isinstance(answer.record, dict)


def taught(*documents: bytes) -> Acceptor:
    """An acceptor that knows the shapes of these."""
    acceptor = Acceptor()
    for document in documents:
        assert isinstance(acceptor.accept(document, kind(document)), Accepted)
    return acceptor


def read_back(answer: Accepted) -> dict[str, Any]:
    row = records.loads(answer.encoded)
    assert row.pop("resourceType") == answer.resource_type
    return restore(row, answer.resource_type)


def agree(acceptor: Acceptor, document: bytes) -> None:
    """Whatever way it goes: accepted means valid, and gives back what came."""
    answer = acceptor.accept(document, kind(document))
    issues = validate(document)
    assert isinstance(answer, Refused) == bool(issues), (answer, issues, document[:2000])
    if isinstance(answer, Accepted):
        assert canonical(read_back(answer)) == canonical(records.loads(document))


def test_the_second_of_a_shape_goes_the_typed_way() -> None:
    acceptor = taught(text(observation(valueString="a")))
    assert typed(acceptor.accept(text(observation(valueString="b")), "Observation"))
    assert not typed(acceptor.accept(text(observation(valueInteger=1)), "Observation"))
    assert typed(acceptor.accept(text(observation(valueInteger=2)), "Observation"))


@pytest.mark.parametrize("document", instances(7), ids=lambda d: d["resourceType"])
def test_both_ways_give_the_same_bytes(document: dict[str, Any]) -> None:
    sent = records.dumps(document).encode()
    acceptor = Acceptor()
    first, _, second = (acceptor.accept(sent, document["resourceType"]) for _ in range(3))
    assert isinstance(first, Accepted)
    assert isinstance(second, Accepted)
    assert first.encoded == second.encoded
    assert first.shape == second.shape
    assert first.id == second.id == document["id"]


@pytest.mark.parametrize("hollow", ["{}", "{ }", "{\\n}"])
def test_an_empty_object_is_found_though_looked_for_beforehand(hollow: str) -> None:
    """Whoever says that no `{}` is to come cannot have seen those that have white space inside."""
    acceptor = taught(text({"resourceType": "Patient", "id": "1", "name": [{"family": "A"}]}))
    document = b'{ "resourceType": "Patient", "id": "2", "name": [%s]}' % hollow.encode()
    acceptor.solid = b"{}" not in document
    assert isinstance(acceptor.accept(document, "Patient"), Refused)


def test_a_record_without_id_is_accepted() -> None:
    document = text({"resourceType": "Patient", "active": True})
    acceptor = taught(document)
    answer = acceptor.accept(document, "Patient")
    assert typed(answer)
    assert isinstance(answer, Accepted)
    assert answer.id == ""


def test_a_record_of_nothing_is_accepted() -> None:
    document = b'{"resourceType":"Patient"}'
    assert canonical(read_back(Acceptor().accept(document))) == {"resourceType": "Patient"}  # type: ignore[arg-type]


DIGITS = {
    # number as sent: (in the lake, text beside it)
    "0": ("0", None),
    "7.5": ("7.5", None),
    "-12": ("-12", None),
    "1.50": ("1.50", "1.50"),
    "0.0": ("0.0", "0.0"),
    "120": ("120", None),
    "129.16": ("129.16", None),
    "12345.67": ("12345.67", None),
    "-9876.50": ("-9876.50", "-9876.50"),
    "123456789012345678": ("123456789012345678", None),
    "1234567890123456789": ("1234567890123456789", None),
    "0.000000000001": ("0.000000000001", "1E-12"),
    "0.123456789012": ("0.123456789012", None),
    "0.1234567890123": ("0.1234567890123", "0.1234567890123"),
    "9999999999999999999999999": ("9999999999999999999999999", None),
    "99999999999999999999999999": (None, "99999999999999999999999999"),
    "1e2": ("100", "1E+2"),
    "1e40": (None, "1E+40"),
    "1e-999999": ("0.000000000000", "1E-999999"),
}


@pytest.mark.parametrize(("sent", "expected"), DIGITS.items(), ids=DIGITS)
def test_digits(sent: str, expected: tuple[str | None, str | None]) -> None:
    """DECIMAL(38,12) holds a number that it gives back; other digits are kept as text beside it."""
    number, kept = expected
    document = text(observation(valueQuantity={"value": 0})).replace(
        b'"value":0', b'"value":' + sent.encode()
    )
    acceptor = taught(document, text(observation(valueQuantity={"value": 1})))
    answer = acceptor.accept(document, "Observation")
    assert isinstance(answer, Accepted)
    quantity = records.loads(answer.encoded)["valueQuantity"]
    assert (None if number is None else Decimal(number)) == (
        None if quantity.get("value") is None else Decimal(quantity["value"])
    )
    assert quantity.get("_value", {}).get("lexical") == kept
    assert canonical(read_back(answer)) == canonical(records.loads(document))


def test_digits_beside_an_extension() -> None:
    extension = {"extension": [{"url": "a", "valueString": "x"}]}
    document = (
        b'{"resourceType":"Observation","id":"1","status":"final","code":{"text":"x"},"valueQuantity":%s}'
    )
    sent = document % b'{"value":1.50,"_value":{"extension":[{"url":"a","valueString":"x"}]}}'
    for answer in (taught(sent).accept(sent, "Observation"), Acceptor().accept(sent)):
        assert isinstance(answer, Accepted)
        assert json.loads(answer.encoded)["valueQuantity"]["_value"] == {**extension, "lexical": "1.50"}
        assert canonical(read_back(answer)) == canonical(records.loads(sent))


def test_contained_resources_are_text() -> None:
    held = {"resourceType": "Organization", "id": "o", "name": "x"}
    document = text(patient(contained=[held], managingOrganization={"reference": "#o"}))
    acceptor = taught(document, document)
    answer = acceptor.accept(document, "Patient")
    assert typed(answer)
    assert isinstance(answer, Accepted)
    assert json.loads(answer.encoded)["contained"] == [text(held).decode()]


SAMPLE = text(
    patient(
        multipleBirthInteger=3,
        name=[{"given": ["A", "B"], "_given": [None, {"id": "x"}]}],
        contained=[{"resourceType": "Organization", "id": "o"}],
        managingOrganization={"reference": "#o"},
        extension=[{"url": "a", "valueDecimal": 7}],
    )
)
CHANGES = [
    (b':3,', b':1e9,'), (b':3,', b':1e0 ,'), (b':3,', b':3.0,'), (b':3,', b':"3",'), (b':3,', b':null,'),
    (b':7}', b':"7"}'), (b':7}', b':1E5}'), (b':7}', b':1e99999999999999999999}'), (b':7}', b':07}'), (b':7}', b':NaN}'),
    (b':7}', b':%s}' % (b"9" * 5000)), (b':7}', b':"NaN"}'), (b':7}', b':7,"url":"b"}'),
    (b'"id":"1"', b'"id":"1","id":"1"'), (b'"id":"1"', b'"id":"1","\\u0069d":"2"'), (b'"id":"1"', b'"id": "1"'),
    (b'"id":"1"', b'"\\u0069d":"1"'), (b'"id":"1"', b'"resourceType":"Patient","id":"1"'),
    (b'"A"', b'"\\ud800"'), (b'"A"', b'"\\ud83d\\ude00"'), (b'"A"', b'"\xff"'), (b'"A"', b'"\x01"'), (b'"A"', b'""'),
    (b'"A"', b'null'), (b'["A","B"]', b'["A"]'), (b'"given":["A","B"],', b''), (b'[null,{"id":"x"}]', b'[null]'),
    (b'[null,{"id":"x"}]', b'[null,{}]'), (b'[null,{"id":"x"}]', b'[]'), (b'"#o"', b'"#x"'), (b'"#o"', b'"Patient/1"'),
    (b'"contained":[{"resourceType":"Organization","id":"o"}],', b''),
    (b'"contained":[{"resourceType":"Organization","id":"o"}]', b'"contained":[]'),
    (b'{"resourceType":"Organization","id":"o"}', b'null'),
    (b'{"resourceType":"Organization","id":"o"}', b'{"resourceType":1}'),
    (b'{"resourceType":"Organization","id":"o"}', b'{"resourceType":"Organization","id":"o","id":"o"}'),
    (b'{"resourceType":"Organization","id":"o"}', b'{"resourceType":"Organization","id":"o","x":"o"}'),
    (b'{"resourceType":"Organization","id":"o"}', b'{"resourceType":"Organization","id":"o","meta":{"versionId":"1"}}'),
    (b'"Patient"', b'"Person"'), (b'"Patient"', b'"Thing"'), (b'}', b''), (b'', b' '), (b'', b'\xef\xbb\xbf'),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new"), CHANGES, ids=[f"{o!r} {n[:30]!r}" for o, n in CHANGES])
def test_one_change_is_judged_alike(old: bytes, new: bytes) -> None:
    """A typed decoder that knows the shape gives the validator's answer on every variation of it."""
    held = text(
        {"resourceType": "Patient", "id": "9", "contained": [{"resourceType": "Organization", "id": "o"}]}
    )
    assert isinstance(Acceptor().accept(held), Refused)
    agree(taught(SAMPLE, SAMPLE, SAMPLE), SAMPLE.replace(old, new, 1))


def nodes(value: Any) -> Iterator[dict[str, Any] | list[Any]]:
    if isinstance(value, dict | list):
        yield value
        for child in value.values() if isinstance(value, dict) else value:
            yield from nodes(child)


JUNK: list[Any] = [
    None, True, 0, -1, 3_000_000_000, Decimal("1.50"), "", " ", "x", "2020-02-30", "2020", "#a", "Patient/1", {}, [], [None],
    ["x"], [{}], {"id": "a"}, [None, {"id": "a"}], {"extension": [{"url": "x", "valueString": "y"}]},
]  # fmt: skip


def mutated(document: bytes, rng: random.Random) -> bytes:
    """One small change: of the text, or of the tree."""
    if rng.random() < 0.25:
        return changed_text(document.decode(), rng).encode()
    record = records.loads(document)
    node = rng.choice(list(nodes(record)))
    if isinstance(node, dict):
        name = rng.choice([*node, "x"])
        other = rng.choice((name, f"_{name}", "id", "extension", "valueString", f"{name}s"))
        rng.choice((lambda: node.pop(name, 0), lambda: node.update({other: rng.choice(JUNK)}),
                    lambda: node.update({name: [node.get(name)]})))()  # fmt: skip
    elif node:
        place = rng.randrange(len(node))
        rng.choice((lambda: node.pop(place), lambda: node.insert(place, rng.choice(JUNK)),
                    lambda: node.append(node[place])))()  # fmt: skip
    return records.dumps(record).encode()


def changed_text(document: str, rng: random.Random) -> str:
    members = list(re.finditer(r'"[a-zA-Z]+":(?:"[^"\\]*"|\d[\d.]*|true)', document))
    one, other, place = rng.choice(members), rng.choice(members), rng.randrange(len(document))
    number = rng.choice(("1e3", "1.0", '"1.5"', "01", "1E400", "10e0", "1e9", "9" * 30, "-0", "0.00000001"))
    return rng.choice(
        (
            f"{document[: other.start()]}{one[0]},{document[other.start() :]}",
            f"{document[:place]}{document[place + 1 :]}",
            f"{document[:place]}{rng.choice(' {}[],:0eE.-')}{document[place:]}",
            re.sub(r"(?<=:)-?\d[\d.]*", number, document, count=1),
        )
    )


@pytest.mark.parametrize("seed", range(4))
def test_mutations_are_judged_alike(seed: int) -> None:
    rng = random.Random(seed)
    documents = [d for r in instances(seed) if len(d := records.dumps(r).encode()) < 3000]
    acceptor = taught(*documents)
    for document in documents:
        agree(acceptor, document)
        for _ in range(12):
            agree(acceptor, mutated(document, rng))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 140))
def test_many_mutations_are_judged_alike(seed: int) -> None:
    test_mutations_are_judged_alike(seed)


PATIENTS = {
    "Patient/1": "1",
    "https://example.org/fhir/Patient/1": "1",
    "Patient/1/_history/2": "1",
    "Group/1": None,
    "#p": None,
    "urn:uuid:c757873d-ec9a-4326-a141-556f43239520": None,
    "NotAPatient/1": None,
}


@pytest.mark.parametrize(("reference", "expected"), PATIENTS.items(), ids=PATIENTS)
def test_patient_of_a_reference(reference: str, expected: str | None) -> None:
    assert patient_id(reference) == expected


def test_patient_of_a_record() -> None:
    document = text(observation(subject={"reference": "Patient/p1"}))
    acceptor = taught(document)
    for answer in (acceptor.accept(document, "Observation"), Acceptor().accept(document)):
        assert isinstance(answer, Accepted)
        assert patient_of(answer) == "p1"
    assert patient_of(Acceptor().accept(text(patient()))) == "1"  # type: ignore[arg-type]


def test_patient_of_an_element_named_like_a_keyword() -> None:
    task = {
        "resourceType": "Task",
        "id": "1",
        "status": "ready",
        "intent": "order",
        "for": {"reference": "Patient/p1"},
    }
    answer = taught(text(task)).accept(text(task), "Task")
    assert typed(answer)
    assert isinstance(answer, Accepted)
    assert patient_of(answer) == "p1"


def test_white_space_between_tokens_does_not_matter() -> None:
    document = observation(valueQuantity={"value": 1, "unit": "mg"})
    acceptor = taught(text(document))
    expected = acceptor.accept(text(document), "Observation")
    for spread in (json.dumps(document), json.dumps(document, indent=2), "  " + json.dumps(document) + "\n"):
        answer = acceptor.accept(spread.encode(), "Observation")
        assert isinstance(answer, Accepted)
        assert isinstance(expected, Accepted)
        assert answer.encoded == expected.encoded
