"""What the validator refuses: one row per fault, with the rule and the place it names."""

import json
import time
from typing import Any

import pytest

from lakmus.fhir import operation_outcome, validate, validate_envelope
from lakmus.fhir.validate import DEEPEST, MOST
from tests.fhir.documents import observation, patient, text

EXTENSION = {"url": "http://example.org/e", "valueString": "x"}
QUANTITY = {"value": 1, "system": "http://unitsofmeasure.org", "code": "mg"}
HELD = {"resourceType": "Organization", "id": "o", "name": "x"}

VALID = {
    "partial dates": patient(birthDate="1970-02", deceasedDateTime="2020"),
    "29 February of a leap year": patient(birthDate="2024-02-29"),
    "29 February of a leap century": patient(birthDate="2000-02-29"),
    "a leap second, fraction and zone": observation(effectiveDateTime="2016-12-31T23:59:60.123456789-11:30"),
    "a primitive by its extension alone": patient(_birthDate={"extension": [EXTENSION]}),
    "siblings beside a list": patient(name=[{"given": ["A", None], "_given": [None, {"extension": [EXTENSION]}]}]),
    "a list of siblings alone": patient(name=[{"_given": [None, {"id": "a"}]}]),
    "a required element by its extension": {**observation(), "status": None, "_status": {"extension": [EXTENSION]}},
    "an extension of extensions": patient(extension=[{"url": "a", "extension": [EXTENSION]}]),
    "relative, versioned reference": observation(subject={"reference": "Patient/1/_history/2"}),
    "absolute reference": observation(subject={"reference": "https://example.org/fhir/Patient/1"}),
    "reference by identifier": observation(subject={"identifier": {"value": "1"}}),
    "urn:uuid reference": observation(subject={"reference": "urn:uuid:c757873d-ec9a-4326-a141-556f43239520"}),
    "contained and referred to": patient(contained=[HELD], managingOrganization={"reference": "#o"}),
    "contained that refers to its container": patient(
        contained=[{"resourceType": "Observation", "id": "o", "status": "final", "code": {"text": "x"}, "subject": {"reference": "#"}}]
    ),
    "period of one day, in two precisions": patient(name=[{"period": {"start": "2020-01-05", "end": "2020-01"}}]),
    "period over time zones": patient(
        name=[{"period": {"start": "2020-01-01T12:00:00+03:00", "end": "2020-01-01T10:00:00Z"}}]
    ),
    "recursion": {
        "resourceType": "Questionnaire",
        "status": "draft",
        "item": [{"linkId": "1", "type": "group", "item": [{"linkId": "2", "type": "string"}]}],
    },
    "nothing but its type": {"resourceType": "Patient"},
}  # fmt: skip


@pytest.mark.parametrize("document", VALID.values(), ids=VALID)
def test_valid(document: dict[str, Any]) -> None:
    assert validate(text({k: v for k, v in document.items() if v is not None})) == []


