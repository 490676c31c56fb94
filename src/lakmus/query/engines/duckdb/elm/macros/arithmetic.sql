-- Arithmetic of numbers (CQL 1.5, appendix B, "Arithmetic Operators"). What is outside the range of a type, or divided by zero, is null.

CREATE OR REPLACE MACRO cql.fail(x, message) AS list_transform([x], lambda v_fail: error('lakmus: ' || message))[1];

-- All digits of a decimal as one whole number.
CREATE OR REPLACE MACRO cql.scaled(a) AS (a * 100000000::DECIMAL(10,0))::HUGEINT;

-- Abs (Integer) Integer
CREATE OR REPLACE MACRO cql.abs_integer(a) AS try_cast(abs(a::BIGINT) AS INTEGER);
-- Abs (Long) Long
CREATE OR REPLACE MACRO cql.abs_long(a) AS try_cast(abs(a::HUGEINT) AS BIGINT);
-- Abs (Decimal) Decimal
CREATE OR REPLACE MACRO cql.abs_decimal(a) AS abs(a);
-- Negate (Integer) Integer
CREATE OR REPLACE MACRO cql.negate_integer(a) AS try_cast(-(a::BIGINT) AS INTEGER);
-- Negate (Long) Long
CREATE OR REPLACE MACRO cql.negate_long(a) AS try_cast(-(a::HUGEINT) AS BIGINT);
-- Negate (Decimal) Decimal
CREATE OR REPLACE MACRO cql.negate_decimal(a) AS -a;

-- Add (Long, Long) Long
CREATE OR REPLACE MACRO cql.add_long(a, b) AS try_cast(a::HUGEINT + b AS BIGINT);
-- Subtract (Long, Long) Long
CREATE OR REPLACE MACRO cql.subtract_long(a, b) AS try_cast(a::HUGEINT - b AS BIGINT);
-- Multiply (Long, Long) Long
CREATE OR REPLACE MACRO cql.multiply_long(a, b) AS try_cast(a::HUGEINT * b AS BIGINT);

-- TruncatedDivide (Integer, Integer) Integer
CREATE OR REPLACE MACRO cql.truncated_divide_integer(a, b) AS try_cast(a::BIGINT // b AS INTEGER);
-- TruncatedDivide (Long, Long) Long
CREATE OR REPLACE MACRO cql.truncated_divide_long(a, b) AS try_cast(a::HUGEINT // b AS BIGINT);
-- TruncatedDivide (Decimal, Decimal) Decimal
CREATE OR REPLACE MACRO cql.truncated_divide_decimal(a, b) AS try_cast(cql.scaled(a) // cql.scaled(b) AS DECIMAL(28,8));
-- Modulo (Integer, Integer) Integer
CREATE OR REPLACE MACRO cql.modulo_integer(a, b) AS (a::BIGINT % b)::INTEGER;
-- Modulo (Long, Long) Long
CREATE OR REPLACE MACRO cql.modulo_long(a, b) AS (a::HUGEINT % b)::BIGINT;
-- Modulo (Decimal, Decimal) Decimal
CREATE OR REPLACE MACRO cql.modulo_decimal(a, b) AS a % b;
