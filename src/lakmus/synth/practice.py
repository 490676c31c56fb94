"""Guideline adherence: what each clinic does how often, as planted."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from lakmus.core.errors import NotFoundError
from lakmus.synth.columns import Ints, day_number
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


def probabilities(region: Region, rule: str, clinic: Ints, day: Ints) -> Floats:
    """The planted probability of each case: at a clinic (row number in the region), on a day."""
    practice = practices(region)[rule]
    table = np.array(
        [[practice.probability(one, changed) for one in region.clinics] for changed in (False, True)]
    )
    after = day >= day_number(practice.since) if practice.since else np.zeros(len(day), bool)
    return np.asarray(table[after.astype(int), clinic])
