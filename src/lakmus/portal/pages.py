"""Templates: one environment per language, everything escaped, an unknown name is our own bug."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import jinja2

from lakmus.access import Action
from lakmus.portal import charts, words
from lakmus.portal.i18n import LOCALES, filters, translations


def render(template: str, locale: str, values: Mapping[str, Any]) -> str:
    """A page as text."""
    return environment(locale).get_template(template).render(values)


@cache
def environment(locale: str) -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.PackageLoader("lakmus.portal"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.install_gettext_translations(translations(locale), newstyle=True)  # type: ignore[attr-defined]
    made.filters |= filters(locale)
    made.filters["bytes"] = lambda count: words.size_text(count, locale)
    made.filters["word"] = lambda word: words.word(str(word), locale)
    made.filters["pairs"] = lambda names: [(name, name) for name in names]
    made.filters["pairs"] = lambda names: [(name, name) for name in names]
    made.globals |= {"Action": Action, "LOCALES": LOCALES, "locale": locale, "bars": charts.bars}
    return made
