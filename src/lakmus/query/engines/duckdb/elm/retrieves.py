"""What retrieves read: one view for each class, one set of codes for each that is looked for, one table for each retrieve."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from lakmus.fhir.shapes import Shape
from lakmus.lake.schema import literal, quoted
from lakmus.query.engines.duckdb.elm.classes import Classes
from lakmus.query.engines.duckdb.elm.compiler import unsupported
from lakmus.query.engines.duckdb.elm.items import Item, holds, walk
from lakmus.query.engines.duckdb.elm.rows import Rows
from lakmus.query.engines.duckdb.elm.wanted import wanted
from lakmus.query.ir.elm import nodes as elm
from lakmus.query.ir.elm.library import Program
from lakmus.query.ir.elm.types import VALUE_SET, Named
from lakmus.query.models.model import ClassInfo, Where
from lakmus.query.models.profiles import RULES, Rule

# The table that holds the codes a run looks for: the set's number, and `system|code`.
CODES = "lakmus_codes"
Wanted = tuple[str, ...]


class Tables(Protocol):
    """Where records stand: a relation for each resource type with `lk_person`, `lk_key`, and its columns' shape."""

    def relation(self, resource: str) -> str: ...

    def shape(self, resource: str) -> Shape: ...

    def persons(self) -> str:
        """A query for the persons `p` that are asked about."""


