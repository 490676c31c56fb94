-- Times of day: the first and the last millisecond they may mean, and how precise they are (`p`: 4 hour to 7 millisecond).

CREATE OR REPLACE MACRO cql.cut_time(p, t) AS
    CASE p WHEN 'hour' THEN t // 3600000 WHEN 'minute' THEN t // 60000 WHEN 'second' THEN t // 1000 ELSE t END;
-- Before (Time, Time) Boolean, precision
CREATE OR REPLACE MACRO cql.before_time(a, b, p) AS
    CASE WHEN a.p = b.p AND p = '' THEN a.lo < b.lo
         WHEN cql.cut_time(p, a.hi) < cql.cut_time(p, b.lo) THEN true
         WHEN cql.cut_time(p, a.lo) > cql.cut_time(p, b.hi) THEN false
         WHEN p <> '' AND a.p >= cql.rank(p) AND b.p >= cql.rank(p) THEN false END;
-- After (Time, Time) Boolean, precision
CREATE OR REPLACE MACRO cql.after_time(a, b, p) AS cql.before_time(b, a, p);
-- SameOrBefore (Time, Time) Boolean, precision
CREATE OR REPLACE MACRO cql.same_or_before_time(a, b, p) AS NOT cql.before_time(b, a, p);
-- SameOrAfter (Time, Time) Boolean, precision
CREATE OR REPLACE MACRO cql.same_or_after_time(a, b, p) AS NOT cql.before_time(a, b, p);
-- SameAs (Time, Time) Boolean, precision
CREATE OR REPLACE MACRO cql.same_as_time(a, b, p) AS
    CASE WHEN a.p = b.p AND p = '' THEN a.lo = b.lo
         WHEN cql.cut_time(p, a.hi) < cql.cut_time(p, b.lo) OR cql.cut_time(p, a.lo) > cql.cut_time(p, b.hi) THEN false
         WHEN p <> '' AND a.p >= cql.rank(p) AND b.p >= cql.rank(p) THEN true END;
-- Equal (Time, Time) Boolean
CREATE OR REPLACE MACRO cql.equal_time(a, b) AS cql.same_as_time(a, b, '');
-- Less (Time, Time) Boolean
CREATE OR REPLACE MACRO cql.less_time(a, b) AS cql.before_time(a, b, '');
-- Greater (Time, Time) Boolean
CREATE OR REPLACE MACRO cql.greater_time(a, b) AS cql.before_time(b, a, '');
-- LessOrEqual (Time, Time) Boolean
CREATE OR REPLACE MACRO cql.less_or_equal_time(a, b) AS NOT cql.before_time(b, a, '');
-- GreaterOrEqual (Time, Time) Boolean
CREATE OR REPLACE MACRO cql.greater_or_equal_time(a, b) AS NOT cql.before_time(a, b, '');

-- TimeFrom (DateTime) Time
CREATE OR REPLACE MACRO cql.time_from(a) AS
    CASE WHEN a.p > 3 THEN {'lo': (epoch_ms(a.lo) - epoch_ms(date_trunc('day', a.lo)))::INTEGER,
                            'hi': (epoch_ms(a.hi) - epoch_ms(date_trunc('day', a.hi)))::INTEGER, 'p': a.p} END;
-- TimeOfDay () Time
CREATE OR REPLACE MACRO cql.time_of_day() AS cql.time_from(cql.now());
-- TimezoneOffsetFrom (DateTime) Decimal
CREATE OR REPLACE MACRO cql.timezone_offset_from(a) AS (a.z / 60)::DECIMAL(28,8);
-- DateTimeComponentFrom (Time) Integer, precision
CREATE OR REPLACE MACRO cql.component_time(a, p) AS
    CASE WHEN a.p >= cql.rank(p)
         THEN CASE p WHEN 'hour' THEN a.lo // 3600000 WHEN 'minute' THEN a.lo // 60000 % 60 WHEN 'second' THEN a.lo // 1000 % 60
                     WHEN 'millisecond' THEN a.lo % 1000 END END;

CREATE OR REPLACE MACRO cql.width_time(p) AS CASE p WHEN 4 THEN 3600000 WHEN 5 THEN 60000 WHEN 6 THEN 1000 ELSE 1 END;
CREATE OR REPLACE MACRO cql.at_time(lo, p) AS {'lo': (lo)::INTEGER, 'hi': (lo + cql.width_time(p) - 1)::INTEGER, 'p': (p)::UTINYINT};
CREATE OR REPLACE MACRO cql.made_time(h, mi, s, ms) AS
    CASE WHEN h IS NULL AND mi IS NULL AND s IS NULL AND ms IS NULL THEN NULL
         WHEN h BETWEEN 0 AND 23 AND coalesce(mi, 0) BETWEEN 0 AND 59 AND coalesce(s, 0) BETWEEN 0 AND 59 AND coalesce(ms, 0) BETWEEN 0 AND 999
              AND (mi IS NOT NULL OR s IS NULL) AND (s IS NOT NULL OR ms IS NULL)
         THEN cql.at_time(h * 3600000 + coalesce(mi, 0) * 60000 + coalesce(s, 0) * 1000 + coalesce(ms, 0),
                          CASE WHEN mi IS NULL THEN 4 WHEN s IS NULL THEN 5 WHEN ms IS NULL THEN 6 ELSE 7 END)
         ELSE cql.fail(h, 'there is no such time') END;
-- Time (Integer) Time
CREATE OR REPLACE MACRO cql.time_1(h) AS cql.made_time(h, NULL, NULL, NULL);
-- Time (Integer, Integer) Time
CREATE OR REPLACE MACRO cql.time_2(h, mi) AS cql.made_time(h, mi, NULL, NULL);
-- Time (Integer, Integer, Integer) Time
CREATE OR REPLACE MACRO cql.time_3(h, mi, s) AS cql.made_time(h, mi, s, NULL);
-- Time (Integer, Integer, Integer, Integer) Time
CREATE OR REPLACE MACRO cql.time_4(h, mi, s, ms) AS cql.made_time(h, mi, s, ms);
