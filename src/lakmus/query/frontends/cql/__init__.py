"""CQL 1.5: text to syntax (`parse`), syntax to the typed tree of `lakmus.query.ir.elm` (`translate`)."""
