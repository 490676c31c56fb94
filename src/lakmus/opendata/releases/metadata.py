"""What machines read about a release: the schema of its tables, Croissant and DCAT.

Croissant 1.0 (mlcommons.org/croissant/1.0) and DCAT-AP 3 (SEMIC), both as JSON-LD. `SHA-256` sums are of the files beside.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from lakmus.opendata.releases.recipe import Recipe
from lakmus.privacy import ViewRules, apply

LICENCES = {
    "CC-BY-4.0": "https://creativecommons.org/licenses/by/4.0/",
    "CC-BY-SA-4.0": "https://creativecommons.org/licenses/by-sa/4.0/",
    "CC0-1.0": "https://creativecommons.org/publicdomain/zero/1.0/",
}
MEDIA_TYPES = {".parquet": "application/vnd.apache.parquet", ".ndjson.gz": "application/gzip"}


@dataclass(frozen=True)
class File:
    """A file of a release: its path with '/', its size and the SHA-256 sum in hex."""

    path: str
    bytes: int
    sha256: str


def licence_url(licence: str) -> str:
    """Where a licence is to be read: itself when it is an address, else by its SPDX name."""
    if licence.startswith("https://"):
        return licence
    return LICENCES.get(licence, f"https://spdx.org/licenses/{licence}.html")


def schema(recipe: Recipe, rows: Mapping[str, int]) -> list[dict[str, Any]]:
    """Tables and columns: type, where a column comes from, what was done to it and why."""
    return [
        {
            "name": name,
            "resource": recipe.views[name]["resource"],
            "rows": rows[name],
            "columns": _columns(rules),
        }
        for name, rules in recipe.rules.items()
    ]


def _columns(rules: ViewRules) -> list[dict[str, Any]]:
    types = apply.leaving_schema(rules)
    return [
        {
            "name": rule.column,
            "type": type_name(types.field(rule.column).type),
            "fhir_path": column.path,
            "fhir_type": column.type,
            "done": rule.action,
            "options": dict(rule.options),
            "why": rule.reason,
        }
        for column, rule in rules.leaving
    ]


def type_name(kind: pa.DataType) -> str:
    """`text`, `integer`, `number`, `boolean`, or a list of one: `list of text`."""
    if pa.types.is_list(kind):
        return f"list of {type_name(kind.value_type)}"
    return {pa.string(): "text", pa.int64(): "integer", pa.float64(): "number", pa.bool_(): "boolean"}[kind]


_CONTEXT: Mapping[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
_CROISSANT_TYPES = {"text": "sc:Text", "integer": "sc:Integer", "number": "sc:Float", "boolean": "sc:Boolean"}


def croissant(recipe: Recipe, tables: Iterable[Mapping[str, Any]], files: Iterable[File]) -> dict[str, Any]:
    """The release for machine learning tools: files, and one record set per table read from its Parquet file."""
    return {
        "@context": dict(_CONTEXT),
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": recipe.name,
        "description": recipe.description,
        "version": _three_numbers(recipe.version),
        "license": licence_url(recipe.licence),
        "url": f"urn:lakmus:release:{recipe.name}:{recipe.version}",
        "citeAs": recipe.citation,
        "creator": {"@type": "sc:Organization", "name": recipe.creator},
        "datePublished": recipe.published,
        "keywords": list(recipe.keywords),
        "isLiveDataset": False,
        "distribution": [_file_object(file) for file in files],
        "recordSet": [_record_set(table) for table in tables],
    }


def _three_numbers(version: str) -> str:
    """Croissant asks for MAJOR.MINOR.PATCH."""
    return ".".join([*version.split("."), "0", "0"][:3])


def _media_type(path: str) -> str:
    return next((kind for end, kind in MEDIA_TYPES.items() if path.endswith(end)), "application/octet-stream")


def _file_object(file: File) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": file.path,
        "name": file.path,
        "contentUrl": file.path,
        "contentSize": f"{file.bytes} B",
        "encodingFormat": "application/x-parquet"
        if file.path.endswith(".parquet")
        else _media_type(file.path),
        "sha256": file.sha256,
    }


def _record_set(table: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "@type": "cr:RecordSet",
        "@id": table["name"],
        "name": table["name"],
        "description": f"One row per selected part of a FHIR {table['resource']}.",
        "field": [_field(table["name"], column) for column in table["columns"]],
    }


def _field(table: str, column: Mapping[str, Any]) -> dict[str, Any]:
    kind = column["type"].removeprefix("list of ")
    field = {
        "@type": "cr:Field",
        "@id": f"{table}/{column['name']}",
        "name": column["name"],
        "description": f"{column['fhir_path']}: {column['done']} ({column['why']})",
        "dataType": _CROISSANT_TYPES[kind],
        "source": {"fileObject": {"@id": f"data/{table}.parquet"}, "extract": {"column": column["name"]}},
    }
    return field | ({"repeated": True} if kind != column["type"] else {})


def dcat(recipe: Recipe, files: Iterable[File]) -> dict[str, Any]:
    """The release for catalogues of data sets: a dcat:Dataset with one distribution per data file."""
    name = f"urn:lakmus:release:{recipe.name}:{recipe.version}"
    return {
        "@context": {
            "dcat": "http://www.w3.org/ns/dcat#",
            "dct": "http://purl.org/dc/terms/",
            "foaf": "http://xmlns.com/foaf/0.1/",
            "spdx": "http://spdx.org/rdf/terms#",
            "xsd": "http://www.w3.org/2001/XMLSchema#",
        },
        "@id": name,
        "@type": "dcat:Dataset",
        "dct:identifier": recipe.id,
        "dct:title": recipe.title,
        "dct:description": recipe.description,
        "dct:publisher": {"@type": "foaf:Agent", "foaf:name": recipe.creator},
        "dct:issued": {"@value": recipe.published, "@type": "xsd:date"},
        "dct:accessRights": {"@id": "http://publications.europa.eu/resource/authority/access-right/PUBLIC"},
        "dct:bibliographicCitation": recipe.citation,
        "dcat:theme": {"@id": "http://publications.europa.eu/resource/authority/data-theme/HEAL"},
        "dcat:keyword": list(recipe.keywords),
        "dcat:version": recipe.version,
        "dcat:distribution": [_distribution(name, recipe, file) for file in files],
    }


def _distribution(name: str, recipe: Recipe, file: File) -> dict[str, Any]:
    return {
        "@id": f"{name}:{file.path}",
        "@type": "dcat:Distribution",
        "dct:title": file.path,
        "dct:license": {"@id": licence_url(recipe.licence)},
        "dcat:accessURL": {"@id": file.path},
        "dcat:downloadURL": {"@id": file.path},
        "dcat:mediaType": {"@id": f"https://www.iana.org/assignments/media-types/{_media_type(file.path)}"},
        "dcat:byteSize": {"@value": str(file.bytes), "@type": "xsd:nonNegativeInteger"},
        "spdx:checksum": {
            "@type": "spdx:Checksum",
            "spdx:algorithm": {"@id": "spdx:checksumAlgorithm_sha256"},
            "spdx:checksumValue": file.sha256,
        },
    }
