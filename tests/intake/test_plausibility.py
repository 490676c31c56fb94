"""Each plausibility rule: a record it flags, one that just escapes it, and a clean one."""

import json

import duckdb
import pytest

from lakmus.core.errors import InputError
from lakmus.intake.plausibility import Flagger, Part, flags, read_rules, standard_rules
from lakmus.intake.plausibility.bounds import bounds_of
from lakmus.terminology import Units

UNITS = Units()
RECEIVED = "2024-06-15 12:00:00+00"
LOINC, ICD = "http://loinc.org", "http://hl7.org/fhir/sid/icd-10"
ADULT = {"id": "p", "birthDate": "1980-05-01", "gender": "male"}
WOMAN = ADULT | {"gender": "female"}
INFANT = {"id": "p", "birthDate": "2024-01-01", "gender": "male"}
DEAD = ADULT | {"deceasedDateTime": "2020-03-10"}


def coded(code, system=LOINC):
    return {"coding": [{"system": system, "code": code}]}


def measured(code, value, unit, at="2024-03-01T08:30:00Z", **more):
    quantity = {"value": value, "unit": unit, "system": "http://unitsofmeasure.org", "code": unit}
    return {"code": coded(code), "effectiveDateTime": at, "valueQuantity": quantity} | more


def pressure(systolic, diastolic):
    parts = [("8480-6", systolic), ("8462-4", diastolic)]
    return {
        "code": coded("85354-9"),
        "effectiveDateTime": "2024-03-01T08:30:00Z",
        "component": [
            {"code": coded(c), "valueQuantity": {"value": v, "unit": "mm[Hg]", "code": "mm[Hg]"}}
            for c, v in parts
        ],
    }


def at(time):
    return {"effectiveDateTime": time}


def diagnosis(code, **more):
    return {"code": coded(code, ICD)} | more


def unitless(**quantity):
    return {"code": coded("8867-4"), "effectiveDateTime": "2024-03-01", "valueQuantity": quantity}