FAULTS: list[tuple[dict[str, Any], str, str]] = [
    # document, rule, path
    ({"id": "1"}, "resource-type", ""),
    ({"resourceType": "Patent"}, "resource-type", ""),
    ({"resourceType": "DomainResource"}, "resource-type", ""),
    (patient(birthdate="1970"), "unknown-element", "Patient"),
    (patient(name=[{"prename": "x"}]), "unknown-element", "Patient.name[0]"),
    (patient(_name=[{"id": "x"}]), "unknown-element", "Patient"),
    (patient(value="x"), "unknown-element", "Patient"),
    (observation(valueDate="2020"), "unknown-element", "Observation"),
    (patient(active="true"), "type", "Patient.active"),
    (patient(birthDate=1970), "type", "Patient.birthDate"),
    (patient(birthDate=None), "type", "Patient.birthDate"),
    (patient(multipleBirthInteger=1.0), "type", "Patient.multipleBirthInteger"),
    (patient(multipleBirthInteger=2**31), "type", "Patient.multipleBirthInteger"),
    (patient(multipleBirthInteger=True), "type", "Patient.multipleBirthInteger"),
    (patient(maritalStatus="M"), "type", "Patient.maritalStatus"),
    (patient(photo=[{"size": -1}]), "type", "Patient.photo[0].size"),
    (patient(telecom=[{"rank": 0}]), "type", "Patient.telecom[0].rank"),
    (observation(valueQuantity={"value": "1.5"}), "type", "Observation.valueQuantity.value"),
    (patient(name={"family": "x"}), "cardinality", "Patient.name"),
    (patient(gender=["male"]), "cardinality", "Patient.gender"),
    (patient(maritalStatus=[{"text": "M"}]), "cardinality", "Patient.maritalStatus"),
    ({"resourceType": "Observation", "code": {"text": "x"}}, "cardinality", "Observation"),
    (patient(link=[{"type": "seealso"}]), "cardinality", "Patient.link[0]"),
    ({"resourceType": "Immunization", "status": "completed", "vaccineCode": {"text": "x"},
      "patient": {"display": "x"}}, "cardinality", "Immunization"),
    (patient(name=[]), "ele-1", "Patient.name"),
    (patient(name=[{}]), "ele-1", "Patient.name[0]"),
    (patient(maritalStatus={}), "ele-1", "Patient.maritalStatus"),
    (patient(_birthDate={}), "ele-1", "Patient._birthDate"),
    (patient(name=[None]), "type", "Patient.name[0]"),
    (patient(name=[{"given": ["A", None]}]), "type", "Patient.name[0].given[1]"),
    (patient(name=[{"given": ["A"], "_given": [None, {"id": "x"}]}]), "sibling", "Patient.name[0]._given"),
    (patient(name=[{"_given": [None]}]), "ele-1", "Patient.name[0]._given"),
    (patient(_birthDate="x"), "type", "Patient._birthDate"),
    (patient(_birthDate=[{"id": "x"}]), "type", "Patient._birthDate"),
    (patient(deceasedBoolean=True, deceasedDateTime="2020"), "choice", "Patient.deceased"),
    (observation(valueString="x", _valueInteger={"id": "x"}), "choice", "Observation.value"),
    (patient(gender="m"), "required-code", "Patient.gender"),
    (observation(status="done"), "required-code", "Observation.status"),
    (patient(birthDate="1970-13"), "form-date", "Patient.birthDate"),
    (patient(birthDate="1970-02-30"), "form-date", "Patient.birthDate"),
    (patient(birthDate="2023-02-29"), "form-date", "Patient.birthDate"),
    (patient(birthDate="1900-02-29"), "form-date", "Patient.birthDate"),
    (patient(birthDate="0000"), "form-date", "Patient.birthDate"),
    (patient(birthDate="1970-1-1"), "form-date", "Patient.birthDate"),
    (patient(birthDate="1970-01-01T00:00:00Z"), "form-date", "Patient.birthDate"),
    (patient(birthDate="1970\n"), "form-date", "Patient.birthDate"),
    (observation(effectiveDateTime="2020-01-01T10:00Z"), "form-dateTime", "Observation.effectiveDateTime"),
    (observation(effectiveDateTime="2020-01-01T10:00:00"), "form-dateTime", "Observation.effectiveDateTime"),
    (observation(effectiveDateTime="2020-01-01T24:00:00Z"), "form-dateTime", "Observation.effectiveDateTime"),
    (observation(effectiveDateTime="2020-01-01T10:00:00+3:00"), "form-dateTime", "Observation.effectiveDateTime"),
    (observation(issued="2020-01-01"), "form-instant", "Observation.issued"),
    (observation(valueTime="9:00:00"), "form-time", "Observation.valueTime"),
    (patient(id="a b"), "form-id", "Patient.id"),
    (patient(id="x" * 65), "form-id", "Patient.id"),
    (patient(name=[{"family": ""}]), "form-string", "Patient.name[0].family"),
    (patient(extension=[{"url": "a", "valueOid": "1.2.3"}]), "form-oid", "Patient.extension[0].valueOid"),
    (patient(extension=[{"url": "a", "valueUuid": "1"}]), "form-uuid", "Patient.extension[0].valueUuid"),
    (patient(photo=[{"contentType": "a", "data": "%%%%"}]), "form-base64Binary", "Patient.photo[0].data"),
    (patient(text={"status": "generated", "div": "words"}), "form-xhtml", "Patient.text.div"),
    (observation(subject={"reference": "1"}), "form-reference", "Observation.subject.reference"),
    (observation(subject={"reference": "Patient/"}), "form-reference", "Observation.subject.reference"),
    (observation(subject={"reference": "#p"}), "ref-1", "Observation"),
    (patient(contained=[HELD], managingOrganization={"reference": "#x"}), "ref-1", "Patient"),
    (patient(contained=[HELD]), "dom-3", "Patient.contained[0]"),
    (patient(contained=[{**HELD, "contained": [HELD]}], managingOrganization={"reference": "#o"}), "dom-2",
     "Patient.contained[0]"),
    (patient(contained=[{**HELD, "meta": {"versionId": "1"}}], managingOrganization={"reference": "#o"}), "dom-4",
     "Patient.contained[0]"),
    (patient(contained=[{**HELD, "meta": {"security": [{"code": "R"}]}}], managingOrganization={"reference": "#o"}),
     "dom-5", "Patient.contained[0]"),
    (patient(contained=[{"resourceType": "Thing"}]), "resource-type", "Patient.contained[0]"),
    (patient(contained=["x"]), "type", "Patient.contained[0]"),
    (patient(extension=[{"url": "a"}]), "ext-1", "Patient.extension[0]"),
    (patient(extension=[{**EXTENSION, "extension": [EXTENSION]}]), "ext-1", "Patient.extension[0]"),
    (patient(extension=[{"valueString": "a"}]), "cardinality", "Patient.extension[0]"),
    (patient(name=[{"period": {"start": "2020-02", "end": "2020-01"}}]), "per-1", "Patient.name[0].period"),
    (patient(name=[{"period": {"start": "2020-01-01T12:00:00Z", "end": "2020-01-01T12:00:00+01:00"}}]), "per-1",
     "Patient.name[0].period"),
    (observation(valueQuantity={"value": 1, "code": "mg"}), "qty-3", "Observation.valueQuantity"),
    (patient(photo=[{"data": "AAAA"}]), "att-1", "Patient.photo[0]"),
    (patient(telecom=[{"value": "x"}]), "cpt-2", "Patient.telecom[0]"),
    (observation(dataAbsentReason={"text": "x"}, valueString="x"), "obs-6", "Observation"),
    ({"resourceType": "Bundle", "type": "collection", "total": 1}, "bdl-1", "Bundle"),
    ({"resourceType": "Bundle", "type": "collection", "entry": [{"fullUrl": "http://a.org/1"}]}, "bdl-5", "Bundle.entry[0]"),
    ({"resourceType": "Bundle", "type": "collection", "entry": [{"fullUrl": "http://a.org/1", "resource": patient()}] * 2},
     "bdl-7", "Bundle"),
    ({"resourceType": "Bundle", "type": "batch", "entry": [{"resource": patient(gender="x")}]}, "required-code",
     "Bundle.entry[0].resource.gender"),
]  # fmt: skip


