"""Syntax to text, in the one form that `lakmus cql fmt` gives to every library.

names · layout      words, quotes and escapes; lines and their breaks
writer              which form is written by whom, and where parentheses are needed
types · terms · operators · queries · statements
comments · texts    a whole text again, with its comments where they stood
"""
