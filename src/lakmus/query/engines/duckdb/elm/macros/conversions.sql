-- Conversions between the types of the System model (CQL 1.5, appendix B, "Type Operators"). What has no value of the other type is null.

-- ToBoolean (Boolean) Boolean
CREATE OR REPLACE MACRO cql.to_boolean(a) AS a;
-- ToBoolean (Integer) Boolean
CREATE OR REPLACE MACRO cql.to_boolean_integer(a) AS CASE a WHEN 1 THEN true WHEN 0 THEN false END;
-- ToBoolean (Long) Boolean
CREATE OR REPLACE MACRO cql.to_boolean_long(a) AS CASE a WHEN 1 THEN true WHEN 0 THEN false END;
-- ToBoolean (Decimal) Boolean
CREATE OR REPLACE MACRO cql.to_boolean_decimal(a) AS CASE a WHEN 1 THEN true WHEN 0 THEN false END;
-- ToBoolean (String) Boolean
CREATE OR REPLACE MACRO cql.to_boolean_string(a) AS
    CASE WHEN lower(a) IN ('true', 't', 'yes', 'y', '1') THEN true WHEN lower(a) IN ('false', 'f', 'no', 'n', '0') THEN false END;
-- ToInteger (Boolean) Integer
CREATE OR REPLACE MACRO cql.to_integer_boolean(a) AS a::INTEGER;
-- ToInteger (Integer) Integer
CREATE OR REPLACE MACRO cql.to_integer(a) AS a;
-- ToInteger (Long) Integer
CREATE OR REPLACE MACRO cql.to_integer_long(a) AS try_cast(a AS INTEGER);
-- ToInteger (String) Integer
CREATE OR REPLACE MACRO cql.to_integer_string(a) AS CASE WHEN regexp_full_match(a, '[+-]?[0-9]{1,40}') THEN try_cast(a AS INTEGER) END;
-- ToLong (Boolean) Long
CREATE OR REPLACE MACRO cql.to_long_boolean(a) AS a::BIGINT;
-- ToLong (Integer) Long
CREATE OR REPLACE MACRO cql.to_long_integer(a) AS a::BIGINT;
-- ToLong (Long) Long
CREATE OR REPLACE MACRO cql.to_long(a) AS a;
-- ToLong (String) Long
CREATE OR REPLACE MACRO cql.to_long_string(a) AS CASE WHEN regexp_full_match(a, '[+-]?[0-9]{1,40}') THEN try_cast(a AS BIGINT) END;
-- ToDecimal (Boolean) Decimal
CREATE OR REPLACE MACRO cql.to_decimal_boolean(a) AS (a::INTEGER)::DECIMAL(28,8);
-- ToDecimal (Long) Decimal
CREATE OR REPLACE MACRO cql.to_decimal_long(a) AS a::DECIMAL(28,8);
-- ToDecimal (Decimal) Decimal
CREATE OR REPLACE MACRO cql.to_decimal(a) AS a;
-- ToDecimal (String) Decimal
CREATE OR REPLACE MACRO cql.to_decimal_string(a) AS
    CASE WHEN regexp_full_match(a, '[+-]?[0-9]{1,60}(\.[0-9]{1,60})?') THEN try_cast(a AS DECIMAL(28,8)) END;

