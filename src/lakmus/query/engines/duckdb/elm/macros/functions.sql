-- Rounding, powers, logarithms, precision and the ends of ranges (CQL 1.5, appendix B, "Arithmetic Operators").

-- Truncate (Decimal) Integer
CREATE OR REPLACE MACRO cql.truncate(a) AS try_cast(trunc(a) AS INTEGER);
-- Ten to a power, and a whole number as the decimal whose digits it has.
CREATE OR REPLACE MACRO cql.ten(n) AS ('1' || repeat('0', (n)::BIGINT))::HUGEINT;
CREATE OR REPLACE MACRO cql.unscaled(s) AS try_cast(try_cast(s AS DECIMAL(38,0)) * 0.00000001::DECIMAL(8,8) AS DECIMAL(28,8));
-- Halves go away from zero.
CREATE OR REPLACE MACRO cql.rounded(a, n) AS
    list_transform([{'s': cql.scaled(a), 'k': cql.ten(8 - greatest(least(coalesce(n, 0), 8), -28))}],
        lambda v_round: cql.unscaled(sign(v_round.s) * ((abs(v_round.s) + v_round.k // 2) // v_round.k) * v_round.k))[1];
-- Round (Decimal) Decimal
CREATE OR REPLACE MACRO cql.round_1(a) AS round(a, 0)::DECIMAL(28,8);
-- Round (Decimal, Integer) Decimal
CREATE OR REPLACE MACRO cql.round_2(a, n) AS CASE WHEN coalesce(n, 0) >= 8 THEN a ELSE cql.rounded(a, n) END;

-- Exp (Decimal) Decimal
CREATE OR REPLACE MACRO cql.exp(a) AS
    CASE WHEN a > 46 THEN cql.fail(a, 'the result of Exp is outside the range of Decimal') ELSE exp(CASE WHEN a <= 46 THEN a END::DOUBLE)::DECIMAL(28,8) END;
CREATE OR REPLACE MACRO cql.safe_ln(a) AS ln(CASE WHEN a > 0 THEN a END::DOUBLE);
-- Ln (Decimal) Decimal
CREATE OR REPLACE MACRO cql.ln(a) AS
    CASE WHEN a = 0 THEN cql.fail(a, 'zero has no logarithm') WHEN a > 0 THEN cql.safe_ln(a)::DECIMAL(28,8) END;
-- Log (Decimal, Decimal) Decimal
CREATE OR REPLACE MACRO cql.log(a, b) AS
    CASE WHEN b <> 1 THEN try_cast(cql.safe_ln(a) / nullif(cql.safe_ln(b), 0) AS DECIMAL(28,8)) END;
-- A whole number to a negative power is no whole number, which is what it would have to be here.
-- Power (Integer, Integer) Integer
CREATE OR REPLACE MACRO cql.power_integer(a, b) AS
    CASE WHEN b >= 0 THEN try_cast(pow(a, b) AS INTEGER) WHEN b < 0 AND a IS NOT NULL THEN cql.fail(a, 'a whole number to a negative power') END;
-- Power (Long, Long) Long
CREATE OR REPLACE MACRO cql.power_long(a, b) AS
    CASE WHEN b >= 0 THEN try_cast(pow(a, b) AS BIGINT) WHEN b < 0 AND a IS NOT NULL THEN cql.fail(a, 'a whole number to a negative power') END;
-- Power (Decimal, Decimal) Decimal
CREATE OR REPLACE MACRO cql.power_decimal(a, b) AS
    CASE WHEN a <> 0 OR b >= 0 THEN try_cast(pow(a::DOUBLE, b::DOUBLE) AS DECIMAL(28,8)) END;

-- Digits after the point, those that are zero at the end not counted: a column does not say how a number was written.
-- Precision (Decimal) Integer
CREATE OR REPLACE MACRO cql.digits(a) AS length(rtrim(split_part(a::VARCHAR, '.', 2), '0'))::INTEGER;
-- Precision (Date) Integer
CREATE OR REPLACE MACRO cql.precision_date(a) AS CASE WHEN a IS NOT NULL THEN 2 + 2 * a.p::INTEGER END;
-- Precision (DateTime) Integer
CREATE OR REPLACE MACRO cql.precision_datetime(a) AS CASE WHEN a.p = 7 THEN 17 WHEN a IS NOT NULL THEN 2 + 2 * a.p::INTEGER END;
-- Precision (Time) Integer
CREATE OR REPLACE MACRO cql.precision_time(a) AS CASE WHEN a.p = 7 THEN 9 WHEN a IS NOT NULL THEN 2 * a.p::INTEGER - 6 END;

-- Digits that are not written may be any: 0 nearest to zero, 9 farthest. Those that are cut are rounded outwards.
CREATE OR REPLACE MACRO cql.boundary(a, n, high) AS
    list_transform([{'s': cql.scaled(a), 'k': cql.ten(8 - greatest(least(n, 8), 0)), 'd': cql.ten(8 - cql.digits(a))}], lambda v_bound:
        CASE WHEN v_bound.d < v_bound.k
             THEN cql.unscaled((v_bound.s - ((v_bound.s % v_bound.k) + v_bound.k) % v_bound.k)
                               + (CASE WHEN high AND v_bound.s % v_bound.k <> 0 THEN v_bound.k ELSE 0 END))
             WHEN high = (v_bound.s < 0) THEN a
             ELSE cql.unscaled(v_bound.s + (v_bound.d - v_bound.k) * (CASE WHEN high THEN 1 ELSE -1 END)) END)[1];
-- LowBoundary (Decimal, Integer) Decimal
CREATE OR REPLACE MACRO cql.low_boundary_decimal(a, n) AS
    CASE WHEN coalesce(n, 8) BETWEEN 0 AND 8 THEN cql.boundary(a, coalesce(n, 8), false) END;
-- HighBoundary (Decimal, Integer) Decimal
CREATE OR REPLACE MACRO cql.high_boundary_decimal(a, n) AS
    CASE WHEN coalesce(n, 8) BETWEEN 0 AND 8 THEN cql.boundary(a, coalesce(n, 8), true) END;

CREATE OR REPLACE MACRO cql.min_integer() AS (-2147483648)::INTEGER;
CREATE OR REPLACE MACRO cql.max_integer() AS 2147483647::INTEGER;
CREATE OR REPLACE MACRO cql.min_long() AS (-9223372036854775808)::BIGINT;
CREATE OR REPLACE MACRO cql.max_long() AS 9223372036854775807::BIGINT;
CREATE OR REPLACE MACRO cql.min_decimal() AS (-99999999999999999999.99999999)::DECIMAL(28,8);
CREATE OR REPLACE MACRO cql.max_decimal() AS 99999999999999999999.99999999::DECIMAL(28,8);
CREATE OR REPLACE MACRO cql.min_quantity() AS {'value': cql.min_decimal(), 'unit': '1'};
CREATE OR REPLACE MACRO cql.max_quantity() AS {'value': cql.max_decimal(), 'unit': '1'};
CREATE OR REPLACE MACRO cql.min_time() AS {'lo': 0, 'hi': 0, 'p': 7::UTINYINT};
CREATE OR REPLACE MACRO cql.max_time() AS {'lo': 86399999, 'hi': 86399999, 'p': 7::UTINYINT};
-- Equivalent (Decimal, Decimal) Boolean
CREATE OR REPLACE MACRO cql.equivalent_decimal(a, b) AS
    CASE WHEN a IS NULL OR b IS NULL THEN a IS NULL AND b IS NULL
         ELSE a = b OR cql.rounded(a, least(cql.digits(a), cql.digits(b))) = cql.rounded(b, least(cql.digits(a), cql.digits(b))) END;
-- Equivalent (Long, Long) Boolean
CREATE OR REPLACE MACRO cql.equivalent_long(a, b) AS a IS NOT DISTINCT FROM b;
