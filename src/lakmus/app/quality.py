"""Data quality of every site: counted over the lake, kept as counts, shown by page and command."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from lakmus.app.installation import App
from lakmus.core.errors import NotFoundError
from lakmus.intake.batch import BatchReceipt
from lakmus.intake.plausibility import SiteQuality, flag_batch, quality, standard_rules
from lakmus.lake import IdentifiedLake
from lakmus.ops import JobKind
from lakmus.ops import Progress as JobProgress
from lakmus.ops.jobs.states import State
from lakmus.portal.services import Filled, Flag, QualityReport
from lakmus.terminology import Units

FILE = "quality.json"
KIND, FLAGS, STEP = "quality", "flags", "counting"
Report = Callable[[float, str], None]


class CountedQuality:
    """Reports as they were last counted; counts only, no value of a person."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / FILE

    def report(self, site: str) -> QualityReport:
        """The report of one site; NotFoundError when nothing was counted of it."""
        found = self._all().get(site)
        if found is None:
            raise NotFoundError(
                f"data quality of {site} was not counted yet", hint="lakmus quality --count counts it"
            )
        return _read(found)

    def sites(self) -> list[str]:
        return sorted(self._all())

    def keep(self, reports: Mapping[str, QualityReport]) -> None:
        """Replaces what was counted before, whole or not at all."""
        partial = self._file.with_suffix(".partial")
        partial.touch(mode=0o600)
        text = json.dumps({site: asdict(report) for site, report in reports.items()}, ensure_ascii=False)
        partial.write_text(text, encoding="utf-8")
        partial.replace(self._file)

    def _all(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = json.loads(self._file.read_text("utf-8")) if self._file.exists() else {}
        return found


def count(
    lake: IdentifiedLake, units: Units, kept: CountedQuality, report: Report = lambda part, step: None
) -> dict[str, QualityReport]:
    """Counts every site over the newest snapshot, bucket by bucket, and keeps the counts."""
    snapshot = lake.snapshot()
    types = lake.resource_types()
    with lake.cursor() as cursor:
        found = quality(
            cursor,
            lake.schema,
            units,
            types=types,
            buckets=[-1, *lake.buckets()],
            progress=lambda name, done, of: report(done / of, name),
        )
    reports = {one.site: _report(one, snapshot) for one in found}
    kept.keep(reports)
    return reports


def count_of(app: App, report: Report = lambda part, step: None) -> dict[str, QualityReport]:
    """Counts an installation's sites."""
    return count(app.lake, app.units, CountedQuality(app.settings.data), report)


def take_in(
    app: App, path: Path, site: str, report: Report = lambda part, step: None
) -> tuple[BatchReceipt, int]:
    """Takes a submission in and judges what it brought; the receipt, and how many flags were kept."""
    done = app.intake.take_in(path, site, report=lambda part, step: report(part * 0.8, step))
    flags = flag_batch(
        app.lake, app.units, done.batch, report=lambda part, step: report(0.8 + part * 0.2, f"judging {step}")
    )
    return done, flags


def submit(app: App, batch: str) -> None:
    """Queues judging a batch, and a count of all sites unless one waits already."""
    app.jobs.submit(FLAGS, {"batch": batch}, owner="system")
    if not any(job.kind == KIND for job in app.jobs.all(state=State.QUEUED)):
        app.jobs.submit(KIND, {}, owner="system")


def job_kinds(app: App) -> tuple[JobKind, ...]:
    """The jobs that judge a batch and count all sites, after records came in."""

    def judge(progress: JobProgress, parameters: Mapping[str, Any]) -> dict[str, int]:
        told = progress.at
        return {
            "flags": flag_batch(app.lake, app.units, parameters["batch"], report=lambda n, _: told(n, STEP))
        }

    def count_all(progress: JobProgress, _: Mapping[str, Any]) -> dict[str, int]:
        return {"sites": len(count_of(app, lambda share, step: progress.at(share, STEP)))}

    return (
        JobKind(FLAGS, judge, (STEP,), resumable=True),
        JobKind(KIND, count_all, (STEP,), resumable=True),
    )


def _report(found: SiteQuality, snapshot: int) -> QualityReport:
    years: Counter[str] = Counter()
    for month in found.months:
        years[month.month[:4]] += month.count
    return QualityReport(
        site=found.site,
        snapshot=snapshot,
        records=dict(sorted(found.records.items(), key=lambda pair: -pair[1])),
        flags=tuple(sorted(_flags(found), key=lambda flag: -flag.flagged)),
        filled=tuple(
            Filled(f"{row.resource_type}.{row.element}", row.filled, row.total) for row in found.completeness
        ),
        years=dict(sorted(years.items())),
        measured=found.measured,
        without_unit=found.without_unit,
    )


def _flags(found: SiteQuality) -> Iterator[Flag]:
    """Rules over records, each over all types it looks at; then rules over the site as a whole."""
    book = standard_rules()
    flagged: Counter[str] = Counter()
    seen: Counter[str] = Counter()
    for row in found.flags:
        flagged[row.rule] += row.flagged
        seen[row.rule] += row.seen
    for finding in found.findings:
        flagged[finding.rule] += finding.matching
        seen[finding.rule] += finding.total
    for name, number in flagged.items():
        rule = book.named(name)
        yield Flag(name, dict(rule.title), rule.severity, number, seen[name])


def _read(stored: Mapping[str, Any]) -> QualityReport:
    flags = tuple(Flag(**flag) for flag in stored["flags"])
    filled = tuple(Filled(**one) for one in stored["filled"])
    return QualityReport(**{**stored, "flags": flags, "filled": filled})
