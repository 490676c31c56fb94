"""Code systems, value sets, maps, units.

terminology = LocalTerminology.open(path)
install(terminology, folder)
terminology.lookup("urn:oid:1.2.643.5.1.13.13.11.1005", "I10").display
"""

from lakmus.terminology.expansion import Limits
from lakmus.terminology.from_files import Report, install
from lakmus.terminology.local import LocalTerminology
from lakmus.terminology.model import (
    Coding,
    Concept,
    Designation,
    Expansion,
    Installed,
    Subsumption,
    Translation,
    Validation,
)
from lakmus.terminology.provider import TerminologyProvider
from lakmus.terminology.units import Units

__all__ = [
    "Coding",
    "Concept",
    "Designation",
    "Expansion",
    "Installed",
    "Limits",
    "LocalTerminology",
    "Report",
    "Subsumption",
    "TerminologyProvider",
    "Translation",
    "Units",
    "Validation",
    "install",
]
