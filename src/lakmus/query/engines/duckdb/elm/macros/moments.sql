-- Dates and times: the first and the last instant they may mean (`lo`, `hi`), how precise they are (`p`: 1 year to 7 millisecond),
-- and their own offset (`z`). `lo` and `hi` are local times in the zone of the evaluation.

CREATE OR REPLACE MACRO cql.to_date(t) AS
    CASE length(t) WHEN 10 THEN {'lo': t::DATE, 'hi': t::DATE, 'p': 3::UTINYINT}
                   WHEN 7 THEN {'lo': (t || '-01')::DATE, 'hi': last_day((t || '-01')::DATE), 'p': 2::UTINYINT}
                   WHEN 4 THEN {'lo': (t || '-01-01')::DATE, 'hi': (t || '-12-31')::DATE, 'p': 1::UTINYINT} END;
CREATE OR REPLACE MACRO cql.offset_of(t) AS
    CASE WHEN t[-1] = 'Z' THEN 0
         ELSE (CASE WHEN t[-6] = '-' THEN -1 ELSE 1 END)
              * (substr(t, length(t) - 4, 2)::SMALLINT * 60 + substr(t, length(t) - 1, 2)::SMALLINT) END;
CREATE OR REPLACE MACRO cql.clock(t) AS
    list_transform([{'s': left(t, CASE WHEN t[-1] = 'Z' THEN length(t) - 1 ELSE length(t) - 6 END)::TIMESTAMP,
                     'z': cql.offset_of(t)::SMALLINT, 'f': contains(t, '.')}],
        lambda v_clock: {'lo': v_clock.s - to_minutes(v_clock.z - cql.zone()),
                         'hi': v_clock.s - to_minutes(v_clock.z - cql.zone())
                               + to_microseconds(CASE WHEN v_clock.f THEN 999 ELSE 999999 END),
                         'p': (CASE WHEN v_clock.f THEN 7 ELSE 6 END)::UTINYINT, 'z': v_clock.z})[1];
-- ToDateTime (Date) DateTime
CREATE OR REPLACE MACRO cql.to_datetime_date(a) AS
    CASE WHEN a IS NOT NULL THEN {'lo': a.lo::TIMESTAMP, 'hi': a.hi::TIMESTAMP + to_microseconds(86399999999),
                                  'p': a.p, 'z': cql.zone()::SMALLINT} END;
CREATE OR REPLACE MACRO cql.day_of(t) AS
    list_transform([cql.to_date(t)], lambda v_day: cql.to_datetime_date(v_day))[1];
CREATE OR REPLACE MACRO cql.to_datetime(t) AS
    CASE WHEN t IS NULL THEN NULL WHEN length(t) > 10 THEN cql.clock(t) ELSE cql.day_of(t) END;
CREATE OR REPLACE MACRO cql.min_datetime() AS
    {'lo': TIMESTAMP '0001-01-01', 'hi': TIMESTAMP '0001-01-01' + to_microseconds(999), 'p': 7::UTINYINT, 'z': cql.zone()::SMALLINT};
CREATE OR REPLACE MACRO cql.max_datetime() AS
    {'lo': TIMESTAMP '9999-12-31 23:59:59.999', 'hi': TIMESTAMP '9999-12-31 23:59:59.999999', 'p': 7::UTINYINT, 'z': cql.zone()::SMALLINT};
CREATE OR REPLACE MACRO cql.min_date() AS {'lo': DATE '0001-01-01', 'hi': DATE '0001-01-01', 'p': 3::UTINYINT};
CREATE OR REPLACE MACRO cql.max_date() AS {'lo': DATE '9999-12-31', 'hi': DATE '9999-12-31', 'p': 3::UTINYINT};
-- Now () DateTime
CREATE OR REPLACE MACRO cql.evaluated() AS cql.now();
-- Today () Date
CREATE OR REPLACE MACRO cql.today() AS {'lo': (cql.now()).lo::DATE, 'hi': (cql.now()).lo::DATE, 'p': 3::UTINYINT};
-- DateFrom (DateTime) Date
CREATE OR REPLACE MACRO cql.date_from(a) AS
    CASE WHEN a IS NOT NULL THEN {'lo': a.lo::DATE, 'hi': a.hi::DATE, 'p': least(a.p, 3)::UTINYINT} END;
