"""Code systems, value sets, maps, units."""
