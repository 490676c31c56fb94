"""Signing in with OpenID Connect: authorization code flow with PKCE, state and nonce (OpenID Connect Core 1.0, 3.1).

Authlib makes the requests, httpx carries them, joserfc checks the ID token. What identifies somebody is issuer and subject, never the
e-mail address: addresses change hands.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote_plus, urlsplit

import httpx
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri, prepare_token_request
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from lakmus.core.clock import Clock
from lakmus.core.errors import InputError, RefusedError, TemporaryError

# Symmetric algorithms and "none" are not here: the client's secret must not be able to sign for the provider.
ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA")
SECOND_FACTORS = frozenset({"mfa", "otp", "hwk", "sms"})  # RFC 8176, 2
LEEWAY_SECONDS = 60
_TIMEOUT = httpx.Timeout(10.0)
_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class OidcProvider:
    """A provider as configured. `redirect` is our own address that the browser comes back to."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    redirect: str = ""
    title: str = "OpenID Connect"
    scope: str = "openid profile email"

    def __post_init__(self) -> None:
        _check_address("issuer", self.issuer)
        _check_address("redirect address", self.redirect)


@dataclass(frozen=True)
class Begun:
    """A sign-in under way: where the browser goes, and what a signed cookie keeps until it comes back."""

    address: str
    cookie: Mapping[str, str]


@dataclass(frozen=True)
class Identity:
    """Whom the provider vouches for; `second_factor` when it says so (`amr`)."""

    issuer: str
    subject: str
    name: str
    email: str
    second_factor: bool


class OidcSignIn:
    """One provider's sign-in. Its endpoints are read once, when first needed."""

    def __init__(
        self, provider: OidcProvider, clock: Clock, transport: httpx.BaseTransport | None = None
    ) -> None:
        self._provider, self._clock, self._transport = provider, clock, transport
        self._known: Mapping[str, Any] | None = None

    def begin(self) -> Begun:
        """Where to send the browser; TemporaryError when the provider is away."""
        kept = {name: secrets.token_urlsafe(32) for name in ("state", "nonce", "verifier")}
        address = prepare_grant_uri(
            str(self._endpoints()["authorization_endpoint"]),
            client_id=self._provider.client_id,
            response_type="code",
            redirect_uri=self._provider.redirect,
            scope=self._provider.scope,
            state=kept["state"],
            nonce=kept["nonce"],
            code_challenge=create_s256_code_challenge(kept["verifier"]),
            code_challenge_method="S256",
        )
        return Begun(str(address), kept)

    def finish(self, answer: Mapping[str, str], cookie: Mapping[str, str] | None) -> Identity:
        """Who came back with this answer (the query of our redirect address); RefusedError when anything does not fit."""
        if not cookie or not secrets.compare_digest(
            answer.get("state", "").encode(), cookie["state"].encode()
        ):
            raise RefusedError("the sign-in was not begun here, or too long ago", hint="begin it again")
        if answer.get("iss", self._provider.issuer) != self._provider.issuer:
            raise RefusedError("the answer came from another provider")  # RFC 9207
        if "code" not in answer:
            raise RefusedError("the provider did not sign anybody in")
        return self._identity(self._token(answer["code"], cookie["verifier"]), cookie["nonce"])

    def _token(self, code: str, verifier: str) -> str:
        """The ID token for a code; the client shows its secret as HTTP Basic (RFC 6749, 2.3.1)."""
        given = self._provider
        body = prepare_token_request(
            "authorization_code", code=code, redirect_uri=given.redirect, code_verifier=verifier
        )
        client = httpx.BasicAuth(quote_plus(given.client_id), quote_plus(given.client_secret))
        answer = self._ask("POST", str(self._endpoints()["token_endpoint"]), body, client)
        if answer.is_client_error:
            raise RefusedError("the provider did not accept the sign-in", hint="begin it again")
        return str(_object(answer).get("id_token", ""))

    def _identity(self, token: str, nonce: str) -> Identity:
        wanted = {
            "iss": {"essential": True, "value": self._provider.issuer},
            "aud": {"essential": True, "value": self._provider.client_id},
            "nonce": {"essential": True, "value": nonce},
            "sub": {"essential": True},
            "exp": {"essential": True},
        }
        try:
            claims = jwt.decode(token, self._keys(), algorithms=ALGORITHMS).claims
            now = int(self._clock.now().timestamp())
            jwt.JWTClaimsRegistry(now=now, leeway=LEEWAY_SECONDS, **wanted).validate(claims)  # type: ignore[arg-type]
        except (JoseError, ValueError):
            raise RefusedError("the provider's token does not hold") from None
        _check_party(claims, self._provider.client_id)
        methods = claims.get("amr", [])
        second = isinstance(methods, list) and bool(SECOND_FACTORS & {str(method) for method in methods})
        return Identity(
            claims["iss"], claims["sub"], str(claims.get("name", "")), str(claims.get("email", "")), second
        )

    def _keys(self) -> KeySet:
        """Read anew for every sign-in: providers rotate their keys, and sign-ins are rare."""
        return KeySet.import_key_set(self._get(str(self._endpoints()["jwks_uri"])))  # type: ignore[arg-type]

    def _endpoints(self) -> Mapping[str, Any]:
        if self._known is None:
            found = self._get(self._provider.issuer.rstrip("/") + "/.well-known/openid-configuration")
            if found.get("issuer") != self._provider.issuer:
                raise InputError(
                    "the provider calls itself by another name",
                    hint="set sign_in.oidc_issuer exactly as it does",
                )
            for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
                _check_address(name, str(found.get(name, "")))
            self._known = found
        return self._known

    def _get(self, address: str) -> Mapping[str, Any]:
        return _object(self._ask("GET", address))

    def _ask(
        self, method: str, address: str, body: str | None = None, auth: httpx.Auth | None = None
    ) -> httpx.Response:
        """One request, redirects not followed; TemporaryError when no answer comes."""
        headers = {"accept": "application/json", **({"content-type": _FORM} if body is not None else {})}
        try:
            with httpx.Client(timeout=_TIMEOUT, transport=self._transport, auth=auth) as client:
                return client.request(method, address, content=body, headers=headers)
        except httpx.HTTPError:
            raise _away() from None


def _object(answer: httpx.Response) -> Mapping[str, Any]:
    """The JSON object of a good answer."""
    try:
        found = answer.raise_for_status().json()
    except (httpx.HTTPError, ValueError):
        raise _away() from None
    if not isinstance(found, dict):
        raise _away()
    return found


def _away() -> TemporaryError:
    return TemporaryError(
        "the sign-in provider does not answer as it should", hint="try again, or sign in with a local account"
    )


def _check_party(claims: Mapping[str, Any], client: str) -> None:
    """A token for several audiences names the one it was issued to (3.1.3.7, steps 4 and 5)."""
    several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    if (several or "azp" in claims) and claims.get("azp") != client:
        raise RefusedError("the provider's token is for somebody else")


def _check_address(what: str, address: str) -> None:
    """HTTPS, or this machine: codes and tokens do not cross a network in clear."""
    parts = urlsplit(address)
    here = parts.hostname in ("localhost", "127.0.0.1", "::1")
    if parts.scheme != "https" and not (here and parts.scheme == "http"):
        raise InputError(f"the {what} of the sign-in provider is an https address")
