"""Plausibility: rules as data that flag accepted records, and a site's data quality in figures. Nothing is refused.

for flag in flags(cursor, lake.schema, units, bucket=3): ...
flag_batch(lake, units, batch)   # the same, kept in the lake
report = quality(cursor, lake.schema, units)
"""

from lakmus.intake.plausibility.flags import Flag, Flagger, flags
from lakmus.intake.plausibility.part import Part
from lakmus.intake.plausibility.quality import (
    Completeness,
    MonthCount,
    RuleCount,
    SiteQuality,
    quality,
)
from lakmus.intake.plausibility.rules import Rule, RuleBook, read_rules, standard_rules
from lakmus.intake.plausibility.sites import SiteFinding, site_findings
from lakmus.intake.plausibility.store import Flagged, flag_batch, flagged, prune, rules_of

__all__ = [
    "Completeness",
    "Flag",
    "Flagged",
    "Flagger",
    "MonthCount",
    "Part",
    "Rule",
    "RuleBook",
    "RuleCount",
    "SiteFinding",
    "SiteQuality",
    "flag_batch",
    "flagged",
    "flags",
    "prune",
    "quality",
    "read_rules",
    "rules_of",
    "site_findings",
    "standard_rules",
]
