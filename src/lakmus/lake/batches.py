"""What the lake knows of the batches it took in: how far each is, and what became of its records."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from lakmus.lake.chunk import Progress, Receipt
from lakmus.lake.store import CATALOG, Store

COUNTS = "created, changed, unchanged, superseded, refused, deleted, forgotten"


@dataclass(frozen=True)
class Batch:
    """A submission as far as it has been taken in."""

    name: str
    site: str
    receipt: Receipt
    files: int
    files_done: int
    first: datetime
    last: datetime

    @property
    def complete(self) -> bool:
        return self.files > 0 and self.files == self.files_done


def positions(store: Store, batch: str) -> dict[str, Progress]:
    """How far each file of a batch is, by its name."""
    with store.cursor() as cursor:
        rows = cursor.execute(
            f"SELECT file, max(up_to), max(lines), bool_or(done) FROM {CATALOG}.lk.progress WHERE batch = ? GROUP BY file",
            [batch],
        ).fetchall()
    return {file: Progress(file, int(up_to), int(lines), bool(done)) for file, up_to, lines, done in rows}


def batches(
    store: Store, *, site: str | None = None, batch: str | None = None, limit: int = 1000
) -> list[Batch]:
    """Batches, the newest first."""
    sums = ", ".join(f"sum({name})::BIGINT" for name in COUNTS.split(", "))
    with store.cursor() as cursor:
        rows = cursor.execute(
            f"""SELECT batch, any_value(r.site), any_value(files), any_value(done), min(committed), max(committed), {sums}
                FROM {CATALOG}.lk.receipts r LEFT JOIN (
                    SELECT batch, count(*) AS files, count(*) FILTER (finished) AS done
                    FROM (SELECT batch, file, bool_or(done) AS finished FROM {CATALOG}.lk.progress GROUP BY ALL)
                    GROUP BY batch) p USING (batch)
                WHERE ($site IS NULL OR r.site = $site) AND ($batch IS NULL OR batch = $batch)
                GROUP BY batch ORDER BY max(committed) DESC, batch LIMIT $limit""",
            {"site": site, "batch": batch, "limit": limit},
        ).fetchall()
    return [Batch(r[0], r[1], Receipt(*r[6:]), int(r[2] or 0), int(r[3] or 0), r[4], r[5]) for r in rows]
