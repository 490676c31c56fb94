"""What FHIR R4 says: generated tables, pure lookups, the validator. No files, no network, no clock.

Deciding on records, in the order they come:

>>> answer = Acceptor().accept(b'{"resourceType":"Patient","id":"1","birthDate":"1970-02"}')
>>> answer.resource_type, answer.id, answer.encoded
('Patient', '1', b'{"resourceType":"Patient","birthDate":"1970-02","id":"1"}')
>>> Acceptor().accept(b'{"resourceType":"Patient","birthdate":"1970"}').issues[0].message
'birthdate is not an element here; did you mean birthDate?'

`Accepted.encoded` is the record in the lake's shape (see `records`); `restore` gives the JSON back with its digits.
`validate` names all faults of a document and `operation_outcome` says them as FHIR does; none names a value.

What the standard says of types and elements, for compilers and rules:

>>> definitions.element("Observation", "valueQuantity").type
'Quantity'
>>> definitions.patient_references("Immunization")[0]
('patient',)

`xml.to_json` reads FHIR XML.
"""

from lakmus.fhir import definitions
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
    "definitions",
    "operation_outcome",
    "patient_id",
    "patient_of",
    "restore",
    "to_lake",
    "validate",
    "validate_envelope",
]