-- DateTimeComponentFrom (DateTime) Integer, precision
CREATE OR REPLACE MACRO cql.component_datetime(a, p) AS
    CASE WHEN a.p >= cql.rank(p) THEN date_part(p, a.lo - to_minutes(cql.zone() - a.z))::INTEGER END;
-- DateTimeComponentFrom (Date) Integer, precision
CREATE OR REPLACE MACRO cql.component_date(a, p) AS CASE WHEN a.p >= cql.rank(p) THEN date_part(p, a.lo)::INTEGER END;
CREATE OR REPLACE MACRO cql.rank(p) AS
    CASE p WHEN 'year' THEN 1 WHEN 'month' THEN 2 WHEN 'day' THEN 3 WHEN 'hour' THEN 4 WHEN 'minute' THEN 5 WHEN 'second' THEN 6 ELSE 7 END;
CREATE OR REPLACE MACRO cql.cut(p, t) AS
    CASE WHEN p = '' THEN t ELSE date_trunc(CASE WHEN p = '' THEN 'day' ELSE p END, t) END;

-- Two that are as precise as each other are told apart by their first instants; others by spans that do not meet.
-- Before (DateTime, DateTime) Boolean, precision
CREATE OR REPLACE MACRO cql.before_datetime(a, b, p) AS
    CASE WHEN a.p = b.p AND p = '' THEN a.lo < b.lo
         WHEN cql.cut(p, a.hi) < cql.cut(p, b.lo) THEN true
         WHEN cql.cut(p, a.lo) >= cql.cut(p, b.hi) THEN false END;
-- After (DateTime, DateTime) Boolean, precision
CREATE OR REPLACE MACRO cql.after_datetime(a, b, p) AS cql.before_datetime(b, a, p);
-- SameOrBefore (DateTime, DateTime) Boolean, precision
CREATE OR REPLACE MACRO cql.same_or_before_datetime(a, b, p) AS NOT cql.before_datetime(b, a, p);
-- SameOrAfter (DateTime, DateTime) Boolean, precision
CREATE OR REPLACE MACRO cql.same_or_after_datetime(a, b, p) AS NOT cql.before_datetime(a, b, p);
-- SameAs (DateTime, DateTime) Boolean, precision
CREATE OR REPLACE MACRO cql.same_as_datetime(a, b, p) AS
    CASE WHEN a.p = b.p AND p = '' THEN a.lo = b.lo
         WHEN cql.cut(p, a.hi) < cql.cut(p, b.lo) OR cql.cut(p, a.lo) > cql.cut(p, b.hi) THEN false
         WHEN cql.cut(p, a.lo) = cql.cut(p, b.hi) AND cql.cut(p, a.hi) = cql.cut(p, b.lo) THEN true END;
-- Equal (DateTime, DateTime) Boolean
CREATE OR REPLACE MACRO cql.equal_datetime(a, b) AS cql.same_as_datetime(a, b, '');
-- Less (DateTime, DateTime) Boolean
CREATE OR REPLACE MACRO cql.less_datetime(a, b) AS cql.before_datetime(a, b, '');
-- Greater (DateTime, DateTime) Boolean
CREATE OR REPLACE MACRO cql.greater_datetime(a, b) AS cql.before_datetime(b, a, '');
-- LessOrEqual (DateTime, DateTime) Boolean
CREATE OR REPLACE MACRO cql.less_or_equal_datetime(a, b) AS NOT cql.before_datetime(b, a, '');
-- GreaterOrEqual (DateTime, DateTime) Boolean
CREATE OR REPLACE MACRO cql.greater_or_equal_datetime(a, b) AS NOT cql.before_datetime(a, b, '');
-- Before (Date, Date) Boolean, precision
CREATE OR REPLACE MACRO cql.before_date(a, b, p) AS
    CASE WHEN a.p = b.p AND p = '' THEN a.lo < b.lo
         WHEN cql.cut(p, a.hi) < cql.cut(p, b.lo) THEN true
         WHEN cql.cut(p, a.lo) >= cql.cut(p, b.hi) THEN false END;
