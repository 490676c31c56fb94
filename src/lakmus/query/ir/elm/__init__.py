"""CQL's half of the tree: typed values, with the node names of the Expression Logical Model (CQL 1.5, ELM reference).

FHIRPath's nodes (`lakmus.query.ir.structure`) evaluate to flat collections; CQL's evaluate to one value, which may be
null, a list of lists, a tuple or an interval. The two share core's dates and quantities, not their nodes.

    types      what a value can be
    values     the values of the System model that Python itself does not have
    nodes      the tree
    library    what a compiled library holds

All names are resolved, overloads chosen and conversions written out when a tree stands: engines trust it.
"""
