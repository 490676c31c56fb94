"""A small OpenID Connect provider on Authlib's authorization server: discovery, consent, token, keys; PKCE is required."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import flask
import pytest
from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core import OpenIDCode, UserInfo
from joserfc.jwk import KeySet, RSAKey
from werkzeug.serving import make_server

CLIENT, SECRET, REDIRECT = "lakmus", "client-secret", "https://lakmus.example/sign-in/back"
SCOPE = "openid profile email"


class Client:
    """Our installation as the provider knows it (authlib's ClientMixin by shape)."""

    client_id = CLIENT

    def get_client_id(self) -> str:
        return CLIENT

    def get_default_redirect_uri(self) -> str:
        return REDIRECT

    def get_allowed_scope(self, scope: str) -> str:
        return " ".join(part for part in scope.split() if part in SCOPE.split())

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri == REDIRECT

    def check_client_secret(self, client_secret: str) -> bool:
        return client_secret == SECRET

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method == "client_secret_basic"

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "authorization_code"


@dataclass
class Code:
    """A code given out (authlib's AuthorizationCodeMixin by shape)."""

    user: str
    redirect_uri: str
    scope: str
    nonce: str
    code_challenge: str
    code_challenge_method: str

    def get_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_scope(self) -> str:
        return self.scope

    def get_nonce(self) -> str:
        return self.nonce

    def get_auth_time(self) -> int:
        return int(time.time())

    def get_acr(self) -> None:
        return None

    def get_amr(self) -> list[str]:
        return ["pwd", "otp"] if self.user == "s-2" else ["pwd"]


@dataclass
class Provider:
    """A running provider; `claims` are put over those of the next ID tokens, `key` signs them."""

    issuer: str = ""
    claims: dict[str, Any] = field(default_factory=dict)
    key: RSAKey = field(default_factory=lambda: _signing_key())
    shown: RSAKey | None = None
    codes: dict[str, Code] = field(default_factory=dict)


@cache
def _signing_key() -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": "one", "alg": "RS256", "use": "sig"})


def application(provider: Provider) -> flask.Flask:
    app = flask.Flask(__name__)
    server = AuthorizationServer(
        app, query_client=lambda name: Client() if name == CLIENT else None, save_token=lambda *_: None
    )
    server.register_grant(_grant(provider), [_tokens(provider), CodeChallenge(required=True)])

    @app.get("/.well-known/openid-configuration")
    def configuration() -> dict[str, str]:
        names = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys"}
        return {
            "issuer": provider.issuer,
            **{name: f"{provider.issuer}/{path}" for name, path in names.items()},
        }

    @app.get("/keys")
    def keys() -> Any:
        return KeySet([provider.shown or provider.key]).as_dict(private=False)

    @app.post("/authorize")
    def authorize() -> Any:
        user = flask.request.form["sub"]
        grant = server.get_consent_grant(end_user=user)
        return server.create_authorization_response(grant=grant, grant_user=user)

    @app.post("/token")
    def token() -> Any:
        return server.create_token_response()

    return app


def _grant(provider: Provider) -> type[AuthorizationCodeGrant]:
    class Grant(AuthorizationCodeGrant):  # type: ignore[misc]
        TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_basic",)

        def save_authorization_code(self, code: str, request: Any) -> None:
            given = request.payload.data
            provider.codes[code] = Code(
                request.user,
                request.payload.redirect_uri,
                request.payload.scope,
                given.get("nonce", ""),
                given.get("code_challenge", ""),
                given.get("code_challenge_method", ""),
            )

        def query_authorization_code(self, code: str, client: Client) -> Code | None:
            return provider.codes.get(code)

        def delete_authorization_code(self, authorization_code: Code) -> None:
            provider.codes = {
                code: kept for code, kept in provider.codes.items() if kept is not authorization_code
            }

        def authenticate_user(self, authorization_code: Code) -> str:
            return authorization_code.user

    return Grant


def _tokens(provider: Provider) -> OpenIDCode:
    class Tokens(OpenIDCode):  # type: ignore[misc]
        def exists_nonce(self, nonce: str, request: Any) -> bool:
            return False

        def resolve_client_private_key(self, client: Client) -> RSAKey:
            return provider.key

        def get_client_algorithm(self, client: Client) -> str:
            return "RS256"

        def get_client_claims(self, client: Client) -> dict[str, Any]:
            now = int(time.time())
            return {"iss": provider.issuer, "aud": CLIENT, "iat": now, "exp": now + 300}

        def generate_user_info(self, user: str, scope: str) -> UserInfo:
            return UserInfo(
                {"sub": user, "name": "Anna Example", "email": "anna@example.org", **provider.claims}
            )

    return Tokens(require_nonce=True)


@contextmanager
def running(monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    """The provider on a free port of this machine."""
    monkeypatch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")
    provider = Provider()
    server = make_server("localhost", 0, application(provider), threaded=True)
    provider.issuer = f"http://localhost:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
