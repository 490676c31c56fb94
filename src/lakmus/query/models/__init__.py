"""Data models of CQL: which classes records have, and how their elements are read from FHIR JSON.

model        a model as the checker and the engines ask it
fhir         FHIR 4.0.1, from the generated tables: no model information file is needed
modelinfo    any other model of FHIR records, from its model information (QI-Core, US Core)
targets      how a mapped model says an element is read
slices       slices that model information names without saying which items they are
conversions  the conversions from FHIR's types that are built in
profiles     what has to hold of a record that a profile is told apart by
"""
