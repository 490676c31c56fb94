"""N1 5.6 String manipulation, with the additions of the 2.1 drafts (encode, escape, trim, split, join)."""

from __future__ import annotations

from lakmus.query.frontends.fhirpath.catalogue import operation
from lakmus.query.ir import operations as op

operation("indexOf", "5.6.1", op.IndexOf, "substring")
operation("lastIndexOf", "5.6.1 (2.1)", op.LastIndexOf, "substring")
operation("substring", "5.6.2", op.Substring, "start length?")
operation("startsWith", "5.6.3", op.StartsWith, "prefix")
operation("endsWith", "5.6.4", op.EndsWith, "suffix")
operation("contains", "5.6.5", op.ContainsText, "substring")
operation("upper", "5.6.6", op.Upper)
operation("lower", "5.6.7", op.Lower)
operation("replace", "5.6.8", op.Replace, "pattern substitution")
operation("matches", "5.6.9", op.Matches, "regex")
operation("matchesFull", "5.6.9 (2.1)", op.MatchesFull, "regex")
operation("replaceMatches", "5.6.10", op.ReplaceMatches, "regex substitution")
operation("length", "5.6.11", op.Length)
operation("toChars", "5.6.12", op.ToChars)
operation("encode", "5.6 (2.1)", op.Encode, "format")
operation("decode", "5.6 (2.1)", op.Decode, "format")
operation("escape", "5.6 (2.1)", op.Escape, "target")
operation("unescape", "5.6 (2.1)", op.Unescape, "target")
operation("trim", "5.6 (2.1)", op.Trim)
operation("split", "5.6 (2.1)", op.Split, "separator")
operation("join", "5.6 (2.1)", op.Join, "separator?")
