"""Patient and RelatedPerson."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from lakmus.synth.block import Block, Lines
from lakmus.synth.columns import Ints, choose, chosen, dates, instants, joined
from lakmus.synth.naming import POLICY, SNILS, SSN
from lakmus.synth.people import NEVER
from lakmus.synth.template import Template, members, raw, text

_PATIENT = Template(
    {
        "resourceType": "Patient",
        "id": text("id"),
        "meta": {"lastUpdated": text("updated")},
        **members("identifiers"),
        "active": True,
        "name": [
            {"use": "official", "family": text("family"), "given": [text("given"), text("middle")]},
        ],
        "telecom": [{"system": "phone", "value": text("phone"), "use": "mobile"}],
        "gender": text("gender"),
        "birthDate": text("birth"),
        **members("deceased"),
        "address": [
            {
                "use": "home",
                "line": [text("street")],
                "city": text("city"),
                "postalCode": text("postcode"),
                "country": "RU",
            }
        ],
        "communication": [
            {"language": {"coding": [{"system": "urn:ietf:bcp:47", "code": text("language")}]}}
        ],
        "managingOrganization": {"reference": "Organization/org"},
    }
)

_MOTHER = Template(
    {
        "resourceType": "RelatedPerson",
        "id": text("id"),
        "meta": {"lastUpdated": text("updated")},
        "identifier": [{"system": raw("system"), "value": text("national")}],
        "active": True,
        "patient": {"reference": text("patient")},
        "relationship": [
            {
                "coding": [
                    {
                        "system": "http://terminology.hl7.org/CodeSystem/v3-RoleCode",
                        "code": "MTH",
                        "display": "mother",
                    }
                ]
            }
        ],
        "name": [{"use": "official", "family": text("family"), "given": [text("given"), text("middle")]}],
        "gender": "female",
        "birthDate": text("birth"),
    }
)
_SYSTEMS = [f'"{SNILS}"', f'"{SSN}"']


def _identifiers(block: Block, who: pa.Array, locale: Ints) -> pa.StringArray:
    """The member `identifier` with both numbers, the policy alone, or nothing."""
    numbers = block.records.numbers
    national = joined(
        '{"use":"official","system":',
        choose(_SYSTEMS, locale),
        ',"value":"',
        block.names.national.take(who),
        '"},',
    )
    policy = joined(f'{{"use":"secondary","system":"{POLICY}","value":"', block.names.policy.take(who), '"}')
    some = joined('"identifier":[', chosen(numbers == 0, national), policy, "],")
    return chosen(numbers < 2, some)


def patients(block: Block) -> Iterator[Lines]:
    """One Patient for every record; both records of a person carry the same numbers, names and dates."""
    people, records, names = block.people, block.records, block.names
    person, who = records.person, pa.array(records.person)
    offset = block.offsets[records.clinic]
    dead = people.died[person] < NEVER
    death = instants(np.where(dead, people.died[person], 0), people.death_minute[person], offset)
    last = np.minimum(people.died[person], people.last[person])
    line = _PATIENT.render(
        id=block.patient_ids,
        updated=instants(
            np.maximum(last, people.first[person]) + 1, people.birth_minute[person] // 4, offset
        ),
        identifiers=_identifiers(block, who, people.locale[person]),
        family=names.family.take(who),
        given=names.given.take(who),
        middle=names.middle.take(who),
        phone=names.phone.take(who),
        gender=choose(["male", "female"], people.sex[person]),
        birth=dates(people.born[person]),
        deceased=chosen(dead, joined('"deceasedDateTime":"', death, '",')),
        street=names.street.take(who),
        city=names.city.take(who),
        postcode=names.postcode.take(who),
        language=choose(["ru", "en"], people.locale[person]),
    )
    yield Lines("Patient", line, records.clinic)


def mothers(block: Block) -> Iterator[Lines]:
    """RelatedPerson: the mother of every child whose mother is in the region, by her national number."""
    people, names = block.people, block.names
    child = np.flatnonzero(people.mother >= 0)
    mother = pa.array(people.mother[child])
    line = _MOTHER.render(
        id=block.ids("m", child),
        updated=instants(
            people.first[child] + 1, people.birth_minute[child] // 4, block.offsets[people.clinic[child]]
        ),
        system=choose(_SYSTEMS, people.locale[people.mother[child]]),
        national=names.national.take(mother),
        patient=joined("Patient/", block.patient_ids.take(pa.array(child))),
        family=names.family.take(mother),
        given=names.given.take(mother),
        middle=names.middle.take(mother),
        birth=dates(people.born[people.mother[child]]),
    )
    yield Lines("RelatedPerson", line, people.clinic[child])
