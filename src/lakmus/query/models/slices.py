"""Slices that model information names as elements, without saying which items they are.

Which they are is fixed in the profiles' definitions (US Core 6.1.0, QI-Core 6.0.0). A slice of those codes that are in a
value set is not here: which items it has depends on a terminology server.
"""

from __future__ import annotations

from lakmus.query.models.model import Member, Step, Where

_LOINC = "http://loinc.org"
_CATEGORIES = "http://terminology.hl7.org/CodeSystem/observation-category"


def _of(element: str, path: str, **texts: str) -> tuple[Step, ...]:
    return Member(element), Where(tuple(path.split(".")) if path else (), tuple(texts.items()))


def _component(code: str) -> tuple[Step, ...]:
    return _of("component", "code.coding", system=_LOINC, code=code)


def _code(code: str) -> tuple[Step, ...]:
    return Member("code"), *_of("coding", "", system=_LOINC, code=code)


def _category(code: str, system: str = _CATEGORIES) -> tuple[Step, ...]:
    return _of("category", "coding", system=system, code=code)


# By FHIR's type and the slice's name.
SLICES: dict[tuple[str, str], tuple[Step, ...]] = {
    ("Observation", "systolic"): _component("8480-6"),
    ("Observation", "diastolic"): _component("8462-4"),
    ("Observation", "FlowRate"): _component("3151-8"),
    ("Observation", "Concentration"): _component("3150-6"),
    ("Observation", "industry"): _component("86188-0"),
    ("Observation", "PulseOx"): _code("59408-5"),
    ("Observation", "O2Sat"): _code("2708-6"),
    ("Observation", "survey"): _category("survey"),
    ("Observation", "socialhistory"): _category("social-history"),
    ("Observation", "SocialHistory"): _category("social-history"),
    ("DiagnosticReport", "LaboratorySlice"): _category(
        "LAB", "http://terminology.hl7.org/CodeSystem/v2-0074"
    ),
    ("CarePlan", "AssessPlan"): _category(
        "assess-plan", "http://hl7.org/fhir/us/core/CodeSystem/careplan-category"
    ),
    ("Coverage", "group"): _of("class", "type.coding", code="group"),
    ("Coverage", "plan"): _of("class", "type.coding", code="plan"),
    ("Coverage", "memberid"): _of("identifier", "type.coding", code="MB"),
    ("Organization", "NPI"): _of("identifier", "", system="http://hl7.org/fhir/sid/us-npi"),
    ("Organization", "CLIA"): _of("identifier", "", system="urn:oid:2.16.840.1.113883.4.7"),
    ("Organization", "NAIC"): _of("identifier", "", system="urn:oid:2.16.840.1.113883.6.300"),
    ("Practitioner", "NPI"): _of("identifier", "", system="http://hl7.org/fhir/sid/us-npi"),
    ("Provenance", "ProvenanceAuthor"): _of("agent", "type.coding", code="author"),
    ("Provenance", "ProvenanceTransmitter"): _of("agent", "type.coding", code="transmitter"),
}
