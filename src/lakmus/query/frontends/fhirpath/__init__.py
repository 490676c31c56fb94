"""FHIRPath N1 (2.0.0) as FHIR R4 uses it: text → syntax → checked, typed tree.

parse("name.given")                                   # what it says
compile("name.given", context="Patient")              # what it means: lakmus.query.ir, or ManyErrors
write(parse("name . given"))                          # the canonical text
table()                                               # the supported functions, for the documentation
"""

from lakmus.query.frontends.fhirpath.catalogue import table
from lakmus.query.frontends.fhirpath.compile import compile
from lakmus.query.frontends.fhirpath.parser import parse
from lakmus.query.frontends.fhirpath.printer import write
from lakmus.query.frontends.fhirpath.scope import Options

__all__ = ["Options", "compile", "parse", "table", "write"]
