"""The one access policy and its roles; the audit log."""
