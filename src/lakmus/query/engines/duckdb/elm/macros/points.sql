-- What intervals ask of their points, by type: the next one, the one before, which of two comes first, and the ends of the range.

CREATE OR REPLACE MACRO cql.up_integer(a) AS a + 1;
CREATE OR REPLACE MACRO cql.down_integer(a) AS a - 1;
CREATE OR REPLACE MACRO cql.up_long(a) AS a + 1;
CREATE OR REPLACE MACRO cql.down_long(a) AS a - 1;
CREATE OR REPLACE MACRO cql.up_decimal(a) AS (a + 0.00000001)::DECIMAL(28,8);
CREATE OR REPLACE MACRO cql.down_decimal(a) AS (a - 0.00000001)::DECIMAL(28,8);
CREATE OR REPLACE MACRO cql.up_quantity(a) AS {'value': (a.value + 0.00000001)::DECIMAL(28,8), 'unit': a.unit};
CREATE OR REPLACE MACRO cql.down_quantity(a) AS {'value': (a.value - 0.00000001)::DECIMAL(28,8), 'unit': a.unit};
CREATE OR REPLACE MACRO cql.can_up_integer(a) AS a < cql.max_integer();
CREATE OR REPLACE MACRO cql.can_down_integer(a) AS a > cql.min_integer();
CREATE OR REPLACE MACRO cql.can_up_long(a) AS a < cql.max_long();
CREATE OR REPLACE MACRO cql.can_down_long(a) AS a > cql.min_long();
CREATE OR REPLACE MACRO cql.can_up_decimal(a) AS a < cql.max_decimal();
CREATE OR REPLACE MACRO cql.can_down_decimal(a) AS a > cql.min_decimal();
CREATE OR REPLACE MACRO cql.can_up_quantity(a) AS a.value < cql.max_decimal();
CREATE OR REPLACE MACRO cql.can_down_quantity(a) AS a.value > cql.min_decimal();

CREATE OR REPLACE MACRO cql.same_or_before_integer(a, b, p) AS a <= b;
CREATE OR REPLACE MACRO cql.same_or_before_long(a, b, p) AS a <= b;
CREATE OR REPLACE MACRO cql.same_or_before_decimal(a, b, p) AS a <= b;
CREATE OR REPLACE MACRO cql.same_or_before_quantity(a, b, p) AS cql.less_or_equal_quantity(a, b);
CREATE OR REPLACE MACRO cql.same_as_integer(a, b, p) AS a = b;
CREATE OR REPLACE MACRO cql.same_as_long(a, b, p) AS a = b;
CREATE OR REPLACE MACRO cql.same_as_decimal(a, b, p) AS a = b;
CREATE OR REPLACE MACRO cql.same_as_quantity(a, b, p) AS cql.equal_quantity(a, b);

-- The neighbour of a point: null at the end of the range, or an error.
CREATE OR REPLACE MACRO cql.next_integer(a) AS CASE WHEN cql.can_up_integer(a) THEN cql.up_integer(a) END;
-- Successor (Integer) Integer
CREATE OR REPLACE MACRO cql.successor_integer(a) AS
    CASE WHEN cql.can_up_integer(a) THEN cql.up_integer(a) WHEN a IS NOT NULL THEN cql.fail(a, 'the result is outside the range of its type') END;
CREATE OR REPLACE MACRO cql.previous_integer(a) AS CASE WHEN cql.can_down_integer(a) THEN cql.down_integer(a) END;
-- Predecessor (Integer) Integer
CREATE OR REPLACE MACRO cql.predecessor_integer(a) AS
    CASE WHEN cql.can_down_integer(a) THEN cql.down_integer(a) WHEN a IS NOT NULL THEN cql.fail(a, 'the result is outside the range of its type') END;
CREATE OR REPLACE MACRO cql.next_long(a) AS CASE WHEN cql.can_up_long(a) THEN cql.up_long(a) END;
-- Successor (Long) Long
CREATE OR REPLACE MACRO cql.successor_long(a) AS
    CASE WHEN cql.can_up_long(a) THEN cql.up_long(a) WHEN a IS NOT NULL THEN cql.fail(a, 'the result is outside the range of its type') END;
