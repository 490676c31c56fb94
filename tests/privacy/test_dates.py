"""Dates that leave: a table of what becomes of each form, and the properties that hold for all."""

from datetime import date, timedelta

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lakmus.privacy import ReleaseKey, ages, dates

KEY = ReleaseKey(b"k" * 32)


@pytest.mark.parametrize(
    ("sent", "days", "leaves"),
    [
        ("2020-02-28", 2, "2020-03-01"),  # leap year
        ("2021-02-28", 2, "2021-03-02"),
        ("2020-01-01", -1, "2019-12-31"),
        ("2020-02-28T23:59:59.125+03:00", 1, "2020-02-29T23:59:59.125+03:00"),  # time and zone as sent
        ("2020-02-28T10:00:00Z", 365, "2021-02-27T10:00:00Z"),
        ("2020-02-28T10:00", 1, "2020-02-29T10:00"),
        ("2020-05", 10, "2020-05"),  # 15 May moved to the 25th
        ("2020-05", 20, "2020-06"),
        ("2020-12", 30, "2021-01"),
        ("2020", 180, "2020"),  # 2 July moved to 29 December
        ("2020", -200, "2019"),
        ("0001-01-01", -1, None),  # no year 0
        ("9999-12-31", 1, None),
        ("2021-02-29", 1, None),  # no such day
        ("2021-13", 1, None),
        ("yesterday", 1, None),
        ("2020-02-28 Ivanov", 1, None),
        ("2020-02-28T", 1, None),
        (None, 1, None),
        ("2020-02-28", None, None),  # of no person
    ],
)
def test_moved(sent, days, leaves):
    assert dates.shift(pa.array([sent], pa.string()), pa.array([days], pa.int64())).to_pylist() == [leaves]


@given(
    st.lists(st.dates(date(1800, 1, 1), date(2300, 1, 1)), min_size=2, max_size=20),
    st.integers(0, 2**62),
    st.integers(1, 4000),
)
def test_intervals_within_a_person_stay(days, person, bound):
    sent = pa.array([d.isoformat() for d in days])
    moves = dates.offsets(KEY, pa.array([person] * len(days)), bound)
    moved = [date.fromisoformat(text) for text in dates.shift(sent, moves).to_pylist()]
    assert {after - before for before, after in zip(days, moved, strict=True)} == {
        timedelta(days=moves[0].as_py())
    }


def test_every_person_is_moved_and_nobody_further_than_the_bound():
    moves = dates.offsets(KEY, pa.array(range(20_000)), 10).to_pylist()
    assert set(moves) == set(range(-10, 11)) - {0}
    counts = [moves.count(n) for n in set(moves)]
    assert min(counts) > 850  # 1,000 expected of each; six standard deviations are 185
    assert max(counts) < 1150


def test_another_key_moves_otherwise():
    persons = pa.array(range(1000))
    other = dates.offsets(ReleaseKey(b"o" * 32), persons, 365)
    assert dates.offsets(KEY, persons, 365) != other
    assert dates.offsets(KEY, persons, 365) == dates.offsets(KEY, persons, 365)


@pytest.mark.parametrize(
    ("birth", "at", "group", "year"),
    [
        ("1980-05-01", "2024-04-30", "40-44", 1980),  # 43
        ("1980-05-01", "2025-05-01", "45-49", 1980),  # 45 today
        ("2000-02-29", "2001-02-28", "0-4", 2000),
        ("1934-06-01", "2024-05-31", "85-89", 1934),  # 89
        ("1934-06-01", "2024-06-01", "90+", 1934),  # 90
        ("1901-06-01", "2024-06-01", "90+", 1934),  # the oldest share a year
        ("1901", "2024-06-01", "90+", 1934),
        ("2024-06-02", "2024-06-01", None, None),  # born later
        ("unknown", "2024-06-01", None, None),
        ("1980", None, None, None),
    ],
)
def test_ages(birth, at, group, year):
    births, references = pa.array([birth], pa.string()), pa.array([at], pa.string())
    assert ages.groups(births, references).to_pylist() == [group]
    assert ages.birth_years(births, references).to_pylist() == [year]


@given(st.dates(date(1850, 1, 1), date(2024, 1, 1)), st.dates(date(2024, 1, 1), date(2024, 12, 31)))
def test_ages_agree_with_the_calendar(birth, at):
    years = at.year - birth.year - ((at.month, at.day) < (birth.month, birth.day))
    assert ages.ages(pa.array([birth.isoformat()]), pa.array([at.isoformat()])).to_pylist() == [years]


def test_groups_of_ten_end_below_the_top():
    births = pa.array(["1936-01-01", "1990-01-01"])
    assert ages.groups(births, pa.array(["2024-06-01"] * 2), width=20).to_pylist() == ["80-89", "20-39"]
    years = ages.birth_years(births, pa.array(["2024-06-01"] * 2), width=10).to_pylist()
    assert years == [1934, 1990]
