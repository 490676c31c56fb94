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
CREATE OR REPLACE MACRO cql.instant(t) AS
    CASE WHEN length(t) > 10 THEN make_timestamp(epoch_us(t::TIMESTAMPTZ) + cql.zone() * 60000000)
         WHEN length(t) = 10 THEN t::TIMESTAMP ELSE (t || CASE length(t) WHEN 7 THEN '-01' ELSE '-01-01' END)::TIMESTAMP END;
CREATE OR REPLACE MACRO cql.last_instant(t) AS
    CASE WHEN length(t) > 10 THEN cql.instant(t) + to_microseconds(CASE WHEN contains(t, '.') THEN 999 ELSE 999999 END)
         ELSE cql.instant(t) + CASE length(t) WHEN 10 THEN INTERVAL 1 DAY WHEN 7 THEN INTERVAL 1 MONTH ELSE INTERVAL 1 YEAR END
              - to_microseconds(1) END;
-- ToDateTime (Date) DateTime
CREATE OR REPLACE MACRO cql.to_datetime_date(a) AS
    CASE WHEN a IS NOT NULL THEN {'lo': a.lo::TIMESTAMP, 'hi': a.hi::TIMESTAMP + to_microseconds(86399999999),
                                  'p': a.p, 'z': cql.zone()::SMALLINT} END;
CREATE OR REPLACE MACRO cql.to_datetime(t) AS
    CASE WHEN t IS NOT NULL
         THEN {'lo': cql.instant(t), 'hi': cql.last_instant(t),
               'p': (CASE length(t) WHEN 4 THEN 1 WHEN 7 THEN 2 WHEN 10 THEN 3 ELSE CASE WHEN contains(t, '.') THEN 7 ELSE 6 END END)::UTINYINT,
               'z': (CASE WHEN length(t) > 10 THEN cql.offset_of(t) ELSE cql.zone() END)::SMALLINT} END;
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
-- The day that was written, whatever the clock of the evaluation.
-- DateFrom (DateTime) Date
CREATE OR REPLACE MACRO cql.date_from(a) AS
    CASE WHEN a IS NOT NULL THEN {'lo': (a.lo::TIMESTAMP - to_minutes(cql.zone() - a.z))::DATE, 'hi': (a.hi::TIMESTAMP - to_minutes(cql.zone() - a.z))::DATE,
                                  'p': least(a.p, 3)::UTINYINT} END;
CREATE OR REPLACE MACRO cql.rank(p) AS
    CASE p WHEN 'year' THEN 1 WHEN 'month' THEN 2 WHEN 'day' THEN 3 WHEN 'week' THEN 3 WHEN 'hour' THEN 4 WHEN 'minute' THEN 5 WHEN 'second' THEN 6 ELSE 7 END;
-- DateTimeComponentFrom (DateTime) Integer, precision
CREATE OR REPLACE MACRO cql.component_datetime(a, p) AS
    CASE WHEN a.p >= cql.rank(p)
         THEN CASE WHEN p = 'millisecond' THEN date_part(p, a.lo) % 1000 ELSE date_part(p, a.lo - to_minutes(cql.zone() - a.z)) END::INTEGER END;
-- DateTimeComponentFrom (Date) Integer, precision
CREATE OR REPLACE MACRO cql.component_date(a, p) AS CASE WHEN a.p >= cql.rank(p) THEN date_part(p, a.lo)::INTEGER END;
CREATE OR REPLACE MACRO cql.cut(p, t) AS
    CASE WHEN p = '' THEN t ELSE date_trunc(CASE WHEN p = '' THEN 'day' ELSE p END, t) END;
-- A day is the day that was written; hours and finer parts are those of one clock.
CREATE OR REPLACE MACRO cql.written(p, t, z) AS
    CASE WHEN p NOT IN ('year', 'month', 'day') OR z = cql.zone() THEN t ELSE t::TIMESTAMP - to_minutes(cql.zone() - z) END;
CREATE OR REPLACE MACRO cql.cut_at(p, t, z) AS cql.cut(p, cql.written(p, t, z));

