-- Numbers, texts, codes and quantities (CQL 1.5, appendix B). What is outside the range of a type, or divided by zero, is null.

-- Equal (Integer, Integer) Boolean
CREATE OR REPLACE MACRO cql.equal_integer(a, b) AS a = b;
-- Equal (Decimal, Decimal) Boolean
CREATE OR REPLACE MACRO cql.equal_decimal(a, b) AS a = b;
-- Equal (Boolean, Boolean) Boolean
CREATE OR REPLACE MACRO cql.equal_boolean(a, b) AS a = b;
-- Equal (String, String) Boolean
CREATE OR REPLACE MACRO cql.equal_string(a, b) AS a = b;
-- Equivalent (Integer, Integer) Boolean
CREATE OR REPLACE MACRO cql.equivalent_integer(a, b) AS a IS NOT DISTINCT FROM b;
-- Equivalent (Boolean, Boolean) Boolean
CREATE OR REPLACE MACRO cql.equivalent_boolean(a, b) AS a IS NOT DISTINCT FROM b;
-- Equivalent (String, String) Boolean
CREATE OR REPLACE MACRO cql.equivalent_string(a, b) AS
    trim(regexp_replace(lower(a), '\s+', ' ', 'g')) IS NOT DISTINCT FROM trim(regexp_replace(lower(b), '\s+', ' ', 'g'));
-- Less (Integer, Integer) Boolean
CREATE OR REPLACE MACRO cql.less_integer(a, b) AS a < b;
-- Less (Decimal, Decimal) Boolean
CREATE OR REPLACE MACRO cql.less_decimal(a, b) AS a < b;
-- Less (String, String) Boolean
CREATE OR REPLACE MACRO cql.less_string(a, b) AS a < b;
-- LessOrEqual (Integer, Integer) Boolean
CREATE OR REPLACE MACRO cql.less_or_equal_integer(a, b) AS a <= b;
-- LessOrEqual (Decimal, Decimal) Boolean
CREATE OR REPLACE MACRO cql.less_or_equal_decimal(a, b) AS a <= b;
-- Greater (Integer, Integer) Boolean
CREATE OR REPLACE MACRO cql.greater_integer(a, b) AS a > b;
-- Greater (Decimal, Decimal) Boolean
CREATE OR REPLACE MACRO cql.greater_decimal(a, b) AS a > b;
-- Greater (String, String) Boolean
CREATE OR REPLACE MACRO cql.greater_string(a, b) AS a > b;
-- GreaterOrEqual (Integer, Integer) Boolean
CREATE OR REPLACE MACRO cql.greater_or_equal_integer(a, b) AS a >= b;
-- GreaterOrEqual (Decimal, Decimal) Boolean
CREATE OR REPLACE MACRO cql.greater_or_equal_decimal(a, b) AS a >= b;

-- Add (Integer, Integer) Integer
CREATE OR REPLACE MACRO cql.add_integer(a, b) AS try_cast(a::BIGINT + b AS INTEGER);
-- Subtract (Integer, Integer) Integer
CREATE OR REPLACE MACRO cql.subtract_integer(a, b) AS try_cast(a::BIGINT - b AS INTEGER);
-- Multiply (Integer, Integer) Integer
CREATE OR REPLACE MACRO cql.multiply_integer(a, b) AS try_cast(a::BIGINT * b AS INTEGER);
-- Add (Decimal, Decimal) Decimal
CREATE OR REPLACE MACRO cql.add_decimal(a, b) AS try_cast(a::DECIMAL(38,8) + b AS DECIMAL(28,8));
-- Subtract (Decimal, Decimal) Decimal
CREATE OR REPLACE MACRO cql.subtract_decimal(a, b) AS try_cast(a::DECIMAL(38,8) - b AS DECIMAL(28,8));
-- Multiply (Decimal, Decimal) Decimal
CREATE OR REPLACE MACRO cql.multiply_decimal(a, b) AS
    CASE WHEN abs(a) < 1e10 AND abs(b) < 1e10 THEN (a::DECIMAL(19,8) * b::DECIMAL(19,8))::DECIMAL(28,8)
         ELSE try_cast(a::DOUBLE * b::DOUBLE AS DECIMAL(28,8)) END;
-- Divide (Decimal, Decimal) Decimal
CREATE OR REPLACE MACRO cql.divide_decimal(a, b) AS try_cast(a::DOUBLE / nullif(b, 0)::DOUBLE AS DECIMAL(28,8));
-- ToDecimal (Integer) Decimal
CREATE OR REPLACE MACRO cql.to_decimal_integer(a) AS a::DECIMAL(28,8);
-- Ceiling (Decimal) Integer
CREATE OR REPLACE MACRO cql.ceiling(a) AS try_cast(ceil(a) AS INTEGER);
-- Floor (Decimal) Integer
CREATE OR REPLACE MACRO cql.floor(a) AS try_cast(floor(a) AS INTEGER);

