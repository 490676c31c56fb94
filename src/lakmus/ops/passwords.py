"""Passwords and one-time codes of local accounts, without any state.

Passwords: Argon2id with the library's defaults (RFC 9106, second recommended choice). Codes: TOTP (RFC 6238), 30 s, six
digits, one step of clock difference to either side; a step is good once.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import datetime

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from lakmus.core.errors import InputError

SHORTEST, LONGEST = 12, 1024
STEP_SECONDS = 30
HASHER = PasswordHasher()
# Checked when there is no such account, so that an answer takes as long as for one there is.
_DECOY = HASHER.hash("no account has this password")


def hash_password(password: str, *, login: str = "") -> str:
    """The Argon2id hash, salt included; InputError when the password is too short, too long or too plain."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise InputError(
            f"a password has {SHORTEST} to {LONGEST} characters", hint="four unrelated words are easy to keep"
        )
    if len(set(password)) < 5 or (login and login.lower() in password.lower()):
        raise InputError(
            "this password is too easy to guess", hint="leave out the login and repeated characters"
        )
    return HASHER.hash(password)


def check_password(stored: str | None, password: str) -> bool:
    """Whether the password fits; takes as long when there is none stored."""
    try:
        return HASHER.verify(stored or _DECOY, password[: LONGEST + 1]) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


def needs_rehash(stored: str) -> bool:
    """Whether the hash was made with weaker parameters than today's."""
    return HASHER.check_needs_rehash(stored)


def new_totp_secret(random: bytes) -> str:
    """The base32 secret of 20 random bytes (RFC 4226, R6: at least 128 bits, 160 recommended)."""
    assert len(random) == 20
    return base64.b32encode(random).decode()


def totp_address(secret: str, login: str, issuer: str) -> str:
    """The `otpauth://` address an authenticator application reads, as text or QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=issuer)


def matching_step(secret: str, code: str, now: datetime, last_step: int) -> int | None:
    """The time step whose code this is, if it is later than the last one used; None otherwise."""
    current = int(now.timestamp()) // STEP_SECONDS
    text = code.strip().replace(" ", "")
    totp = pyotp.TOTP(secret)
    steps = [step for step in (current - 1, current, current + 1) if step > last_step]
    # All steps are compared, so that the time taken says nothing about which one fitted.
    fits = [step for step in steps if hmac.compare_digest(totp.generate_otp(step).encode(), text.encode())]
    return fits[0] if fits else None


def digest(secret: str) -> str:
    """SHA-256 of a token or code with at least 80 random bits, where a slow hash would add nothing."""
    return hashlib.sha256(secret.encode()).hexdigest()
