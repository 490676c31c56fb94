"""What a browser is handed: signed values and CSRF tokens. Sessions themselves are rows (`lakmus.ops.Sessions`).

Signing is not sealing: whoever has the cookie can read it, so it holds nothing but state of a sign-in under way, a
language, a message id.
"""

from __future__ import annotations

import hashlib
from typing import Any

from itsdangerous import BadSignature, URLSafeTimedSerializer

from lakmus.core.errors import RefusedError
from lakmus.ops import Key


class Signer:
    """Signs small JSON values under a purpose: what was signed for one is not taken for another."""

    def __init__(self, key: Key, purpose: str) -> None:
        options = {"key_derivation": "hmac", "digest_method": hashlib.sha256}
        self._serializer = URLSafeTimedSerializer(key.secret, salt=f"lakmus {purpose}", signer_kwargs=options)

    def sign(self, value: Any) -> str:
        """Text that fits a cookie or a form field."""
        signed = self._serializer.dumps(value)
        return signed if isinstance(signed, str) else signed.decode("ascii")

    def read(self, text: str, *, seconds: int) -> Any | None:
        """The value, or None when it was changed, signed for something else, or longer ago than `seconds`."""
        try:
            return self._serializer.loads(text, max_age=seconds)
        except BadSignature:
            return None


class Csrf:
    """Tokens that forms carry: bound to the session, so that another site's form cannot know one."""

    SECONDS = 12 * 3600

    def __init__(self, key: Key) -> None:
        self._signer = Signer(key, "csrf")

    def token(self, session: str) -> str:
        """A token for a session's digest (or a random visitor cookie before sign-in)."""
        return self._signer.sign(session)

    def check(self, session: str, token: str | None) -> None:
        """Raises RefusedError unless the token was made for this session within 12 hours."""
        if not token or not session or self._signer.read(token, seconds=self.SECONDS) != session:
            raise RefusedError(
                "the form is too old or came from elsewhere", hint="load the page again and repeat"
            )
