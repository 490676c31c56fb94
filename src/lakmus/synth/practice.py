"""Guideline adherence: what each clinic does how often, as planted."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from lakmus.core.errors import NotFoundError
from lakmus.synth.region import Practice, Region
from lakmus.synth.tables import Floats, rows


@lru_cache(1)
def usual_practices() -> dict[str, Practice]:
    """The usual practice by rule name."""
    return {
        row["rule"]: Practice(row["rule"], float(row["mean"]), float(row["spread"]))
        for row in rows("practices.csv")
    }


def practices(region: Region) -> dict[str, Practice]:
    """The region's practice by rule name: the usual ones, overridden by its own."""
    own = {practice.rule: practice for practice in region.practices}
    unknown = sorted(set(own) - set(usual_practices()))
    if unknown:
        raise NotFoundError(
            f"no practice is called {unknown[0]!r}",
            hint="the rules are listed in `lakmus.synth.usual_practices()`",
        )
    return usual_practices() | own


def probabilities(region: Region, rule: str) -> Floats:
    """The planted probability by clinic."""
    practice = practices(region)[rule]
    return np.array([practice.probability(clinic) for clinic in region.clinics])
