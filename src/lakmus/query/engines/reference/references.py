"""Finding what a reference names: in the record itself first, then outside (R4 references.html, bundle.html#references)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from lakmus.core.errors import UnsupportedError
from lakmus.query.engines.reference.environment import Resolver

Json = Mapping[str, Any]


def within(root: Json, outside: Resolver | None) -> Resolver:
    """A resolver that knows the contained resources and, of a Bundle, the entries; then asks the one given."""

    def resolve(reference: str) -> Json | None:
        found = next((content for names, content in _local(root) if reference in names), None)
        if found is not None or reference.startswith("#"):
            return found
        if outside is None:
            hint = "give the environment a resolver"
            raise UnsupportedError("resolve() of another record", engine="reference", hint=hint)
        return outside(reference)

    return resolve


def _local(root: Json) -> Iterator[tuple[tuple[str, ...], Json]]:
    """Resources inside the record with the references that name them."""
    for content in _objects(root.get("contained")):
        yield (f"#{content.get('id')}",), content
    if root.get("resourceType") != "Bundle":
        return
    for entry in _objects(root.get("entry")):
        held = entry.get("resource")
        if isinstance(held, Mapping):
            yield (str(entry.get("fullUrl")), f"{held.get('resourceType')}/{held.get('id')}"), held


def _objects(found: Any) -> Iterator[Json]:
    yield from (part for part in found if isinstance(part, Mapping)) if isinstance(found, list) else ()
