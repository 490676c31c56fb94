"""What names a record, a file, a person: keys, safe names, and the check digits of national numbers."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lakmus.core.errors import InputError, Place

_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
_TYPE = re.compile(r"[A-Z][A-Za-z]{0,63}")
_SITE = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?")
_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
# Windows takes these names, with any ending, for devices.
_DEVICES = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))}


@dataclass(frozen=True, slots=True, order=True)
class RecordKey:
    """The key of a record: two sites may both have a Patient/1."""

    site: str
    type: str
    id: str

    def __post_init__(self) -> None:
        check_site(self.site)
        if not _TYPE.fullmatch(self.type):
            raise InputError("a resource type is a name such as Patient")
        if not is_fhir_id(self.id):
            raise InputError("a FHIR id is 1 to 64 letters, digits, '-' and '.'")

    def __str__(self) -> str:
        return f"{self.site}/{self.type}/{self.id}"


def is_fhir_id(text: str) -> bool:
    """Whether it has the form of a FHIR `id` (R4 datatypes.html#id)."""
    return _ID.fullmatch(text) is not None


def is_safe_file_name(text: str) -> bool:
    """Whether it can name a file on any system and cannot climb out of a folder."""
    return (
        _FILE_NAME.fullmatch(text) is not None
        and ".." not in text
        and not text.endswith(".")
        and text.split(".")[0].lower() not in _DEVICES
    )


def check_site(text: str, place: Place | None = None) -> str:
    """The site's name, or InputError. Sites name folders, so the alphabet is small."""
    if not _SITE.fullmatch(text) or not is_safe_file_name(text):
        raise InputError(
            f"{text[:64]!r} cannot name a site",
            place=place,
            hint="use 1 to 64 lower-case letters, digits, '.', '_' and '-', beginning and ending with a letter or digit",
        )
    return text


def check_file_name(text: str, place: Place | None = None) -> str:
    """The name, or InputError when it could not name a file in the folder meant for it."""
    if not is_safe_file_name(text):
        raise InputError(
            "this cannot be a file name here",
            place=place,
            hint="use letters, digits, '.', '_' and '-', beginning with a letter or digit, at most 128",
        )
    return text


def digits_of(text: str) -> str:
    """The ASCII digits of a number written with spaces, dots and hyphens; anything else makes it empty."""
    return "".join(c for c in text if c in "0123456789") if re.fullmatch(r"[0-9 .\-]*", text) else ""


def is_snils(text: str) -> bool:
    """Russian pension insurance number: eleven digits, the last two a control number.

    The control number holds for numbers above 001-001-998 (rules of the Pension Fund); below it, none was given out
    with one, so such numbers are not accepted.
    """
    digits = digits_of(text)
    if len(digits) != 11 or int(digits[:9]) <= 1_001_998:
        return False
    total = sum(int(digit) * (9 - i) for i, digit in enumerate(digits[:9]))
    return total % 101 % 100 == int(digits[9:])


def is_enp(text: str) -> bool:
    """Number of the Russian single-format medical insurance policy: 16 digits, the last one a check digit (Luhn)."""
    digits = digits_of(text)
    return len(digits) == 16 and luhn(digits)


def is_inn_of_person(text: str) -> bool:
    """Russian taxpayer number of a person: 12 digits, the last two check digits."""
    digits = digits_of(text)
    if len(digits) != 12 or digits == "0" * 12:
        return False
    weights = (3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)
    first = _weighted(digits, weights[1:]) == int(digits[10])
    return first and _weighted(digits, weights) == int(digits[11])


def luhn(digits: str) -> bool:
    """Whether the last digit is the Luhn check digit of those before it (ISO/IEC 7812-1, annex B)."""
    doubled = [int(digit) * (1 + i % 2) for i, digit in enumerate(reversed(digits))]
    return bool(digits) and sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def _weighted(digits: str, weights: tuple[int, ...]) -> int:
    return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=False)) % 11 % 10
