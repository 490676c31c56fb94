"""The reference engine: plain Python over one record, obviously right, never optimised; the oracle of the others.

tree = compile("name.where(use = 'official').given", context="Patient")
evaluate(tree, patient)                  # [Value("Peter", FHIR.string, "Patient.name[0].given[0]"), ...]
"""

from lakmus.query.engines.reference.environment import Environment
from lakmus.query.engines.reference.evaluate import evaluate
from lakmus.query.engines.reference.values import Value

__all__ = ["Environment", "Value", "evaluate"]
