"""What retrieves read: one view for each class, one set of codes for each that is looked for, one table for each retrieve."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

from lakmus.fhir.shapes import Shape
from lakmus.lake.schema import literal, quoted
from lakmus.query.engines.duckdb.elm.classes import Classes
from lakmus.query.engines.duckdb.elm.compiler import unsupported
from lakmus.query.engines.duckdb.elm.items import Item, holds, walk
from lakmus.query.engines.duckdb.elm.relations import Rows
from lakmus.query.ir.elm import nodes as elm
from lakmus.query.ir.elm.types import VALUE_SET, Named
from lakmus.query.ir.elm.values import Code, Concept
from lakmus.query.models.model import ClassInfo, Where
from lakmus.query.models.profiles import RULES, Rule

# The table that holds the codes a run looks for: the set's number, and `system|code`.
CODES = "lakmus_codes"
Wanted = tuple[str, ...]


class Tables(Protocol):
    """Where records stand: a relation for each resource type with `lk_person`, `lk_key`, and its columns' shape."""

    def relation(self, resource: str) -> str: ...

    def shape(self, resource: str) -> Shape: ...


@dataclass
class Retrieves:
    """The retrieves of a program: the same one is read once, whichever library asks."""

    classes: Classes
    tables: Tables
    emit: Callable[[str], None]
    asked: dict[str, str] = field(default_factory=dict)
    seen: set[Named] = field(default_factory=set)
    value_sets: dict[str, int] = field(default_factory=dict)
    codes: dict[Wanted, int] = field(default_factory=dict)

    def rows(self, node: elm.Retrieve) -> Rows:
        """The records of a retrieve, in the order of their keys."""
        if node.related is not None or node.unfiltered or node.date_range is not None:
            raise unsupported(node, "a retrieve of other than the patient's own records")
        key = f"{node.of}|{node.code_path}|{self._set(node)}"
        if key not in self.asked:
            self._class(node.of)
            self.asked[key] = f"r{len(self.asked) + 1}"
            self.emit(self._statement(self.asked[key], node))
        return Rows(self.asked[key], ("p", "k"), "v", unique=True, sure=True)

    def _set(self, node: elm.Retrieve) -> str:
        """The number of the set of codes looked for."""
        if node.codes is None:
            return ""
        if isinstance(node.codes, elm.Literal) and node.codes.type == VALUE_SET:
            return self.value_set(node.codes.value.id)
        return f"c{self.codes.setdefault(tuple(_wanted(node)), len(self.codes) + 1)}"

    def value_set(self, url: str) -> str:
        """The name under which a value set's codes are kept."""
        return f"v{self.value_sets.setdefault(url, len(self.value_sets) + 1)}"

    def _class(self, of: Named) -> None:
        """The view of a class's records, made when first one is asked for."""
        if of in self.seen:
            return
        self.seen.add(of)
        info = self._info(of)
        item = Item("t", self.tables.shape(info.resource), info.resource)
        rule = RULES.get(info.profile)
        where = f"\nWHERE {self._ruled(item, rule)}" if rule is not None else ""
        self.emit(
            f"CREATE OR REPLACE TEMP VIEW {quoted(str(of))} AS\n"
            f"SELECT lk_person AS p, lk_key AS k, {self.classes.instance(item, of)} AS v\n"
            f"FROM {self.tables.relation(info.resource)} AS t{where}"
        )

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

    # Rows

    def _statement(self, name: str, node: elm.Retrieve) -> str:
        found = f"SELECT p, k, v FROM {quoted(str(node.of))}"
        if node.codes is not None:
            found += f"\nSEMI JOIN ({self._matching(node)}) USING (k)"
        return f"-- {self._shown(node)}\nCREATE OR REPLACE TEMP TABLE {name} AS\n{found}"

    def _shown(self, node: elm.Retrieve) -> str:
        """The retrieve as it is written in CQL."""
        chosen = getattr(node.codes, "value", None)
        name = getattr(chosen, "name", None) or "codes"
        codes = f": {node.code_path} {node.comparator} {quoted(name)}" if node.codes is not None else ""
        return f"[{node.of}{codes}]".replace("\n", " ")

    def _matching(self, node: elm.Retrieve) -> str:
        """The keys of the records with one of the codes."""
        info = self._info(node.of)
        relation, chosen = self.tables.relation(info.resource), literal(self._set(node))
        item = Item("t", self.tables.shape(info.resource), info.resource)
        keys = self._keys(item, node)
        if not keys:
            return "SELECT NULL::BIGINT AS k WHERE false"
        found = " UNION ALL ".join(
            f"SELECT t.lk_key AS k, unnest({sql}) AS c FROM {source}" for sql, source in keys
        )
        found = found.replace("{relation}", relation)
        return f"SELECT k FROM ({found}) SEMI JOIN (SELECT code AS c FROM {CODES} WHERE set = {chosen}) USING (c)"

    def _keys(self, item: Item, node: elm.Retrieve) -> list[tuple[str, str]]:
        """Lists of `system|code`, each with what it is read from."""
        element = self.classes.model(node.of).element(node.of, node.code_path)
        if element is None:
            raise unsupported(node, f"codes at {node.code_path}")
        found = []
        for reading in element.path:
            for each in walk(item, reading.steps, self.classes.fresh):
                if each.structure == "Reference":
                    found += self._referenced(each, node)
                else:
                    found += [(sql, "{relation} AS t") for sql in _coded(each, self.classes)]
        return found

    def _referenced(self, item: Item, node: elm.Retrieve) -> list[tuple[str, str]]:
        """Codes of the medication that a reference names."""
        target, child = "Medication", item.child("reference")
        shape = self.tables.shape(target)
        if item.many or child is None or "code" not in shape.fields:
            return []
        code = Item("m.code", shape.fields["code"], "CodeableConcept")
        joined = (
            f"{{relation}} AS t JOIN {self.tables.relation(target)} AS m ON {child} = 'Medication/' || m.id"
        )
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


def _wanted(node: elm.Retrieve) -> Iterator[str]:
    """Codes written in the rule."""
    for item in node.codes.items if isinstance(node.codes, elm.List) else ():
        if not isinstance(item, elm.Literal):
            raise unsupported(node, "codes that are computed")
        codes = item.value.codes if isinstance(item.value, Concept) else (item.value,)
        for code in codes:
            assert isinstance(code, Code)
            yield f"{code.system or ''}|{code.code}"
    if not isinstance(node.codes, elm.List):
        raise unsupported(node, "codes that are computed")
