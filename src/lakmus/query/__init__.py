"""Ask: FHIRPath, CQL and views become one small tree that two engines answer."""
