"""A site's data quality in figures, and the rules that judge a whole site."""

import pytest

from lakmus.intake.plausibility import Completeness, MonthCount, RuleCount, quality, site_findings
from tests.intake.test_plausibility import ADULT, UNITS, at, coded, lake_of, measured, pressure, schema_of


def births(wrong, right):
    dates = ["1980-01-01"] * wrong + [f"1980-02-{1 + n % 28:02}" for n in range(right)]
    return {"Patient": [{"birthDate": date} for date in dates]}


def observations(wrong, right):
    return {"Patient": [ADULT], "Observation": [*wrong, *right]}


def seconds(count):
    return [at(f"2024-03-01T10:{n // 60:02}:{n % 60:02}Z") for n in range(count)]


SITES = [
    ("january-first-births", births(3, 97), births(2, 98)),
    (
        "one-moment-for-many",
        observations([at("2024-03-01T09:00:00Z")] * 21, seconds(79)),
        observations([at("2024-03-01T09:00:00Z")] * 20, seconds(80)),
    ),
    (
        "midnight-times",
        observations([at(f"2024-03-{1 + n % 28:02}T00:00:00+0{n // 28}:00") for n in range(51)], seconds(49)),
        observations([at(f"2024-03-{1 + n % 28:02}T00:00:00+0{n // 28}:00") for n in range(50)], seconds(50)),
    ),
    (
        "pressure-digit-preference",
        observations([pressure(120, 80)] * 61, [pressure(121, 80)] * 39),
        observations([pressure(120, 80)] * 60, [pressure(121, 80)] * 40),
    ),
]


@pytest.mark.parametrize(("rule", "flagged", "near"), SITES, ids=[case[0] for case in SITES])
def test_a_share_above_what_is_allowed(rule, flagged, near):
    for tables, expected in ((flagged, [("a", 100)]), (near, [])):
        connection = lake_of(**tables)
        found = [f for f in site_findings(connection, schema_of(connection)) if f.rule == rule]
        assert [(f.site, f.total) for f in found] == expected


def test_few_records_prove_nothing():
    connection = lake_of(**births(99, 0))
    assert site_findings(connection, schema_of(connection)) == []


@pytest.fixture
def sites():
    connection = lake_of(
        Patient=[ADULT, {"birthDate": "1990", "lk_site": "z", "lk_person": 2}],
        Observation=[
            measured("8867-4", 999, "/min", "2024-03-01T08:30:00Z"),
            measured("8867-4", 70, "/min", "2024-04"),
            {"code": coded("8867-4"), "effectiveDateTime": "2024", "valueQuantity": {"value": 70}},
        ],
    )
    told = []
    found = quality(
        connection,
        schema_of(connection),
        UNITS,
        types=["Patient", "Observation"],
        buckets=[0, 1],
        progress=lambda *news: told.append(news),
    )
    assert told == [("Patient", 1, 2), ("Observation", 2, 2)]
    return {site.site: site for site in found}


def test_what_a_site_sent(sites):
    assert sites["a"].records == {"Patient": 1, "Observation": 3}
    assert sites["z"].records == {"Patient": 1}


def test_what_is_flagged_of_how_many(sites):
    assert sites["a"].flags == (
        RuleCount("Observation", "heart-rate-range", 1, 3),
        RuleCount("Observation", "number-without-unit", 1, 3),
    )
    assert sites["z"].flags == ()


def test_what_is_filled_in(sites):
    assert Completeness("Patient", "gender", 1, 1) in sites["a"].completeness
    assert Completeness("Patient", "gender", 0, 1) in sites["z"].completeness
    assert Completeness("Patient", "name.family", 0, 1) in sites["a"].completeness
    assert (
        Completeness("Observation", "valueQuantity.unit or valueQuantity.code", 2, 3)
        in sites["a"].completeness
    )


def test_units_missing(sites):
    assert (sites["a"].measured, sites["a"].without_unit) == (3, 1)


def test_months_leave_out_what_is_only_a_year(sites):
    assert sites["a"].months == (
        MonthCount("Observation", "2024-03", 1),
        MonthCount("Observation", "2024-04", 1),
    )


def test_an_empty_lake():
    connection = lake_of()
    assert quality(connection, schema_of(connection), UNITS, types=[]) == ()
