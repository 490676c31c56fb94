"""What FHIR R4 says: generated tables, pure lookups, the validator. No files, no network, no clock.

acceptor = Acceptor()
answer = acceptor.accept(b'{"resourceType":"Patient","id":"1"}')   # Accepted, or Refused with all issues
definitions.element("Observation", "valueQuantity")                # what the standard says of an element
"""

from lakmus.fhir.accept import Accepted, Acceptor, Refused, patient_id, patient_of
from lakmus.fhir.issues import Issue, operation_outcome
from lakmus.fhir.records import restore, to_lake
from lakmus.fhir.shapes import Shape
from lakmus.fhir.validate import VERSION as VALIDATOR_VERSION
from lakmus.fhir.validate import validate, validate_envelope

__all__ = [
    "VALIDATOR_VERSION",
    "Accepted",
    "Acceptor",
    "Issue",
    "Refused",
    "Shape",
    "operation_outcome",
    "patient_id",
    "patient_of",
    "restore",
    "to_lake",
    "validate",
    "validate_envelope",
]
