"""Writes `src/lakmus/fhir/generated/` from HL7's official FHIR R4 (4.0.1) definitions, which are CC0.

The definitions come with the npm package named below, known by its hash. `--check` compares instead of writing.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import subprocess
import sys
import tarfile
from pathlib import Path
from pprint import pformat
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PACKAGE, SHA512 = (
    "hl7.fhir.r4.examples@4.0.1",
    "DXBdIZOeQaSKIgCU7w6HOC7sw/6BzylmipLkBW4f//pT+Bc94x+8LImwTdvaNThPJoOzpBzvxAzNqjeu3X/zLw==",
)
TARGET = ROOT / "src/lakmus/fhir/generated"
CACHE = ROOT / ".cache/fhir"
TYPE_EXTENSION = "http://hl7.org/fhir/StructureDefinition/structuredefinition-fhir-type"
REGEX_EXTENSION = "http://hl7.org/fhir/StructureDefinition/regex"
LARGEST_CODE_LIST = 1200  # required bindings longer than this are checked by syntax


def fetch() -> Path:
    """The package's archive, from the cache or the package registry; its hash is checked either way."""
    CACHE.mkdir(parents=True, exist_ok=True)
    archive = CACHE / "hl7.fhir.r4.examples-4.0.1.tgz"
    if not archive.exists():
        subprocess.run(["npm", "pack", PACKAGE, "--silent"], cwd=CACHE, check=True, capture_output=True)
    digest = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if digest != SHA512:
        sys.exit(f"{archive.name} has another hash than the one pinned here")
    return archive


def definitions(archive: Path) -> dict[str, list[dict[str, Any]]]:
    """The conformance resources of the package by type, sorted by name."""
    wanted = ("StructureDefinition", "ValueSet", "CodeSystem", "SearchParameter", "CompartmentDefinition")
    found: dict[str, list[dict[str, Any]]] = {kind: [] for kind in wanted}
    with tarfile.open(archive) as tar:
        for member in tar:
            kind = Path(member.name).name.split("-")[0]
            if kind in found and member.name.endswith(".json"):
                resource = json.load(tar.extractfile(member))  # type: ignore[arg-type]
                if resource.get("resourceType") == kind:
                    found[kind].append(resource)
    return {kind: sorted(resources, key=lambda r: r["id"]) for kind, resources in found.items()}


class Codes:
    """Expands the value sets of required bindings where they can be enumerated."""

    def __init__(self, found: dict[str, list[dict[str, Any]]]) -> None:
        self.value_sets = {v["url"]: v for v in found["ValueSet"]}
        self.systems = {s["url"]: s for s in found["CodeSystem"]}

    def of(self, url: str) -> tuple[str, ...] | None:
        codes = self._value_set(url.split("|")[0])
        return None if codes is None or len(codes) > LARGEST_CODE_LIST else tuple(sorted(codes))

    def _value_set(self, url: str) -> set[str] | None:
        compose = self.value_sets.get(url, {}).get("compose")
        if not compose:
            return None
        codes: set[str] = set()
        for include in compose["include"]:
            part = self._include(include)
            if part is None:
                return None
            codes |= part
        for exclude in compose.get("exclude", []):
            codes -= self._include(exclude) or set()
        return codes

    def _include(self, include: dict[str, Any]) -> set[str] | None:
        if "filter" in include:
            return None
        parts = [self._value_set(url.split("|")[0]) for url in include.get("valueSet", [])]
        if "system" in include:
            parts.append(self._system(include))
        if any(part is None for part in parts):
            return None
        return set.intersection(*parts)  # type: ignore[arg-type]

    def _system(self, include: dict[str, Any]) -> set[str] | None:
        if "concept" in include:
            return {c["code"] for c in include["concept"]}
        system = self.systems.get(include["system"])
        if system is None or system["content"] != "complete":
            return None
        return set(_concepts(system.get("concept", [])))


def _concepts(concepts: list[dict[str, Any]]) -> list[str]:
    return [code for c in concepts for code in (c["code"], *_concepts(c.get("concept", [])))]


def type_code(entry: dict[str, Any]) -> str:
    """The FHIR name of a type; ids and primitive values name theirs in an extension."""
    for extension in entry.get("extension", []):
        if extension["url"] == TYPE_EXTENSION:
            return str(extension.get("valueUrl") or extension.get("valueUri"))
    return str(entry["code"]).removeprefix("http://hl7.org/fhirpath/System.").replace("String", "string")


def structures(
    found: dict[str, list[dict[str, Any]]], codes: Codes
) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """(kind of each type, elements of each structure, regular expression of each primitive)."""
    kinds, tables, patterns = {}, {}, {}
    for definition in found["StructureDefinition"]:
        if definition.get("derivation") == "constraint" or definition["kind"] == "logical":
            continue
        name = definition["type"]
        kinds[name] = ("abstract " if definition["abstract"] else "") + definition["kind"]
        for element in definition["snapshot"]["element"][1:]:
            parent, _, last = element["path"].rpartition(".")
            if definition["kind"] == "primitive-type":
                if last == "value":
                    patterns[name] = pattern(element)
                continue
            tables.setdefault(parent, []).append(row(element, last, codes))
        if definition["kind"] == "resource" and not definition["abstract"]:
            tables.setdefault(name, [])
    return kinds, {k: tuple(v) for k, v in sorted(tables.items())}, patterns


