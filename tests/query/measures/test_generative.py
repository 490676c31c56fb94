"""Whatever patients meet: populations lie in each other, and a summary is the sum of its individual reports."""

from __future__ import annotations

from collections import Counter
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from lakmus.query.measures import Kind, members, read_measure
from tests.query.measures.making import counts, criteria, document, subject, told
from tests.query.measures.test_membership import ALL, DEN, DENEX, DENEXC, IP, NUM, NUMEX

PATIENTS = read_measure(document("proportion", ALL, stratifier=[{"criteria": criteria("sex")}]))
ITEMS = read_measure(
    document("proportion", ALL, basis="Encounter", stratifier=[{"criteria": criteria("long")}])
)
truths = st.fixed_dictionaries(
    {code: st.sampled_from([True, False, None]) for code in ALL} | {"sex": st.sampled_from(["f", "m", None])}
)
lists = st.none() | st.lists(st.integers(0, 5) | st.none(), max_size=6)
listed = st.fixed_dictionaries(dict.fromkeys((*ALL, "long"), lists))


@given(st.lists(truths, max_size=8))
def test_a_summary_is_the_sum_of_patients(values: list[dict[str, Any]]) -> None:
    _adds_up(PATIENTS, values)


@given(st.lists(listed, max_size=8))
def test_a_summary_is_the_sum_of_items(values: list[dict[str, Any]]) -> None:
    _adds_up(ITEMS, values)


def _adds_up(measure: Any, values: list[dict[str, Any]]) -> None:
    """Of the group, and of its strata, which share out everything."""
    subjects = [subject(str(number), each) for number, each in enumerate(values)]
    (whole,) = (each["group"][0] for each in told(measure, subjects))
    total: Counter[str] = Counter(dict.fromkeys(ALL, 0))
    for report in told(measure, subjects, Kind.INDIVIDUAL):
        total.update(counts(report["group"][0]))
    assert counts(whole) == dict(total)
    strata: Counter[str] = Counter(dict.fromkeys(ALL, 0))
    for stratifier in whole.get("stratifier", []):
        for stratum in stratifier["stratum"]:
            strata.update(counts(stratum))
    assert dict(strata) == dict(total)
    assert 0 <= whole.get("measureScore", {}).get("value", 0) <= 1


@given(listed)
def test_populations_lie_in_each_other(values: dict[str, Any]) -> None:
    (group,) = ITEMS.groups
    found = {code: set(kept) for code, kept in members(group, values.get).items()}
    assert found[DEN] <= found[IP]
    assert found[DENEX] | found[NUM] | found[DENEXC] <= found[DEN]
    assert found[NUMEX] <= found[NUM]
    assert not found[NUM] & found[DENEX]
    assert not found[DENEXC] & (found[NUM] | found[DENEX])