-- As texts of their precision.
CREATE OR REPLACE MACRO cql.text_of_date(a) AS left(strftime(a.lo, '%Y-%m-%d'), CASE a.p WHEN 1 THEN 4 WHEN 2 THEN 7 ELSE 10 END);
CREATE OR REPLACE MACRO cql.text_of_datetime(a) AS
    left(strftime(a.lo - to_minutes((cql.zone() - a.z)::BIGINT), '%Y-%m-%dT%H:%M:%S.%g'),
         CASE a.p WHEN 1 THEN 4 WHEN 2 THEN 7 WHEN 3 THEN 10 WHEN 4 THEN 13 WHEN 5 THEN 16 WHEN 6 THEN 19 ELSE 23 END)
    || CASE WHEN a.p < 4 THEN '' WHEN a.z = 0 THEN 'Z'
            ELSE printf('%s%02d:%02d', CASE WHEN a.z < 0 THEN '-' ELSE '+' END, abs(a.z) // 60, abs(a.z) % 60) END;
CREATE OR REPLACE MACRO cql.text_of_time(a) AS
    left(strftime(TIMESTAMP '2000-01-01' + to_milliseconds(a.lo), '%H:%M:%S.%g'),
         CASE a.p WHEN 4 THEN 2 WHEN 5 THEN 5 WHEN 6 THEN 8 ELSE 12 END);

-- Two that are as precise as each other are told apart by their first instants; others by spans that do not meet.
-- Before (DateTime, DateTime) Boolean, precision
CREATE OR REPLACE MACRO cql.before_datetime(a, b, p) AS
    CASE WHEN a.p = b.p AND p = '' THEN a.lo < b.lo
         WHEN cql.cut_at(p, a.hi, a.z) < cql.cut_at(p, b.lo, b.z) THEN true
         WHEN cql.cut_at(p, a.lo, a.z) > cql.cut_at(p, b.hi, b.z) THEN false
         WHEN p <> '' AND a.p >= cql.rank(p) AND b.p >= cql.rank(p) THEN false END;
-- After (DateTime, DateTime) Boolean, precision
CREATE OR REPLACE MACRO cql.after_datetime(a, b, p) AS cql.before_datetime(b, a, p);
-- SameOrBefore (DateTime, DateTime) Boolean, precision
CREATE OR REPLACE MACRO cql.same_or_before_datetime(a, b, p) AS NOT cql.before_datetime(b, a, p);
-- SameOrAfter (DateTime, DateTime) Boolean, precision
CREATE OR REPLACE MACRO cql.same_or_after_datetime(a, b, p) AS NOT cql.before_datetime(a, b, p);
-- SameAs (DateTime, DateTime) Boolean, precision
CREATE OR REPLACE MACRO cql.same_as_datetime(a, b, p) AS
    CASE WHEN a.p = b.p AND p = '' THEN a.lo = b.lo
         WHEN cql.cut_at(p, a.hi, a.z) < cql.cut_at(p, b.lo, b.z) OR cql.cut_at(p, a.lo, a.z) > cql.cut_at(p, b.hi, b.z) THEN false
         WHEN p <> '' AND a.p >= cql.rank(p) AND b.p >= cql.rank(p) THEN true END;
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
         WHEN cql.cut(p, a.lo) > cql.cut(p, b.hi) THEN false
         WHEN p <> '' AND a.p >= cql.rank(p) AND b.p >= cql.rank(p) THEN false END;
-- After (Date, Date) Boolean, precision
CREATE OR REPLACE MACRO cql.after_date(a, b, p) AS cql.before_date(b, a, p);
-- SameOrBefore (Date, Date) Boolean, precision
CREATE OR REPLACE MACRO cql.same_or_before_date(a, b, p) AS NOT cql.before_date(b, a, p);
-- SameOrAfter (Date, Date) Boolean, precision
CREATE OR REPLACE MACRO cql.same_or_after_date(a, b, p) AS NOT cql.before_date(a, b, p);
-- SameAs (Date, Date) Boolean, precision
CREATE OR REPLACE MACRO cql.same_as_date(a, b, p) AS
    CASE WHEN a.p = b.p AND p = '' THEN a.lo = b.lo
         WHEN cql.cut(p, a.hi) < cql.cut(p, b.lo) OR cql.cut(p, a.lo) > cql.cut(p, b.hi) THEN false
         WHEN p <> '' AND a.p >= cql.rank(p) AND b.p >= cql.rank(p) THEN true END;
-- Equal (Date, Date) Boolean
CREATE OR REPLACE MACRO cql.equal_date(a, b) AS cql.same_as_date(a, b, '');
-- Less (Date, Date) Boolean
CREATE OR REPLACE MACRO cql.less_date(a, b) AS cql.before_date(a, b, '');
-- Greater (Date, Date) Boolean
CREATE OR REPLACE MACRO cql.greater_date(a, b) AS cql.before_date(b, a, '');
-- LessOrEqual (Date, Date) Boolean
CREATE OR REPLACE MACRO cql.less_or_equal_date(a, b) AS NOT cql.before_date(b, a, '');
-- GreaterOrEqual (Date, Date) Boolean
CREATE OR REPLACE MACRO cql.greater_or_equal_date(a, b) AS NOT cql.before_date(a, b, '');
