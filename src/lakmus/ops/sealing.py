"""Sealing bytes: AES-256-GCM under a named key, bound to a context.

A sealed text is `LKS1`, the key's version (4 bytes), a nonce (12 bytes), ciphertext and tag. Header and context are
authenticated: a text sealed for one thing does not open as another. Nonces are random; a key version is good for 2^32
sealings (NIST SP 800-38D, 8.3), then rotate it.
"""

from __future__ import annotations

import secrets
import struct
from collections.abc import Callable

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from lakmus.core.errors import InputError
from lakmus.ops.keys import KeyStore

MAGIC = b"LKS1"
_HEADER = struct.Struct(">4sI12s")
_LARGEST = 2**31 - 1


class Sealer:
    """Seals with the newest version of one key and opens with whichever version sealed.

    >>> sealed = Sealer(keys, "quarantine").seal(b"...", context=b"item-7")   # doctest: +SKIP
    """

    def __init__(
        self, keys: KeyStore, name: str, random: Callable[[int], bytes] = secrets.token_bytes
    ) -> None:
        keys.ensure(name)
        self._keys, self._name, self._random = keys, name, random

    def seal(self, plain: bytes, context: bytes = b"") -> bytes:
        """The sealed bytes, 36 longer than the plain ones; `context` must be given again to open them."""
        if len(plain) > _LARGEST:
            raise InputError("this is too long to be sealed in one piece", hint="the limit is 2 GiB")
        key = self._keys.key(self._name)
        header = _HEADER.pack(MAGIC, key.version, self._random(12))
        return header + AESGCM(key.secret).encrypt(header[-12:], plain, header + context)

    def open(self, sealed: bytes, context: bytes = b"") -> bytes:
        """The plain bytes; InputError when changed, sealed for another context or under another key."""
        header, body = sealed[: _HEADER.size], sealed[_HEADER.size :]
        if len(header) < _HEADER.size or not header.startswith(MAGIC):
            raise InputError("these bytes are not sealed by Lakmus")
        _, version, nonce = _HEADER.unpack(header)
        try:
            return AESGCM(self._keys.key(self._name, version).secret).decrypt(nonce, body, header + context)
        except InvalidTag:
            raise InputError(
                "the sealed bytes do not open",
                hint="they were changed, or sealed for something else or under another key",
            ) from None

    def is_current(self, sealed: bytes) -> bool:
        """Whether the newest key version sealed it; what is not current is sealed anew after a rotation."""
        version: int = _HEADER.unpack(sealed[: _HEADER.size])[1]
        return version == self._keys.key(self._name).version
