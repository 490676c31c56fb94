-- Dates and times made of their parts (CQL 1.5, appendix B, "Date and Time Operators"). What is none is an error.

-- As many parts as are given; a span where some are left out.
CREATE OR REPLACE MACRO cql.from_instant(t, p, z) AS
    {'lo': t, 'hi': t + cql.tick(p) - to_microseconds(1), 'p': p::UTINYINT, 'z': z::SMALLINT};
-- A part after one that is missing is an error too: `parts` is how many are given, `p` how many before the first that is not.
CREATE OR REPLACE MACRO cql.parts_made(y, mo, d, h, mi, s, ms, z) AS
    {'t': TRY(make_timestamp(y, coalesce(mo, 1), coalesce(d, 1), coalesce(h, 0), coalesce(mi, 0),
                             coalesce(s, 0) + coalesce(ms, 0) / 1000.0))::TIMESTAMP - to_minutes(z - cql.zone()),
     'p': coalesce(list_position([y, mo, d, h, mi, s, ms], NULL) - 1, 7),
     'parts': list_count([y, mo, d, h, mi, s, ms]),
     'ok': y BETWEEN 1 AND 9999 AND coalesce(h, 0) < 24 AND coalesce(s, 0) < 60 AND coalesce(ms, 0) BETWEEN 0 AND 999 AND abs(z) <= 840};
CREATE OR REPLACE MACRO cql.made(y, mo, d, h, mi, s, ms, z) AS
    list_transform([cql.parts_made(y, mo, d, h, mi, s, ms, z)],
        lambda v_made: CASE WHEN v_made.parts = 0 THEN NULL
                            WHEN v_made.p < v_made.parts OR v_made.t IS NULL OR NOT v_made.ok THEN cql.fail(z, 'there is no such date and time')
                            ELSE cql.from_instant(v_made.t, v_made.p, z) END)[1];
-- Null where there is no such moment.
CREATE OR REPLACE MACRO cql.tried(y, mo, d, h, mi, s, ms, z) AS
    list_transform([cql.parts_made(y, mo, d, h, mi, s, ms, z)],
        lambda v_made: CASE WHEN v_made.parts > 0 AND v_made.p >= v_made.parts AND v_made.t IS NOT NULL AND v_made.ok
                            THEN cql.from_instant(v_made.t, v_made.p, z) END)[1];
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
CREATE OR REPLACE MACRO cql.datetime_8(y, mo, d, h, mi, s, ms, z) AS cql.made(y, mo, d, h, mi, s, ms, coalesce((z * 60)::INTEGER, cql.zone()));

CREATE OR REPLACE MACRO cql.made_date(y, mo, d) AS
    list_transform([{'t': TRY(make_timestamp(y, coalesce(mo, 1), coalesce(d, 1), 0, 0, 0.0))::TIMESTAMP,
                     'p': coalesce(list_position([y, mo, d], NULL) - 1, 3), 'parts': list_count([y, mo, d])}],
        lambda v_made: CASE WHEN v_made.parts = 0 THEN NULL
                            WHEN v_made.p < v_made.parts OR v_made.t IS NULL OR year(v_made.t) NOT BETWEEN 1 AND 9999
                            THEN cql.fail(y, 'there is no such date')
                            ELSE {'lo': v_made.t::DATE, 'hi': (v_made.t + cql.tick(v_made.p) - to_microseconds(1))::DATE, 'p': v_made.p::UTINYINT} END)[1];
-- Date (Integer) Date
CREATE OR REPLACE MACRO cql.date_1(y) AS cql.made_date(y, NULL::INTEGER, NULL::INTEGER);
-- Date (Integer, Integer) Date
CREATE OR REPLACE MACRO cql.date_2(y, mo) AS cql.made_date(y, mo, NULL::INTEGER);
-- Date (Integer, Integer, Integer) Date
CREATE OR REPLACE MACRO cql.date_3(y, mo, d) AS cql.made_date(y, mo, d);
