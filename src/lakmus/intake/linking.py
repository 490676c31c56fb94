"""Stated rules by which the same person is recognised at two sites (`linking.toml`)."""

from __future__ import annotations

import hashlib
import hmac
import importlib.resources
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from lakmus.core.errors import InputError


@cache
def rules() -> Mapping[str, str]:
    """Identifier system → name of the rule that trusts it."""
    text = (importlib.resources.files("lakmus.intake") / "linking.toml").read_text(encoding="utf-8")
    return {system: rule["name"] for rule in tomllib.loads(text)["rule"] for system in rule["systems"]}


def tokens(patient: Mapping[str, Any], secret: bytes) -> Iterator[tuple[str, str]]:
    """(token, rule) for each trusted identifier of a Patient resource.

    A token is a keyed digest of system, number and birth date: two sites' tokens are equal when those agree, and
    say nothing to who has no key. A patient without a full birth date has none.
    """
    if not secret:
        raise InputError("linking persons needs a secret")
    born = patient.get("birthDate")
    if not isinstance(born, str) or len(born) != 10:
        return
    for identifier in patient.get("identifier") or ():
        system, value = identifier.get("system"), _bare(identifier.get("value"))
        rule = rules().get(system)
        if rule and value and identifier.get("use") not in ("temp", "old"):
            message = f"{system}\x1f{value}\x1f{born}".encode()
            yield hmac.new(secret, message, hashlib.sha256).hexdigest(), rule


def _bare(value: object) -> str:
    """Digits and letters alone: 112-233-445 95 and 11223344595 are one number; masks and zeros are none."""
    text = "".join(c for c in str(value or "") if c.isalnum()).upper()
    return "" if not text.strip("0X9") or len(text) < 6 else text