CREATE OR REPLACE MACRO cql.previous_long(a) AS CASE WHEN cql.can_down_long(a) THEN cql.down_long(a) END;
-- Predecessor (Long) Long
CREATE OR REPLACE MACRO cql.predecessor_long(a) AS
    CASE WHEN cql.can_down_long(a) THEN cql.down_long(a) WHEN a IS NOT NULL THEN cql.fail(a, 'the result is outside the range of its type') END;
CREATE OR REPLACE MACRO cql.next_decimal(a) AS CASE WHEN cql.can_up_decimal(a) THEN cql.up_decimal(a) END;
-- Successor (Decimal) Decimal
CREATE OR REPLACE MACRO cql.successor_decimal(a) AS
    CASE WHEN cql.can_up_decimal(a) THEN cql.up_decimal(a) WHEN a IS NOT NULL THEN cql.fail(a, 'the result is outside the range of its type') END;
CREATE OR REPLACE MACRO cql.previous_decimal(a) AS CASE WHEN cql.can_down_decimal(a) THEN cql.down_decimal(a) END;
-- Predecessor (Decimal) Decimal
CREATE OR REPLACE MACRO cql.predecessor_decimal(a) AS
    CASE WHEN cql.can_down_decimal(a) THEN cql.down_decimal(a) WHEN a IS NOT NULL THEN cql.fail(a, 'the result is outside the range of its type') END;
CREATE OR REPLACE MACRO cql.next_quantity(a) AS CASE WHEN cql.can_up_quantity(a) THEN cql.up_quantity(a) END;
-- Successor (Quantity) Quantity
CREATE OR REPLACE MACRO cql.successor_quantity(a) AS
    CASE WHEN cql.can_up_quantity(a) THEN cql.up_quantity(a) WHEN a IS NOT NULL THEN cql.fail(a, 'the result is outside the range of its type') END;
CREATE OR REPLACE MACRO cql.previous_quantity(a) AS CASE WHEN cql.can_down_quantity(a) THEN cql.down_quantity(a) END;
-- Predecessor (Quantity) Quantity
CREATE OR REPLACE MACRO cql.predecessor_quantity(a) AS
    CASE WHEN cql.can_down_quantity(a) THEN cql.down_quantity(a) WHEN a IS NOT NULL THEN cql.fail(a, 'the result is outside the range of its type') END;
CREATE OR REPLACE MACRO cql.next_date(a) AS CASE WHEN cql.can_up_date(a) THEN cql.up_date(a) END;
-- Successor (Date) Date
CREATE OR REPLACE MACRO cql.successor_date(a) AS
    CASE WHEN cql.can_up_date(a) THEN cql.up_date(a) WHEN a IS NOT NULL THEN cql.fail(a, 'the result is outside the range of its type') END;
CREATE OR REPLACE MACRO cql.previous_date(a) AS CASE WHEN cql.can_down_date(a) THEN cql.down_date(a) END;
-- Predecessor (Date) Date
CREATE OR REPLACE MACRO cql.predecessor_date(a) AS
    CASE WHEN cql.can_down_date(a) THEN cql.down_date(a) WHEN a IS NOT NULL THEN cql.fail(a, 'the result is outside the range of its type') END;
CREATE OR REPLACE MACRO cql.next_datetime(a) AS CASE WHEN cql.can_up_datetime(a) THEN cql.up_datetime(a) END;
-- Successor (DateTime) DateTime
CREATE OR REPLACE MACRO cql.successor_datetime(a) AS
    CASE WHEN cql.can_up_datetime(a) THEN cql.up_datetime(a) WHEN a IS NOT NULL THEN cql.fail(a, 'the result is outside the range of its type') END;
