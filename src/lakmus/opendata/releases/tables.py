"""The tables of a release: rare values out, rows in order, the same bytes each time.

A text that is kept or generalised leaves only when at least `shared_by` persons of the release have it: what one
person alone has (a code typed wrongly, a name in the wrong field) points at that person. Rows are sorted by all their
columns, the person first, so that neither the order of arrival nor the values left out can be told from their order.
Files are written with settings fixed here and hold no time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from lakmus.opendata.releases.staging import Persons, Staged, of_persons
from lakmus.privacy import PERSON, Column, Rule, ViewRules
from lakmus.privacy.rules import NUMBERS

ROW_GROUP = 65_536
PARQUET = {"compression": "zstd", "compression_level": 9, "version": "2.6", "data_page_version": "1.0"}
Common = Mapping[str, pa.Array]  # by column: the values enough persons share


@contextmanager
def engine(folder: Path, memory: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB in memory that spills into a folder; it downloads nothing."""
    connection = duckdb.connect(
        config={
            "temp_directory": str(folder),
            "memory_limit": memory,
            "autoinstall_known_extensions": "false",
        }
    )
    try:
        yield connection
    finally:
        connection.close()


def thresholds(rules: ViewRules, k: int, quasi_identifiers: tuple[str, ...] = ()) -> dict[str, int]:
    """By column: how many persons must share a value of it. For quasi-identifiers it is k, so that classes stay whole."""
    chosen = [(c, r) for c, r in rules.leaving if _is_shared_text(c, r)]
    return {
        r.column: k if r.column in quasi_identifiers else r.options.get("shared_by", k) for _, r in chosen
    }


def _is_shared_text(column: Column, rule: Rule) -> bool:
    text = column.type != "boolean" and column.type not in NUMBERS
    return (rule.action == "keep" and text and "values" not in rule.options) or rule.action == "generalise"


def common(
    connection: duckdb.DuckDBPyConnection, staged: Staged, wanted: Mapping[str, int], persons: Persons
) -> Common:
    """The values that enough of these persons share, by column."""
    connection.register("persons", pa.table({PERSON: persons}))
    many = {rule.column for column, rule in staged.rules.leaving if column.many}
    found = {}
    for name, threshold in wanted.items():
        value = f"unnest({quoted(name)})" if name in many else quoted(name)
        query = f"""
            SELECT value FROM (SELECT {PERSON}, {value} AS value FROM read_parquet($path) SEMI JOIN persons USING ({PERSON}))
            WHERE value IS NOT NULL GROUP BY value HAVING count(DISTINCT {PERSON}) >= $threshold"""
        result = connection.execute(query, {"path": str(staged.path), "threshold": threshold})
        found[name] = pa.concat_arrays(_column(result, pa.string()))
    connection.unregister("persons")
    return found


def _column(result: Any, kind: pa.DataType) -> list[pa.Array]:
    table = result.to_arrow_table()
    return [chunk.cast(kind) for chunk in table.column(0).chunks] or [pa.array([], kind)]


def without_rare(batch: pa.RecordBatch, shared: Common) -> pa.RecordBatch:
    """The batch with values that too few persons share as null (or gone from their list)."""
    for name, values in shared.items():
        place = batch.schema.get_field_index(name)
        if place >= 0:
            batch = batch.set_column(place, batch.schema.field(place), _only(batch.column(place), values))
    return batch


def _only(column: pa.Array, values: pa.Array) -> pa.Array:
    if not pa.types.is_list(column.type):
        return pc.if_else(pc.is_in(column, value_set=values), column, pa.scalar(None, column.type))
    items, parents = pc.list_flatten(column), pc.list_parent_indices(column)
    kept = pc.is_in(items, value_set=values)
    counts = pc.value_counts(parents.filter(kept))
    lengths = pa.array([0] * len(column), pa.int64()).to_numpy().copy()
    lengths[counts.field("values").to_numpy()] = counts.field("counts").to_numpy()
    starts = pa.concat_arrays([pa.array([0], pa.int64()), pc.cumulative_sum(pa.array(lengths))]).cast(
        pa.int32()
    )
    return pa.ListArray.from_arrays(starts, items.filter(kept), mask=pc.is_null(column))


def write(
    connection: duckdb.DuckDBPyConnection, staged: Staged, shared: Common, persons: Persons, stem: Path
) -> int:
    """Writes `stem`.parquet and `stem`.ndjson.gz with the rows of these persons; gives the number of rows."""
    schema = pq.read_schema(staged.path).remove(0)
    connection.register("leaving", _reader(staged, shared, persons, schema))
    order = ", ".join(f"{quoted(name)} ASC NULLS FIRST" for name in _order(staged.rules))
    result = connection.execute(f"SELECT * FROM leaving ORDER BY {order}")
    rows = _write_parquet(result, schema, stem.with_suffix(".parquet"))
    connection.unregister("leaving")
    _write_ndjson(connection, stem)
    return rows


def _order(rules: ViewRules) -> list[str]:
    names = [rule.column for _, rule in rules.leaving]
    return [rules.subject, *(name for name in names if name != rules.subject)]


def _reader(staged: Staged, shared: Common, persons: Persons, schema: pa.Schema) -> pa.RecordBatchReader:
    batches = (
        without_rare(of_persons(batch, persons).drop_columns([PERSON]), shared).cast(schema)
        for batch in staged.batches()
    )
    return pa.RecordBatchReader.from_batches(schema, batches)


def _write_parquet(result: Any, schema: pa.Schema, path: Path) -> int:
    """Row groups of one size whatever the engine's batches are."""
    reader = result.to_arrow_reader(ROW_GROUP)
    rows, held = 0, schema.empty_table()
    with pq.ParquetWriter(path, schema, **PARQUET) as writer:
        for batch in reader:
            held = pa.concat_tables([held, pa.Table.from_batches([batch]).cast(schema)])
            while held.num_rows >= ROW_GROUP:
                writer.write_table(held.slice(0, ROW_GROUP).combine_chunks(), row_group_size=ROW_GROUP)
                held = held.slice(ROW_GROUP)
            rows += batch.num_rows
        writer.write_table(held.combine_chunks(), row_group_size=ROW_GROUP)
    return rows


def _write_ndjson(connection: duckdb.DuckDBPyConnection, stem: Path) -> None:
    source, target = (literal(str(stem.with_suffix(end))) for end in (".parquet", ".ndjson.gz"))
    connection.execute(f"COPY (FROM read_parquet({source})) TO {target} (FORMAT json, COMPRESSION gzip)")


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
