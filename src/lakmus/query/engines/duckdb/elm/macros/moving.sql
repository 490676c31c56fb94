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
CREATE OR REPLACE MACRO cql.coarse_step(q, sign, p) AS
    list_transform([(sign * CASE WHEN q.unit[1:5] = 'month' THEN trunc(trunc(q.value) / 12)
                                 ELSE trunc(trunc(q.value)::DOUBLE * cql.width_of(q.unit) / cql.part_width(p)) END)::BIGINT],
        lambda v_n: CASE p WHEN 1 THEN to_years(v_n::INTEGER) WHEN 2 THEN to_months(v_n::INTEGER) WHEN 3 THEN to_days(v_n::INTEGER)
                           ELSE to_milliseconds(v_n * cql.part_width(p)) END)[1];
CREATE OR REPLACE MACRO cql.step(q, sign) AS
    CASE rtrim(q.unit, 's') WHEN 'year' THEN to_years((sign * trunc(q.value))::INTEGER)
         WHEN 'month' THEN to_months((sign * trunc(q.value))::INTEGER)
         WHEN 'week' THEN to_days((sign * trunc(q.value) * 7)::INTEGER) WHEN 'wk' THEN to_days((sign * trunc(q.value) * 7)::INTEGER)
         WHEN 'day' THEN to_days((sign * trunc(q.value))::INTEGER) WHEN 'd' THEN to_days((sign * trunc(q.value))::INTEGER)
         WHEN 'hour' THEN to_hours((sign * trunc(q.value))::BIGINT) WHEN 'h' THEN to_hours((sign * trunc(q.value))::BIGINT)
         WHEN 'minute' THEN to_minutes((sign * trunc(q.value))::BIGINT) WHEN 'min' THEN to_minutes((sign * trunc(q.value))::BIGINT)
         WHEN 'second' THEN to_milliseconds(sign * trunc(q.value * 1000)) WHEN '' THEN to_milliseconds(sign * trunc(q.value * 1000))
         WHEN 'millisecond' THEN to_milliseconds(sign * trunc(q.value)) WHEN 'm' THEN to_milliseconds(sign * trunc(q.value)) END;
CREATE OR REPLACE MACRO cql.steps(q, sign, p) AS
    CASE WHEN cql.rank_of(q.unit) > p OR (p = 6 AND cql.width_of(q.unit) = 1000) THEN cql.coarse_step(q, sign, p) ELSE cql.step(q, sign) END;
-- Months have their own lengths: the last day that a month may mean is found again.
CREATE OR REPLACE MACRO cql.moved_datetime(a, step) AS
    CASE WHEN a IS NOT NULL AND step IS NOT NULL
         THEN {'lo': a.lo + step, 'hi': CASE WHEN a.p = 2 THEN a.lo + step + INTERVAL 1 MONTH - INTERVAL 1 MICROSECOND ELSE a.hi + step END,
               'p': a.p, 'z': a.z} END;
CREATE OR REPLACE MACRO cql.moved_date(a, step) AS
    CASE WHEN a IS NOT NULL AND step IS NOT NULL
         THEN {'lo': (a.lo + step)::DATE, 'hi': CASE WHEN a.p = 2 THEN last_day(a.lo + step) ELSE (a.hi + step)::DATE END, 'p': a.p} END;
-- Add (DateTime, Quantity) DateTime
CREATE OR REPLACE MACRO cql.add_datetime(a, q) AS
    list_transform([{'a': a, 's': cql.steps(q, 1, a.p)}], lambda v_add: cql.moved_datetime(v_add.a, v_add.s))[1];
-- Subtract (DateTime, Quantity) DateTime
CREATE OR REPLACE MACRO cql.subtract_datetime(a, q) AS
    list_transform([{'a': a, 's': cql.steps(q, -1, a.p)}], lambda v_subtract: cql.moved_datetime(v_subtract.a, v_subtract.s))[1];
-- Add (Date, Quantity) Date
CREATE OR REPLACE MACRO cql.add_date(a, q) AS
    list_transform([{'a': a, 's': cql.steps(q, 1, a.p)}], lambda v_add: cql.moved_date(v_add.a, v_add.s))[1];
-- Subtract (Date, Quantity) Date
CREATE OR REPLACE MACRO cql.subtract_date(a, q) AS
    list_transform([{'a': a, 's': cql.steps(q, -1, a.p)}], lambda v_subtract: cql.moved_date(v_subtract.a, v_subtract.s))[1];

-- Times go round the clock.
CREATE OR REPLACE MACRO cql.moved_time(a, ms) AS
    CASE WHEN a IS NOT NULL THEN cql.at_time((((a.lo + ms) % 86400000) + 86400000) % 86400000, a.p) END;
CREATE OR REPLACE MACRO cql.ticks(q, p) AS
    CASE WHEN cql.rank_of(q.unit) < 4 THEN cql.fail(p, 'a day or a longer duration cannot be added to a time')
         WHEN cql.rank_of(q.unit) = 6 AND p = 7 THEN trunc(q.value * 1000)::BIGINT
         ELSE trunc(trunc(q.value) * cql.width_of(q.unit) / cql.width_time(p))::BIGINT * cql.width_time(p) END;
-- Add (Time, Quantity) Time
CREATE OR REPLACE MACRO cql.add_time(a, q) AS cql.moved_time(a, cql.ticks(q, a.p));
-- Subtract (Time, Quantity) Time
CREATE OR REPLACE MACRO cql.subtract_time(a, q) AS cql.moved_time(a, -cql.ticks(q, a.p));

-- The next moment of the same precision, or the one before; null where there is none.
CREATE OR REPLACE MACRO cql.tick(p) AS
    CASE p WHEN 1 THEN INTERVAL 1 YEAR WHEN 2 THEN INTERVAL 1 MONTH WHEN 3 THEN INTERVAL 1 DAY WHEN 4 THEN INTERVAL 1 HOUR
           WHEN 5 THEN INTERVAL 1 MINUTE WHEN 6 THEN INTERVAL 1 SECOND ELSE INTERVAL 1 MILLISECOND END;
CREATE OR REPLACE MACRO cql.next_datetime(a) AS
    CASE WHEN a.hi < TIMESTAMP '9999-12-31 23:59:59.999999' THEN cql.moved_datetime(a, cql.tick(a.p)) END;
CREATE OR REPLACE MACRO cql.previous_datetime(a) AS
    CASE WHEN a.lo > TIMESTAMP '0001-01-01' THEN cql.moved_datetime(a, -cql.tick(a.p)) END;
CREATE OR REPLACE MACRO cql.next_date(a) AS CASE WHEN a.hi < DATE '9999-12-31' THEN cql.moved_date(a, cql.tick(a.p)) END;
CREATE OR REPLACE MACRO cql.previous_date(a) AS CASE WHEN a.lo > DATE '0001-01-01' THEN cql.moved_date(a, -cql.tick(a.p)) END;
CREATE OR REPLACE MACRO cql.next_time(a) AS CASE WHEN a.hi < 86399999 THEN cql.at_time(a.lo + cql.width_time(a.p), a.p) END;
CREATE OR REPLACE MACRO cql.previous_time(a) AS CASE WHEN a.lo > 0 THEN cql.at_time(a.lo - cql.width_time(a.p), a.p) END;
