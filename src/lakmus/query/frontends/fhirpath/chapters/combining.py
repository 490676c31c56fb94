"""N1 5.4 Combining."""

from __future__ import annotations

from lakmus.query.frontends.fhirpath.catalogue import operation
from lakmus.query.ir.operations import Combine, Union

operation("union", "5.4.1", Union, "other")
operation("combine", "5.4.2", Combine, "other")
