"""The gate: every use of the identified zone passes here. It asks the policy and writes the audit log *before* anything is
read, so what cannot be logged is not read."""

from __future__ import annotations

from collections.abc import Iterable

from lakmus.access.actions import Action
from lakmus.access.actor import Actor, Filter, Resource
from lakmus.access.audit import AuditLog
from lakmus.access.policy import Policy, Reason
from lakmus.core.errors import RefusedError

_NOWHERE = Resource()


class Refused(RefusedError):
    """Refused by the policy; `reason` holds the words in both languages."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.text.en)
        self.reason = reason


class Gate:
    """Asked by pages, commands and APIs before they do anything for somebody."""

    def __init__(self, policy: Policy, audit: AuditLog) -> None:
        self.policy, self._audit = policy, audit

    def check(
        self, actor: Actor, action: Action, resource: Resource = _NOWHERE, objects: Iterable[str] = ()
    ) -> Reason:
        """The reason why they may, logged if the action is audited; raises Refused, logged too.

        A resource that names a person is logged as that person. `objects` are further `kind:id` names.
        """
        reason = self.policy.why(actor, action, resource)
        self._log(actor, action, reason, _named(resource, objects))
        if not reason.allowed:
            raise Refused(reason)
        return reason

    def filter(self, actor: Actor, action: Action, objects: Iterable[str] = ()) -> Filter:
        """Which resources they may do this to, logged if the action is audited; raises Refused when none.

        Persons then read under the filter are logged with `note`.
        """
        found = self.policy.filter(actor, action)
        if not found:
            self.check(actor, action, _NOWHERE, objects)
        rule = self.policy.rule_of(actor, action)
        self._log(actor, action, rule, tuple(objects))
        return found

    def note(self, actor: Actor, action: Action, objects: Iterable[str]) -> None:
        """Logs what is about to be handed over under a filter, such as the persons on one page of a register."""
        self._log(actor, action, self.policy.rule_of(actor, action), tuple(objects))

    def _log(self, actor: Actor, action: Action, reason: Reason, objects: tuple[str, ...]) -> None:
        """Visitors' refusals are left out: anybody could fill the log with them."""
        if self.policy.actions[action].audited if reason.allowed else not actor.is_visitor:
            outcome = "allowed" if reason.allowed else "refused"
            self._audit.append(actor.id, action.value, objects, outcome=outcome, reason=reason.rule)  # type: ignore[arg-type]


def _named(resource: Resource, objects: Iterable[str]) -> tuple[str, ...]:
    person = () if resource.person is None else (f"person:{resource.person}",)
    site = () if resource.site is None else (f"site:{resource.site}",)
    return tuple(dict.fromkeys((*person, *site, *objects)))