CREATE OR REPLACE MACRO cql.previous_datetime(a) AS CASE WHEN cql.can_down_datetime(a) THEN cql.down_datetime(a) END;
-- Predecessor (DateTime) DateTime
CREATE OR REPLACE MACRO cql.predecessor_datetime(a) AS
    CASE WHEN cql.can_down_datetime(a) THEN cql.down_datetime(a) WHEN a IS NOT NULL THEN cql.fail(a, 'the result is outside the range of its type') END;
CREATE OR REPLACE MACRO cql.next_time(a) AS CASE WHEN cql.can_up_time(a) THEN cql.up_time(a) END;
-- Successor (Time) Time
CREATE OR REPLACE MACRO cql.successor_time(a) AS
    CASE WHEN cql.can_up_time(a) THEN cql.up_time(a) WHEN a IS NOT NULL THEN cql.fail(a, 'the result is outside the range of its type') END;
CREATE OR REPLACE MACRO cql.previous_time(a) AS CASE WHEN cql.can_down_time(a) THEN cql.down_time(a) END;
-- Predecessor (Time) Time
CREATE OR REPLACE MACRO cql.predecessor_time(a) AS
    CASE WHEN cql.can_down_time(a) THEN cql.down_time(a) WHEN a IS NOT NULL THEN cql.fail(a, 'the result is outside the range of its type') END;

-- The next point where points are counted to a precision.
CREATE OR REPLACE MACRO cql.next_integer_at(a, p) AS cql.next_integer(a);
CREATE OR REPLACE MACRO cql.next_long_at(a, p) AS cql.next_long(a);
CREATE OR REPLACE MACRO cql.next_decimal_at(a, p) AS cql.next_decimal(a);
CREATE OR REPLACE MACRO cql.next_quantity_at(a, p) AS cql.next_quantity(a);
CREATE OR REPLACE MACRO cql.next_date_at(a, p) AS
    CASE WHEN p = '' THEN cql.next_date(a) ELSE cql.next_date(cql.at_date(a.lo::TIMESTAMP, least(a.p, cql.rank(p)))) END;
CREATE OR REPLACE MACRO cql.next_datetime_at(a, p) AS
    CASE WHEN p = '' THEN cql.next_datetime(a) ELSE cql.next_datetime(cql.at_datetime(a.lo, least(a.p, cql.rank(p)), a.z)) END;
CREATE OR REPLACE MACRO cql.next_time_at(a, p) AS
    CASE WHEN p = '' THEN cql.next_time(a) ELSE cql.next_time(cql.cut_at_time(a.lo, least(a.p, cql.rank(p)))) END;

-- The least that the first point of an interval may be, and the greatest that the last may be: the end of the range for a null bound.
CREATE OR REPLACE MACRO cql.low_integer(i) AS
    CASE WHEN i.low IS NOT NULL THEN CASE WHEN i.lc THEN i.low ELSE cql.successor_integer(i.low) END WHEN i.lc IS NOT NULL THEN cql.min_integer() END;
CREATE OR REPLACE MACRO cql.high_integer(i) AS
    CASE WHEN i.high IS NOT NULL THEN CASE WHEN i.hc THEN i.high ELSE cql.predecessor_integer(i.high) END WHEN i.hc IS NOT NULL THEN cql.max_integer() END;
CREATE OR REPLACE MACRO cql.low_long(i) AS
    CASE WHEN i.low IS NOT NULL THEN CASE WHEN i.lc THEN i.low ELSE cql.successor_long(i.low) END WHEN i.lc IS NOT NULL THEN cql.min_long() END;
CREATE OR REPLACE MACRO cql.high_long(i) AS
    CASE WHEN i.high IS NOT NULL THEN CASE WHEN i.hc THEN i.high ELSE cql.predecessor_long(i.high) END WHEN i.hc IS NOT NULL THEN cql.max_long() END;
CREATE OR REPLACE MACRO cql.low_decimal(i) AS
    CASE WHEN i.low IS NOT NULL THEN CASE WHEN i.lc THEN i.low ELSE cql.successor_decimal(i.low) END WHEN i.lc IS NOT NULL THEN cql.min_decimal() END;
