"""Risk: small tables one can count by hand, and the Adult census table against published figures."""

import csv

import pyarrow as pa
import pytest

from lakmus.core.errors import RefusedError
from lakmus.privacy import Bound, Classes, risk
from lakmus.privacy.disclosure import suppressed, total

PEOPLE = pa.table(
    {
        "person": [1, 2, 3, 4, 5, 6],
        "sex": ["f", "f", "f", "m", "m", "m"],
        "year": [1980, 1980, 1980, 1980, 1980, 1990],
        "ill": ["a", "a", "b", "a", "a", "c"],
    }
)


def test_counted_by_hand():
    classes = Classes(PEOPLE, ["sex", "year"], "person")
    figures = classes.assess(2)
    assert (figures.persons, figures.classes, figures.smallest_class, figures.unique) == (6, 3, 1, 1)
    assert (figures.suppressed, figures.smallest_class_after, figures.average_risk_after) == (1, 2, 0.4)
    assert classes.suppressed(2).to_pylist() == [6]
    assert classes.suppressed(3).to_pylist() == [4, 5, 6]
    assert classes.diversity("ill") == 1


def test_a_missing_value_is_a_value():
    table = pa.table({"person": [1, 2, 3], "sex": ["f", None, None]})
    assert Classes(table, ["sex"], "person").suppressed(2).to_pylist() == [1]


def test_persons_are_counted_not_rows():
    table = pa.table({"person": [1, 1, 2], "region": ["x", "x", "x"]})
    assert Classes(table, ["region"], "person").assess(3).suppressed == 2


def test_who_goes_may_take_others_along():
    # Without person 1 (alone in a), person 2 is alone in b.
    table = pa.table({"person": [1, 1, 2, 3, 4], "region": ["a", "b", "b", "c", "c"]})
    assert Classes(table, ["region"], "person").suppressed(2).to_pylist() == [1, 2]


def test_nobody():
    empty = pa.table({"person": pa.array([], pa.int64()), "sex": pa.array([], pa.string())})
    figures = Classes(empty, ["sex"], "person").assess(5)
    assert (figures.persons, figures.suppressed, figures.unique_share) == (0, 0, 0.0)


def test_the_message_names_what_to_coarsen_and_no_value():
    classes = Classes(PEOPLE, ["sex", "year"], "person")
    with pytest.raises(RefusedError, match=r"3 of 6 persons \(50.0%\)") as refused:
        risk.check(classes.assess(3), Bound(3, 0.1), classes.gains(3))
    assert "year (0 left out without it, now 3), sex (1 left" in refused.value.hint
    assert "1990" not in str(refused.value)


def test_uniqueness_has_a_bound_of_its_own():
    classes = Classes(PEOPLE, ["sex", "year"], "person")
    risk.check(classes.assess(2), Bound(2, 0.5, 0.5), classes.gains(2))
    with pytest.raises(RefusedError, match="unique"):
        risk.check(classes.assess(2), Bound(2, 0.5, 0.1), classes.gains(2))


@pytest.fixture(scope="module")
def adult(shared):
    with (shared / "data/adult/adult.csv").open() as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    return pa.table(columns | {"person": list(range(len(rows)))})


def generalised(shared, table, levels):
    for name, level in levels.items():
        with (shared / f"data/adult/adult_hierarchy_{name}.csv").open() as file:
            coarser = {row[0]: row[level] for row in csv.reader(file, delimiter=";")}
        values = [coarser[value] for value in table.column(name).to_pylist()]
        table = table.set_column(table.column_names.index(name), name, [values])
    return table


def test_adult_as_arx_found_it(shared, adult):
    """The optimal transformation ARX reports suppresses 3,049 of 30,162 rows at k = 5 (data/adult/README.md)."""
    order = ("sex", "age", "race", "marital-status", "education", "native-country", "workclass", "occupation")
    levels = dict(zip(order, (0, 3, 0, 0, 2, 1, 0, 1), strict=True))
    classes = Classes(generalised(shared, adult, levels), order, "person")
    figures = classes.assess(5)
    assert (figures.persons, figures.suppressed) == (30_162, 3_049)
    assert figures.smallest_class_after >= 5


def test_adult_as_recorded(adult):
    """Counted another way: with the standard library's Counter."""
    from collections import Counter

    names = ["sex", "age", "race"]
    counts = Counter(zip(*(adult.column(name).to_pylist() for name in names), strict=True))
    figures = Classes(adult, names, "person").assess(5)
    assert figures.classes == len(counts)
    assert figures.unique == sum(1 for n in counts.values() if n == 1)
    assert figures.suppressed == sum(n for n in counts.values() if n < 5)


@pytest.mark.parametrize(
    ("counts", "shown"),
    [
        ({"a": 10, "b": 20}, {"a": 10, "b": 20}),
        ({"a": 10, "b": 0}, {"a": 10, "b": 0}),
        ({"a": 100, "b": 3, "c": 40}, {"a": 100, "b": None, "c": None}),
        ({"a": 100, "b": 3, "c": 4}, {"a": 100, "b": None, "c": None}),
        (
            {"a": 100, "b": 1, "c": 2},
            {"a": None, "b": None, "c": None},
        ),  # two hidden, but three persons in all
        ({"a": 2}, {"a": None}),
    ],
)
def test_small_cells(counts, shown):
    assert suppressed(counts, 5) == shown


def test_single_counts():
    assert [total(n, 5) for n in (0, 1, 4, 5)] == [0, None, None, 5]
