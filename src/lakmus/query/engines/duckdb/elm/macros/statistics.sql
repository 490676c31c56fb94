-- Statistics of numbers, and of quantities in the unit of the first (CQL 1.5, appendix B, "Aggregate Functions"). Nulls are left out.

-- Avg (List<Decimal>) Decimal
CREATE OR REPLACE MACRO cql.avg(items) AS cql.divide_decimal(list_sum(items), list_count(items));
-- Median (List<Decimal>) Decimal
CREATE OR REPLACE MACRO cql.median(items) AS try_cast(list_median(items::DECIMAL(29,9)[]) AS DECIMAL(28,8));
-- Variance (List<Decimal>) Decimal
CREATE OR REPLACE MACRO cql.variance(items) AS try_cast(list_var_samp(items::DOUBLE[]) AS DECIMAL(28,8));
-- StdDev (List<Decimal>) Decimal
CREATE OR REPLACE MACRO cql.std_dev(items) AS try_cast(list_stddev_samp(items::DOUBLE[]) AS DECIMAL(28,8));
-- PopulationVariance (List<Decimal>) Decimal
CREATE OR REPLACE MACRO cql.population_variance(items) AS try_cast(list_var_pop(items::DOUBLE[]) AS DECIMAL(28,8));
-- PopulationStdDev (List<Decimal>) Decimal
CREATE OR REPLACE MACRO cql.population_std_dev(items) AS try_cast(list_stddev_pop(items::DOUBLE[]) AS DECIMAL(28,8));
-- By logarithms, for products may be longer than any number; of a negative product there is none.
-- GeometricMean (List<Decimal>) Decimal
CREATE OR REPLACE MACRO cql.geometric_mean(items) AS
    CASE WHEN list_contains(items, 0) THEN 0::DECIMAL(28,8)
         WHEN len(list_filter(items, lambda v_item: v_item < 0)) % 2 = 0
         THEN try_cast(exp(list_avg(list_transform(items, lambda v_item: cql.safe_ln(abs(v_item))))) AS DECIMAL(28,8)) END;

-- Amounts in one unit; null when one of them has none.
CREATE OR REPLACE MACRO cql.amounts(items, u) AS
    list_transform([list_transform(cql.known(items), lambda v_item: cql.value_in(v_item, u))],
        lambda v_amounts: CASE WHEN len(v_amounts) = list_count(v_amounts) THEN v_amounts END)[1];
CREATE OR REPLACE MACRO cql.first_unit(items) AS (cql.known(items)[1]).unit;
-- Avg (List<Quantity>) Quantity
CREATE OR REPLACE MACRO cql.avg_quantity(items) AS cql.quantity_of(cql.avg(cql.amounts(items, cql.first_unit(items))), cql.first_unit(items));
-- Median (List<Quantity>) Quantity
CREATE OR REPLACE MACRO cql.median_quantity(items) AS cql.quantity_of(cql.median(cql.amounts(items, cql.first_unit(items))), cql.first_unit(items));
-- Variance (List<Quantity>) Quantity
CREATE OR REPLACE MACRO cql.variance_quantity(items) AS cql.quantity_of(cql.variance(cql.amounts(items, cql.first_unit(items))), cql.first_unit(items));
-- StdDev (List<Quantity>) Quantity
CREATE OR REPLACE MACRO cql.std_dev_quantity(items) AS cql.quantity_of(cql.std_dev(cql.amounts(items, cql.first_unit(items))), cql.first_unit(items));
-- PopulationVariance (List<Quantity>) Quantity
CREATE OR REPLACE MACRO cql.population_variance_quantity(items) AS
    cql.quantity_of(cql.population_variance(cql.amounts(items, cql.first_unit(items))), cql.first_unit(items));
-- PopulationStdDev (List<Quantity>) Quantity
CREATE OR REPLACE MACRO cql.population_std_dev_quantity(items) AS
    cql.quantity_of(cql.population_std_dev(cql.amounts(items, cql.first_unit(items))), cql.first_unit(items));
-- Product (List<Quantity>) Quantity
CREATE OR REPLACE MACRO cql.product_quantity(items) AS
    cql.quantity_of(cql.product_decimal(cql.amounts(items, cql.first_unit(items))), cql.first_unit(items));

CREATE OR REPLACE MACRO cql.by_amount(items) AS
    list_sort(list_transform(cql.known(items), lambda v_item: {'k': cql.measure(v_item), 'v': v_item}));
CREATE OR REPLACE MACRO cql.finest_unit(items) AS
    (list_sort(list_transform(cql.known(items), lambda v_item, v_i: {'k': cql.unit_factor(v_item.unit), 'i': v_i, 'u': v_item.unit}))[1]).u;
-- Sum (List<Quantity>) Quantity
CREATE OR REPLACE MACRO cql.sum_quantity(items) AS
    list_transform([cql.finest_unit(items)], lambda v_unit: cql.quantity_of(cql.sum_decimal(cql.amounts(items, v_unit)), v_unit))[1];
-- Min (List<Quantity>) Quantity
CREATE OR REPLACE MACRO cql.min_quantities(items) AS
    list_transform([cql.by_amount(items)], lambda v_all: CASE WHEN cql.all_of(list_transform(v_all, lambda v_each:
        cql.less_or_equal_quantity(v_all[1].v, v_each.v))) THEN v_all[1].v END)[1];
-- Max (List<Quantity>) Quantity
CREATE OR REPLACE MACRO cql.max_quantities(items) AS
    list_transform([cql.by_amount(items)], lambda v_all: CASE WHEN cql.all_of(list_transform(v_all, lambda v_each:
        cql.less_or_equal_quantity(v_each.v, v_all[-1].v))) THEN v_all[-1].v END)[1];