CREATE OR REPLACE MACRO cql.high_decimal(i) AS
    CASE WHEN i.high IS NOT NULL THEN CASE WHEN i.hc THEN i.high ELSE cql.predecessor_decimal(i.high) END WHEN i.hc IS NOT NULL THEN cql.max_decimal() END;
CREATE OR REPLACE MACRO cql.low_date(i) AS
    CASE WHEN i.low IS NOT NULL THEN CASE WHEN i.lc THEN i.low ELSE cql.successor_date(i.low) END WHEN i.lc IS NOT NULL THEN cql.min_date() END;
CREATE OR REPLACE MACRO cql.high_date(i) AS
    CASE WHEN i.high IS NOT NULL THEN CASE WHEN i.hc THEN i.high ELSE cql.predecessor_date(i.high) END WHEN i.hc IS NOT NULL THEN cql.max_date() END;
CREATE OR REPLACE MACRO cql.low_datetime(i) AS
    CASE WHEN i.low IS NOT NULL THEN CASE WHEN i.lc THEN i.low ELSE cql.successor_datetime(i.low) END WHEN i.lc IS NOT NULL THEN cql.min_datetime() END;
CREATE OR REPLACE MACRO cql.high_datetime(i) AS
    CASE WHEN i.high IS NOT NULL THEN CASE WHEN i.hc THEN i.high ELSE cql.predecessor_datetime(i.high) END WHEN i.hc IS NOT NULL THEN cql.max_datetime() END;
CREATE OR REPLACE MACRO cql.low_time(i) AS
    CASE WHEN i.low IS NOT NULL THEN CASE WHEN i.lc THEN i.low ELSE cql.successor_time(i.low) END WHEN i.lc IS NOT NULL THEN cql.min_time() END;
CREATE OR REPLACE MACRO cql.high_time(i) AS
    CASE WHEN i.high IS NOT NULL THEN CASE WHEN i.hc THEN i.high ELSE cql.predecessor_time(i.high) END WHEN i.hc IS NOT NULL THEN cql.max_time() END;
-- Of quantities the range is in the unit of the other bound.
CREATE OR REPLACE MACRO cql.low_quantity(i) AS
    CASE WHEN i.low IS NOT NULL THEN CASE WHEN i.lc THEN i.low ELSE cql.successor_quantity(i.low) END
         WHEN i.high IS NOT NULL THEN {'value': cql.min_decimal(), 'unit': i.high.unit} END;
CREATE OR REPLACE MACRO cql.high_quantity(i) AS
    CASE WHEN i.high IS NOT NULL THEN CASE WHEN i.hc THEN i.high ELSE cql.predecessor_quantity(i.high) END
         WHEN i.low IS NOT NULL THEN {'value': cql.max_decimal(), 'unit': i.low.unit} END;

-- What is known of two points that each may be one of several: `surely` of the nearest, `possibly` of the farthest.
CREATE OR REPLACE MACRO cql.span_at_most(surely, possibly) AS CASE WHEN surely THEN true WHEN NOT possibly THEN false END;

-- Sizes of pieces. Numbers are counted in the smallest steps of a decimal: the last digit that a size has, and what is cut to it.
CREATE OR REPLACE MACRO cql.grain(s) AS
    cql.ten(least(length(abs(s)::VARCHAR) - length(rtrim(abs(s)::VARCHAR, '0')), 8));
CREATE OR REPLACE MACRO cql.floored(s, g) AS s - ((s % g) + g) % g;
CREATE OR REPLACE MACRO cql.tick_width(p) AS CASE p WHEN 3 THEN 86400000 WHEN 4 THEN 3600000 WHEN 5 THEN 60000 WHEN 6 THEN 1000 ELSE 1 END;
CREATE OR REPLACE MACRO cql.part_name(p) AS
    CASE p WHEN 1 THEN 'year' WHEN 2 THEN 'month' WHEN 3 THEN 'day' WHEN 4 THEN 'hour' WHEN 5 THEN 'minute' WHEN 6 THEN 'second' ELSE 'millisecond' END;
