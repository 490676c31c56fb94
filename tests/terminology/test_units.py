"""Units of measure: which codes are units, what converts into what, and what never does."""

import threading
from csv import DictReader
from decimal import Decimal
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lakmus.core.errors import InputError
from lakmus.terminology import Units

UNITS = Units()

CONVERTED = [
    ("1", "g", "mg", "1000"),
    ("1.50", "g", "g", "1.50"),
    ("5.5", "mmol/L", "umol/mL", "5.5"),
    ("100", "mg/dL", "g/L", "1"),
    ("1", "10*9/L", "/nL", "1"),
    ("1", "10*9/L", "10^9/L", "1"),
    ("120", "mm[Hg]", "kPa", "15.99864"),
    ("1", "meq/L", "mmol/L", "1"),
    ("150", "[lb_av]", "kg", "68.0388555"),
    ("5", "%", "1", "0.05"),
    ("72", "/min", "{beats}/min", "72"),
    ("60", "mL/min/{1.73_m2}", "L/h", "3.6"),
    ("1", "[iU]/mL", "[iU]/L", "1000"),
    # special units: scales with an offset, logarithms
    ("37", "Cel", "[degF]", "98.6"),
    ("98.6", "[degF]", "Cel", "37"),
    ("-40", "[degF]", "Cel", "-40"),
    ("0", "Cel", "K", "273.15"),
    ("80", "[degRe]", "Cel", "100"),
    ("7", "[pH]", "mol/L", "1E-7"),
    ("20", "dB", "1", "100"),
    # CQL's durations: days and shorter are UCUM's, months and years count months
    ("7", "days", "wk", "1"),
    ("1", "hour", "min", "60"),
    ("2", "years", "months", "24"),
]

NOT_CONVERTED = [
    ("g", "m"),
    ("[iU]", "g"),  # an arbitrary unit measures nothing but itself
    ("[iU]", "[USP'U]"),
    ("mol", "1"),  # an amount of substance is no bare count: house choice, as in the SI
    ("mmol/L", "mg/dL"),  # needs the molar mass, which units do not know
    ("year", "a"),  # a calendar year is not 365.25 days
    ("month", "d"),
    ("Cel/min", "K/min"),  # special units stand alone
    ("gm", "g"),
    ("кг", "kg"),
    ("", "1"),
]


@pytest.mark.parametrize(("value", "source", "target", "expected"), CONVERTED)
def test_converted(value, source, target, expected):
    assert UNITS.comparable(source, target)
    assert UNITS.convert(Decimal(value), source, target) == Decimal(expected)


@pytest.mark.parametrize(("source", "target"), NOT_CONVERTED)
def test_not_converted(source, target):
    assert not UNITS.comparable(source, target)
    assert UNITS.convert(Decimal(1), source, target) is None
    assert UNITS.convert(Decimal(1), target, source) is None


@pytest.mark.parametrize(
    ("value", "unit", "canonical"),
    [
        ("1", "mg/dL", ("10", "g.m-3")),
        ("5.5", "mmol/L", ("5.5", "m-3.mol")),
        ("37", "Cel", ("310.15", "K")),
        ("2", "years", ("24", "{month}")),
        ("3", "{score}", ("3", "1")),
        ("1", "no such unit", ("1", "no such unit")),
    ],
)
def test_canonical_form(value, unit, canonical):
    assert UNITS.canonical(Decimal(value), unit) == (Decimal(canonical[0]), canonical[1])


def test_thirds_have_34_digits():
    assert UNITS.convert(Decimal(1), "s", "min") == Decimal("0.01666666666666666666666666666666667")


@pytest.mark.parametrize(
    ("source", "target", "factor"),
    [
        ("g", "mg", "1000"),
        ("mg/dL", "mg/dL", "1"),
        ("Cel", "Cel", "1"),
        ("Cel", "K", None),
        ("g", "m", None),
        ("x", "x", "1"),
    ],
)
def test_factor_for_whole_columns(source, target, factor):
    assert UNITS.factor(source, target) == (None if factor is None else Decimal(factor))


def test_an_unknown_unit_is_refused_with_what_was_meant():
    with pytest.raises(InputError, match=r"mm\[H\]"):
        UNITS.check("mm[H]")
    assert UNITS.check("mm[Hg]") == "mm[Hg]"


def test_the_official_examples_are_units():
    """UCUM's table of example codes; `Torr` is in it though UCUM does not define it."""
    text = files("ucumvert").joinpath("vendor/ucum_examples.tsv").read_text("utf-8")
    codes = [row["UCUM_CODE"] for row in DictReader(text.splitlines(), delimiter="\t")]
    assert len(codes) > 800
    assert [code for code in codes if not UNITS.validate(code)] == ["Torr"]


@pytest.mark.parametrize(
    "code", ["(" * 30 + "g" + ")" * 30, "m." * 200 + "m", "m999", "10*99999999", "a" * 5000, "\0"]
)
def test_hostile_codes_are_refused_quickly(code):
    assert not UNITS.validate(code)


@pytest.mark.parametrize("value", ["1E+999999999", "1E-999999999", "NaN", "Infinity"])
def test_hostile_numbers_have_no_answer(value):
    assert UNITS.convert(Decimal(value), "g", "kg") is None
    assert UNITS.canonical(Decimal(value), "kg")[1] == "kg"


@pytest.mark.parametrize(
    ("value", "source", "target"), [("0", "mol/L", "[pH]"), ("-1", "1", "dB"), ("99999", "dB", "1")]
)
def test_scales_without_such_a_value_have_no_answer(value, source, target):
    assert UNITS.convert(Decimal(value), source, target) is None


@given(
    st.decimals(min_value=-(10**9), max_value=10**9, places=4),
    st.sampled_from([("mg/dL", "g/L"), ("mm[Hg]", "Pa"), ("Cel", "[degF]"), ("[in_i]", "cm"), ("week", "s")]),
)
def test_there_and_back(value, units):
    there = UNITS.convert(value, *units)
    back = UNITS.convert(there, *reversed(units))
    assert abs(back - value) <= abs(value) * Decimal("1E-30")


def test_threads_share_one():
    units, answers = Units(), []
    work = [
        threading.Thread(target=lambda n=n: answers.append(units.convert(Decimal(n), "kg", "g")))
        for n in range(8)
    ]
    for thread in work:
        thread.start()
    for thread in work:
        thread.join()
    assert sorted(answers) == [Decimal(1000 * n) for n in range(8)]
