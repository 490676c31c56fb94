"""A data model: its classes, their elements, and how each is read from FHIR JSON (CQL 1.5, developer's guide, "Data Model").

Engines see FHIR JSON only. So every element says in steps over FHIR's own elements where it stands, and which
conversion makes the value of its type of what is found there:

>>> str(Reading((Member("extension"), Where((), (("url", "text"),)), Member("value")), "FHIR.ToValue"))
"FHIR.ToValue(extension[url='text'].value)"
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from lakmus.query.ir.elm.types import ANY, ChoiceType, CqlType, IntervalType, ListType, Named


@dataclass(frozen=True, slots=True)
class Member:
    """The items of an element by its name in FHIR: `value` is `valueQuantity`, or any other of its forms."""

    name: str

    def __str__(self) -> str:
        return f".{self.name}"


@dataclass(frozen=True, slots=True)
class Where:
    """The items with something at a path of JSON names (`coding`) that has all of these texts; the item itself for ()."""

    path: tuple[str, ...]
    texts: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        return "[" + ",".join(f"{'.'.join((*self.path, name))}='{text}'" for name, text in self.texts) + "]"


Step = Member | Where


@dataclass(frozen=True, slots=True)
class Reading:
    """Steps from the record or element, and the native conversion of each item they lead to; "" for none."""

    steps: tuple[Step, ...]
    conversion: str = ""

    def __str__(self) -> str:
        path = "".join(map(str, self.steps)).removeprefix(".")
        return f"{self.conversion}({path})" if self.conversion else path


@dataclass(frozen=True, slots=True)
class Element:
    """`path` holds the ways to read it: the first that leads to something counts."""

    name: str
    type: CqlType
    path: tuple[Reading, ...]

    @property
    def many(self) -> bool:
        return isinstance(self.type, ListType)


@dataclass(frozen=True)
class ClassInfo:
    """A class and the elements it has itself.

    `structure` is FHIR's type of its JSON (`Observation.component`), `resource` the resource type that a retrieve of it
    reads. `profile` is a canonical URL, "" for none.
    """

    type: Named
    base: Named | None
    elements: Mapping[str, Element]
    structure: str
    retrievable: bool = False
    primary_code_path: str = ""
    profile: str = ""
    label: str = ""

    @property
    def resource(self) -> str:
        return self.structure if self.retrievable else ""


@dataclass(frozen=True, eq=False)
class Model:
    """A model, equal to itself only. `aliases` are other names of types: labels, and classes that are no more than a System type by a name.

    `birth_date` is the path of the patient's date of birth; `contexts` are the classes that contexts stand for.
    """

    name: str
    version: str
    url: str
    classes: Mapping[str, ClassInfo]
    patient: Named
    birth_date: str
    aliases: Mapping[str, CqlType] = field(default_factory=dict)
    contexts: Mapping[str, Named] = field(default_factory=dict)
    conversions: tuple[tuple[Named, CqlType, str], ...] = ()

    def find(self, name: str) -> Named | None:
        """A type by its name or label; a class that is no more than a System type is that type."""
        if name in self.classes:
            return self.classes[name].type
        found = self.aliases.get(name)
        return found if isinstance(found, Named) else None

    def names(self) -> tuple[str, ...]:
        """All names and labels, for suggestions."""
        return (*self.classes, *self.aliases)

    def class_of(self, type_: Named) -> ClassInfo | None:
        return self.classes.get(type_.name) if type_.namespace == self.name else None

    def base(self, type_: CqlType) -> CqlType | None:
        """The type it derives from: `System.Any` at the end; None for a type of another model."""
        info = self.class_of(type_) if isinstance(type_, Named) else None
        return None if info is None else info.base or ANY

    def ancestry(self, type_: Named) -> Iterator[ClassInfo]:
        """The class, what it derives from, and so on."""
        info = self.class_of(type_)
        while info is not None:
            yield info
            info = self.class_of(info.base) if info.base else None

    def is_a(self, type_: Named, of: Named) -> bool:
        """Whether a class is another one or derives from it."""
        return of == ANY or any(info.type == of for info in self.ancestry(type_))

    def element(self, type_: Named, name: str) -> Element | None:
        """An element by name, inherited ones too."""
        return next((info.elements[name] for info in self.ancestry(type_) if name in info.elements), None)

    def elements(self, type_: Named) -> dict[str, Element]:
        """All elements by name, the base's first."""
        found: dict[str, Element] = {}
        for info in reversed(tuple(self.ancestry(type_))):
            found |= info.elements
        return found

    def conversion(self, source: CqlType, target: CqlType) -> str | None:
        """The name of the native conversion from a class to a type of the System model; what the base has counts."""
        return self._converting(source).get(target)

    def targets(self, source: CqlType) -> tuple[CqlType, ...]:
        """All that a class converts to."""
        return tuple(self._converting(source))

    def class_for(self, declared: CqlType, structure: str) -> Named | None:
        """The class of an item of FHIR's type `structure` in an element of the type `declared`; None when it can be none.

        A resource is of the class of its name, and of what was declared (`Resource`) when the model has no such class.
        """
        offered = [info for t in alternatives(declared) if (info := self.class_of(t))]
        exact = next((info.type for info in offered if info.structure == structure), None)
        named = self._by_structure.get(structure)
        if exact or (named and any(self.is_a(named, info.type) for info in offered)):
            return exact or named
        return next((info.type for info in offered if info.structure == "Resource"), None)

    def _converting(self, source: CqlType) -> dict[CqlType, str]:
        if not isinstance(source, Named):
            return {}
        found = (self._conversions.get(info.type) for info in self.ancestry(source))
        return next((targets for targets in found if targets), {})

    @cached_property
    def _conversions(self) -> dict[Named, dict[CqlType, str]]:
        found: dict[Named, dict[CqlType, str]] = {}
        for source, target, name in self.conversions:
            found.setdefault(source, {})[target] = name
        return found

    @cached_property
    def _by_structure(self) -> dict[str, Named]:
        """Classes by FHIR's type of the same name."""
        pairs = ((info.structure, name, info.type) for name, info in self.classes.items())
        return {structure: type_ for structure, name, type_ in pairs if name.lower() == structure.lower()}


def alternatives(type_: CqlType) -> Iterator[Named]:
    """The classes and simple types that a value, or an item of a list, may be of."""
    match type_:
        case ListType(item):
            yield from alternatives(item)
        case ChoiceType(types):
            for each in types:
                yield from alternatives(each)
        case Named():
            yield type_


def is_system(type_: CqlType) -> bool:
    """Whether a value, or an item of a list, may be of the System model: an interval is."""
    match type_:
        case ListType(item):
            return is_system(item)
        case ChoiceType(types):
            return any(map(is_system, types))
        case Named(namespace, _):
            return namespace == "System"
    return isinstance(type_, IntervalType)
