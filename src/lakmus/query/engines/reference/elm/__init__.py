"""CQL over one person's records, in plain Python: the oracle, and the engine for one patient."""
