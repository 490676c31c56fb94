-- Lists and what they amount to (CQL 1.5, appendix B, "List Operators", "Aggregate Functions"). Aggregates leave nulls out.

-- Three-valued: false and true decide, else a null does.
CREATE OR REPLACE MACRO cql.any_of(answers) AS
    CASE WHEN list_contains(answers, true) THEN true WHEN len(answers) > list_count(answers) THEN NULL WHEN answers IS NOT NULL THEN false END;
CREATE OR REPLACE MACRO cql.all_of(answers) AS
    CASE WHEN list_contains(answers, false) THEN false WHEN len(answers) > list_count(answers) THEN NULL WHEN answers IS NOT NULL THEN true END;
CREATE OR REPLACE MACRO cql.first_untrue(answers) AS
    list_transform([list_filter(answers, lambda v_answer: v_answer IS NOT TRUE)], lambda v_left: CASE WHEN len(v_left) = 0 THEN true ELSE v_left[1] END)[1];

-- Indexer (List<T>, Integer) T
CREATE OR REPLACE MACRO cql.indexer_list(items, i) AS CASE WHEN i >= 0 THEN items[i + 1] END;
-- Length (List<T>) Integer
CREATE OR REPLACE MACRO cql.length_list(items) AS coalesce(len(items), 0)::INTEGER;
-- Tail (List<T>) List<T>
CREATE OR REPLACE MACRO cql.tail(items) AS items[2:];
-- Skip (List<T>, Integer) List<T>
CREATE OR REPLACE MACRO cql.skip(items, n) AS CASE WHEN n < 0 THEN items[1:0] ELSE items[coalesce(n, 0)::BIGINT + 1:] END;
-- Take (List<T>, Integer) List<T>
CREATE OR REPLACE MACRO cql.take(items, n) AS items[1:greatest(coalesce(n, 0), 0)];
-- Slice (List<T>) List<T>
CREATE OR REPLACE MACRO cql.slice_1(items) AS items;
-- Slice (List<T>, Integer) List<T>
CREATE OR REPLACE MACRO cql.slice_2(items, i) AS items[CASE WHEN i < 0 THEN i ELSE coalesce(i, 0) + 1 END:];
-- Slice (List<T>, Integer, Integer) List<T>
CREATE OR REPLACE MACRO cql.slice_3(items, i, j) AS
    items[CASE WHEN i < 0 THEN greatest(len(items) + i, 0) ELSE coalesce(i, 0) END + 1:
          CASE WHEN j < 0 THEN greatest(len(items) + j, 0) ELSE coalesce(j, len(items)) END];

CREATE OR REPLACE MACRO cql.known(items) AS list_filter(items, lambda v_known: v_known IS NOT NULL);
-- AllTrue (List<Boolean>) Boolean
CREATE OR REPLACE MACRO cql.all_true(items) AS coalesce(NOT list_contains(items, false), true);
-- AnyTrue (List<Boolean>) Boolean
CREATE OR REPLACE MACRO cql.any_true(items) AS coalesce(list_contains(items, true), false);
-- Sum (List<Integer>) Integer
CREATE OR REPLACE MACRO cql.sum_integer(items) AS try_cast(list_sum(items) AS INTEGER);
-- Sum (List<Long>) Long
CREATE OR REPLACE MACRO cql.sum_long(items) AS try_cast(list_sum(items) AS BIGINT);
-- Sum (List<Decimal>) Decimal
CREATE OR REPLACE MACRO cql.sum_decimal(items) AS try_cast(list_sum(items) AS DECIMAL(28,8));
CREATE OR REPLACE MACRO cql.reducible(items) AS nullif(cql.known(items), []);
-- Product (List<Integer>) Integer
CREATE OR REPLACE MACRO cql.product_integer(items) AS
    list_reduce(cql.reducible(items), lambda v_total, v_item: try_cast(v_total::BIGINT * v_item AS INTEGER));