-- After (Date, Date) Boolean, precision
CREATE OR REPLACE MACRO cql.after_date(a, b, p) AS cql.before_date(b, a, p);
-- SameOrBefore (Date, Date) Boolean, precision
CREATE OR REPLACE MACRO cql.same_or_before_date(a, b, p) AS NOT cql.before_date(b, a, p);
-- SameOrAfter (Date, Date) Boolean, precision
CREATE OR REPLACE MACRO cql.same_or_after_date(a, b, p) AS NOT cql.before_date(a, b, p);
-- Less (Date, Date) Boolean
CREATE OR REPLACE MACRO cql.less_date(a, b) AS cql.before_date(a, b, '');
-- Greater (Date, Date) Boolean
CREATE OR REPLACE MACRO cql.greater_date(a, b) AS cql.before_date(b, a, '');
-- LessOrEqual (Date, Date) Boolean
CREATE OR REPLACE MACRO cql.less_or_equal_date(a, b) AS NOT cql.before_date(b, a, '');
-- GreaterOrEqual (Date, Date) Boolean
CREATE OR REPLACE MACRO cql.greater_or_equal_date(a, b) AS NOT cql.before_date(a, b, '');

CREATE OR REPLACE MACRO cql.step(q, sign) AS
    CASE rtrim(q.unit, 's') WHEN 'year' THEN to_years((sign * trunc(q.value))::INTEGER)
         WHEN 'month' THEN to_months((sign * trunc(q.value))::INTEGER)
         WHEN 'week' THEN to_days((sign * trunc(q.value) * 7)::INTEGER) WHEN 'wk' THEN to_days((sign * trunc(q.value) * 7)::INTEGER)
         WHEN 'day' THEN to_days((sign * trunc(q.value))::INTEGER) WHEN 'd' THEN to_days((sign * trunc(q.value))::INTEGER)
         WHEN 'hour' THEN to_hours((sign * trunc(q.value))::BIGINT) WHEN 'h' THEN to_hours((sign * trunc(q.value))::BIGINT)
         WHEN 'minute' THEN to_minutes((sign * trunc(q.value))::BIGINT) WHEN 'min' THEN to_minutes((sign * trunc(q.value))::BIGINT)
         WHEN 'second' THEN to_milliseconds(sign * q.value * 1000) WHEN '' THEN to_milliseconds(sign * q.value * 1000)
         WHEN 'millisecond' THEN to_milliseconds(sign * trunc(q.value)) WHEN 'm' THEN to_milliseconds(sign * trunc(q.value)) END;
CREATE OR REPLACE MACRO cql.moved_datetime(a, step) AS
    CASE WHEN a IS NOT NULL AND step IS NOT NULL THEN {'lo': a.lo + step, 'hi': a.hi + step, 'p': a.p, 'z': a.z} END;
CREATE OR REPLACE MACRO cql.moved_date(a, step) AS
    CASE WHEN a IS NOT NULL AND step IS NOT NULL THEN {'lo': (a.lo + step)::DATE, 'hi': (a.hi + step)::DATE, 'p': a.p} END;
-- Add (DateTime, Quantity) DateTime
CREATE OR REPLACE MACRO cql.add_datetime(a, q) AS
    list_transform([{'a': a, 's': cql.step(q, 1)}], lambda v_add: cql.moved_datetime(v_add.a, v_add.s))[1];
-- Subtract (DateTime, Quantity) DateTime
CREATE OR REPLACE MACRO cql.subtract_datetime(a, q) AS
    list_transform([{'a': a, 's': cql.step(q, -1)}], lambda v_subtract: cql.moved_datetime(v_subtract.a, v_subtract.s))[1];
-- Add (Date, Quantity) Date
CREATE OR REPLACE MACRO cql.add_date(a, q) AS
    list_transform([{'a': a, 's': cql.step(q, 1)}], lambda v_add: cql.moved_date(v_add.a, v_add.s))[1];
-- Subtract (Date, Quantity) Date
CREATE OR REPLACE MACRO cql.subtract_date(a, q) AS
    list_transform([{'a': a, 's': cql.step(q, -1)}], lambda v_subtract: cql.moved_date(v_subtract.a, v_subtract.s))[1];

-- What lies between two spans is known when the shortest and the longest way say the same.
-- CalculateAgeAt (Date, Date) Integer, precision
CREATE OR REPLACE MACRO cql.calculate_age_at(a, b, p) AS
    CASE WHEN date_sub(p, a.lo, b.hi) = date_sub(p, a.hi, b.lo) THEN date_sub(p, a.lo, b.lo)::INTEGER END;
