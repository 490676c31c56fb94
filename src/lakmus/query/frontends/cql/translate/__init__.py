"""Syntax to the typed tree: names resolved, overloads chosen, conversions written out.

scope       what names mean inside an expression
translator  one library: definitions on demand, errors collected, expressions by the chapters below
literals · names · operators · timing · intervals · conditionals · types · queries · retrieves · functions · methods
program     a library with all it includes
"""
