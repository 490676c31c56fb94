-- Intervals of moments and integers: their ends, and how two lie to each other (CQL 1.5, appendix B, "Interval Operators").

-- Start (Interval<DateTime>) DateTime
CREATE OR REPLACE MACRO cql.start_datetime(i) AS
    CASE WHEN i.lc THEN coalesce(i.low, cql.min_datetime())
         WHEN i.low IS NOT NULL
         THEN {'lo': i.low.lo + INTERVAL 1 MILLISECOND, 'hi': i.low.hi + INTERVAL 1 MILLISECOND, 'p': i.low.p, 'z': i.low.z} END;
-- End (Interval<DateTime>) DateTime
CREATE OR REPLACE MACRO cql.end_datetime(i) AS
    CASE WHEN i.hc THEN coalesce(i.high, cql.max_datetime())
         WHEN i.high IS NOT NULL
         THEN {'lo': i.high.lo - INTERVAL 1 MILLISECOND, 'hi': i.high.hi - INTERVAL 1 MILLISECOND, 'p': i.high.p, 'z': i.high.z} END;
-- Start (Interval<Date>) Date
CREATE OR REPLACE MACRO cql.start_date(i) AS
    CASE WHEN i.lc THEN coalesce(i.low, cql.min_date()) WHEN i.low IS NOT NULL THEN cql.moved_date(i.low, INTERVAL 1 DAY) END;
-- End (Interval<Date>) Date
CREATE OR REPLACE MACRO cql.end_date(i) AS
    CASE WHEN i.hc THEN coalesce(i.high, cql.max_date()) WHEN i.high IS NOT NULL THEN cql.moved_date(i.high, INTERVAL (-1) DAY) END;
-- Start (Interval<Integer>) Integer
CREATE OR REPLACE MACRO cql.start_integer(i) AS CASE WHEN i.lc THEN coalesce(i.low, -2147483648::INTEGER) ELSE i.low + 1 END;
-- End (Interval<Integer>) Integer
CREATE OR REPLACE MACRO cql.end_integer(i) AS CASE WHEN i.hc THEN coalesce(i.high, 2147483647) ELSE i.high - 1 END;
-- Start (Interval<Quantity>) Quantity
CREATE OR REPLACE MACRO cql.start_quantity(i) AS CASE WHEN i.lc THEN i.low END;
-- End (Interval<Quantity>) Quantity
CREATE OR REPLACE MACRO cql.end_quantity(i) AS CASE WHEN i.hc THEN i.high END;

CREATE OR REPLACE MACRO cql.ends_of(a, b) AS
    [{'al': cql.start_datetime(a), 'ah': cql.end_datetime(a), 'bl': cql.start_datetime(b), 'bh': cql.end_datetime(b)}];
-- In (DateTime, Interval<DateTime>) Boolean, precision
CREATE OR REPLACE MACRO cql.in_datetime(a, i, p) AS
    list_transform([{'a': a, 'l': cql.start_datetime(i), 'h': cql.end_datetime(i), 'n': i IS NULL}], lambda v_in:
        CASE WHEN v_in.a IS NULL THEN NULL WHEN v_in.n THEN false
             ELSE cql.same_or_before_datetime(v_in.l, v_in.a, p) AND cql.same_or_before_datetime(v_in.a, v_in.h, p) END)[1];
-- Contains (Interval<DateTime>, DateTime) Boolean, precision
CREATE OR REPLACE MACRO cql.contains_datetime(i, a, p) AS cql.in_datetime(a, i, p);
-- In (Integer, Interval<Integer>) Boolean
CREATE OR REPLACE MACRO cql.in_integer(a, i) AS a >= cql.start_integer(i) AND a <= cql.end_integer(i);
-- In (Date, Interval<Date>) Boolean, precision
CREATE OR REPLACE MACRO cql.in_date(a, i, p) AS
    list_transform([{'a': a, 'l': cql.start_date(i), 'h': cql.end_date(i), 'n': i IS NULL}], lambda v_in:
        CASE WHEN v_in.a IS NULL THEN NULL WHEN v_in.n THEN false
             ELSE cql.same_or_before_date(v_in.l, v_in.a, p) AND cql.same_or_before_date(v_in.a, v_in.h, p) END)[1];
-- IncludedIn (Interval<DateTime>, Interval<DateTime>) Boolean, precision
CREATE OR REPLACE MACRO cql.included_in_datetime(a, b, p) AS
    list_transform(cql.ends_of(a, b), lambda v_included:
        cql.same_or_before_datetime(v_included.bl, v_included.al, p) AND cql.same_or_before_datetime(v_included.ah, v_included.bh, p))[1];
-- Includes (Interval<DateTime>, Interval<DateTime>) Boolean, precision
CREATE OR REPLACE MACRO cql.includes_datetime(a, b, p) AS cql.included_in_datetime(b, a, p);
-- Overlaps (Interval<DateTime>, Interval<DateTime>) Boolean, precision
CREATE OR REPLACE MACRO cql.overlaps_datetime(a, b, p) AS
    list_transform(cql.ends_of(a, b), lambda v_overlaps:
        cql.same_or_before_datetime(v_overlaps.al, v_overlaps.bh, p) AND cql.same_or_before_datetime(v_overlaps.bl, v_overlaps.ah, p))[1];
-- OverlapsAfter (Interval<DateTime>, Interval<DateTime>) Boolean, precision
CREATE OR REPLACE MACRO cql.overlaps_after_datetime(a, b, p) AS
    list_transform(cql.ends_of(a, b), lambda v_overlaps:
        cql.same_or_before_datetime(v_overlaps.al, v_overlaps.bh, p) AND cql.before_datetime(v_overlaps.bh, v_overlaps.ah, p))[1];
-- OverlapsBefore (Interval<DateTime>, Interval<DateTime>) Boolean, precision
CREATE OR REPLACE MACRO cql.overlaps_before_datetime(a, b, p) AS
    list_transform(cql.ends_of(a, b), lambda v_overlaps:
        cql.same_or_before_datetime(v_overlaps.bl, v_overlaps.ah, p) AND cql.before_datetime(v_overlaps.al, v_overlaps.bl, p))[1];
-- Before (Interval<DateTime>, Interval<DateTime>) Boolean, precision
CREATE OR REPLACE MACRO cql.before_intervals(a, b, p) AS cql.before_datetime(cql.end_datetime(a), cql.start_datetime(b), p);
-- After (Interval<DateTime>, Interval<DateTime>) Boolean, precision
CREATE OR REPLACE MACRO cql.after_intervals(a, b, p) AS cql.before_intervals(b, a, p);
-- Before (DateTime, Interval<DateTime>) Boolean, precision
CREATE OR REPLACE MACRO cql.before_interval(a, b, p) AS cql.before_datetime(a, cql.start_datetime(b), p);
-- After (DateTime, Interval<DateTime>) Boolean, precision
CREATE OR REPLACE MACRO cql.after_interval(a, b, p) AS cql.before_datetime(cql.end_datetime(b), a, p);
