"""What may leave: rules as data, pseudonyms, moved dates, ages, risk, small cells. Pure: arrays in, arrays out.

key = ReleaseKey(secret)
checked = rules.read("patients", lines, columns.columns(view))
leaving = apply.apply(batch, checked, Secrets(key), references)
"""

from lakmus.privacy.apply import PERSON, SITE, Rows, Secrets, subjects
from lakmus.privacy.columns import Column
from lakmus.privacy.disclosure import suppressed, total
from lakmus.privacy.pseudonyms import ReleaseKey
from lakmus.privacy.risk import Bound, Classes, Gain, Risk
from lakmus.privacy.rules import ACTIONS, Rule, ViewRules, rules_hash

__all__ = [
    "ACTIONS",
    "PERSON",
    "SITE",
    "Bound",
    "Classes",
    "Column",
    "Gain",
    "ReleaseKey",
    "Risk",
    "Rows",
    "Rule",
    "Secrets",
    "ViewRules",
    "rules_hash",
    "subjects",
    "suppressed",
    "total",
]
