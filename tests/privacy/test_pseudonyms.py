"""Pseudonyms: stable under a key, unrelated between kinds, sites and keys."""

import base64
import hashlib
import hmac
import re

import pyarrow as pa
import pytest

from lakmus.privacy import ReleaseKey
from lakmus.privacy.pseudonyms import pseudonyms, record_names

KEY = ReleaseKey(b"k" * 32)


def test_it_is_hmac_sha_256_in_base_32():
    secret = hmac.new(b"k" * 32, b"lakmus-release-key\0pseudonym\0Encounter", hashlib.sha256).digest()
    whole = hmac.new(secret, b"north/Encounter/7", hashlib.sha256).digest()
    expected = base64.b32encode(whole)[:24].decode().lower()
    assert pseudonyms(KEY, "Encounter", pa.array(["north/Encounter/7"])).to_pylist() == [expected]


def test_equal_names_are_equal_and_null_stays_null():
    names = pseudonyms(KEY, "Patient", pa.array(["a", None, "a", "b"])).to_pylist()
    assert names[0] == names[2] != names[3]
    assert names[1] is None
    assert re.fullmatch(r"[a-z2-7]{24}", names[0])


def test_kinds_and_keys_are_domains_of_their_own():
    values = pa.array(["1"])
    named = {
        pseudonyms(k, kind, values)[0].as_py() for k in (KEY, ReleaseKey(b"o" * 32)) for kind in ("A", "B")
    }
    assert len(named) == 4


def test_a_short_key_is_refused_and_a_key_is_never_shown():
    with pytest.raises(AssertionError):
        ReleaseKey(b"short")
    assert "kkk" not in repr(KEY)


@pytest.mark.parametrize(
    "reference",
    ["7", "Encounter/7", "Encounter/7/_history/2", "https://ehr.example/fhir/Encounter/7"],
)
def test_what_a_reference_names(reference):
    named = record_names(pa.array(["north"]), "Encounter", pa.array([reference]))
    assert named.to_pylist() == ["north/Encounter/7"]


def test_two_sites_have_their_own_records():
    assert len(set(record_names(pa.array(["n", "s"]), "Patient", pa.array(["1", "1"])).to_pylist())) == 2
