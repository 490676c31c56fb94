"""Synthetic regions with known truth.

from lakmus.synth import Region, generate
generate(Region(patients=10_000, seed=7), "out/region")
"""

from lakmus.synth.generate import Generated, Progress, generate
from lakmus.synth.practice import practices, usual_practices
from lakmus.synth.region import (
    Clinic,
    Faults,
    Outbreak,
    Practice,
    Region,
    usual_clinics,
    usual_outbreaks,
    varied_clinics,
)

__all__ = [
    "Clinic",
    "Faults",
    "Generated",
    "Outbreak",
    "Practice",
    "Progress",
    "Region",
    "generate",
    "practices",
    "usual_clinics",
    "usual_outbreaks",
    "usual_practices",
    "varied_clinics",
]
