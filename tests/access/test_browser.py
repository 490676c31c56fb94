"""What browsers are handed."""

from __future__ import annotations

import pytest

from lakmus.access import Csrf, Signer
from lakmus.core.errors import RefusedError
from lakmus.ops import KeyStore


@pytest.fixture
def signer(keys: KeyStore) -> Signer:
    return Signer(keys.ensure("sessions"), "sign-in")


def test_a_signed_value_comes_back(signer: Signer) -> None:
    assert signer.read(signer.sign({"state": "x", "n": [1]}), seconds=60) == {"state": "x", "n": [1]}


def test_a_changed_value_does_not(signer: Signer, keys: KeyStore) -> None:
    text = signer.sign({"state": "x"})
    for position in range(len(text)):
        other = "A" if text[position] != "A" else "B"
        changed = text[:position] + other + text[position + 1 :]
        # The last character of unpadded base64 carries bits that mean nothing.
        assert position == len(text) - 1 or signer.read(changed, seconds=60) is None
    assert signer.read(text, seconds=-1) is None
    assert Signer(keys.key("sessions"), "csrf").read(text, seconds=60) is None
    assert Signer(keys.rotate("sessions"), "sign-in").read(text, seconds=60) is None


@pytest.mark.parametrize("token", [None, "", "x", "e30.x.y", "é" * 1000])
def test_a_form_without_a_good_token_is_refused(keys: KeyStore, token: str | None) -> None:
    with pytest.raises(RefusedError, match="too old or came from elsewhere"):
        Csrf(keys.ensure("sessions")).check("session-1", token)


def test_a_token_is_good_for_its_own_session(keys: KeyStore) -> None:
    csrf = Csrf(keys.ensure("sessions"))
    csrf.check("session-1", csrf.token("session-1"))
    for session in ("session-2", ""):
        with pytest.raises(RefusedError):
            csrf.check(session, csrf.token("session-1"))
    with pytest.raises(RefusedError):
        csrf.check("", csrf.token(""))