# rule, resource type, patient, flagged, near miss, clean
CASES = [
    (
        "birth-in-future",
        "Patient",
        None,
        {"birthDate": "2024-06-17"},
        {"birthDate": "2024-06-16"},
        {"birthDate": "1980"},
    ),
    (
        "age-over-120",
        "Patient",
        None,
        {"birthDate": "1904-06-14"},
        {"birthDate": "1904-06-15"},
        {"birthDate": "1880-01-02", "deceasedDateTime": "1950"},
    ),
    (
        "death-before-birth",
        "Patient",
        None,
        {"birthDate": "1980-05-03", "deceasedDateTime": "1980-05-01"},
        {"birthDate": "1980-05-02", "deceasedDateTime": "1980-05-01"},
        {"birthDate": "1980-05-02", "deceasedDateTime": "1980"},
    ),
    (
        "death-in-future",
        "Patient",
        None,
        {"deceasedDateTime": "2024-06-17"},
        {"deceasedDateTime": "2024-06-16"},
        {"deceasedDateTime": "2024-06-14"},
    ),
    (
        "placeholder-birth-date",
        "Patient",
        None,
        {"birthDate": "1900-01-01"},
        {"birthDate": "1900-01-02"},
        {"birthDate": "1980-05-01"},
    ),
    (
        "placeholder-name",
        "Patient",
        None,
        {"name": [{"family": "ok"}, {"family": " Тест "}]},
        {"name": [{"family": "Тестова"}]},
        {"name": [{"family": "Морозова"}]},
    ),
    ("event-before-birth", "Observation", ADULT, at("1980-04-29"), at("1980-04-30T23:00:00Z"), at("1980")),
    (
        "immunisation-before-birth",
        "Immunization",
        ADULT,
        {"occurrenceDateTime": "1980-04-29"},
        {"occurrenceDateTime": "1980-04-30"},
        {"occurrenceDateTime": "1990"},
    ),
    (
        "event-after-death",
        "Procedure",
        DEAD,
        {"performedDateTime": "2020-03-13"},
        {"performedDateTime": "2020-03-12"},
        {"performedDateTime": "2020-03"},
    ),
    ("event-in-future", "Observation", ADULT, at("2024-06-17"), at("2024-06-16"), at("2024")),
    (
        "event-before-1900",
        "Condition",
        None,
        {"onsetDateTime": "1899"},
        {"onsetDateTime": "1900-01-01"},
        {"onsetDateTime": "1999"},
    ),
    (
        "end-before-start",
        "Encounter",
        ADULT,
        {"period": {"start": "2024-03-01T10:00:00+03:00", "end": "2024-03-01T06:59:59Z"}},
        {"period": {"start": "2024-03-01T10:00:00+03:00", "end": "2024-03-01T07:00:00Z"}},
        {"period": {"start": "2024-03-01T10:00:00+03:00", "end": "2024-03"}},
    ),
    (
        "issued-before-taken",
        "Observation",
        ADULT,
        at("2024-03-03") | {"issued": "2024-03-01T10:00:00Z"},
        at("2024-03-02") | {"issued": "2024-03-01T10:00:00Z"},
        at("2024-03-01") | {"issued": "2024-03-01T10:00:00Z"},
    ),
    (
        "recorded-before-onset",
        "Condition",
        ADULT,
        {"onsetDateTime": "2024-03-03", "recordedDate": "2024-03-01"},
        {"onsetDateTime": "2024-03-02", "recordedDate": "2024-03-01"},
        {"onsetDateTime": "2020", "recordedDate": "2020-05-01"},
    ),
    (
        "encounter-too-long",
        "Encounter",
        ADULT,
        {"period": {"start": "2020-01-01", "end": "2022-01-02"}},
        {"period": {"start": "2020-01-01", "end": "2022-01-01"}},
        {"period": {"start": "2020-01-01", "end": "2020-01-09"}},
    ),
    (
        "number-without-unit",
        "Observation",
        ADULT,
        unitless(value=70),
        unitless(value=70, unit="bpm"),
        unitless(value=70, code="/min"),
    ),
    (
        "unit-not-coded",
        "Observation",
        ADULT,
        unitless(value=70, unit="bpm"),
        unitless(value=70),
        unitless(value=70, code="/min", unit="bpm"),
    ),
    (
        "unit-does-not-fit",
        "Observation",
        ADULT,
        measured("8867-4", 70, "mm[Hg]"),
        measured("8867-4", 70, "{beats}/min"),
        measured("99999-9", 70, "mm[Hg]"),
    ),
    (
        "placeholder-number",
        "Observation",
        ADULT,
        measured("8867-4", 9999, "/min"),
        measured("8867-4", 9998, "/min"),
        measured("8867-4", 70, "/min"),
    ),
    ("diastolic-over-systolic", "Observation", ADULT, pressure(80, 80), pressure(81, 80), pressure(120, 80)),
    ("male-with-pregnancy", "Condition", ADULT, diagnosis("O80"), diagnosis("N80"), diagnosis("I10")),
    ("male-with-female-organ", "Condition", ADULT, diagnosis("C53.9"), diagnosis("C60.9"), diagnosis("I10")),
    ("female-with-male-organ", "Condition", WOMAN, diagnosis("C61"), diagnosis("C53.9"), diagnosis("I10")),
    (
        "pregnancy-age",
        "Condition",
        WOMAN,
        diagnosis("O80", onsetDateTime="1988-04-30"),
        diagnosis("O80", onsetDateTime="1988-05-01"),
        diagnosis("I10", onsetDateTime="1983"),
    ),
    (
        "newborn-code-in-adult",
        "Condition",
        WOMAN,
        diagnosis("P07", onsetDateTime="1998-05-01"),
        diagnosis("P07", onsetDateTime="1998-04-30"),
        diagnosis("P07"),
    ),
    (
        "adult-pressure-in-infant",
        "Observation",
        INFANT,
        measured("8480-6", 141, "mm[Hg]"),
        measured("8480-6", 140, "mm[Hg]"),
        measured("8480-6", 80, "mm[Hg]"),
    ),
    (
        "adult-weight-in-infant",
        "Observation",
        INFANT,
        measured("29463-7", 25001, "g"),
        measured("29463-7", 25, "kg"),
        measured("29463-7", 7, "kg"),
    ),
    (
        "infant-height-in-adult",
        "Observation",
        ADULT,
        measured("8302-2", 49, "cm"),
        measured("8302-2", 50, "cm"),
        measured("8302-2", 180, "cm"),
    ),
]