-- DurationBetween (Date, Date) Integer, precision
CREATE OR REPLACE MACRO cql.duration_date(a, b, p) AS
    CASE WHEN date_sub(p, a.lo, b.hi) = date_sub(p, a.hi, b.lo) THEN date_sub(p, a.lo, b.lo)::INTEGER END;
-- DurationBetween (DateTime, DateTime) Integer, precision
CREATE OR REPLACE MACRO cql.duration_datetime(a, b, p) AS
    CASE WHEN a.p = b.p AND a.p >= 6 THEN date_sub(p, a.lo, b.lo)::INTEGER
         WHEN date_sub(p, a.lo, b.hi) = date_sub(p, a.hi, b.lo) THEN date_sub(p, a.lo, b.lo)::INTEGER END;

-- As many parts as are given; a span where some are left out.
CREATE OR REPLACE MACRO cql.made(y, mo, d, h, mi, s, ms, z) AS
    list_transform([{'t': make_timestamp(y, coalesce(mo, 1), coalesce(d, 1), coalesce(h, 0), coalesce(mi, 0),
                                         coalesce(s, 0) + coalesce(ms, 0) / 1000.0) - to_minutes(z - cql.zone()),
                     'p': CASE WHEN mo IS NULL THEN 1 WHEN d IS NULL THEN 2 WHEN h IS NULL THEN 3 WHEN mi IS NULL THEN 4
                               WHEN s IS NULL THEN 5 WHEN ms IS NULL THEN 6 ELSE 7 END}],
        lambda v_made: {'lo': v_made.t,
                        'hi': CASE v_made.p WHEN 1 THEN v_made.t + INTERVAL 1 YEAR WHEN 2 THEN v_made.t + INTERVAL 1 MONTH
                                            WHEN 3 THEN v_made.t + INTERVAL 1 DAY WHEN 4 THEN v_made.t + INTERVAL 1 HOUR
                                            WHEN 5 THEN v_made.t + INTERVAL 1 MINUTE WHEN 6 THEN v_made.t + INTERVAL 1 SECOND
                                            ELSE v_made.t + INTERVAL 1 MILLISECOND END - to_microseconds(1),
                        'p': v_made.p::UTINYINT, 'z': z::SMALLINT})[1];
-- DateTime (Integer) DateTime
CREATE OR REPLACE MACRO cql.datetime_1(y) AS cql.made(y, NULL, NULL, NULL, NULL, NULL, NULL, cql.zone());
-- DateTime (Integer, Integer) DateTime
CREATE OR REPLACE MACRO cql.datetime_2(y, mo) AS cql.made(y, mo, NULL, NULL, NULL, NULL, NULL, cql.zone());
-- DateTime (Integer, Integer, Integer) DateTime
CREATE OR REPLACE MACRO cql.datetime_3(y, mo, d) AS cql.made(y, mo, d, NULL, NULL, NULL, NULL, cql.zone());
-- DateTime (Integer, Integer, Integer, Integer) DateTime
CREATE OR REPLACE MACRO cql.datetime_4(y, mo, d, h) AS cql.made(y, mo, d, h, NULL, NULL, NULL, cql.zone());
-- DateTime (Integer, Integer, Integer, Integer, Integer) DateTime
CREATE OR REPLACE MACRO cql.datetime_5(y, mo, d, h, mi) AS cql.made(y, mo, d, h, mi, NULL, NULL, cql.zone());
-- DateTime (Integer, Integer, Integer, Integer, Integer, Integer) DateTime
CREATE OR REPLACE MACRO cql.datetime_6(y, mo, d, h, mi, s) AS cql.made(y, mo, d, h, mi, s, NULL, cql.zone());
-- DateTime (Integer, Integer, Integer, Integer, Integer, Integer, Integer) DateTime
CREATE OR REPLACE MACRO cql.datetime_7(y, mo, d, h, mi, s, ms) AS cql.made(y, mo, d, h, mi, s, ms, cql.zone());
-- DateTime (Integer, Integer, Integer, Integer, Integer, Integer, Integer, Decimal) DateTime
CREATE OR REPLACE MACRO cql.datetime_8(y, mo, d, h, mi, s, ms, z) AS cql.made(y, mo, d, h, mi, s, ms, (z * 60)::INTEGER);