@pytest.mark.parametrize(("document", "rule", "path"), FAULTS, ids=[f"{f[1]} {f[2]}" for f in FAULTS])
def test_fault(document: dict[str, Any], rule: str, path: str) -> None:
    found = validate(text(document))
    assert (rule, path) in [(issue.rule, issue.path) for issue in found]
    assert all(issue.severity == "error" for issue in found)


BYTES = {
    "not JSON": (b'{"resourceType":"Patient",', "json"),
    "a list": (b"[]", "json"),
    "a word": (b'"Patient"', "json"),
    "nothing": (b"", "json"),
    "NaN": (b'{"resourceType":"Patient","multipleBirthInteger":NaN}', "json"),
    "a number of 5000 digits": (b'{"resourceType":"Patient","multipleBirthInteger":%s}' % (b"1" * 5000), "json"),
    "an exponent out of range": (b'{"resourceType":"Patient","x":1e99999999999999999999}', "json"),
    "two documents": (b'{"resourceType":"Patient"}{}', "json"),
    "a byte order mark": ('\ufeff{"resourceType":"Patient"}'.encode(), "json"),
    "Latin-1": ('{"resourceType":"Patient","language":"é"}'.encode("latin-1"), "utf-8"),
    "half a surrogate pair": (b'{"resourceType":"Patient","language":"\\ud800"}', "utf-8"),
    "a duplicate key": (b'{"resourceType":"Patient","id":"1","id":"1"}', "duplicate-key"),
    "a duplicate key, escaped": (b'{"resourceType":"Patient","id":"1","\\u0069d":"1"}', "duplicate-key"),
    "a duplicate key deep down": (b'{"resourceType":"Patient","name":[{"text":"a","text":"b"}]}', "duplicate-key"),
    "nested too deep": (b'{"a":' * 200 + b"1" + b"}" * 200, "nesting"),
    "nested without end": (b"[" * 1_000_000, "nesting"),
}  # fmt: skip


