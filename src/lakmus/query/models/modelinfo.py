"""Model information (CQL 1.5, developer's guide, "Data Model"; schema `urn:hl7-org:elm-modelinfo:r1`) read as a model.

It may be that of FHIR itself, or of a model whose classes are profiles of FHIR and whose elements say how they are read
(`target`): the records are FHIR R4 in both cases. Three kinds of declarations say less than a model needs:

- A class that derives from a System type and has no elements (`QICore.AddressUse`) is that type under another name:
  its values are no instances.
- An element of no type, or one that FHIR does not have and that is no known slice, is left out: it could not be read.
- A class that is not FHIR's own has the JSON of the class it derives from.
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element as Node
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from lakmus.core.errors import InputError, Place
from lakmus.fhir import definitions
from lakmus.query.ir.elm.types import ANY, STRING, ChoiceType, CqlType, IntervalType, ListType, Named, choice
from lakmus.query.ir.model import FhirR4
from lakmus.query.models.conversions import HELPERS, IMPLICIT
from lakmus.query.models.model import ClassInfo, Element, Member, Model, Reading, Step
from lakmus.query.models.slices import SLICES
from lakmus.query.models.targets import readings
from lakmus.query.models.typespecs import (
    children,
    form,
    local,
    type_of,
    type_specifier,
    written_type,
)

FHIR_URL = "http://hl7.org/fhir"
_FHIR = FhirR4()
_FUNCTIONS = frozenset(IMPLICIT.values())
_LONGEST = 32  # of a line of classes that derive from one another


def read_model(document: bytes) -> Model:
    """The model that an XML document describes. Raises InputError that says where it cannot be read."""
    root = _parsed(document)
    if FHIR_URL not in (root.get("url"), root.get("targetUrl")):
        raise InputError(
            "this model is not read from FHIR records", hint=f"its url or targetUrl has to be {FHIR_URL}"
        )
    return _Builder(root).model()


def _parsed(document: bytes) -> Node:
    try:
        root: Node = fromstring(document, forbid_dtd=True)
    except DefusedXmlException:
        raise InputError("a document type or an entity is not read") from None
    except (ParseError, ValueError, LookupError) as error:
        line, column = getattr(error, "position", (None, None))
        raise InputError("not well-formed XML", place=Place(line=line, column=column)) from None
    if local(root) != "modelInfo" or not root.get("name"):
        raise InputError(
            "this is no model information", hint="its outermost element is modelInfo, with a name"
        )
    return root


class _Builder:
    """One document: the nodes of its classes by name, and which of them are but other names of System types."""

    def __init__(self, root: Node) -> None:
        self.root = root
        self.name = root.get("name", "")
        self.nodes = {self._bare(node.get("name", "")): _checked(node) for node in children(root, "typeInfo")}
        self.lines = {name: self._line(name) for name in self.nodes}
        self.aliases = {name: found for name in self.nodes if (found := self._alias(name)) is not None}

    def model(self) -> Model:
        classes = {name: self._class(name) for name in self.nodes if name not in self.aliases}
        patient = self._named(self._own(self.root.get("patientClassName", "Patient")), "patientClassName")
        if not isinstance(patient, Named):
            raise InputError("the patient has no class", hint="patientClassName names it")
        return Model(
            self.name,
            self.root.get("version", ""),
            self.root.get("url", ""),
            classes,
            patient,
            self.root.get("patientBirthDatePropertyName", "birthDate"),
            _labels(self.name, classes) | self.aliases,
            {**dict(self._contexts()), "Patient": patient},
            tuple(self._conversions()),
        )

    # Names

    def _bare(self, name: str) -> str:
        return name.removeprefix(f"{self.name}.")

    def _own(self, name: str) -> Named:
        return Named(self.name, self._bare(name))

    def _named(self, type_: CqlType, place: str) -> CqlType:
        """A type with this document's aliases resolved; InputError for a class that is not there."""
        match type_:
            case Named(namespace, name) if namespace == self.name:
                if name not in self.nodes:
                    raise InputError("a type is named that is not there", place=Place(path=place))
                return self.aliases.get(name, type_)
            case ListType(item):
                return ListType(self._named(item, place))
            case IntervalType(point):
                return IntervalType(self._named(point, place))
            case ChoiceType(types):
                return choice(self._named(each, place) for each in types)
        return type_

    def _line(self, name: str) -> tuple[tuple[str, ...], CqlType]:
        """The class and those it derives from, and the type of another model at the end."""
        names, base = [name], self._base(name)
        while isinstance(base, Named) and base.namespace == self.name:
            if base.name in names or base.name not in self.nodes or len(names) == _LONGEST:
                raise InputError("it derives from what is not there, or from itself", place=Place(path=name))
            names.append(base.name)
            base = self._base(base.name)
        return tuple(names), base

    def _base(self, name: str) -> CqlType:
        specifier = next(children(self.nodes[name], "baseTypeSpecifier"), None)
        if specifier is not None:
            return type_specifier(specifier, name)
        return written_type(self.nodes[name].get("baseType") or str(f"System.{ANY}"), name)

    def _alias(self, name: str) -> CqlType | None:
        """The type that a class is another name of; None for a class in its own right."""
        names, base = self.lines[name]
        own = any(next(children(self.nodes[each], "element"), None) is not None for each in names)
        return None if own or base == ANY else base

    # Classes and elements

    def _class(self, name: str) -> ClassInfo:
        node, base, structure = self.nodes[name], self._base(name), self._structure(name)
        made = (self._element(name, structure, each) for each in children(node, "element"))
        return ClassInfo(
            self._own(name),
            base if isinstance(base, Named) and base != ANY else None,
            {element.name: element for element in made if element},
            structure,
            node.get("retrievable") == "true",
            node.get("primaryCodePath", ""),
            node.get("identifier", ""),
            node.get("label", ""),
        )

    def _structure(self, name: str) -> str:
        """FHIR's type of the JSON; "" for a class that no JSON is of."""
        if self._is_code(name):
            return "code"
        for each in self.lines[name][0]:
            found = self.nodes[each].get("target") or _first_lower(each)
            if _FHIR.has_type(found):
                return found
        return ""

    def _is_code(self, name: str) -> bool:
        """FHIR's codes of required bindings are classes of their own, with a value and no more."""
        if _FHIR.has_type(_first_lower(name)):
            return False
        own = [(node.get("name"), type_of(node, name)) for node in children(self.nodes[name], "element")]
        return own == [("value", STRING)]

    def _element(self, owner: str, structure: str, node: Node) -> Element | None:
        name = node.get("name", "")
        place = f"{self.name}.{owner}.{name}"
        type_ = type_of(node, place)
        found = self._readings(owner, structure, node, place)
        return None if type_ is None or not found else Element(name, self._named(type_, place), found)

    def _readings(self, owner: str, structure: str, node: Node, place: str) -> tuple[Reading, ...]:
        value, target = _value(structure, node.get("name", "")), node.get("target", "")
        if not target:
            return (Reading(value),) if value else ()
        head, _, own = owner.rpartition(".")
        try:
            return readings(target, value, own[:1].lower() + own[1:] if head else "")
        except InputError as error:
            raise InputError(error.message, place=Place(path=place), hint=error.hint) from None

    # What the model has besides classes

    def _contexts(self) -> Iterator[tuple[str, Named]]:
        for node in children(self.root, "contextInfo"):
            for type_ in children(node, "contextType"):
                yield node.get("name", ""), self._own(type_.get("name", ""))

    def _conversions(self) -> Iterator[tuple[Named, CqlType, str]]:
        for node in children(self.root, "conversionInfo"):
            library, _, function = node.get("functionName", "").partition(".")
            if library != HELPERS or f"FHIR.{function}" not in _FUNCTIONS:
                hint = "built in are those of FHIRHelpers"
                raise InputError("a conversion that is not there", place=Place(path=function), hint=hint)
            source, target = (_converted(node, side) for side in ("from", "to"))
            if isinstance(source, Named):
                yield source, target, f"FHIR.{function}"


