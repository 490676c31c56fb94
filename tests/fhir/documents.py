"""Small documents that the tests of this room vary."""

import json
from typing import Any


def patient(**elements: Any) -> dict[str, Any]:
    return {"resourceType": "Patient", "id": "1", **elements}


def observation(**elements: Any) -> dict[str, Any]:
    return {"resourceType": "Observation", "id": "1", "status": "final", "code": {"text": "x"}, **elements}


def text(document: dict[str, Any]) -> bytes:
    """Compact JSON, as a sender of bulk data writes it."""
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()


def canonical(value: Any) -> Any:
    """JSON to compare by: numbers by their digits, members in any order."""
    if isinstance(value, dict):
        return {name: canonical(child) for name, child in value.items()}
    if isinstance(value, list):
        return [canonical(child) for child in value]
    return value if value is None or isinstance(value, bool | str) else f"number {value}"
