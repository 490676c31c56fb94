"""Conditional references and conditional creates of Bundles, looked up in the lake and in what came with them.

FHIR R4 §3.1.0.11.2: in a transaction a reference may be a search (`Patient?identifier=system|value`); it must find one
resource, the transaction's own included, else the transaction fails. §3.1.0.8.1: an entry with `ifNoneExist` is created
only when its search finds nothing; when it finds one, that one stands for it; when it finds more, it fails.
Searches by `identifier` and `_id` are read; any other is refused as not supported, never guessed.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

import msgspec
import pyarrow as pa

from lakmus.fhir import Issue, definitions
from lakmus.fhir.shapes import Shape
from lakmus.lake import CATALOG, Store

FORM = re.compile(r"([A-Z][A-Za-z]{0,63})\?(.+)", re.DOTALL)
Answers = Mapping[str, tuple[str, ...] | None]  # search as sent → ids of what it finds; None: not supported


@dataclass(frozen=True)
class Search:
    """A search for one resource: `system` None when any will do, "" when there must be none."""

    resource_type: str
    parameter: str  # identifier or _id
    system: str | None
    value: str


class Identifier(msgspec.Struct):
    system: str | None = None
    value: str | None = None


class Identified(msgspec.Struct):
    """What searches look at, of a record that is valid."""

    id: str = ""
    identifier: list[Identifier] | Identifier | None = None


def is_search(reference: str) -> bool:
    return FORM.fullmatch(reference) is not None


def read(text: str) -> Search | None:
    """A search as it stands in a reference; None when it is not one that is supported."""
    form = FORM.fullmatch(text)
    asked = parse_qsl(form[2], keep_blank_values=True) if form else []
    if form is None or len(asked) != 1 or not definitions.is_resource(form[1]):
        return None
    ((parameter, token),) = asked
    if parameter == "_id":
        return Search(form[1], parameter, None, token)
    system, bar, value = token.rpartition("|")
    if parameter != "identifier" or not value:
        return None
    return Search(form[1], parameter, system if bar else None, value)


class Index:
    """Which resources of one site have an identifier: those of the lake, and those added since."""

    def __init__(self, lake: Store, site: str) -> None:
        self._lake, self._site = lake, site
        self._asked: set[Search] = set()
        self._held: dict[Search, set[str]] = defaultdict(set)
        self._added: dict[str, dict[str, Identified]] = defaultdict(dict)

    def prepare(self, searches: Iterable[str]) -> None:
        """Looks several searches up in the lake at once, those of a type with one query."""
        by_type: dict[str, list[Search]] = defaultdict(list)
        for search in {found for text in searches if (found := read(text))} - self._asked:
            by_type[search.resource_type].append(search)
            self._asked.add(search)
        for resource_type, wanted in by_type.items():
            for record in self._with_values(resource_type, [search.value for search in wanted]):
                for search in wanted:
                    if _matches(search, record):
                        self._held[search].add(record.id)

    def _with_values(self, resource_type: str, values: list[str]) -> Iterator[Identified]:
        """Records of the lake of which an id or identifier is among the values."""
        sql = _query(resource_type, self._lake.shape(resource_type))
        if sql is None:
            return
        with self._lake.cursor() as cursor:
            for identifier, system, value in cursor.execute(
                sql, {"site": self._site, "values": values}
            ).fetchall():
                yield Identified(identifier, Identifier(system, value))

    def add(self, resource_type: str, record: str) -> None:
        """A record on its way into the lake, as JSON; an earlier one of its id counts no more."""
        found = msgspec.json.decode(record, type=Identified)
        self._added[resource_type][found.id] = found

    def add_rows(self, rows: Mapping[str, Iterable[pa.RecordBatch]], types: Iterable[str]) -> None:
        for resource_type in types:
            for batch in rows.get(resource_type, ()):
                for record in batch.column("record").to_pylist():
                    self.add(resource_type, record)

    def answers(self, searches: Iterable[str]) -> Answers:
        return {text: self.find(text) for text in searches}

    def find(self, text: str) -> tuple[str, ...] | None:
        """The ids a prepared search finds, in order; None when it is not supported."""
        search = read(text)
        if search is None:
            return None
        added = self._added[search.resource_type]
        known = {identifier for identifier in self._held[search] if identifier not in added}
        return tuple(sorted(known | {name for name, record in added.items() if _matches(search, record)}))


def matches(text: str, resource_type: str, identifier: str, data: bytes) -> bool:
    """Whether a search finds a resource that is still as it was sent, and perhaps faulty."""
    search = read(text)
    if search is None or search.resource_type != resource_type:
        return False
    try:
        record = msgspec.json.decode(data, type=Identified)
    except msgspec.DecodeError:
        return False
    return _matches(search, msgspec.structs.replace(record, id=identifier))


def _matches(search: Search, record: Identified) -> bool:
    if search.parameter == "_id":
        return record.id == search.value
    given = record.identifier if isinstance(record.identifier, list) else [record.identifier]
    return any(
        i is not None
        and i.value == search.value
        and (search.system is None or search.system == (i.system or ""))
        for i in given
    )


def _query(resource_type: str, shape: Shape) -> str | None:
    """Ids with one identifier each, of the records some search may mean; None when there is no such table."""
    if not shape.fields:
        return None
    table = f'{CATALOG}."{resource_type}"'
    held = shape.fields.get("identifier")
    if held is None or "value" not in held.fields:
        return f"SELECT id, NULL, NULL FROM {table} WHERE lk_site = $site AND list_contains($values, id)"
    each = "unnest(identifier)" if held.many else "identifier"
    system = "i.system" if "system" in held.fields else "NULL"
    return (
        f"SELECT id, NULL, NULL FROM {table} WHERE lk_site = $site AND list_contains($values, id) UNION ALL "
        f"SELECT id, {system}, i.value FROM (SELECT id, {each} AS i FROM {table} WHERE lk_site = $site) "
        "WHERE list_contains($values, i.value)"
    )


def fault(ids: tuple[str, ...] | None, rule: str, path: str) -> Issue:
    """Why a search does not name one resource; says nothing of what was searched for."""
    if ids is None:
        hint = "search by identifier or _id"
        return Issue("not-supported", rule, path, f"this search is not supported; {hint}")
    if not ids:
        return Issue("not-found", rule, path, "the search finds nothing in the lake or in the Bundle")
    return Issue("multiple-matches", rule, path, f"the search finds {len(ids)} resources, not one")
