-- Texts (CQL 1.5, appendix B, "String Operators"). Positions count from 0.

CREATE OR REPLACE MACRO cql.joined(items, separator) AS
    list_reduce(nullif(list_filter(items, lambda v_part: v_part IS NOT NULL), []), lambda v_text, v_part: v_text || separator || v_part);
-- Combine (List<String>) String
CREATE OR REPLACE MACRO cql.combine_1(items) AS cql.joined(items, '');
-- Combine (List<String>, String) String
CREATE OR REPLACE MACRO cql.combine_2(items, separator) AS cql.joined(items, coalesce(separator, ''));
-- Indexer (String, Integer) String
CREATE OR REPLACE MACRO cql.indexer_string(t, i) AS CASE WHEN i >= 0 AND i < length(t) THEN substr(t, i + 1, 1) END;
-- PositionOf (String, String) Integer
CREATE OR REPLACE MACRO cql.position_of(part, t) AS (instr(t, part) - 1)::INTEGER;
-- LastPositionOf (String, String) Integer
CREATE OR REPLACE MACRO cql.last_position_of(part, t) AS
    CASE WHEN part = '' THEN length(t) WHEN instr(t, part) = 0 THEN -1
         ELSE length(t) - length(part) + 1 - instr(reverse(t), reverse(part)) END::INTEGER;
-- Substring (String, Integer) String
CREATE OR REPLACE MACRO cql.substring_2(t, i) AS CASE WHEN i BETWEEN 0 AND greatest(length(t) - 1, 0) THEN substr(t, i + 1) END;
-- Substring (String, Integer, Integer) String
CREATE OR REPLACE MACRO cql.substring_3(t, i, n) AS
    CASE WHEN i BETWEEN 0 AND greatest(length(t) - 1, 0)
         THEN CASE WHEN n IS NULL THEN substr(t, i + 1) ELSE substr(t, i + 1, greatest(n, 0)) END END;
-- Matches (String, String) Boolean
CREATE OR REPLACE MACRO cql.matches(t, pattern) AS regexp_matches(t, pattern, 's');
-- `$1` is a group, `\$` the sign itself.
-- ReplaceMatches (String, String, String) String
CREATE OR REPLACE MACRO cql.replace_matches(t, pattern, substitution) AS
    regexp_replace(t, pattern, replace(regexp_replace(replace(replace(substitution, '\$', chr(1)), '\', '\\'), '\$(\d)', '\\\1', 'g'), chr(1), '$'), 'gs');
-- SplitOnMatches (String, String) List<String>
CREATE OR REPLACE MACRO cql.split_on_matches(t, pattern) AS
    CASE WHEN t IS NULL THEN NULL WHEN pattern IS NULL THEN [t] ELSE regexp_split_to_array(t, pattern, 's') END;
-- ToChars (String) List<String>
CREATE OR REPLACE MACRO cql.to_chars(t) AS CASE WHEN t = '' THEN []::VARCHAR[] ELSE string_split(t, '') END;
-- LessOrEqual (String, String) Boolean
CREATE OR REPLACE MACRO cql.less_or_equal_string(a, b) AS a <= b;
-- GreaterOrEqual (String, String) Boolean
CREATE OR REPLACE MACRO cql.greater_or_equal_string(a, b) AS a >= b;
