"""What is wrong with a document, as FHIR says it: OperationOutcome issues that name path and rule, never a value."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True)
class Issue:
    """One fault.

    `code` is from the value set issue-type; `rule` is ours or the invariant's key (`per-1`); `path` is a FHIRPath-like
    expression; `message` holds names and numbers of the standard, never what was sent.
    """

    code: str
    rule: str
    path: str
    message: str
    severity: str = "error"

    @classmethod
    def of_document(cls, code: str, rule: str, message: str) -> Issue:
        """A fault of a document as a whole."""
        return cls(code, rule, "", message)

    def under(self, parent: str) -> Issue:
        """The same fault, seen from an enclosing element: its path begins with that of the parent."""
        _, dot, rest = self.path.partition(".")
        return replace(self, path=f"{parent}{dot}{rest}")


def operation_outcome(issues: Iterable[Issue]) -> dict[str, Any]:
    """The issues as a FHIR R4 OperationOutcome."""
    return {"resourceType": "OperationOutcome", "issue": [_issue(issue) for issue in issues]}


def _issue(issue: Issue) -> dict[str, Any]:
    details = {"text": f"{issue.rule}: {issue.message}"}
    place = {"expression": [issue.path]} if issue.path else {}
    return {"severity": issue.severity, "code": issue.code, "details": details, **place}
