"""Resources as templates: a FHIR resource written once as a dict with slots, rendered to thousands of JSON lines.

    line = Template({"resourceType": "Basic", "id": text("id"), "code": raw("code")})
    line.render(id=..., code=...)          # one pyarrow StringArray, each value a line with its newline

Text is joined column by column in Arrow, so the cost is that of copying the bytes.
"""

from __future__ import annotations

import json
import re
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

_SLOT = re.compile(r'"\x00(?P<kind>[trm])(?P<name>\w+)\x00"(?P<tail>: ?0, ?)?')


def text(name: str) -> str:
    """A slot for text that needs no escaping: the quotes are the template's."""
    return f"\x00t{name}\x00"


def raw(name: str) -> str:
    """A slot for JSON of any kind (a number, an object)."""
    return f"\x00r{name}\x00"


def members(name: str) -> dict[str, Any]:
    """A slot for whole object members, each with its comma at the end, or nothing; never the last of an object."""
    return {f"\x00m{name}\x00": 0}


class Template:
    """One shape of line."""

    def __init__(self, resource: dict[str, Any]) -> None:
        self.type: str = resource["resourceType"]
        self._pieces: list[str] = []
        self._slots: list[str | None] = []
        self._split(
            json.dumps(resource, ensure_ascii=False, separators=(",", ":")).replace("\\u0000", "\x00")
        )

    def _split(self, line: str) -> None:
        """Constants and slots in turn; the quotes of a text slot go to the constants around it."""
        constant, position = "", 0
        for found in _SLOT.finditer(line):
            constant += line[position : found.start()]
            position = found.end()
            if found["kind"] == "t":
                assert found["tail"] is None, "a text slot is a value"
                self._add(constant + '"', found["name"])
                constant = '"'
            else:
                assert found["kind"] == "r" or found["tail"], "members stand before another member"
                self._add(constant, found["name"])
                constant = ""
        self._add(constant + line[position:] + "\n", None)

    def _add(self, constant: str, slot: str | None) -> None:
        self._pieces.append(constant)
        self._slots.append(slot)

    def render(self, **columns: pa.Array) -> pa.StringArray:
        """The lines. Every slot needs its column; all columns have one length."""
        assert set(columns) == {slot for slot in self._slots if slot}, f"slots of {self.type}: {self._slots}"
        parts: list[Any] = []
        for constant, slot in zip(self._pieces, self._slots, strict=True):
            parts += [constant] if constant else []
            parts += [columns[slot]] if slot else []
        return pc.binary_join_element_wise(*parts, "")
