"""Russian national reference books as records: rows of columns, read by the layouts in `fnsi.toml`.

A folder of books has an `index.json` (oid, version, name, file of each) and one gzip of JSON lines per book.
The system's address is `urn:oid:<OID>`; the bare OID, as CDA writes it, is an alias. Each map a book carries in its
columns becomes a concept map `urn:oid:<OID>/<name>`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

from lakmus.core.errors import InputError, Place
from lakmus.terminology.model import Designation
from lakmus.terminology.records import ConceptRecord, MappingRecord, MapRecord, Record, SystemRecord

Row = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class MapColumn:
    """A column whose values, split at `;`, are codes of another system."""

    name: str
    column: str
    target: str
    equivalence: str
    empty: tuple[str, ...] = ()
    unit: bool = False


@dataclass(frozen=True, slots=True)
class Layout:
    """Which column is what. `key` is what parents are named by; several `display` columns are joined."""

    code: str
    display: tuple[str, ...]
    key: str
    parent: str = ""
    synonyms: tuple[str, ...] = ()
    english: tuple[str, ...] = ()
    withdrawn: Mapping[str, Sequence[str]] = field(default_factory=dict)
    empty: tuple[str, ...] = ()
    maps: tuple[MapColumn, ...] = ()


@dataclass(frozen=True, slots=True)
class Book:
    """One dictionary: its entry in the index, and its rows."""

    oid: str
    version: str
    name: str
    columns: tuple[str, ...]
    rows: Sequence[Row]

    @property
    def url(self) -> str:
        return f"urn:oid:{self.oid}"


def records_of(book: Book, unit_is_valid: Callable[[str], bool]) -> Iterator[Record]:
    """The system of a book, then its maps. Unit codes that are not UCUM are left out of the unit map."""
    layout = layout_of(book)
    yield SystemRecord(
        url=book.url,
        version=book.version,
        name=book.name,
        concepts=_concepts(book, layout),
        aliases=(book.oid,),
    )
    for column in layout.maps:
        if column.column in book.columns:
            mappings = _mappings(book, layout, column, unit_is_valid)
            yield MapRecord(
                f"{book.url}/{column.name}", book.version, f"{book.name}: {column.name}", mappings
            )


def layout_of(book: Book) -> Layout:
    """The layout listed for the book, its gaps filled with the default's first fitting columns."""
    default, listed = _layouts()
    own = listed.get(book.oid, {})
    code = own.get("code") or _first(default["code"], book, "code")
    display = own.get("display") or _first(default["display"], book, "display")
    return Layout(
        code=code,
        display=(display,) if isinstance(display, str) else tuple(display),
        key=own.get("key", code),
        parent=own.get("parent", next((c for c in default["parent"] if c in book.columns), "")),
        synonyms=tuple(c for c in default["synonyms"] if c in book.columns),
        english=tuple(c for c in default["english"] if c in book.columns),
        withdrawn={c: words for c, words in default["withdrawn"].items() if c in book.columns},
        empty=tuple(default["empty"]),
        maps=tuple(
            MapColumn(**{**m, "empty": (*default["empty"], *m.get("empty", ()))}) for m in own.get("maps", ())
        ),
    )


@cache
def _layouts() -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    text = files("lakmus.terminology.loaders").joinpath("fnsi.toml").read_text("utf-8")
    tables = tomllib.loads(text)
    return tables["default"], {book["oid"]: book for book in tables["book"]}


def _first(candidates: Iterable[str], book: Book, role: str) -> str:
    found = next((column for column in candidates if column in book.columns), None)
    if found is None:
        raise InputError(
            f"dictionary {book.oid} has no column that could be its {role}",
            place=Place(book.oid),
            hint=f"it has {', '.join(book.columns[:20])}; name one in fnsi.toml",
        )
    return found


def _concepts(book: Book, layout: Layout) -> Iterator[ConceptRecord]:
    """One concept per code. Where a code stands twice, the row in force wins over the withdrawn one."""
    codes = {row.get(layout.key): row.get(layout.code, "") for row in book.rows}
    named = {layout.code, *layout.display, *layout.synonyms, *layout.english}
    found: dict[str, ConceptRecord] = {}
    for row in book.rows:
        code = row.get(layout.code, "").strip()
        if code and code not in layout.empty and not (code in found and found[code].active):
            found[code] = _concept(row, code, layout, codes, named)
    yield from found.values()


def _concept(
    row: Row, code: str, layout: Layout, codes: Mapping[str | None, str], named: set[str]
) -> ConceptRecord:
    stripped = {column: value.strip() for column, value in row.items()}
    present = {column: value for column, value in stripped.items() if value not in layout.empty}
    parent = codes.get(present.get(layout.parent), "")
    return ConceptRecord(
        code=code,
        display=", ".join(present[c] for c in layout.display if c in present),
        active=not any(present.get(column) in words for column, words in layout.withdrawn.items()),
        designations=tuple(_designations(present, layout)),
        properties={name: (value,) for name, value in present.items() if name not in named},
        parents=(parent,) if parent else (),
    )


def _designations(present: Mapping[str, str], layout: Layout) -> Iterator[Designation]:
    for language, columns in (("ru", layout.synonyms), ("en", layout.english)):
        for column in columns:
            names = present.get(column, "").split(";")
            yield from (Designation(name.strip(), language) for name in names if name.strip())


def _mappings(
    book: Book, layout: Layout, column: MapColumn, unit_is_valid: Callable[[str], bool]
) -> Iterator[MappingRecord]:
    for row in book.rows:
        for target in _targets(row.get(column.column, ""), column, unit_is_valid):
            yield MappingRecord(book.url, row[layout.code], column.target, target, column.equivalence)


def _targets(text: str, column: MapColumn, unit_is_valid: Callable[[str], bool]) -> list[str]:
    parts = [part.strip() for part in (text or "").split(";")]
    targets = [part for part in dict.fromkeys(parts) if part not in column.empty]
    return [u for t in targets if (u := as_ucum(t, unit_is_valid))] if column.unit else targets


def as_ucum(text: str, unit_is_valid: Callable[[str], bool]) -> str:
    """The code, written as UCUM writes it: the books also write `m^2` for `m2` and `*` for `.`; empty when neither
    is a UCUM code."""
    spelled = text.replace("^", "").replace("*", ".")
    return next((code for code in (text, spelled) if unit_is_valid(code)), "")
