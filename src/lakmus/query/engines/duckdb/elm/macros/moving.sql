-- Dates and times moved by durations (CQL 1.5, author's guide, "Date/Time Arithmetic").

-- The part of a moment that a unit counts: 1 year to 7 millisecond; null for what is no duration.
CREATE OR REPLACE MACRO cql.rank_of(u) AS
    CASE rtrim(u, 's') WHEN 'year' THEN 1 WHEN 'month' THEN 2 WHEN 'week' THEN 3 WHEN 'wk' THEN 3 WHEN 'day' THEN 3 WHEN 'd' THEN 3
         WHEN 'hour' THEN 4 WHEN 'h' THEN 4 WHEN 'minute' THEN 5 WHEN 'min' THEN 5 WHEN 'second' THEN 6 WHEN '' THEN 6
         WHEN 'millisecond' THEN 7 WHEN 'm' THEN CASE WHEN u = 'ms' THEN 7 END END;
CREATE OR REPLACE MACRO cql.width_of(u) AS
    CASE rtrim(u, 's') WHEN 'week' THEN 604800000 WHEN 'wk' THEN 604800000 WHEN 'day' THEN 86400000 WHEN 'd' THEN 86400000
         WHEN 'hour' THEN 3600000 WHEN 'h' THEN 3600000 WHEN 'minute' THEN 60000 WHEN 'min' THEN 60000
         WHEN 'second' THEN 1000 WHEN '' THEN 1000 ELSE 1 END;
-- A duration finer than the moment counts in the moment's own part: 30-day months and 365-day years.
CREATE OR REPLACE MACRO cql.part_width(p) AS
    CASE p WHEN 1 THEN 31536000000 WHEN 2 THEN 2592000000 WHEN 3 THEN 86400000 WHEN 4 THEN 3600000 WHEN 5 THEN 60000 WHEN 6 THEN 1000 ELSE 1 END;
-- `r` is the part that the unit counts, `w` its milliseconds, `n` how many, `p` how precise the moment is.
CREATE OR REPLACE MACRO cql.own_step(r, w, n, p) AS
    CASE r WHEN 1 THEN to_years(trunc(n)::INTEGER) WHEN 2 THEN to_months(trunc(n)::INTEGER) WHEN 3 THEN to_days((trunc(n) * w / 86400000)::INTEGER)
           ELSE to_milliseconds((CASE WHEN w = 1000 AND p = 7 THEN trunc(n * 1000) ELSE trunc(n) * w END)::BIGINT) END;
CREATE OR REPLACE MACRO cql.coarse_count(r, w, n, p) AS
    trunc(CASE WHEN r = 2 THEN trunc(n) / 12 ELSE trunc(n)::DOUBLE * w / cql.part_width(p) END);
CREATE OR REPLACE MACRO cql.coarse_step(n, p) AS
    CASE p WHEN 1 THEN to_years(n::INTEGER) WHEN 2 THEN to_months(n::INTEGER) WHEN 3 THEN to_days(n::INTEGER)
           ELSE to_milliseconds((n * cql.part_width(p))::BIGINT) END;
-- Months have their own lengths: the last day that a month may mean is found again.
CREATE OR REPLACE MACRO cql.moved_datetime(a, step) AS
    CASE WHEN a IS NOT NULL AND step IS NOT NULL
         THEN {'lo': a.lo::TIMESTAMP + step, 'hi': CASE WHEN a.p = 2 THEN a.lo::TIMESTAMP + step + INTERVAL 1 MONTH - INTERVAL 1 MICROSECOND ELSE a.hi::TIMESTAMP + step END,
               'p': a.p, 'z': a.z} END;
CREATE OR REPLACE MACRO cql.moved_date(a, step) AS
    CASE WHEN a IS NOT NULL AND step IS NOT NULL
         THEN {'lo': (a.lo::DATE + step)::DATE, 'hi': CASE WHEN a.p = 2 THEN last_day(a.lo::DATE + step) ELSE (a.hi::DATE + step)::DATE END, 'p': a.p} END;
-- Times go round the clock.
CREATE OR REPLACE MACRO cql.moved_time(a, ms) AS
    CASE WHEN a IS NOT NULL THEN cql.at_time((((a.lo + ms) % 86400000) + 86400000) % 86400000, a.p) END;
CREATE OR REPLACE MACRO cql.ticks(q, p) AS
    CASE WHEN coalesce(cql.rank_of(q.unit), 0) < 4 THEN cql.fail(p, 'only hours and shorter durations can be added to a time')
         WHEN cql.rank_of(q.unit) = 6 AND p = 7 THEN trunc(q.value * 1000)::BIGINT
         ELSE trunc(trunc(q.value) * cql.width_of(q.unit) / cql.width_time(p))::BIGINT * cql.width_time(p) END;

-- The next moment of the same precision, or the one before; null where there is none.
CREATE OR REPLACE MACRO cql.tick(p) AS
    CASE p WHEN 1 THEN INTERVAL 1 YEAR WHEN 2 THEN INTERVAL 1 MONTH WHEN 3 THEN INTERVAL 1 DAY WHEN 4 THEN INTERVAL 1 HOUR
           WHEN 5 THEN INTERVAL 1 MINUTE WHEN 6 THEN INTERVAL 1 SECOND ELSE INTERVAL 1 MILLISECOND END;
CREATE OR REPLACE MACRO cql.up_datetime(a) AS
    {'lo': a.lo::TIMESTAMP + cql.tick(a.p), 'hi': a.hi::TIMESTAMP + INTERVAL 1 MICROSECOND + cql.tick(a.p) - INTERVAL 1 MICROSECOND,
     'p': a.p, 'z': a.z};
CREATE OR REPLACE MACRO cql.down_datetime(a) AS
    {'lo': a.lo::TIMESTAMP - cql.tick(a.p), 'hi': a.lo::TIMESTAMP - INTERVAL 1 MICROSECOND, 'p': a.p, 'z': a.z};
CREATE OR REPLACE MACRO cql.up_date(a) AS
    {'lo': (a.lo::DATE + cql.tick(a.p))::DATE, 'hi': (a.hi::DATE + INTERVAL 1 DAY + cql.tick(a.p) - INTERVAL 1 DAY)::DATE, 'p': a.p};
CREATE OR REPLACE MACRO cql.down_date(a) AS {'lo': (a.lo::DATE - cql.tick(a.p))::DATE, 'hi': (a.lo::DATE - INTERVAL 1 DAY)::DATE, 'p': a.p};
CREATE OR REPLACE MACRO cql.up_time(a) AS cql.at_time(a.lo + cql.width_time(a.p), a.p);
CREATE OR REPLACE MACRO cql.down_time(a) AS cql.at_time(a.lo - cql.width_time(a.p), a.p);
CREATE OR REPLACE MACRO cql.can_up_datetime(a) AS a.hi < TIMESTAMP '9999-12-31 23:59:59.999999';
CREATE OR REPLACE MACRO cql.can_down_datetime(a) AS a.lo > TIMESTAMP '0001-01-01';
CREATE OR REPLACE MACRO cql.can_up_date(a) AS a.hi < DATE '9999-12-31';
CREATE OR REPLACE MACRO cql.can_down_date(a) AS a.lo > DATE '0001-01-01';
CREATE OR REPLACE MACRO cql.can_up_time(a) AS a.hi < 86399999;
CREATE OR REPLACE MACRO cql.can_down_time(a) AS a.lo > 0;
