"""Whom a refused document may be about: read from bytes that no parser accepted, so that forgetting reaches them.

Rather too many than too few: a document that only mentions somebody is theirs, too.
"""

from __future__ import annotations

import re

MOST = 10_000  # of one document
_REFERENCE = re.compile(rb'Patient/([A-Za-z0-9.\-]{1,64})["/#]')
_PATIENT = re.compile(rb'"resourceType"\s*:\s*"Patient"')
_ID = re.compile(rb'"id"\s*:\s*"([A-Za-z0-9.\-]{1,64})"')
_XML_ID = re.compile(rb'<id\s+value\s*=\s*"([A-Za-z0-9.\-]{1,64})"')
_URN = re.compile(rb"urn:uuid:([0-9A-Fa-f-]{36})")


def patients(document: bytes) -> str:
    """Ids at their site of patients a document may be about, separated by blanks; empty when none is found.

    >>> patients(b'{"resourceType":"Observation","subject":{"reference":"Patient/7"},"status":')
    '7'
    """
    found = dict.fromkeys(match[1] for match in _REFERENCE.finditer(document))
    if _PATIENT.search(document) or b"<Patient" in document:
        for pattern in (_ID, _XML_ID, _URN):
            found |= dict.fromkeys(match[1] for match in pattern.finditer(document))
    return " ".join(name.decode() for name in list(found)[:MOST])