@dataclass
class Retrieves:
    """The retrieves of a program: the same one is read once, whichever library asks.

    `read` are the resource types that were read; `referred` those whose records count for who refers to them: the type that
    refers, the SQL of the reference in its record `t`, and the type referred to.
    """

    program: Program
    classes: Classes
    tables: Tables
    emit: Callable[[str], None]
    expected: dict[Named, dict[str, dict[str, None]]] = field(default_factory=dict)
    made: dict[Named, str] = field(default_factory=dict)
    matching: dict[tuple[Named, str], str] = field(default_factory=dict)
    value_sets: dict[str, int] = field(default_factory=dict)
    codes: dict[Wanted, int] = field(default_factory=dict)
    read: set[str] = field(default_factory=set)
    referred: set[tuple[str, str, str]] = field(default_factory=set)

    def expect(self, nodes: Iterable[elm.Elm]) -> None:
        """Notes which codes are looked for among the records of each class: they are read once for all."""
        for node in nodes:
            if isinstance(node, elm.Retrieve):
                sets = self.expected.setdefault(node.of, {}).setdefault(
                    node.code_path if node.codes is not None else "", {}
                )
                sets[self._set(node)] = None

    def rows(self, nodes: Sequence[elm.Retrieve]) -> Rows:
        """The records of retrieves of one class, in the order of the retrieves and then of their keys; each once."""
        node, several = nodes[0], len(nodes) > 1
        for each in nodes:
            if each.related is not None or each.unfiltered or each.date_range is not None:
                raise unsupported(each, "a retrieve of other than the patient's own records")
        table = self._class(node)
        if node.codes is not None and not several:
            chosen = f"SELECT k FROM {self.matching[node.of, node.code_path]} WHERE set = {literal(self._set(node))}"
            table = f"(SELECT p, k, v FROM {table} SEMI JOIN ({chosen}) USING (k))"
        if several:
            table = f"(SELECT p, t, k, v FROM {table} JOIN ({self._first(nodes)}) USING (k))"
        keys = ("p", "t", "k") if several else ("p", "k")
        return Rows(table, keys, "v", unique=True, sure=True, stored=True, origin=self.made[node.of])

    def _first(self, nodes: Sequence[elm.Retrieve]) -> str:
        """The keys of the records that one of the retrieves finds, with the first that does."""
        places = {self._set(each): str(i) for i, each in reversed(list(enumerate(nodes)))}
        place = " ".join(f"WHEN {literal(name)} THEN {i}" for name, i in places.items())
        names = ", ".join(map(literal, places))
        matching = self.matching[nodes[0].of, nodes[0].code_path]
        return f"SELECT k, min(CASE set {place} END) AS t FROM {matching} WHERE set IN ({names}) GROUP BY k"

    def _set(self, node: elm.Retrieve) -> str:
        """The number of the set of codes looked for."""
        if node.codes is None:
            return ""
        if isinstance(node.codes, elm.Literal) and node.codes.type == VALUE_SET:
            return self.value_set(node.codes.value.id)
        return f"c{self.codes.setdefault(wanted(self.program, node), len(self.codes) + 1)}"

    def value_set(self, url: str) -> str:
        """The name under which a value set's codes are kept."""
        return f"v{self.value_sets.setdefault(url, len(self.value_sets) + 1)}"

    def _class(self, node: elm.Retrieve) -> str:
        """The table of a class's records, made when first one is asked for: of those only that some retrieve asks for."""
        of = node.of
        if of in self.made:
            return self.made[of]
        self.made[of] = f"r{len(self.made) + 1}"
        info, paths = self._info(of), self.expected[of]
        self.read.add(info.resource)
        coded = [self._matching(of, path, sets, node) for path, sets in paths.items() if path]
        item = Item("t", self.tables.shape(info.resource), info.resource)
        rule = RULES.get(info.profile)
        where = f"\nWHERE {self._ruled(item, rule)}" if rule is not None else ""
        some = " UNION ALL ".join(f"SELECT k FROM {each}" for each in coded)
        only = f" SEMI JOIN ({some}) ON lk_key = k" if "" not in paths else ""
        columns, struct = self.classes.record(item, of)
        read = "".join(f", {sql} AS {name}" for name, sql in columns.items())
        self.emit(
            f"-- [{of}]\nCREATE OR REPLACE TEMP TABLE {self.made[of]} AS\nSELECT p, k, {struct} AS v\n"
            f"FROM (SELECT lk_person AS p, lk_key AS k{read}\nFROM {self.tables.relation(info.resource)} AS t{only}{where})"
        )
        return self.made[of]

    def _info(self, of: Named) -> ClassInfo:
        info = self.classes.model(of).class_of(of)
        assert info is not None
        return info

    def _ruled(self, item: Item, rule: Rule) -> str:
        """What has to hold of a record that a profile is told apart by."""
        wanted = self._any(item, rule, rule.values)
        if rule.unless is None:
            return wanted
        return f"({wanted} OR NOT {self._any(item, rule, rule.unless)})"

    def _any(self, item: Item, rule: Rule, wanted: tuple[Any, ...]) -> str:
        tests = [f"({self._at(item, rule, value)})" for value in wanted]
        return f"({' OR '.join(tests)})"

    def _at(self, item: Item, rule: Rule, value: Any) -> str:
        if isinstance(value, str):
            return holds(item, Where(rule.path[:-1], ((rule.path[-1], value),)), self.classes.fresh)
        if len(rule.path) == 1:
            child = item.child(rule.path[0])
            return f"coalesce({child} = {str(value).lower()}, false)" if child else "false"
        return self._flagged(item, rule, value)

    def _flagged(self, item: Item, rule: Rule, value: Any) -> str:
        """An extension of a URL with a Boolean value."""
        shape = item.shape.fields.get(rule.path[0])
        if shape is None or rule.path[-1] not in shape.fields:
            return "false"
        x = self.classes.fresh()
        test = f"{x}.url = {literal(rule.url)} AND {x}.{quoted(rule.path[-1])} = {str(value).lower()}"
        return f"len(list_filter(t.{quoted(rule.path[0])}, lambda {x}: {test})) > 0"

    # Codes

    def _matching(self, of: Named, path: str, sets: Iterable[str], node: elm.Retrieve) -> str:
        """The table of the keys of a class's records with one of the codes looked for, and the set that has it."""
        name = self.matching[of, path] = f"m{len(self.matching) + 1}"
        info = self._info(of)
        relation = self.tables.relation(info.resource)
        item = Item("t", self.tables.shape(info.resource), info.resource)
        found = [
            f"SELECT t.lk_key AS k, unnest({sql}) AS code FROM {source}"
            for sql, source in self._keys(item, of, path, node)
        ]
        codes = (
            "\nUNION ALL ".join(found).replace("{relation}", relation)
            or "SELECT NULL::BIGINT AS k, '' AS code WHERE false"
        )
        wanted = ", ".join(map(literal, sets))
        self.emit(
            f"-- [{of}: {path}]\nCREATE OR REPLACE TEMP TABLE {name} AS\n"
            f"SELECT k, set FROM ({codes}) JOIN (SELECT code, set FROM {CODES} WHERE set IN ({wanted})) USING (code)"
        )
        return name

    def _keys(self, item: Item, of: Named, path: str, node: elm.Retrieve) -> list[tuple[str, str]]:
        """Lists of `system|code`, each with what it is read from."""
        element = self.classes.model(of).element(of, path)
        if element is None:
            raise unsupported(node, f"codes at {path}")
        found = []
        for reading in element.path:
            for each in walk(item, reading.steps, self.classes.fresh):
                if each.structure == "Reference":
                    found += self._referenced(each, self._info(of).resource)
                else:
                    found += [(sql, "{relation} AS t") for sql in _coded(each, self.classes)]
        return found

    def _referenced(self, item: Item, resource: str) -> list[tuple[str, str]]:
        """Codes of the medication that a reference names."""
        target, child = "Medication", item.child("reference")
        shape = self.tables.shape(target)
        if item.many or child is None or "code" not in shape.fields:
            return []
        self.referred.add((resource, child, target))
        code = Item("m.code", shape.fields["code"], "CodeableConcept")
        joined = f"{{relation}} AS t JOIN {self.tables.relation(target)} AS m ON {child} = 'Medication/' || m.id AND t.lk_site = m.lk_site"
        return [(sql, joined) for sql in _coded(code, self.classes)]


def _coded(item: Item, classes: Classes) -> Iterator[str]:
    """The codes of a value in the lake, as lists of `system|code`."""
    if item.structure == "CodeableConcept":
        shape = item.shape.fields.get("coding")
        if shape is None:
            return
        x = classes.fresh()
        codings = f"({item.sql}).coding"
        if item.many:
            codings = f"flatten(list_transform({item.sql}, lambda {x}: {x}.coding))"
        yield _pairs(codings, Item("", shape, "Coding"), classes)
    elif item.structure == "Coding":
        yield _pairs(item.sql if item.many else f"[{item.sql}]", item, classes)


def _pairs(codings: str, item: Item, classes: Classes) -> str:
    if "code" not in item.shape.fields:
        return "[]::VARCHAR[]"
    x = classes.fresh()
    system = f"coalesce({x}.\"system\", '')" if "system" in item.shape.fields else "''"
    return f"list_transform({codings}, lambda {x}: {system} || '|' || {x}.code)"
