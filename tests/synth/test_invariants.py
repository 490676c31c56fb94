"""What holds of every synthetic region."""

import json
import re
from typing import Any

from tests.synth.conftest import Written

_MOMENTS = (
    "effectiveDateTime",
    "authoredOn",
    "recordedDate",
    "occurrenceDateTime",
    "performedDateTime",
    "date",
)


def moments(resource: dict[str, Any]) -> list[str]:
    """The clinical dates of a resource (not `meta`)."""
    period = resource.get("period", {}) | resource.get("performedPeriod", {})
    return [resource[name] for name in _MOMENTS if name in resource] + list(period.values())


def references(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["reference"]] if isinstance(value.get("reference"), str) else []
        return own + [found for inner in value.values() for found in references(inner)]
    return [found for inner in value for found in references(inner)] if isinstance(value, list) else []


def subject(resource: dict[str, Any]) -> str:
    return str((resource.get("subject") or resource.get("patient") or {}).get("reference", ""))


def test_every_reference_resolves_in_its_site(written: Written) -> None:
    for site, kinds in written.sites.items():
        known = {f"{kind}/{r['id']}" for kind, found in kinds.items() for r in found}
        for found in kinds.values():
            assert {ref for r in found for ref in references(r)} <= known, site


def test_ids_are_unique_in_a_site_and_meet_between_sites(written: Written) -> None:
    ids = {}
    for site, kinds in written.sites.items():
        for kind, found in kinds.items():
            assert len({r["id"] for r in found}) == len(found), (site, kind)
            assert all(re.fullmatch(r"[A-Za-z0-9\-.]{1,64}", r["id"]) for r in found)
        ids[site] = {r["id"] for r in kinds["Patient"]}
    assert ids["city-1"] & ids["riverside"]


def test_nothing_before_birth_or_after_death(written: Written) -> None:
    for site, kinds in written.sites.items():
        lives = {
            f"Patient/{p['id']}": (p["birthDate"], p.get("deceasedDateTime", "9999"))
            for p in kinds["Patient"]
        }
        for kind, found in kinds.items():
            for resource in found:
                if not (who := subject(resource)):
                    continue
                born, died = lives[who]
                for moment in moments(resource):
                    assert born <= moment <= died, (site, kind, resource["id"])
                if "onsetDateTime" in resource:
                    assert born <= resource["onsetDateTime"] <= resource["recordedDate"], resource["id"]


def test_no_two_patients_share_a_timeline(written: Written) -> None:
    timelines = set()
    for kinds in written.sites.values():
        events: dict[str, list[str]] = {f"Patient/{p['id']}": [p["birthDate"]] for p in kinds["Patient"]}
        for found in kinds.values():
            for resource in found:
                if subject(resource):
                    values = json.dumps([resource.get("valueQuantity"), resource.get("component")])
                    events[subject(resource)] += [moment + values for moment in moments(resource)]
        lines = [tuple(sorted(event)) for event in events.values()]
        assert len(set(lines)) == len(lines)
        assert not timelines & set(lines)
        timelines |= set(lines)


def test_many_resources_for_each_patient(written: Written) -> None:
    patients = sum(1 for _ in written.all("Patient"))
    assert sum(len(found) for kinds in written.sites.values() for found in kinds.values()) / patients >= 50
