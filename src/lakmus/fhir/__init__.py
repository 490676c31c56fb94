"""What FHIR R4 says: generated tables, pure lookups, the validator."""
