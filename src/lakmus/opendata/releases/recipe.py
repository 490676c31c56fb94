"""A recipe: what a release is made of, as one YAML file. With the snapshot it pins, it gives the same bytes again.

name: hypertension-cohort          # letters, digits, hyphens; with the version it names a folder
version: 1.0.0
title: ... description: ... purpose: ... licence: CC-BY-4.0 ... citation: ... creator: ... published: 2026-11-23
family: lakmus                     # releases of a family share pseudonyms and date shifts; default: the name
cohort: {resource: Condition, where: [{path: "..."}]}   # persons of whom such a record is there
ages: {at: 2026-01-01, last: {view: encounters, column: start}}  # ages are counted at the last such date, or else `at`
dates: {days: 365}                 # how far dates move
risk: {view: patients, quasi_identifiers: [sex, birth_year], k: 5, suppressed: 0.05, unique: 1.0, sensitive: [...]}
views: {patients: {resource: Patient, select: [...]}, labs: labs.json}
rules: {patients: {patient: {do: subject, why: ...}}}
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from lakmus.core.errors import InputError, LakmusError, ManyErrors, NotFoundError, Place
from lakmus.core.identifiers import is_safe_file_name
from lakmus.privacy import Bound, ViewRules, columns, rules

NAME = re.compile(r"[a-z][a-z0-9-]{0,62}")
VERSION = re.compile(r"[0-9]{1,6}(\.[0-9]{1,6}){0,3}")
VIEW = re.compile(r"[a-z][a-z0-9_]{0,62}")
LARGEST = 4_000_000  # bytes of a recipe or a view file
_TEXTS = ("title", "description", "purpose", "licence", "citation", "creator")
_FIELDS = {"name", "version", *_TEXTS, "published", "family", "cohort", "ages", "dates", "risk", "views", "rules", "keywords"}  # fmt: skip

View = Mapping[str, Any]


@dataclass(frozen=True)
class Ages:
    """Ages are counted at the last date of a view's column per person; where there is none, at `at`."""

    at: str
    view: str = ""
    column: str = ""


@dataclass(frozen=True)
class RiskRule:
    """By which columns of which view risk is counted, the bound, and the columns of which diversity is told."""

    view: str
    quasi_identifiers: tuple[str, ...]
    bound: Bound
    sensitive: tuple[str, ...] = ()


@dataclass(frozen=True)
class Recipe:
    """A checked recipe. `text` is its canonical JSON: what its hash is of, and what a release keeps a copy of."""

    name: str
    version: str
    title: str
    description: str
    purpose: str
    licence: str
    citation: str
    creator: str
    published: str
    family: str
    keywords: tuple[str, ...]
    cohort: View
    ages: Ages
    days: int
    risk: RiskRule
    views: Mapping[str, View]
    rules: Mapping[str, ViewRules]
    document: Mapping[str, Any] = field(repr=False)

    @property
    def text(self) -> str:
        return json.dumps(self.document, ensure_ascii=False, indent=1, sort_keys=True)

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def id(self) -> str:
        return f"{self.name}@{self.version}"

    def changed(self, **fields: Any) -> Recipe:
        """The recipe with some of its fields set anew (`licence`, `citation`, `ages`, ...), checked again."""
        return read(json.dumps({**self.document, **fields}))


def packaged() -> dict[str, Path]:
    """The recipes that come with Lakmus, by name."""
    folder = Path(__file__).parent.parent / "recipes"
    return {file.stem: file for file in sorted(folder.glob("*.yaml"))}


def read_file(path: Path) -> Recipe:
    """A recipe from a file, or by the name of a packaged one; views named as files are read from beside it."""
    found = packaged().get(str(path), path)
    if not found.is_file():
        raise NotFoundError(f"there is no recipe at {path}", hint=f"packaged: {', '.join(packaged())}")
    return read(_text(found), source=found.name, view_file=lambda name: _text(found.parent / name))


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
        if len(content) > LARGEST:
            raise InputError(f"{path.name} is larger than {LARGEST} bytes", place=Place(path.name))
        return content.decode("utf-8")
    except OSError:
        raise NotFoundError(
            f"the file {path.name} of the recipe is not there", place=Place(path.name)
        ) from None
    except UnicodeDecodeError:
        raise InputError("the file is not UTF-8", place=Place(path.name)) from None