@pytest.mark.parametrize(("document", "rule"), BYTES.values(), ids=BYTES)
def test_not_a_document(document: bytes, rule: str) -> None:
    assert [issue.rule for issue in validate(document)] == [rule]


def test_brackets_in_texts_are_no_nesting() -> None:
    assert validate(text(patient(name=[{"family": '["{' * 1000}]))) == []


def test_counting_brackets_takes_linear_time() -> None:
    begin = time.process_time()
    assert [issue.rule for issue in validate(b"[" * 65 + b'"\\' * 300_000)] == ["nesting"]
    assert time.process_time() - begin < 5


def test_nesting_up_to_the_limit_is_read() -> None:
    inner: dict[str, Any] = {"url": "a", "valueString": "x"}
    for _ in range((DEEPEST - 3) // 2):
        inner = {"url": "a", "extension": [inner]}
    assert validate(text(patient(extension=[inner]))) == []


def test_all_faults_are_collected() -> None:
    document = patient(gender="m", birthDate="x", nam="y", name=[{"use": "z"}])
    assert {issue.rule for issue in validate(text(document))} == {
        "required-code",
        "form-date",
        "unknown-element",
    }
    assert len(validate(text(document))) == 4


def test_a_near_name_is_suggested() -> None:
    assert "did you mean birthDate?" in validate(text(patient(birthdate="1970")))[0].message
    assert "did you mean Patient?" in validate(text({"resourceType": "Patent"}))[0].message


@pytest.mark.parametrize(("document", "rule", "path"), FAULTS, ids=[f"{f[1]} {f[2]}" for f in FAULTS])
def test_no_value_is_named(document: dict[str, Any], rule: str, path: str) -> None:
    """The same fault with a secret in every text: it is in no message."""
    secret = "Иванов-Секретный"

    def planted(value: Any) -> Any:
        if isinstance(value, dict):
            return {k: v if k == "resourceType" else planted(v) for k, v in value.items()}
        if isinstance(value, list):
            return [planted(v) for v in value]
        return secret if isinstance(value, str) else value

    outcome = json.dumps(operation_outcome(validate(text(planted(document)))), ensure_ascii=False)
    assert secret not in outcome


def test_outcome_is_itself_valid() -> None:
    outcome = operation_outcome(validate(text(patient(gender="m", name=[]))))
    assert validate(text(outcome)) == []
    assert outcome["issue"][0] == {
        "severity": "error",
        "code": "code-invalid",
        "details": {"text": "required-code: not one of the codes required here"},
        "expression": ["Patient.gender"],
    }


def test_envelope_leaves_the_resources_alone() -> None:
    bundle = {
        "resourceType": "Bundle",
        "type": "batch",
        "entry": [{"resource": {"resourceType": "Patient", "x": 1}}],
    }
    assert validate_envelope(text(bundle)) == []
    assert validate_envelope(text({**bundle, "type": "bag"}))[0].rule == "required-code"


def test_a_hopeless_document_costs_little() -> None:
    document = {"resourceType": "Patient", **{f"birthdate{n}": 1 for n in range(50_000)}}
    begin = time.process_time()
    assert len(validate(text(document))) == MOST
    assert time.process_time() - begin < 5


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("gendre", "gendre"),
        ("_gendre", "_gendre"),
        ("Zhukovskaya", "(a name)"),
        ("zhukovskaya 4471", "(a name)"),
        ("x" * 51, "(a name)"),
        ("", "(a name)"),
    ],
)
def test_a_name_that_is_none_of_an_element_is_not_quoted(name: str, shown: str) -> None:
    (issue,) = validate(text(patient(**{name: "x"})))
    assert issue.rule == "unknown-element"
    assert issue.message.startswith(shown + " is not an element here")
