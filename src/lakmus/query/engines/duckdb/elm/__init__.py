"""CQL over a population: a program becomes a script of SQL tables, one row for each patient in each of them.

plan        the script: records, retrieves, definitions in the order in which they need each other
retrieves   what is read of the lake: records of a class with certain codes, a list for each patient
classes · items · system_values   instances as structs of the elements that a program reads
compiler    expressions; its chapters: selectors · names · logic · queries · lists · data
choosing · macros   operators as SQL macros, by the standard's signatures
"""
