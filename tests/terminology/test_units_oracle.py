"""Our exact factors against pint's, for every plain atom of UCUM: an outside opinion on the evaluation.

Each difference is in the ledger with its reason; one that goes away turns the build red.
"""

import warnings
from decimal import Decimal

import pytest

from lakmus.terminology import Units

LEDGER = {
    "pint reads another unit under this name": ["'", "''", "[cft_i]", "[cyd_i]", "g%", "[Cal]", "[LPF]"],
    "pint has the Gaussian unit, UCUM the SI one": ["Mx", "G", "Oe", "Gb"],
    "pint has US survey lengths for the British ones, UCUM table 7 the British": (
        [
            "[in_br]",
            "[ft_br]",
            "[rd_br]",
            "[ch_br]",
            "[lk_br]",
            "[fth_br]",
            "[pc_br]",
            "[yd_br]",
            "[mi_br]",
            "[nmi_br]",
            "[kn_br]",
            "[acr_br]",
        ]
    ),
    "pint has another definition or more digits than UCUM states": (
        ["[didot]", "[cicero]", "cal_[15]", "[Btu]", "m[Hg]", "[in_i'H2O]", "[in_i'Hg]", "[PRU]", "[wood'U]"]
    ),
}
BASES = {"m", "s", "g", "rad", "K", "C", "cd", "mol"}


@pytest.fixture(scope="module")
def registry():
    from ucumvert import PintUcumRegistry

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return PintUcumRegistry()


def plain_atoms(units):
    """(code, measure) of every atom that is neither special nor arbitrary."""
    for code in units._ucum.codes():
        measure = units._measure(code)
        if not measure.scale and {base for base, _ in measure.dimension} <= BASES:
            yield code, measure


def agree(registry, code, measure):
    from pint import DimensionalityError

    base = registry.from_ucum(measure.canonical_unit)
    try:
        theirs = registry.from_ucum(code).to(base.units).magnitude / base.magnitude
    except DimensionalityError:
        return False
    return abs(Decimal(float(measure.factor)) / Decimal(float(theirs)) - 1) < Decimal("1E-6")


def test_every_factor(registry):
    atoms = dict(plain_atoms(Units()))
    differing = {code for code, measure in atoms.items() if not agree(registry, code, measure)}
    assert len(atoms) == 250
    assert differing == {code for codes in LEDGER.values() for code in codes}
