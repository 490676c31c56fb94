-- Quantities and ratios (CQL 1.5, appendix B, "Arithmetic Operators", "Comparison Operators"; author's guide, "Quantity Operators").

-- The value in another unit; null when the two do not measure the same thing.
CREATE OR REPLACE MACRO cql.value_in(q, u) AS
    CASE WHEN q.unit = u THEN q.value
         WHEN cql.unit_base(q.unit) = cql.unit_base(u)
         THEN try_cast(round(q.value::DOUBLE * cql.unit_factor(q.unit) / cql.unit_factor(u), 8) AS DECIMAL(28,8)) END;
CREATE OR REPLACE MACRO cql.loose_factor(u) AS
    coalesce(86400 * cql.loose_days(u), CASE WHEN cql.unit_base(u) = 's' THEN cql.unit_factor(u) END);
-- As before, where years and months have days.
CREATE OR REPLACE MACRO cql.loosely_in(q, u) AS
    coalesce(cql.value_in(q, u), try_cast(q.value::DOUBLE * cql.loose_factor(q.unit) / nullif(cql.loose_factor(u), 0) AS DECIMAL(28,8)));
-- CanConvertQuantity (Quantity, String) Boolean
CREATE OR REPLACE MACRO cql.can_convert(q, u) AS
    CASE WHEN q IS NOT NULL AND u IS NOT NULL THEN cql.unit_base(q.unit) = cql.unit_base(u) END;
CREATE OR REPLACE MACRO cql.quantity_of(v, u) AS
    list_transform([v], lambda v_value: CASE WHEN v_value IS NOT NULL THEN {'value': v_value, 'unit': u} END)[1];

-- Units that are written with one power, and quotients of them; of others this says nothing rather than something wrong.
CREATE OR REPLACE MACRO cql.simple(u) AS regexp_full_match(u, '[A-Za-z\[\]_%{}]+');
CREATE OR REPLACE MACRO cql.unit_product(a, b) AS
    CASE WHEN b = '1' THEN a WHEN a = '1' THEN b
         WHEN ends_with(a, '/' || b) AND length(a) > length(b) + 1 THEN left(a, length(a) - length(b) - 1)
         WHEN ends_with(b, '/' || a) AND length(b) > length(a) + 1 THEN left(b, length(b) - length(a) - 1)
         WHEN NOT (cql.simple(a) AND cql.simple(b)) THEN cql.fail(a, 'a product of units that are products')
         WHEN a = b THEN a || '2' ELSE a || '.' || b END;
CREATE OR REPLACE MACRO cql.unit_quotient(a, b) AS
    CASE WHEN b = '1' THEN a
         WHEN starts_with(a, b || '.') THEN substr(a, length(b) + 2)
         WHEN NOT ((a = '1' OR cql.simple(a)) AND regexp_full_match(b, '[A-Za-z\[\]_%{}]+[0-9]?')) THEN cql.fail(a, 'a quotient of units that are products')
         WHEN a = '1' THEN '/' || b ELSE a || '/' || b END;

-- Abs (Quantity) Quantity
CREATE OR REPLACE MACRO cql.abs_quantity(a) AS CASE WHEN a IS NOT NULL THEN {'value': abs(a.value), 'unit': a.unit} END;
-- Negate (Quantity) Quantity
CREATE OR REPLACE MACRO cql.negate_quantity(a) AS CASE WHEN a IS NOT NULL THEN {'value': -a.value, 'unit': a.unit} END;
-- Sums are in the finer unit of the two.
CREATE OR REPLACE MACRO cql.finer(a, b) AS CASE WHEN cql.unit_factor(a) > cql.unit_factor(b) THEN b ELSE a END;
-- Add (Quantity, Quantity) Quantity
CREATE OR REPLACE MACRO cql.add_quantity(a, b) AS
    list_transform([cql.finer(a.unit, b.unit)], lambda v_unit:
        cql.quantity_of(cql.add_decimal(cql.value_in(a, v_unit), cql.value_in(b, v_unit)), v_unit))[1];
-- Subtract (Quantity, Quantity) Quantity
CREATE OR REPLACE MACRO cql.subtract_quantity(a, b) AS
    list_transform([cql.finer(a.unit, b.unit)], lambda v_unit:
        cql.quantity_of(cql.subtract_decimal(cql.value_in(a, v_unit), cql.value_in(b, v_unit)), v_unit))[1];
-- Multiply (Decimal, Quantity) Quantity
CREATE OR REPLACE MACRO cql.multiply_by_quantity(a, b) AS cql.quantity_of(cql.multiply_decimal(a, b.value), b.unit);
-- Multiply (Quantity, Decimal) Quantity
CREATE OR REPLACE MACRO cql.multiply_quantity_by(a, b) AS cql.quantity_of(cql.multiply_decimal(a.value, b), a.unit);
-- Multiply (Quantity, Quantity) Quantity
CREATE OR REPLACE MACRO cql.multiply_quantity(a, b) AS
    cql.quantity_of(cql.multiply_decimal(a.value, b.value), cql.unit_product(a.unit, b.unit));
-- Divide (Quantity, Decimal) Quantity
CREATE OR REPLACE MACRO cql.divide_quantity_by(a, b) AS cql.quantity_of(cql.divide_decimal(a.value, b), a.unit);
-- Divide (Quantity, Quantity) Quantity
CREATE OR REPLACE MACRO cql.divide_quantity(a, b) AS
    CASE WHEN b.unit <> '1' AND cql.unit_base(a.unit) = cql.unit_base(b.unit)
         THEN cql.quantity_of(cql.divide_decimal(a.value, cql.value_in(b, a.unit)), '1')
         ELSE cql.quantity_of(cql.divide_decimal(a.value, b.value), cql.unit_quotient(a.unit, b.unit)) END;
-- A divisor without a unit is a number.
CREATE OR REPLACE MACRO cql.divisor(a, b) AS CASE WHEN b.unit = '1' THEN b.value ELSE cql.value_in(b, a.unit) END;
-- TruncatedDivide (Quantity, Quantity) Quantity
CREATE OR REPLACE MACRO cql.truncated_divide_quantity(a, b) AS
    cql.quantity_of(cql.truncated_divide_decimal(a.value, cql.divisor(a, b)), a.unit);
-- Modulo (Quantity, Quantity) Quantity
CREATE OR REPLACE MACRO cql.modulo_quantity(a, b) AS cql.quantity_of(cql.modulo_decimal(a.value, cql.divisor(a, b)), a.unit);

-- Equivalent (Quantity, Quantity) Boolean
CREATE OR REPLACE MACRO cql.equivalent_quantity(a, b) AS
    CASE WHEN a IS NULL OR b IS NULL THEN a IS NULL AND b IS NULL
         ELSE list_transform([cql.loosely_in(b, a.unit)], lambda v_other: v_other IS NOT NULL AND cql.equivalent_decimal(a.value, v_other))[1] END;
-- Equal (Ratio, Ratio) Boolean
CREATE OR REPLACE MACRO cql.equal_ratio(a, b) AS
    CASE cql.equal_quantity(a.numerator, b.numerator)
         WHEN true THEN cql.equal_quantity(a.denominator, b.denominator)
         WHEN false THEN false END;
-- Equivalent (Ratio, Ratio) Boolean
CREATE OR REPLACE MACRO cql.equivalent_ratio(a, b) AS
    CASE WHEN a IS NULL OR b IS NULL THEN a IS NULL AND b IS NULL
         WHEN a.numerator IS NULL OR a.denominator IS NULL OR b.numerator IS NULL OR b.denominator IS NULL THEN a = b
         ELSE list_transform([{'n': cql.loosely_in(b.numerator, a.numerator.unit), 'd': cql.loosely_in(b.denominator, a.denominator.unit)}],
             lambda v_ratio: v_ratio.n IS NOT NULL AND v_ratio.d IS NOT NULL AND cql.equivalent_decimal(
                 cql.multiply_decimal(a.numerator.value, v_ratio.d), cql.multiply_decimal(v_ratio.n, a.denominator.value)))[1] END;
