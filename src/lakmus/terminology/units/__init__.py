"""Units of measure by UCUM, behind one small class."""

from lakmus.terminology.units.convert import Units

__all__ = ["Units"]
