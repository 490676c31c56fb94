"""The keys of SQL on FHIR v2 (ViewDefinition, "Required additional functions"): site, type and id of a record."""

from __future__ import annotations

import re

from lakmus.query.engines.reference.environment import Environment
from lakmus.query.engines.reference.rows import collections, singles
from lakmus.query.engines.reference.values import Collection, Value, collected, only
from lakmus.query.ir import operations as op

# A relative or absolute reference to a resource, of whatever version (R4 references.html#literal).
_REFERENCE = re.compile(r"(?:.*/)?(?P<type>[A-Z][A-Za-z]+)/(?P<id>[A-Za-z0-9.-]{1,64})(?:/_history/.*)?")


def _key(env: Environment, type_: str, id_: str) -> str:
    return f"{env.site}/{type_}/{id_}"


@singles(op.ResourceKey)
def resource_key(env: Environment, item: Value) -> str | None:
    id_ = item.value.get("id") if isinstance(item.value, dict) else None
    return None if id_ is None else _key(env, item.type.name, id_)


@collections(op.ReferenceKey)
def reference_key(env: Environment, items: Collection, types: Collection | None = None) -> Collection:
    wanted = only(types or [], "the type of getReferenceKey()")
    found: Collection = []
    for item in items:
        reference = item.value.get("reference") if isinstance(item.value, dict) else None
        match = _REFERENCE.fullmatch(reference) if isinstance(reference, str) else None
        if match and (wanted is None or wanted.value == match["type"]):
            found += collected(_key(env, match["type"], match["id"]))
    return found