# rule, code, unit, below or above, just inside, usual
RANGES = [
    ("heart-rate-range", "8867-4", "/min", 351, 350, 70),
    ("respiratory-rate-range", "9279-1", "/min", 1, 2, 16),
    ("body-temperature-range", "8310-5", "[degF]", 115, 114, 98.6),
    ("oxygen-saturation-range", "59408-5", "%", 101, 100, 97),
    ("systolic-pressure-range", "8480-6", "mm[Hg]", 19, 20, 120),
    ("diastolic-pressure-range", "8462-4", "kPa", 34, 33, 11),
    ("body-weight-range", "29463-7", "kg", 651, 650, 70),
    ("body-height-range", "8302-2", "m", 180, 2.8, 1.8),
    ("body-mass-index-range", "39156-5", "kg/m2", 4.9, 5, 24),
    ("head-circumference-range", "9843-4", "cm", 91, 90, 55),
    ("birth-weight-range", "8339-4", "kg", 10.1, 10, 3.4),
    ("gestational-age-range", "11884-4", "d", 323, 322, 280),
    ("apgar-score-range", "9272-6", "{score}", 11, 10, 9),
    ("glucose-range", "2345-7", "mg/dL", 2701, 2700, 95),
    ("glucose-range", "14749-6", "mmol/L", 151, 150, 5.5),
    ("hba1c-range", "4548-4", "%", 1.9, 2, 6),
    ("creatinine-range", "2160-0", "mg/dL", 61, 60, 1),
    ("creatinine-range", "14682-9", "umol/L", 5301, 5300, 80),
    ("egfr-range", "33914-3", "mL/min/{1.73_m2}", 301, 300, 90),
    ("potassium-range", "2823-3", "meq/L", 15.1, 15, 4),
    ("sodium-range", "2951-2", "mmol/L", 79, 80, 140),
    ("haemoglobin-range", "718-7", "g/L", 301, 300, 140),
    ("platelets-range", "777-3", "10*3/uL", 7001, 7000, 250),
    ("leukocytes-range", "6690-2", "10*9/L", 1501, 1500, 7),
    ("cholesterol-range", "2093-3", "mg/dL", 9, 10, 190),
    ("bilirubin-range", "1975-2", "mg/dL", 111, 110, 1),
    ("lactate-range", "2524-7", "mmol/L", 61, 60, 1),
    ("alanine-aminotransferase-range", "1742-6", "U/L", -1, 0, 30),
]
CASES += [
    (rule, "Observation", ADULT, *(measured(code, value, unit) for value in values))
    for rule, code, unit, *values in RANGES
]


def lake_of(**tables):
    """An in-memory database shaped like the lake: typed columns that exist only where some record has them."""
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'; ATTACH ':memory:' AS lake")
    for name, records in tables.items():
        connection.register("incoming", _relation(connection, records))
        connection.execute(f'CREATE TABLE lake."{name}" AS SELECT * FROM incoming')
    return connection


def _relation(connection, records):
    lines = [json.dumps(system_columns(n) | record, ensure_ascii=False) for n, record in enumerate(records)]
    structure = connection.execute(
        "SELECT json_group_structure(x::JSON) FROM unnest(?) t(x)", [lines]
    ).fetchone()[0]
    columns = json.loads(structure)
    for name in ("birthDate", "deceasedDateTime", "effectiveDateTime", "lk_received"):
        columns = {k: "VARCHAR" if k == name else v for k, v in columns.items()}
    fields = ", ".join(f'x."{name}" AS "{name}"' for name in columns if name != "lk_received")
    return connection.sql(
        f"SELECT {fields}, x.lk_received::TIMESTAMPTZ AS lk_received"
        f" FROM (SELECT from_json(line, $structure) AS x FROM unnest($lines) t(line))",
        params={"structure": json.dumps(columns), "lines": lines},
    )


