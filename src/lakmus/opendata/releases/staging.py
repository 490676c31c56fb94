"""From the lake's rows to de-identified rows on disk: who is in the cohort, when ages are counted, rule by rule.

A view's rows come batch by batch and go into a staging file beside the release that is being built; what is held in memory is
a number and a date per person, never rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from lakmus.core.errors import InputError
from lakmus.opendata.releases.recipe import Ages, View
from lakmus.privacy import PERSON, SITE, Secrets, ViewRules, apply, dates

# A view run over the pinned snapshot: its columns and `lk_person` (int64), `lk_site` (text), in batches of any size.
RunView = Callable[[View], Iterator[pa.RecordBatch]]
Persons = npt.NDArray[np.int64]  # sorted, each once


def cohort(run_view: RunView, view: View) -> Persons:
    """The persons who have at least one record the cohort asks for."""
    found = [_persons(batch) for batch in run_view(view)]
    return np.unique(np.concatenate(found)) if found else np.zeros(0, dtype=np.int64)


def _persons(batch: pa.RecordBatch) -> Persons:
    if not {PERSON, SITE} <= set(batch.schema.names):
        raise InputError(f"rows of a view come with {PERSON} and {SITE}")
    return np.unique(pc.drop_null(batch.column(PERSON).cast(pa.int64())).to_numpy(zero_copy_only=False))


def of_persons(batch: pa.RecordBatch, persons: Persons) -> pa.RecordBatch:
    """The rows of these persons."""
    of = pc.fill_null(batch.column(PERSON).cast(pa.int64()), -1).to_numpy(zero_copy_only=False)
    return batch.filter(pa.array(_places(persons, of)[1] & np.asarray(batch.column(PERSON).is_valid())))


def _places(sorted_values: Persons, wanted: Persons) -> tuple[Persons, npt.NDArray[np.bool_]]:
    """Where each wanted value is among sorted ones, and whether it is there at all."""
    places = np.searchsorted(sorted_values, wanted)
    inside = places < len(sorted_values)
    places = np.where(inside, places, 0)
    there = inside & (sorted_values[places] == wanted) if len(sorted_values) else inside
    return places, there


@dataclass(frozen=True)
class References:
    """The date at which each person's ages are counted, `otherwise` for those without one."""

    persons: Persons
    last: pa.Array
    otherwise: str

    def of(self, batch: pa.RecordBatch) -> pa.Array:
        wanted = batch.column(PERSON).cast(pa.int64()).to_numpy(zero_copy_only=False)
        places, there = _places(self.persons, wanted)
        found = self.last.take(pa.array(places, mask=~there))
        return pc.fill_null(found, self.otherwise)


def references(run_view: RunView, ages: Ages, views: dict[str, View], persons: Persons) -> References:
    """The last date per person in the view the recipe names; one pass, one date per person in memory."""
    nobody = References(np.zeros(0, dtype=np.int64), pa.array([], pa.string()), ages.at)
    if not ages.view:
        return nobody
    latest: pa.Table | None = None
    for batch in run_view(views[ages.view]):
        found = _last_dates(of_persons(batch, persons), ages.column)
        latest = found if latest is None else _last(pa.concat_tables([latest, found]))
    if latest is None:
        return nobody
    ordered = latest.sort_by("person").combine_chunks()
    return References(ordered["person"].to_numpy(), pa.concat_arrays(ordered["date"].chunks), ages.at)


def _last_dates(batch: pa.RecordBatch, column: str) -> pa.Table:
    sent = batch.column(column).cast(pa.string())
    real = pc.if_else(dates.years(sent).is_valid(), sent, pa.scalar(None, pa.string()))
    table = pa.table(
        {"person": batch.column(PERSON).cast(pa.int64()), "date": pc.utf8_slice_codeunits(real, 0, 10)}
    )
    return _last(table.filter(pc.is_valid(table["date"])))


def _last(table: pa.Table) -> pa.Table:
    """ISO dates order as text does."""
    return table.group_by("person").aggregate([("date", "max")]).rename_columns(["person", "date"])


@dataclass(frozen=True)
class Staged:
    """De-identified rows of a view on disk, with `lk_person` beside them; rare values are still there."""

    rules: ViewRules
    path: Path

    def batches(self) -> Iterator[pa.RecordBatch]:
        with pq.ParquetFile(self.path) as file:
            yield from file.iter_batches(65_536)

    def table(self, columns: list[str]) -> pa.Table:
        return pq.read_table(self.path, columns=[PERSON, *columns])


def stage(
    run_view: RunView,
    view: View,
    rules: ViewRules,
    secrets: Secrets,
    persons: Persons,
    at: References,
    path: Path,
) -> Staged:
    """Runs a view and writes what may leave of it, row by row; raises what the rules raise."""
    schema = apply.leaving_schema(rules).insert(0, pa.field(PERSON, pa.int64()))
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for batch in run_view(view):
            kept = of_persons(batch, persons)
            leaving = apply.apply(kept, rules, secrets, at.of(kept))
            writer.write_batch(
                leaving.add_column(0, PERSON, kept.column(PERSON).cast(pa.int64())).cast(schema)
            )
    return Staged(rules, path)
