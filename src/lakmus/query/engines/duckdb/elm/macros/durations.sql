-- How long it is between two moments: whole periods, and boundaries crossed (CQL 1.5, appendix H), and the ends of what a moment may mean.

CREATE OR REPLACE MACRO cql.rest_of_month(t) AS t - date_trunc('month', t);
CREATE OR REPLACE MACRO cql.month_periods(a, b) AS
    date_diff('month', a, b) - CASE WHEN a <= b THEN CASE WHEN cql.rest_of_month(b) < cql.rest_of_month(a) THEN 1 ELSE 0 END
                                    WHEN cql.rest_of_month(b) > cql.rest_of_month(a) THEN -1 ELSE 0 END;
CREATE OR REPLACE MACRO cql.year_periods(a, b) AS cql.month_periods(a, b) // 12;
CREATE OR REPLACE MACRO cql.periods(p, a, b) AS date_sub(p, a, b);
CREATE OR REPLACE MACRO cql.boundaries(p, a, b) AS date_diff(p, a, b);
CREATE OR REPLACE MACRO cql.year_boundaries(a, b) AS year(b) - year(a);
CREATE OR REPLACE MACRO cql.month_boundaries(a, b) AS date_diff('month', a, b);
-- A week begins with its Sunday.
CREATE OR REPLACE MACRO cql.sundays(t) AS (date_diff('day', DATE '0001-01-01', t::DATE) + 1) // 7;
CREATE OR REPLACE MACRO cql.week_boundaries(a, b) AS cql.sundays(b) - cql.sundays(a);
CREATE OR REPLACE MACRO cql.on_first_day(ms) AS TIMESTAMP '0001-01-01' + to_milliseconds(ms);

-- Digits of a boundary are those that write so many parts.
CREATE OR REPLACE MACRO cql.parts_of(n) AS CASE n WHEN 4 THEN 1 WHEN 6 THEN 2 WHEN 8 THEN 3 WHEN 10 THEN 4 WHEN 12 THEN 5 WHEN 14 THEN 6 WHEN 17 THEN 7 END;
CREATE OR REPLACE MACRO cql.clock_parts_of(n) AS CASE n WHEN 2 THEN 4 WHEN 4 THEN 5 WHEN 6 THEN 6 WHEN 9 THEN 7 END;
CREATE OR REPLACE MACRO cql.trunc_to(t, p) AS
    CASE p WHEN 1 THEN date_trunc('year', t) WHEN 2 THEN date_trunc('month', t) WHEN 3 THEN date_trunc('day', t) WHEN 4 THEN date_trunc('hour', t)
           WHEN 5 THEN date_trunc('minute', t) WHEN 6 THEN date_trunc('second', t) ELSE date_trunc('millisecond', t) END;
CREATE OR REPLACE MACRO cql.at_datetime(t, p, z) AS
    CASE WHEN t IS NOT NULL AND p IS NOT NULL
         THEN {'lo': cql.trunc_to(t, p), 'hi': cql.trunc_to(t, p) + cql.tick(p) - to_microseconds(1), 'p': p::UTINYINT, 'z': z} END;
CREATE OR REPLACE MACRO cql.at_date(t, p) AS
    CASE WHEN t IS NOT NULL AND p <= 3
         THEN {'lo': cql.trunc_to(t, p)::DATE, 'hi': (cql.trunc_to(t, p) + cql.tick(p) - to_microseconds(1))::DATE, 'p': p::UTINYINT} END;
-- LowBoundary (Date, Integer) Date
CREATE OR REPLACE MACRO cql.low_boundary_date(a, n) AS cql.at_date(a.lo::TIMESTAMP, cql.parts_of(coalesce(n, 8)));
-- HighBoundary (Date, Integer) Date
CREATE OR REPLACE MACRO cql.high_boundary_date(a, n) AS cql.at_date(a.hi::TIMESTAMP, cql.parts_of(coalesce(n, 8)));
-- LowBoundary (DateTime, Integer) DateTime
CREATE OR REPLACE MACRO cql.low_boundary_datetime(a, n) AS cql.at_datetime(a.lo, cql.parts_of(coalesce(n, 17)), a.z);
-- HighBoundary (DateTime, Integer) DateTime
CREATE OR REPLACE MACRO cql.high_boundary_datetime(a, n) AS cql.at_datetime(a.hi, cql.parts_of(coalesce(n, 17)), a.z);
CREATE OR REPLACE MACRO cql.cut_at_time(t, p) AS
    CASE WHEN t IS NOT NULL AND p IS NOT NULL THEN cql.at_time(t // cql.width_time(p) * cql.width_time(p), p) END;
-- LowBoundary (Time, Integer) Time
CREATE OR REPLACE MACRO cql.low_boundary_time(a, n) AS cql.cut_at_time(a.lo, cql.clock_parts_of(coalesce(n, 9)));
-- HighBoundary (Time, Integer) Time
CREATE OR REPLACE MACRO cql.high_boundary_time(a, n) AS cql.cut_at_time(a.hi, cql.clock_parts_of(coalesce(n, 9)));