-- Concatenate (String, String) String
CREATE OR REPLACE MACRO cql.concatenate(a, b) AS a || b;
-- Split (String, String) List<String>
CREATE OR REPLACE MACRO cql.split(a, b) AS CASE WHEN a IS NULL THEN NULL WHEN b IS NULL THEN [a] ELSE string_split(a, b) END;
-- Length (String) Integer
CREATE OR REPLACE MACRO cql.length(a) AS length(a)::INTEGER;
-- Upper (String) String
CREATE OR REPLACE MACRO cql.upper(a) AS upper(a);
-- Lower (String) String
CREATE OR REPLACE MACRO cql.lower(a) AS lower(a);
-- StartsWith (String, String) Boolean
CREATE OR REPLACE MACRO cql.starts_with(a, b) AS starts_with(a, b);
-- EndsWith (String, String) Boolean
CREATE OR REPLACE MACRO cql.ends_with(a, b) AS ends_with(a, b);
-- In (String, List<String>) Boolean
CREATE OR REPLACE MACRO cql.in_strings(a, items) AS list_contains(items, a);

-- ToConcept (Code) Concept
CREATE OR REPLACE MACRO cql.to_concept(a) AS CASE WHEN a IS NOT NULL THEN {'codes': [a], 'display': a.display} END;
-- Equivalent (Code, Code) Boolean
CREATE OR REPLACE MACRO cql.equivalent_code(a, b) AS
    a.code IS NOT DISTINCT FROM b.code AND a."system" IS NOT DISTINCT FROM b."system" AND (a IS NULL) = (b IS NULL);
-- Equivalent (Concept, Concept) Boolean
CREATE OR REPLACE MACRO cql.equivalent_concept(a, b) AS
    CASE WHEN a IS NULL OR b IS NULL THEN a IS NULL AND b IS NULL
         ELSE len(list_filter(a.codes, lambda v_code: len(list_filter(b.codes, lambda v_other:
              v_code.code = v_other.code AND v_code."system" IS NOT DISTINCT FROM v_other."system")) > 0)) > 0 END;

CREATE OR REPLACE MACRO cql.has_code(a, c, s) AS
    coalesce(len(list_filter(a.codes, lambda v_has: v_has.code = c AND v_has."system" = s)) > 0, false);

-- ToQuantity (Integer) Quantity
CREATE OR REPLACE MACRO cql.to_quantity_integer(a) AS
    CASE WHEN a IS NOT NULL THEN {'value': a::DECIMAL(28,8), 'unit': '1'} END;
-- ToQuantity (Decimal) Quantity
CREATE OR REPLACE MACRO cql.to_quantity_decimal(a) AS
    CASE WHEN a IS NOT NULL THEN {'value': a, 'unit': '1'} END;
-- ConvertQuantity (Quantity, String) Quantity
CREATE OR REPLACE MACRO cql.convert_quantity(q, u) AS
    CASE WHEN q.unit = u THEN q
         WHEN cql.unit_base(q.unit) = cql.unit_base(u)
         THEN {'value': try_cast(q.value::DOUBLE * cql.unit_factor(q.unit) / cql.unit_factor(u) AS DECIMAL(28,8)), 'unit': u} END;
CREATE OR REPLACE MACRO cql.measure(q) AS round(q.value::DOUBLE * cql.unit_factor(q.unit), 9);
-- Less (Quantity, Quantity) Boolean
CREATE OR REPLACE MACRO cql.less_quantity(a, b) AS
    CASE WHEN a.unit = b.unit THEN a.value < b.value
         WHEN cql.unit_base(a.unit) = cql.unit_base(b.unit) THEN cql.measure(a) < cql.measure(b) END;
-- Greater (Quantity, Quantity) Boolean
CREATE OR REPLACE MACRO cql.greater_quantity(a, b) AS cql.less_quantity(b, a);
-- LessOrEqual (Quantity, Quantity) Boolean
CREATE OR REPLACE MACRO cql.less_or_equal_quantity(a, b) AS NOT cql.less_quantity(b, a);
-- GreaterOrEqual (Quantity, Quantity) Boolean
CREATE OR REPLACE MACRO cql.greater_or_equal_quantity(a, b) AS NOT cql.less_quantity(a, b);
-- Equal (Quantity, Quantity) Boolean
CREATE OR REPLACE MACRO cql.equal_quantity(a, b) AS
    CASE WHEN a.unit = b.unit THEN a.value = b.value
         WHEN cql.unit_base(a.unit) = cql.unit_base(b.unit) THEN cql.measure(a) = cql.measure(b) END;
