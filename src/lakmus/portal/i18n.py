"""Languages: English is what is written in templates and code, Russian is a gettext catalogue compiled at start."""

from __future__ import annotations

import gettext
import io
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any

from babel.dates import format_datetime
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent

LOCALES: Mapping[str, str] = {"en": "English", "ru": "Русский"}


def N_(message: str) -> str:  # gettext's usual name
    """Marks a message for extraction where it is not shown yet."""
    return message


@cache
def translations(locale: str) -> gettext.NullTranslations:
    """The catalogue of a language; English has none."""
    if locale == "en":
        return gettext.NullTranslations()
    text = (files("lakmus.portal") / "locale" / locale / "LC_MESSAGES" / "lakmus.po").read_bytes()
    compiled = io.BytesIO()
    write_mo(compiled, read_po(io.BytesIO(text), locale=locale))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def preferred(accepted: str, fallback: str) -> str:
    """The best of our languages for an Accept-Language header (RFC 9110, 12.5.4); at most 20 ranges are looked at."""
    ranked = sorted(_weights(accepted.split(",")[:20]), reverse=True)
    return next((locale for weight, _, locale in ranked if locale in LOCALES and weight > 0), fallback)


def _weights(ranges: Iterable[str]) -> Iterable[tuple[float, int, str]]:
    for place, part in enumerate(ranges):
        tag, _, quality = part.strip().partition(";q=")
        try:
            yield float(quality or 1), -place, tag.split("-")[0].strip().lower()
        except ValueError:
            continue


def number(value: float, locale: str) -> str:
    return format_decimal(value, locale=locale)


def percent(value: float, locale: str) -> str:
    return format_percent(value, "#,##0.#%", locale=locale)


def moment(value: datetime | None, locale: str) -> str:
    """Date and time in UTC, or a dash."""
    return f"{format_datetime(value, 'medium', locale=locale)} UTC" if value else "–"


def filters(locale: str) -> dict[str, Any]:
    """What templates format numbers and times with."""
    return {
        "number": lambda value: number(value, locale),
        "percent": lambda value: percent(value, locale),
        "moment": lambda value: moment(value, locale),
    }
