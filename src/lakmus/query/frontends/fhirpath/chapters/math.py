"""N1 5.7 Math, with the boundary functions of the 2.1 drafts."""

from __future__ import annotations

from lakmus.query.frontends.fhirpath.catalogue import operation
from lakmus.query.ir import operations as op

operation("abs", "5.7.1", op.Abs)
operation("ceiling", "5.7.2", op.Ceiling)
operation("exp", "5.7.3", op.Exp)
operation("floor", "5.7.4", op.Floor)
operation("ln", "5.7.5", op.Ln)
operation("log", "5.7.6", op.Log, "base")
operation("power", "5.7.7", op.Power, "exponent")
operation("round", "5.7.8", op.Round, "precision?")
operation("sqrt", "5.7.9", op.Sqrt)
operation("truncate", "5.7.10", op.Truncate)
operation("lowBoundary", "5.7 (2.1)", op.LowBoundary, "precision?")
operation("highBoundary", "5.7 (2.1)", op.HighBoundary, "precision?")
operation("precision", "5.7 (2.1)", op.Precision)
operation("comparable", "5.7 (2.1)", op.Comparable, "quantity")
