"""Records come in: validate, then accept or quarantine."""