def pattern(element: dict[str, Any]) -> str:
    for entry in element["type"]:
        for extension in entry.get("extension", []):
            if extension["url"] == REGEX_EXTENSION:
                return str(extension["valueString"])
    return ""


def row(element: dict[str, Any], last: str, codes: Codes) -> tuple[Any, ...]:
    """(name, types, min, repeats, codes of a required binding, reference targets, structure of the content)."""
    types = tuple(dict.fromkeys(type_code(t) for t in element.get("type", [])))
    binding = element.get("binding", {})
    required = (
        binding.get("valueSet") if binding.get("strength") == "required" and types == ("code",) else None
    )
    targets = {p.split("/")[-1] for t in element.get("type", []) for p in t.get("targetProfile", [])}
    content = element.get("contentReference", "").removeprefix("#")
    if types in (("BackboneElement",), ("Element",)):
        content = element["path"]
    url = required.split("|")[0].split("/")[-1] if required and codes.of(required) is not None else ""
    if last == "id" and element["path"].count(".") == 1 and element["base"]["path"] == "Resource.id":
        types = ("id",)  # the definitions say string; the text of the standard says id
    return (last, types, element["min"], element["max"] != "1", url, tuple(sorted(targets)), content)


def code_lists(
    found: dict[str, list[dict[str, Any]]], codes: Codes, tables: dict[str, Any]
) -> dict[str, Any]:
    used = {r[4] for rows in tables.values() for r in rows if r[4]}
    return {
        url.split("/")[-1]: codes.of(url) for url in sorted(codes.value_sets) if url.split("/")[-1] in used
    }


def compartment(found: dict[str, list[dict[str, Any]]]) -> dict[str, tuple[str, ...]]:
    """Search parameters by which a type belongs to the patient compartment."""
    patient = next(c for c in found["CompartmentDefinition"] if c["id"] == "patient")
    return {r["code"]: tuple(r["param"]) for r in patient["resource"] if r.get("param")}


def search_parameters(found: dict[str, list[dict[str, Any]]]) -> dict[str, dict[str, Any]]:
    """By type and code: (kind, expression, targets)."""
    table: dict[str, dict[str, Any]] = {}
    for parameter in found["SearchParameter"]:
        if (
            not parameter["url"].startswith("http://hl7.org/fhir/SearchParameter/")
            or "expression" not in parameter
        ):
            continue
        for base in parameter["base"]:
            expression = own_part(parameter["expression"], base)
            table.setdefault(base, {})[parameter["code"]] = (
                parameter["type"],
                expression,
                tuple(parameter.get("target", ())),
            )
    return {base: dict(sorted(found.items())) for base, found in sorted(table.items())}


def own_part(expression: str, base: str) -> str:
    """Of an expression over many types, what speaks of one."""
    parts = [part.strip() for part in expression.split(" | ")]
    own = [part for part in parts if part.lstrip("(").startswith((f"{base}.", f"{base} "))]
    return " | ".join(own) or expression


def module(doc: str, **tables: Any) -> str:
    parts = [f'"""{doc} Generated by tools/generate_fhir.py; do not edit."""\n']
    parts += [
        f"{name} = {pformat(value, width=118, compact=True, sort_dicts=False)}\n"
        for name, value in tables.items()
    ]
    return "\n".join(parts)


def files() -> dict[str, str]:
    found = definitions(fetch())
    codes = Codes(found)
    kinds, tables, patterns = structures(found, codes)
    return {
        "__init__.py": '"""FHIR R4 as tables. Generated by tools/generate_fhir.py; do not edit."""\n',
        "structures.py": module(
            "Elements of every type of FHIR R4.", KINDS=kinds, STRUCTURES=tables, PATTERNS=patterns
        ),
        "codes.py": module("Codes of required bindings.", CODES=code_lists(found, codes, tables)),
        "search.py": module(
            "Search parameters and the patient compartment.",
            COMPARTMENT=compartment(found),
            SEARCH_PARAMETERS=search_parameters(found),
        ),
    }


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument(
        "--check", action="store_true", help="compare with what is there and exit 1 on a difference"
    )
    check = options.parse_args().check
    TARGET.mkdir(exist_ok=True)
    stale = []
    for name, text in files().items():
        if check and (TARGET / name).read_text(encoding="utf-8") != text:
            stale.append(name)
        elif not check:
            (TARGET / name).write_text(text, encoding="utf-8")
    if stale:
        sys.exit(f"out of date: {', '.join(stale)}; run tools/generate_fhir.py")


if __name__ == "__main__":
    main()
