"""Forms in which terminology comes: FHIR resources, national reference books."""