def system_columns(number):
    return {
        "id": f"r{number}",
        "lk_site": "a",
        "lk_person": 1,
        "lk_bucket": 0,
        "lk_batch": "b1",
        "lk_received": RECEIVED,
    }


def schema_of(connection):
    def schema(resource_type):
        known = {
            row[0]
            for row in connection.execute(
                "SELECT table_name FROM duckdb_tables() WHERE database_name = 'lake'"
            ).fetchall()
        }
        if resource_type not in known:
            return {}
        relation = connection.table(f'lake."{resource_type}"')
        return dict(zip(relation.columns, relation.types, strict=True))

    return schema


def found_by(rule, connection, **asked):
    return [flag for flag in flags(connection, schema_of(connection), UNITS, **asked) if flag.rule == rule]


def all_flags(connection):
    return list(flags(connection, schema_of(connection), UNITS))


def ids(found):
    return sorted(flag.id for flag in found)


@pytest.mark.parametrize(
    ("rule", "resource_type", "patient", "flagged", "near", "clean"),
    CASES,
    ids=[f"{c[0]}-{n}" for n, c in enumerate(CASES)],
)
def test_flagged_near_miss_clean(rule, resource_type, patient, flagged, near, clean):
    if resource_type == "Patient":
        tables = {"Patient": [{"lk_person": n} | record for n, record in enumerate((flagged, near, clean))]}
    else:
        tables = {"Patient": [patient or ADULT], resource_type: [flagged, near, clean]}
    (found,) = found_by(rule, lake_of(**tables))
    assert (found.site, found.resource_type, found.id, found.batch) == ("a", resource_type, "r0", "b1")


def test_every_rule_is_tested():
    elsewhere = {"duplicate-measurement", "same-start"} | {rule.id for rule in standard_rules().for_sites()}
    tested = {case[0] for case in CASES}
    assert {rule.id for rule in standard_rules().rules} == tested | elsewhere
    assert len(standard_rules().rules) >= 30


def test_the_same_measurement_twice():
    same = measured("8867-4", 70, "/min")
    others = [
        measured("8867-4", 71, "/min"),
        measured("9279-1", 70, "/min"),
        measured("8867-4", 70, "/min", "2024-03-01T08:31:00Z"),
    ]
    by_day = [measured("8867-4", 70, "/min", "2024-03-01")] * 2  # two on one day may well be equal
    connection = lake_of(
        Patient=[ADULT],
        Observation=[same, same, same | {"lk_person": 2}, same | {"lk_site": "z"}, *others, *by_day],
    )
    assert ids(found_by("duplicate-measurement", connection)) == ["r1"]


def test_two_encounters_at_one_moment():
    start = {"period": {"start": "2024-03-01T08:30:00Z"}}
    later, dated = {"period": {"start": "2024-03-01T08:30:01Z"}}, {"period": {"start": "2024-03-01"}}
    connection = lake_of(Patient=[ADULT], Encounter=[start, start, later, dated, dated])
    assert ids(found_by("same-start", connection)) == ["r1"]


def test_a_component_is_looked_at_as_well():
    connection = lake_of(Patient=[INFANT], Observation=[pressure(400, 80), pressure(120, 80)])
    assert ids(found_by("systolic-pressure-range", connection)) == ["r0"]
    assert ids(found_by("adult-pressure-in-infant", connection)) == ["r0"]


def test_an_age_must_be_certain():
    partly = INFANT | {"birthDate": "2023"}
    connection = lake_of(Patient=[partly], Observation=[measured("8480-6", 141, "mm[Hg]")])
    assert found_by("adult-pressure-in-infant", connection) == []


