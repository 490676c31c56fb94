"""The portal's messages: what templates and code say, against what the catalogue of each language translates.

python tools/messages.py          # adds new messages, empty, to the catalogues and drops those no longer said
"""

from __future__ import annotations

import io
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

PORTAL = Path(__file__).resolve().parent.parent / "src" / "lakmus" / "portal"
METHODS = [("**.py", "python"), ("templates/**.html", "jinja2.ext:babel_extract")]
OPTIONS = {"templates/**.html": {"newstyle_gettext": "true", "trimmed": "true", "silent": "false"}}
KEYWORDS = {"_": None, "N_": None, "gettext": None, "ngettext": (1, 2)}


def said() -> Catalog:
    """Every message in templates and code."""
    found = Catalog()
    for file, _, message, _, _ in extract_from_dir(PORTAL, METHODS, OPTIONS, KEYWORDS):
        found.add(message, locations=[(Path(file).as_posix(), 0)])
    return found


def translated(locale: str) -> Catalog:
    """The catalogue of a language as it is in the package."""
    return read_po(io.BytesIO(_file(locale).read_bytes()), locale=locale)


def _file(locale: str) -> Path:
    return PORTAL / "locale" / locale / "LC_MESSAGES" / "lakmus.po"


def main() -> None:
    for locale in ("ru",):
        catalog = translated(locale) if _file(locale).exists() else Catalog(locale=locale)
        catalog.update(said(), no_fuzzy_matching=True)
        catalog.obsolete.clear()
        text = io.BytesIO()
        write_po(text, catalog, sort_output=True, no_location=True, omit_header=False, width=120)
        _file(locale).write_bytes(text.getvalue())
        print(locale, sum(1 for m in catalog if m.id and not m.string), "without translation")


if __name__ == "__main__":
    main()
