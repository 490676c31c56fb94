"""Keys, safe names and check digits. All numbers here are made up; each satisfies or breaks the published rule."""

import pytest

from lakmus.core.errors import InputError
from lakmus.core.identifiers import (
    RecordKey,
    check_file_name,
    check_site,
    is_enp,
    is_fhir_id,
    is_inn_of_person,
    is_safe_file_name,
    is_snils,
    luhn,
)


@pytest.mark.parametrize("text", ["1", "a-b.C", "x" * 64])
def test_fhir_ids(text):
    assert is_fhir_id(text)


@pytest.mark.parametrize("text", ["", "x" * 65, "a_b", "a/b", "ё", "a\n"])
def test_not_fhir_ids(text):
    assert not is_fhir_id(text)


@pytest.mark.parametrize("text", ["a.json", "2020-05.parquet", "A_b"])
def test_safe_file_names(text):
    assert is_safe_file_name(text)
    assert check_file_name(text) == text


@pytest.mark.parametrize(
    "text", ["", ".", "..", "a/b", "a\\b", ".hidden", "a..b", "CON", "nul.txt", "a\0", "a.", "ё"]
)
def test_unsafe_file_names(text):
    assert not is_safe_file_name(text)
    with pytest.raises(InputError):
        check_file_name(text)


def test_record_keys_name_site_type_and_id():
    assert str(RecordKey("hospital-1", "Patient", "1")) == "hospital-1/Patient/1"
    for parts in [
        ("../x", "Patient", "1"),
        ("a", "patient", "1"),
        ("a", "Patient", "1/2"),
        ("A", "Patient", "1"),
    ]:
        with pytest.raises(InputError):
            RecordKey(*parts)
    assert check_site("region.77") == "region.77"


@pytest.mark.parametrize(
    ("check", "good", "bad"),
    [
        (is_snils, "112-233-445 95", "112-233-445 96"),
        (is_snils, "087 654 303 00", "087 654 303 01"),
        (is_enp, "1234 5678 9012 3452", "1234 5678 9012 3453"),
        (is_inn_of_person, "500100732259", "500100732258"),
        (luhn, "79927398713", "79927398710"),
    ],
)
def test_check_digits(check, good, bad):
    assert check(good)
    assert not check(bad)


@pytest.mark.parametrize("text", ["", "000-000-000 00", "112-233-445", "112-233-445 9x", "¹12-233-445 95"])
def test_what_is_no_snils(text):
    assert not is_snils(text)


def test_policy_number_by_the_rule_as_published():
    """The rule says it otherwise than Luhn: double the number made of the odd places, put the even places before
    it, add up all digits, take the distance to the next ten. Both must agree on every number."""
    for seed in range(0, 10**15, 7_777_777_777_777):
        body = f"{seed:015d}"
        odd, even = body[::-1][::2], body[::-1][1::2]
        control = -sum(map(int, even + str(int(odd) * 2))) % 10
        assert [d for d in "0123456789" if is_enp(body + d)] == [str(control)]