def test_records_that_contradict_each_other_about_a_person_flag_nothing():
    other = {"birthDate": "1970-01-05", "gender": "female"}
    connection = lake_of(Patient=[ADULT, other], Condition=[diagnosis("O80", onsetDateTime="1975-01-01")])
    assert found_by("event-before-birth", connection) == []
    assert found_by("male-with-pregnancy", connection) == []


def test_other_spellings_of_units_find_their_bounds():
    quantity = {"value": 400, "unit": "мм рт.ст."}
    record = {"code": coded("8480-6"), "effectiveDateTime": "2024-03-01", "valueQuantity": quantity}
    assert len(found_by("systolic-pressure-range", lake_of(Patient=[ADULT], Observation=[record]))) == 1


def test_one_bucket_or_one_batch():
    wrong = measured("8867-4", 999, "/min")
    connection = lake_of(
        Patient=[ADULT], Observation=[wrong, wrong | {"lk_bucket": 1}, wrong | {"lk_batch": "b2"}]
    )
    assert ids(found_by("heart-rate-range", connection, bucket=0)) == ["r0", "r2"]
    assert ids(found_by("heart-rate-range", connection, batch="b2")) == ["r2"]
    assert ids(found_by("duplicate-measurement", connection, batch="b2")) == ["r2"]


@pytest.mark.parametrize(
    "tables", [{}, {"Observation": [{}]}, {"Patient": [{}], "Observation": [{"status": "final"}]}]
)
def test_columns_nobody_recorded_are_no_error(tables):
    assert all_flags(lake_of(**tables)) == []


def test_a_record_of_no_patient():
    connection = lake_of(Observation=[measured("8867-4", 999, "/min") | {"lk_person": None, "lk_bucket": -1}])
    assert ids(found_by("heart-rate-range", connection)) == ["r0"]


def test_dates_that_are_no_dates_are_no_error():
    odd = [at(text) for text in ("", "20", "2024-13", "2024-02-30", "x" * 40)]
    assert all_flags(lake_of(Patient=[ADULT], Observation=odd)) == []


def test_bounds_are_in_every_unit_that_measures_the_same():
    by_unit = {
        b.unit: b
        for b in bounds_of(standard_rules(), UNITS)
        if b.rule == "body-temperature-range" and b.key.endswith("8310-5")
    }
    assert (by_unit["[degF]"].low, by_unit["[degF]"].high) == (59.0, 114.8)
    assert "°C" in by_unit
    assert "mg/dL" not in by_unit


def test_the_query_is_one_per_type():
    connection = lake_of(Patient=[ADULT], Observation=[measured("8867-4", 70, "/min")])
    sql = Flagger(schema_of(connection), UNITS).sql("Observation", Part(bucket=3))
    assert "lk_bucket = 3" in sql
    assert connection.execute(sql).fetchall() == []


RULE = """
[[rule]]
id = "x"
title.en = "X"
title.ru = "Х"
severity = "warning"
types = ["Patient"]
why = "because"
source = "by definition"
check = { kind = "before_birth", days = 1 }
"""


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[[rule]]", "[[rule", "not TOML"),
        ('"warning"', '"fatal"', "severity"),
        ('title.ru = "Х"', "", "title needs"),
        ('source = "by definition"', "", "source"),
        ('"before_birth"', '"sql"', "check.kind"),
        ("days = 1", "weeks = 1", "needs"),
        ('types = ["Patient"]', "", "missing"),
        ('why = "because"', 'because = "why"', "unknown or missing"),
        ("days = 1 }", "days = 1 }" + RULE.strip(), "twice"),
    ],
)
def test_faulty_rules_are_said(old, new, said):
    assert read_rules(RULE).rules[0].id == "x"
    text = RULE.replace(old, new) if said != "twice" else RULE + RULE
    with pytest.raises(InputError, match=said):
        read_rules(text, "my-rules.toml")


def test_titles_in_two_languages_and_a_source_or_a_stated_choice():
    for rule in standard_rules().rules:
        assert rule.title["en"] != rule.title["ru"]
        assert bool(rule.source) != bool(rule.source_check)
        assert rule.why
