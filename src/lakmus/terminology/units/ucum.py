"""UCUM codes to measures: ucumvert parses the grammar and carries the official tables, here they are evaluated.

Its own evaluation goes through pint, whose registry has other units under the same names and floats in its factors;
evaluated here, every factor is an exact fraction.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from lakmus.terminology.units.measure import ONE, Measure

# Codes come from outside: the parser's time grows with length and, steeply, with nesting.
LONGEST_CODE = 120
DEEPEST_NESTING = 4
LARGEST_POWER = 30

# The mole is a base unit here, as in the SI, and not the number UCUM makes of it: an amount of substance never
# compares with a bare count of cells.
_OWN_BASES = {"mol"}


@dataclass(frozen=True, slots=True)
class Definition:
    """One row of UCUM's table: so many (`value`) of `unit`, through the function `scale` when special."""

    value: Fraction
    unit: str
    scale: str = ""
    arbitrary: bool = False


class Ucum:
    """The grammar and the tables; slow to make (a fraction of a second), so make one."""

    def __init__(self) -> None:
        # Imported here: the package brings pint with it, which takes its time.
        from lark.exceptions import LarkError
        from ucumvert import parser, xml_util

        self._parser = parser.get_ucum_parser()
        self._refusal = LarkError
        self._prefixes = _prefixes(xml_util.root)
        self._definitions = {**_bases(xml_util.root), **_definitions(xml_util.root)}
        self._atoms: dict[str, Measure] = {}

    def measure(self, code: str) -> Measure | None:
        """What the code means; None when it is no UCUM code, or one too long, nested or large to be meant."""
        if not code or len(code) > LONGEST_CODE or not code.isascii() or code.count("(") > DEEPEST_NESTING:
            return None
        try:
            return self._evaluate(self._parser.parse(code))
        except (self._refusal, ValueError):
            return None

    def codes(self) -> list[str]:
        """All unit atoms, without prefixes."""
        return list(self._definitions)

    def _evaluate(self, node: Any) -> Measure:
        if not hasattr(node, "data"):
            return ONE  # an annotation alone is the unity
        measure: Measure = getattr(self, f"_{node.data}")(node.children)
        return measure

    def _main_term(self, children: list[Any]) -> Measure:
        if len(children) == 2:
            return ONE.times(self._evaluate(children[1]), -1)
        return self._evaluate(children[0])

    def _term(self, children: list[Any]) -> Measure:
        left, operator, right = children
        return self._evaluate(left).times(self._evaluate(right), 1 if operator == "." else -1)

    def _component(self, children: list[Any]) -> Measure:
        return self._evaluate(children[0])

    def _annotatable(self, children: list[Any]) -> Measure:
        power = int(children[1])
        if abs(power) > LARGEST_POWER:
            raise ValueError("such a power is not meant")
        return ONE.times(self._evaluate(children[0]), power)

    def _simple_unit(self, children: list[Any]) -> Measure:
        if len(children) == 2:
            return self._atom(str(children[1])).prefixed(self._prefixes[str(children[0])])
        if children[0].type == "FACTOR":
            return Measure(Fraction(int(children[0])))
        return self._atom(str(children[0]))

    def _atom(self, code: str) -> Measure:
        if code not in self._atoms:
            self._atoms[code] = self._defined(code, self._definitions[code])
        return self._atoms[code]

    def _defined(self, code: str, definition: Definition) -> Measure:
        # Arbitrary units measure nothing but themselves (UCUM 2.4): each is a dimension of its own.
        if definition.arbitrary or code in _OWN_BASES or definition.unit == code:
            return Measure(Fraction(1), ((code, 1),))
        unit = self._evaluate(self._parser.parse(definition.unit))
        return Measure(unit.factor * definition.value, unit.dimension, definition.scale)


def _bases(root: Any) -> dict[str, Definition]:
    return {e.attrib["Code"]: Definition(Fraction(1), e.attrib["Code"]) for e in root.findall("{*}base-unit")}


def _prefixes(root: Any) -> dict[str, Fraction]:
    return {e.attrib["Code"]: Fraction(e.find("{*}value").attrib["value"]) for e in root.findall("{*}prefix")}


def _definitions(root: Any) -> dict[str, Definition]:
    return {e.attrib["Code"]: _definition(e) for e in root.findall("{*}unit")}


def _definition(element: Any) -> Definition:
    value = element.find("{*}value")
    function = value.find("{*}function")
    source = value if function is None else function
    return Definition(
        value=Fraction(source.attrib["value"]),
        unit=source.attrib["Unit"],
        scale="" if function is None else function.attrib["name"],
        arbitrary=element.attrib.get("isArbitrary") == "yes",
    )
