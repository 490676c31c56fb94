"""Plausibility: rules as data that flag accepted records, and a site's data quality in figures. Nothing is refused.

for flag in flags(cursor, lake.schema, units, bucket=3): ...
report = quality(cursor, lake.schema, units)
"""

from lakmus.intake.plausibility.flags import Flag, Flagger, flags
from lakmus.intake.plausibility.part import Part
from lakmus.intake.plausibility.rules import Rule, RuleBook, read_rules, standard_rules

__all__ = ["Flag", "Flagger", "Part", "Rule", "RuleBook", "flags", "read_rules", "standard_rules"]