def _no_files(name: str) -> str:
    raise InputError("this recipe comes without files", place=Place(path="views"))


def read(text: str, *, source: str = "recipe", view_file: Callable[[str], str] = _no_files) -> Recipe:
    """A checked recipe from YAML; all that is wrong at once as ManyErrors with the path of each."""
    document = _yaml(text, source)
    document = {**document, "views": _with_files(document.get("views"), view_file)}
    reader = _Reader(document)
    recipe = reader.recipe()
    if reader.errors:
        raise reader.errors[0] if len(reader.errors) == 1 else ManyErrors(reader.errors)
    assert recipe is not None
    return recipe


class _Loader(yaml.SafeLoader):
    """Plain data only; dates stay text, and aliases are refused, for they can make a small file huge."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("aliases are not for recipes")
        return super().compose_node(parent, index)


_Loader.yaml_implicit_resolvers = {
    letter: [(tag, pattern) for tag, pattern in found if tag != "tag:yaml.org,2002:timestamp"]
    for letter, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _yaml(text: str, source: str) -> dict[str, Any]:
    try:
        found = yaml.load(text, _Loader)  # noqa: S506 - a SafeLoader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = Place(source, mark.line + 1, mark.column + 1) if mark else Place(source)
        raise InputError(f"this is not YAML: {error.problem}", place=place) from None
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise InputError(f"this is not a recipe: {type(error).__name__}", place=Place(source)) from None
    if not isinstance(found, dict):
        raise InputError("a recipe is a mapping of names to values", place=Place(source))
    return found


def _with_files(views: Any, view_file: Callable[[str], str]) -> Any:
    if not isinstance(views, dict):
        return views
    return {
        name: _from_file(view, view_file) if isinstance(view, str) else view for name, view in views.items()
    }


def _from_file(name: str, view_file: Callable[[str], str]) -> Any:
    if not is_safe_file_name(name):
        raise InputError("a view's file lies beside the recipe", place=Place(path="views"))
    return _yaml(view_file(name), name)  # JSON is YAML


class _Reader:
    """Reads field by field and collects what is wrong."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        self.errors: list[LakmusError] = []

    def recipe(self) -> Recipe | None:
        for name in sorted(map(str, set(self.document) - _FIELDS)):
            self._wrong(name, "a recipe has no such field", f"there are: {', '.join(sorted(_FIELDS))}")
        texts = {name: self._text(name) for name in _TEXTS}
        name = self._matching("name", NAME, "lower-case letters, digits and hyphens")
        version = self._matching("version", VERSION, 'numbers with points, in quotes: "1.0.0"')
        views, rules_of = self._views()
        parts = (self._cohort(), self._ages(views), self._days(), self._risk(rules_of))
        if self.errors:
            return None
        cohort, ages, days, risk = parts
        family = self.document.get("family", name)
        published = self._date("published", self.document.get("published", ages.at))
        keywords = tuple(map(str, self.document.get("keywords") or ()))
        return Recipe(
            name=name, version=version, **texts, published=published, family=str(family), keywords=keywords,
            cohort=cohort, ages=ages, days=days, risk=risk, views=views, rules=rules_of, document=self.document,
        )  # fmt: skip

    def _wrong(self, path: str, message: str, hint: str = "") -> None:
        self.errors.append(InputError(message, place=Place(path=path), hint=hint))

    def _text(self, name: str) -> str:
        value = self.document.get(name)
        if not isinstance(value, str) or not value.strip():
            self._wrong(name, f"a recipe says its {name}")
            return ""
        return value.strip()

    def _matching(self, name: str, pattern: re.Pattern[str], meaning: str) -> str:
        value = self.document.get(name)
        if not isinstance(value, str) or not pattern.fullmatch(value) or not is_safe_file_name(value):
            self._wrong(name, f"the {name} of a recipe is {meaning}")
            return ""
        return value

    def _date(self, path: str, value: Any) -> str:
        try:
            return date.fromisoformat(str(value)).isoformat()
        except ValueError:
            self._wrong(path, "this is a date: 2026-01-31")
            return ""

    def _mapping(self, name: str, known: set[str], *, needed: bool = True) -> dict[str, Any]:
        value = self.document.get(name)
        if value is None and not needed:
            return {}
        if not isinstance(value, dict) or set(value) - known:
            self._wrong(name, f"{name} is a mapping with the fields {', '.join(sorted(known))}")
            return {}
        return value

    def _views(self) -> tuple[dict[str, View], dict[str, ViewRules]]:
        views, lines = self.document.get("views"), self.document.get("rules")
        if not isinstance(views, dict) or not views or not isinstance(lines, dict):
            self._wrong("views", "a recipe has views and rules, both by the name of the view")
            return {}, {}
        for name in sorted(map(str, set(lines) - set(views))):
            self._wrong(f"rules.{name}", "there is no such view")
        checked = {name: self._view(name, view, lines.get(name) or {}) for name, view in views.items()}
        return views, {name: found for name, found in checked.items() if found is not None}

    def _view(self, name: Any, view: Any, lines: Any) -> ViewRules | None:
        if not isinstance(name, str) or not VIEW.fullmatch(name):
            self._wrong("views", "a view's name is lower-case letters, digits and '_'")
        elif not isinstance(view, dict) or not isinstance(lines, dict):
            self._wrong(f"views.{name}", "a view and its rules are mappings")
        else:
            try:
                found = rules.read(name, lines, columns.columns(view))
            except LakmusError as error:
                self.errors.append(error)
                return None
            if found.subject:
                return found
            self._wrong(f"rules.{name}", "a view has one column that says whose record it is", "do: subject")
        return None

    def _cohort(self) -> View:
        cohort = self._mapping("cohort", {"resource", "where", "constant"}, needed=False) or {
            "resource": "Patient"
        }
        key = [{"column": [{"name": "record", "path": "getResourceKey()"}]}]
        view = {"name": "cohort", "status": "active", **cohort, "select": key}
        try:
            columns.columns(view)
        except LakmusError:
            self._wrong("cohort.resource", "a cohort names an R4 resource type")
        return view

    def _ages(self, views: Mapping[str, View]) -> Ages:
        ages = self._mapping("ages", {"at", "last"})
        last = ages.get("last") or {}
        if not isinstance(last, dict) or (last and not self._has(views, last)):
            self._wrong("ages.last", "this names a view of the recipe and a column of dates in it")
            last = {}
        return Ages(self._date("ages.at", ages.get("at")), last.get("view", ""), last.get("column", ""))

    def _has(self, views: Mapping[str, View], last: Mapping[str, Any]) -> bool:
        try:
            found = {c.name: c.type for c in columns.columns(views[last["view"]])}
            return found[last["column"]] in rules.DATES
        except (KeyError, LakmusError):
            return False

    def _days(self) -> int:
        days = self._mapping("dates", {"days"}, needed=False).get("days", 365)
        if not isinstance(days, int) or not 1 <= days <= 3650:
            self._wrong("dates.days", "dates move by 1 to 3650 days")
            return 1
        return days

    def _risk(self, rules_of: Mapping[str, ViewRules]) -> RiskRule:
        fields = {"view", "quasi_identifiers", "k", "suppressed", "unique", "sensitive"}
        risk = self._mapping("risk", fields)
        view = rules_of.get(risk.get("view", ""))
        names, sensitive = self._names(risk, "quasi_identifiers"), self._names(risk, "sensitive")
        leaving = {rule.column for column, rule in view.leaving if not column.many} if view else set()
        if view is None or not view.subject or not names or not {*names, *sensitive} <= leaving:
            self._wrong(
                "risk",
                "risk names a view of the recipe, and columns of it that leave and have one value per row",
            )
        return RiskRule(str(risk.get("view")), names, self._bound(risk), sensitive)

    def _names(self, risk: Mapping[str, Any], name: str) -> tuple[str, ...]:
        value = risk.get(name) or []
        return tuple(map(str, value)) if isinstance(value, list) else ()

    def _bound(self, risk: Mapping[str, Any]) -> Bound:
        k, shares = risk.get("k", 5), [risk.get("suppressed", 0.05), risk.get("unique", 1.0)]
        if not isinstance(k, int) or not 2 <= k <= 1000:
            self._wrong("risk.k", "k is a number from 2 to 1000")
        elif not all(isinstance(s, int | float) and 0 <= s <= 1 for s in shares):
            self._wrong("risk", "`suppressed` and `unique` are shares from 0 to 1")
        else:
            return Bound(k, *map(float, shares))
        return Bound()