-- A number with the digits that it has: one after the point at least, or none.
CREATE OR REPLACE MACRO cql.shown(a) AS rtrim(a::VARCHAR, '0');
CREATE OR REPLACE MACRO cql.shown_decimal(a) AS CASE WHEN ends_with(cql.shown(a), '.') THEN cql.shown(a) || '0' ELSE cql.shown(a) END;
-- ToString (String) String
CREATE OR REPLACE MACRO cql.to_string(a) AS a;
-- ToString (Boolean) String
CREATE OR REPLACE MACRO cql.to_string_boolean(a) AS a::VARCHAR;
-- ToString (Integer) String
CREATE OR REPLACE MACRO cql.to_string_integer(a) AS a::VARCHAR;
-- ToString (Long) String
CREATE OR REPLACE MACRO cql.to_string_long(a) AS a::VARCHAR;
-- ToString (Decimal) String
CREATE OR REPLACE MACRO cql.to_string_decimal(a) AS cql.shown_decimal(a);
-- ToString (Quantity) String
CREATE OR REPLACE MACRO cql.to_string_quantity(a) AS
    rtrim(cql.shown(a.value), '.')
    || CASE WHEN regexp_full_match(a.unit, '(year|month|week|day|hour|minute|second|millisecond)s?')
            THEN ' ' || rtrim(a.unit, 's') || CASE WHEN a.value = 1 THEN '' ELSE 's' END
            ELSE ' ''' || a.unit || '''' END;
-- ToString (Ratio) String
CREATE OR REPLACE MACRO cql.to_string_ratio(a) AS
    coalesce(cql.to_string_quantity(a.numerator), '') || CASE WHEN a IS NOT NULL THEN ':' END || coalesce(cql.to_string_quantity(a.denominator), '');
-- ToString (Date) String
CREATE OR REPLACE MACRO cql.to_string_date(a) AS left(strftime(a.lo, '%Y-%m-%d'), CASE a.p WHEN 1 THEN 4 WHEN 2 THEN 7 ELSE 10 END);
CREATE OR REPLACE MACRO cql.shown_zone(z) AS
    CASE WHEN z < 0 THEN '-' ELSE '+' END || lpad((abs(z) // 60)::VARCHAR, 2, '0') || ':' || lpad((abs(z) % 60)::VARCHAR, 2, '0');
-- The offset is left out when it is that of the evaluation.
-- ToString (DateTime) String
CREATE OR REPLACE MACRO cql.to_string_datetime(a) AS
    left(strftime(a.lo - to_minutes(cql.zone() - a.z), '%Y-%m-%dT%H:%M:%S.%g'),
         CASE a.p WHEN 1 THEN 4 WHEN 2 THEN 7 WHEN 3 THEN 10 WHEN 4 THEN 13 WHEN 5 THEN 16 WHEN 6 THEN 19 ELSE 23 END)
    || CASE WHEN a.p > 3 AND a.z <> cql.zone() THEN cql.shown_zone(a.z) ELSE '' END;
-- ToString (Time) String
CREATE OR REPLACE MACRO cql.to_string_time(a) AS
    left(strftime(cql.on_first_day(a.lo), '%H:%M:%S.%g'), CASE a.p WHEN 4 THEN 2 WHEN 5 THEN 5 WHEN 6 THEN 8 ELSE 12 END);

-- The parts of a moment that is written, as a list of texts; null when it is none.
CREATE OR REPLACE MACRO cql.part(t, i, n) AS try_cast(nullif(substr(t, i, n), '') AS INTEGER);
CREATE OR REPLACE MACRO cql.written_zone(t) AS
    CASE WHEN ends_with(t, 'Z') THEN 0 WHEN regexp_matches(t, '[+-][0-9]{2}:[0-9]{2}$') AND contains(t, 'T') THEN cql.offset_of(t) ELSE cql.zone() END;
CREATE OR REPLACE MACRO cql.clock_of(t) AS regexp_replace(regexp_extract(t, 'T([^Z+-]*)', 1), '(\.[0-9]{1,3}).*', '\1');
CREATE OR REPLACE MACRO cql.milliseconds_of(t) AS try_cast(nullif(rpad(regexp_extract(t, '\.([0-9]{1,3})', 1), CASE WHEN contains(t, '.') THEN 3 ELSE 0 END, '0'), '') AS INTEGER);
-- ToDateTime (String) DateTime
CREATE OR REPLACE MACRO cql.to_datetime_string(t) AS
    CASE WHEN regexp_full_match(t, '[0-9]{4}(-[0-9]{2}(-[0-9]{2}(T([0-9]{2}(:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,30})?)?)?(Z|[+-][0-9]{2}:[0-5][0-9])?)?)?)?)?T?')
         THEN list_transform([{'d': split_part(t, 'T', 1), 'c': cql.clock_of(t), 'z': cql.written_zone(t)}], lambda v_text:
             cql.tried(cql.part(v_text.d, 1, 4), cql.part(v_text.d, 6, 2), cql.part(v_text.d, 9, 2), cql.part(v_text.c, 1, 2),
                       cql.part(v_text.c, 4, 2), cql.part(v_text.c, 7, 2), cql.milliseconds_of(v_text.c), v_text.z))[1] END;
-- ToDateTime (DateTime) DateTime
CREATE OR REPLACE MACRO cql.to_datetime_itself(a) AS a;
-- ToDate (String) Date
CREATE OR REPLACE MACRO cql.to_date_string(t) AS list_transform([cql.to_datetime_string(t)], lambda v_moment: cql.date_from(v_moment))[1];
-- ToDate (Date) Date
CREATE OR REPLACE MACRO cql.to_date_itself(a) AS a;
-- ToDate (DateTime) Date
CREATE OR REPLACE MACRO cql.to_date_datetime(a) AS cql.date_from(a);
-- ToTime (Time) Time
CREATE OR REPLACE MACRO cql.to_time_itself(a) AS a;
-- A time of day has no zone: one that is written is left out.
-- ToTime (String) Time
CREATE OR REPLACE MACRO cql.to_time_string(t) AS
    CASE WHEN regexp_full_match(t, 'T?[0-9]{2}(:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,30})?)?)?(Z|[+-][0-9]{2}:[0-9]{2})?')
         THEN list_transform([cql.clock_of('T' || ltrim(t, 'T'))], lambda v_text:
             CASE WHEN cql.part(v_text, 1, 2) < 24 AND coalesce(cql.part(v_text, 4, 2), 0) < 60 AND coalesce(cql.part(v_text, 7, 2), 0) < 60
                  THEN cql.at_time(cql.part(v_text, 1, 2) * 3600000 + coalesce(cql.part(v_text, 4, 2), 0) * 60000
                                   + coalesce(cql.part(v_text, 7, 2), 0) * 1000 + coalesce(cql.milliseconds_of(v_text), 0),
                                   CASE length(v_text) WHEN 2 THEN 4 WHEN 5 THEN 5 WHEN 8 THEN 6 ELSE 7 END) END)[1] END;

-- ToQuantity (Long) Quantity
CREATE OR REPLACE MACRO cql.to_quantity_long(a) AS cql.quantity_of(a::DECIMAL(28,8), '1');
-- ToQuantity (Quantity) Quantity
CREATE OR REPLACE MACRO cql.to_quantity(a) AS a;
-- ToQuantity (Ratio) Quantity
CREATE OR REPLACE MACRO cql.to_quantity_ratio(a) AS cql.divide_quantity(a.numerator, a.denominator);
-- ToQuantity (String) Quantity
CREATE OR REPLACE MACRO cql.to_quantity_string(t) AS
    list_transform([regexp_extract(t, '^([+-]?[0-9]{1,60}(?:\.[0-9]{1,60})?)\s*(?:''([^'']{1,200})''|((?:year|month|week|day|hour|minute|second|millisecond)s?))?$',
                                   ['v', 'u', 'w'])],
        lambda v_parts: cql.quantity_of(try_cast(nullif(v_parts.v, '') AS DECIMAL(28,8)),
                                        coalesce(nullif(v_parts.u, ''), nullif(rtrim(v_parts.w, 's'), ''), '1')))[1];
-- ToRatio (Ratio) Ratio
CREATE OR REPLACE MACRO cql.to_ratio(a) AS a;
-- ToRatio (String) Ratio
CREATE OR REPLACE MACRO cql.to_ratio_string(t) AS
    list_transform([{'numerator': cql.to_quantity_string(trim(split_part(t, ':', 1))), 'denominator': cql.to_quantity_string(trim(split_part(t, ':', 2)))}],
        lambda v_ratio: CASE WHEN len(string_split(t, ':')) = 2 AND v_ratio.numerator IS NOT NULL AND v_ratio.denominator IS NOT NULL THEN v_ratio END)[1];
-- ToConcept (Concept) Concept
CREATE OR REPLACE MACRO cql.to_concept_itself(a) AS a;
-- ToConcept (List<Code>) Concept
CREATE OR REPLACE MACRO cql.to_concept_list(a) AS CASE WHEN a IS NOT NULL THEN {'codes': cql.known(a), 'display': NULL::VARCHAR} END;
