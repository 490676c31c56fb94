"""Answers in FHIR: OperationOutcome (R4 operationoutcome.html), transaction-response, CapabilityStatement."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from fastapi.responses import Response

TYPE = "application/fhir+json"
# R4 valueset-issue-type.html
CODES = {
    400: "invalid",
    401: "login",
    403: "forbidden",
    404: "not-found",
    405: "not-supported",
    409: "conflict",
    413: "too-long",
    415: "not-supported",
    422: "processing",
    429: "throttled",
    501: "not-supported",
    503: "transient",
}
Resource = dict[str, Any]


def answer(status: int, resource: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Response:
    return Response(
        json.dumps(resource, ensure_ascii=False), status, media_type=TYPE, headers=dict(headers or {})
    )


def of_error(status: int, message: str, hint: str = "") -> Resource:
    """An error of ours as an OperationOutcome."""
    text = "; ".join(part for part in (message, hint) if part) or "the request was not answered"
    return outcome([issue("error", CODES.get(status, "exception"), text)])


def outcome(issues: Iterable[Mapping[str, Any]]) -> Resource:
    return {"resourceType": "OperationOutcome", "issue": list(issues)}


def issue(severity: str, code: str, text: str) -> Resource:
    return {"severity": severity, "code": code, "diagnostics": text}


def received(batch: str, accepted: int, refused: int) -> Resource:
    """The line of a receipt: counts and the batch's name."""
    text = f"batch {batch}: {accepted} records accepted, {refused} refused"
    return issue("information" if not refused else "warning", "informational", text)


def transaction_response(kind: str, entries: int, receipt: Mapping[str, Any]) -> Resource:
    """The answer to a transaction or batch taken in whole: one response per entry, in their order (R4 http.html#trules)."""
    response = {"status": "200", "outcome": receipt}
    return {
        "resourceType": "Bundle",
        "type": f"{kind}-response",
        "entry": [{"response": response if place == 0 else {"status": "200"}} for place in range(entries)],
    }


def capabilities(name: str, version: str, address: str, date: str) -> Resource:
    """What this end point can do (R4 capabilitystatement.html)."""
    modes = [{"code": "transaction"}, {"code": "batch"}]
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": date,
        "kind": "instance",
        "software": {"name": "Lakmus", "version": version or "0"},
        "implementation": {"description": name, "url": address},
        "fhirVersion": "4.0.1",
        "format": [TYPE, "application/fhir+ndjson"],
        "rest": [
            {"mode": "server", "security": {"description": "Bearer token of a site"}, "interaction": modes}
        ],
    }