-- Product (List<Long>) Long
CREATE OR REPLACE MACRO cql.product_long(items) AS
    list_reduce(cql.reducible(items), lambda v_total, v_item: try_cast(v_total::HUGEINT * v_item AS BIGINT));
-- Product (List<Decimal>) Decimal
CREATE OR REPLACE MACRO cql.product_decimal(items) AS
    list_reduce(cql.reducible(items), lambda v_total, v_item: cql.multiply_decimal(v_total, v_item));
-- Min (List<Integer>) Integer
CREATE OR REPLACE MACRO cql.min_integers(items) AS list_min(items);
-- Min (List<Long>) Long
CREATE OR REPLACE MACRO cql.min_longs(items) AS list_min(items);
-- Min (List<Decimal>) Decimal
CREATE OR REPLACE MACRO cql.min_decimals(items) AS list_min(items);
-- Min (List<String>) String
CREATE OR REPLACE MACRO cql.min_strings(items) AS list_min(items);
-- Max (List<Integer>) Integer
CREATE OR REPLACE MACRO cql.max_integers(items) AS list_max(items);
-- Max (List<Long>) Long
CREATE OR REPLACE MACRO cql.max_longs(items) AS list_max(items);
-- Max (List<Decimal>) Decimal
CREATE OR REPLACE MACRO cql.max_decimals(items) AS list_max(items);
-- Max (List<String>) String
CREATE OR REPLACE MACRO cql.max_strings(items) AS list_max(items);

-- The one that no other exceeds; null when what is known of them does not decide it. `k` is what they are sorted by.
CREATE OR REPLACE MACRO cql.by_first(items) AS
    list_sort(list_transform(cql.known(items), lambda v_item: {'k': v_item.lo, 'v': v_item}));
-- Min (List<Date>) Date
CREATE OR REPLACE MACRO cql.min_dates(items) AS
    list_transform([cql.by_first(items)], lambda v_all: CASE WHEN cql.all_of(list_transform(v_all, lambda v_each:
        NOT cql.before_date(v_each.v, v_all[1].v, ''))) THEN v_all[1].v END)[1];
-- Max (List<Date>) Date
CREATE OR REPLACE MACRO cql.max_dates(items) AS
    list_transform([cql.by_first(items)], lambda v_all: CASE WHEN cql.all_of(list_transform(v_all, lambda v_each:
        NOT cql.before_date(v_all[-1].v, v_each.v, ''))) THEN v_all[-1].v END)[1];
-- Min (List<DateTime>) DateTime
CREATE OR REPLACE MACRO cql.min_datetimes(items) AS
    list_transform([cql.by_first(items)], lambda v_all: CASE WHEN cql.all_of(list_transform(v_all, lambda v_each:
        NOT cql.before_datetime(v_each.v, v_all[1].v, ''))) THEN v_all[1].v END)[1];
-- Max (List<DateTime>) DateTime
CREATE OR REPLACE MACRO cql.max_datetimes(items) AS
    list_transform([cql.by_first(items)], lambda v_all: CASE WHEN cql.all_of(list_transform(v_all, lambda v_each:
        NOT cql.before_datetime(v_all[-1].v, v_each.v, ''))) THEN v_all[-1].v END)[1];
-- Min (List<Time>) Time
CREATE OR REPLACE MACRO cql.min_times(items) AS
    list_transform([cql.by_first(items)], lambda v_all: CASE WHEN cql.all_of(list_transform(v_all, lambda v_each:
        NOT cql.before_time(v_each.v, v_all[1].v, ''))) THEN v_all[1].v END)[1];
-- Max (List<Time>) Time
CREATE OR REPLACE MACRO cql.max_times(items) AS
    list_transform([cql.by_first(items)], lambda v_all: CASE WHEN cql.all_of(list_transform(v_all, lambda v_each:
        NOT cql.before_time(v_all[-1].v, v_each.v, ''))) THEN v_all[-1].v END)[1];
