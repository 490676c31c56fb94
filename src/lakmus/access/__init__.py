"""The one access policy and its roles; the audit log; the gate that asks the one and writes the other."""

from lakmus.access.actions import Action
from lakmus.access.actor import Actor, Filter, Resource
from lakmus.access.anchor import Head
from lakmus.access.audit import AuditLog, Entry, Fault, Report
from lakmus.access.browser import Csrf, Signer
from lakmus.access.gate import Gate, Refused
from lakmus.access.policy import Policy, Reason, Role, Text, default

__all__ = [
    "Action",
    "Actor",
    "AuditLog",
    "Csrf",
    "Entry",
    "Fault",
    "Filter",
    "Gate",
    "Head",
    "Policy",
    "Reason",
    "Refused",
    "Report",
    "Resource",
    "Role",
    "Signer",
    "Text",
    "default",
]