def _checked(node: Node) -> Node:
    if form(node) not in ("ClassInfo", "ProfileInfo", "SimpleTypeInfo") or not node.get("name"):
        raise InputError("only classes and simple types are read", place=Place(path=node.get("name", "")))
    return node


def _value(structure: str, name: str) -> tuple[Step, ...] | None:
    """The steps to an element of the same name, or to the slice; None when FHIR has neither."""
    primitive = name == "value" and definitions.is_primitive(structure)
    if primitive or name in _FHIR.elements(structure):
        return (Member(name),)
    return SLICES.get((structure, name))


def _first_lower(name: str) -> str:
    """As FHIR's definitions name nested structures: `Patient.contact`."""
    head, *rest = name.split(".")
    return ".".join((head, *(part[:1].lower() + part[1:] for part in rest)))


def _labels(model: str, classes: dict[str, ClassInfo]) -> dict[str, CqlType]:
    """Classes by label, with the model's name before it and without."""
    found: dict[str, CqlType] = {}
    for info in classes.values():
        for label in (info.label, info.label.removeprefix(f"{model} ")):
            if label and label not in classes:
                found.setdefault(label, info.type)
    return found


def _converted(node: Node, side: str) -> CqlType:
    specifier = next(children(node, f"{side}TypeSpecifier"), None)
    if specifier is not None:
        return type_specifier(specifier, "conversionInfo")
    return written_type(node.get(f"{side}Type", ""), "conversionInfo")
