"""Signing in at a provider: the whole flow over HTTP against a running OpenID Connect server, and what attackers change."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import httpx
import pytest
from joserfc.jwk import RSAKey

from lakmus.access.oidc import Begun, Identity, OidcProvider, OidcSignIn
from lakmus.core.clock import SystemClock
from lakmus.core.errors import InputError, RefusedError, TemporaryError
from tests.support.oidc_provider import CLIENT, REDIRECT, SECRET, Provider, running


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    with running(monkeypatch) as started:
        yield started


def configured(issuer: str) -> OidcProvider:
    return OidcProvider(issuer, CLIENT, SECRET, REDIRECT)


@pytest.fixture
def sign_in(provider: Provider) -> OidcSignIn:
    return OidcSignIn(configured(provider.issuer), SystemClock())


def consent(begun: Begun, subject: str = "s-1", **changed: str) -> dict[str, str]:
    """What a person's browser brings back after signing in at the provider."""
    answer = httpx.post(httpx.URL(begun.address).copy_merge_params(changed), data={"sub": subject})
    assert answer.status_code == 302, answer.text
    return dict(parse_qsl(urlsplit(answer.headers["location"]).query))


@pytest.mark.parametrize(("subject", "second_factor"), [("s-1", False), ("s-2", True)])
def test_who_signed_in_at_the_provider_is_known_here(
    sign_in: OidcSignIn, provider: Provider, subject: str, second_factor: bool
) -> None:
    begun = sign_in.begin()
    found = sign_in.finish(consent(begun, subject), begun.cookie)
    assert found == Identity(provider.issuer, subject, "Anna Example", "anna@example.org", second_factor)


def test_the_address_carries_state_nonce_and_a_challenge_but_not_the_verifier(sign_in: OidcSignIn) -> None:
    begun, query = (started := sign_in.begin()), parse_qs(urlsplit(started.address).query)
    assert query["code_challenge_method"] == ["S256"]
    assert (query["state"], query["nonce"]) == ([begun.cookie["state"]], [begun.cookie["nonce"]])
    assert begun.cookie["verifier"] not in begun.address
    assert "client-secret" not in begun.address
    assert sign_in.begin().cookie["state"] != begun.cookie["state"]


def test_an_answer_to_a_sign_in_begun_elsewhere_is_refused(sign_in: OidcSignIn) -> None:
    mine, attackers = sign_in.begin(), sign_in.begin()
    with pytest.raises(RefusedError, match="not begun here"):
        sign_in.finish(consent(attackers, "s-2"), mine.cookie)
    with pytest.raises(RefusedError, match="not begun here"):
        sign_in.finish(consent(mine), None)


def test_a_stolen_code_is_worth_nothing_without_the_verifier(sign_in: OidcSignIn) -> None:
    victim, attacker = sign_in.begin(), sign_in.begin()
    stolen = {**consent(victim), "state": attacker.cookie["state"]}
    with pytest.raises(RefusedError, match="did not accept"):
        sign_in.finish(stolen, attacker.cookie)


def test_a_code_is_good_once(sign_in: OidcSignIn) -> None:
    begun = sign_in.begin()
    answer = consent(begun)
    sign_in.finish(answer, begun.cookie)
    with pytest.raises(RefusedError):
        sign_in.finish(answer, begun.cookie)


def test_a_token_with_another_nonce_is_refused(sign_in: OidcSignIn) -> None:
    begun = sign_in.begin()
    with pytest.raises(RefusedError, match="does not hold"):
        sign_in.finish(consent(begun, nonce="another"), begun.cookie)


# What the token says instead.
CLAIMS: list[dict[str, Any]] = [
    {"iss": "https://evil.example"},
    {"aud": "another-client"},
    {"aud": ["lakmus", "another-client"]},
    {"aud": ["lakmus", "another-client"], "azp": "another-client"},
    {"azp": "another-client"},
    {"exp": 1},
    {"exp": "tomorrow"},
    {"nonce": "another"},
    {"iat": 99_999_999_999},
    {"sub": 7},
]


@pytest.mark.parametrize("claims", CLAIMS)
def test_a_token_that_says_something_else_is_refused(
    sign_in: OidcSignIn, provider: Provider, claims: dict[str, Any]
) -> None:
    provider.claims = claims
    begun = sign_in.begin()
    with pytest.raises(RefusedError, match=r"does not hold|somebody else"):
        sign_in.finish(consent(begun, "s-9"), begun.cookie)


def test_a_token_signed_with_another_key_is_refused(sign_in: OidcSignIn, provider: Provider) -> None:
    provider.shown = RSAKey.generate_key(2048, {"kid": "one", "alg": "RS256", "use": "sig"})
    begun = sign_in.begin()
    with pytest.raises(RefusedError, match="does not hold"):
        sign_in.finish(consent(begun), begun.cookie)


def test_a_wrong_client_secret_is_refused(provider: Provider) -> None:
    sign_in = OidcSignIn(OidcProvider(provider.issuer, CLIENT, "wrong", REDIRECT), SystemClock())
    begun = sign_in.begin()
    with pytest.raises(RefusedError, match="did not accept"):
        sign_in.finish(consent(begun), begun.cookie)


def test_a_denied_sign_in_and_another_providers_answer_are_refused(sign_in: OidcSignIn) -> None:
    begun = sign_in.begin()
    state = {"state": begun.cookie["state"]}
    with pytest.raises(RefusedError, match="did not sign anybody in"):
        sign_in.finish({**state, "error": "access_denied"}, begun.cookie)
    with pytest.raises(RefusedError, match="another provider"):
        sign_in.finish({**state, "code": "x", "iss": "https://evil.example"}, begun.cookie)


def test_a_provider_under_another_name_is_not_trusted(provider: Provider) -> None:
    renamed = provider.issuer.replace("localhost", "127.0.0.1")
    with pytest.raises(InputError, match="by another name"):
        OidcSignIn(configured(renamed), SystemClock()).begin()


def test_a_provider_that_is_away_can_be_tried_again() -> None:
    with pytest.raises(TemporaryError, match="does not answer"):
        OidcSignIn(configured("http://localhost:1"), SystemClock()).begin()


@pytest.mark.parametrize(
    "address",
    ["http://id.example", "ftp://id.example", "", "javascript:alert(1)", "http://localhost.evil.example"],
)
def test_codes_do_not_cross_a_network_in_clear(address: str) -> None:
    with pytest.raises(InputError, match="https address"):
        OidcProvider(address, "lakmus", "s", REDIRECT)


def test_the_secret_is_not_printed() -> None:
    assert "hunter2" not in repr(OidcProvider("https://id.example", "lakmus", "hunter2", REDIRECT))
