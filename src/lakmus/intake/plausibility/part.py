"""Which rows of the lake to look at."""

from __future__ import annotations

from dataclasses import dataclass

from lakmus.intake.plausibility.columns import literal


@dataclass(frozen=True, slots=True)
class Part:
    """Which rows to look at: those of one bucket, of one batch, or all."""

    bucket: int | None = None
    batch: str | None = None

    def where(self, alias: str, *, whole_bucket: bool = False) -> str:
        """The SQL condition; `whole_bucket` for what must be seen whole, such as persons and repetitions."""
        found = [f"{alias}.lk_bucket = {int(self.bucket)}"] if self.bucket is not None else []
        found += [f"{alias}.lk_batch = {literal(self.batch)}"] if self.batch and not whole_bucket else []
        return " AND ".join(found) or "true"
