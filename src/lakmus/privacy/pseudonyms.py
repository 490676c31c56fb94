"""Pseudonyms: the same thing has the same name within a family of releases, and nobody without the key can say which.

A pseudonym is the first 120 bits of HMAC-SHA-256 (RFC 2104, FIPS 180-4) as 24 letters of lower-case base 32 (RFC 4648).
What is named is part of the message, so a patient and an encounter with one id have unrelated pseudonyms, and a key used
for names is never the key used for dates. Without the key a pseudonym cannot be guessed by trying all ids.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

KEY_BYTES = 32
_LETTERS = np.frombuffer(b"abcdefghijklmnopqrstuvwxyz234567", np.uint8)
NAME_BYTES = 15  # 24 letters without padding; 2^60 names before two are likely to meet


@dataclass(frozen=True)
class ReleaseKey:
    """The secret of one family of releases, at least 32 bytes; its text form never shows it."""

    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        assert len(self.secret) >= KEY_BYTES, "a key of releases has 32 bytes"

    def derived(self, purpose: str) -> bytes:
        """A key for one purpose, from which no other can be found."""
        return hmac.digest(self.secret, b"lakmus-release-key\0" + purpose.encode(), "sha256")


def pseudonyms(key: ReleaseKey, kind: str, values: pa.Array) -> pa.Array:
    """Pseudonyms of an array of names of one kind (`Encounter`), as text; null stays null.

    Each distinct value is computed once.
    """
    secret = key.derived(f"pseudonym\0{kind}")
    encoded = values.cast(pa.string()).dictionary_encode()
    digests = (hmac.digest(secret, value.encode(), "sha256") for value in encoded.dictionary.to_pylist())
    return _base32(b"".join(digest[:NAME_BYTES] for digest in digests)).take(encoded.indices)


def _base32(digests: bytes) -> pa.Array:
    """Names of NAME_BYTES each as base-32 letters, all at once: five bytes are eight letters of five bits."""
    fives = np.frombuffer(digests, np.uint8).reshape(-1, 5).astype(np.uint64)
    numbers = fives @ (np.uint64(256) ** np.arange(4, -1, -1, dtype=np.uint64))
    letters = (numbers[:, None] >> np.arange(35, -1, -5, dtype=np.uint64)) & np.uint64(31)
    text, width = _LETTERS[letters.astype(np.intp)].tobytes(), NAME_BYTES * 8 // 5
    starts = np.arange(0, len(text) + 1, width, dtype=np.int32)
    return pa.Array.from_buffers(
        pa.string(), len(starts) - 1, [None, pa.py_buffer(starts), pa.py_buffer(text)]
    )


def record_names(sites: pa.Array, kind: str, references: pa.Array) -> pa.Array:
    """What a reference names, whole: `Encounter/7` and `7` sent by north are both `north/Encounter/7`.

    Two sites may both have an Encounter/7 (a record's key is site, type and id). A version (`/_history/2`) is left out.
    """
    bare = pc.replace_substring_regex(references.cast(pa.string()), r"/_history/.*$", "")
    ids = pc.replace_substring_regex(bare, rf"^(.*/)?{kind}/", "")
    return pc.binary_join_element_wise(sites.cast(pa.string()), kind, ids, "/")
