"""What stands before the patients: each clinic's Organization, Location and Practitioners."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lakmus.synth.block import compact
from lakmus.synth.naming import lists
from lakmus.synth.region import Clinic, Region

PRACTITIONERS = 12
_UPDATED = {"lastUpdated": "2020-01-01T03:00:00Z"}


def resources(region: Region, clinic: Clinic) -> Iterator[dict[str, Any]]:
    """In the order in which they refer to each other."""
    yield {
        "resourceType": "Organization",
        "id": "org",
        "meta": _UPDATED,
        "active": True,
        "type": [
            {
                "coding": [
                    {
                        "system": "http://terminology.hl7.org/CodeSystem/organization-type",
                        "code": "prov",
                        "display": "Healthcare Provider",
                    }
                ]
            }
        ],
        "name": clinic.title,
    }
    yield {
        "resourceType": "Location",
        "id": "loc",
        "meta": _UPDATED,
        "status": "active",
        "name": clinic.title,
        "managingOrganization": {"reference": "Organization/org"},
    }
    rng = region.generator(0, f"staff-{clinic.site}")
    names = lists()[clinic.locale]
    for number in range(PRACTITIONERS):
        sex = ("male", "female")[int(rng.integers(0, 2))]
        family, given, middle = (
            names[kind][int(rng.integers(0, len(names[kind])))]
            for kind in (f"{sex}_surname", sex, f"{sex}_patronymic")
        )
        yield {
            "resourceType": "Practitioner",
            "id": f"doc-{number}",
            "meta": _UPDATED,
            "active": True,
            "name": [{"use": "official", "family": family, "given": [given, middle]}],
            "gender": sex,
        }


def lines(region: Region, clinic: Clinic) -> dict[str, bytes]:
    """Whole files' beginnings, by resource type."""
    found: dict[str, bytes] = {}
    for resource in resources(region, clinic):
        kind = resource["resourceType"]
        found[kind] = found.get(kind, b"") + compact(resource).encode() + b"\n"
    return found
