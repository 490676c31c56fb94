"""Looks for differences: `python -m tests.query.cql.oracle --seeds 0 100`.

Prints a table, and every difference that `differences.toml` does not explain; those make it end with 1. With `--suite` the
official suite's expressions are asked instead, to see that the comparison itself is sound: our answers to them are judged by
the suite's own tests, so that nothing needs explaining and it ends with 0.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import chain

from tests.conftest import shared_folder
from tests.query.cql.oracle.judging import Verdict, judged, tally
from tests.query.cql.oracle.outside import ask, install
from tests.query.cql.oracle.subjects import Subject, of_records, of_suite, of_terms


def main(arguments: Sequence[str] | None = None) -> int:
    asked = _parser().parse_args(arguments)
    seeds = _seeds_of(asked.day) if asked.day else range(*asked.seeds)
    subjects = list(
        of_suite(shared_folder()) if asked.suite else chain(map(of_terms, seeds), map(of_records, seeds))
    )
    verdicts = list(_verdicts(subjects))
    _print(verdicts, asked.most)
    return 1 if not asked.suite and any(verdict.unexplained for verdict in verdicts) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.query.cql.oracle", description=__doc__)
    parser.add_argument("--seeds", nargs=2, type=int, default=(0, 20), metavar=("FIRST", "BEYOND"))
    parser.add_argument("--day", type=date.fromisoformat, help="the seeds of a day, 100 of them, instead")
    parser.add_argument("--suite", action="store_true", help="the official suite's expressions instead")
    parser.add_argument("--most", type=int, default=40, help="how many unexplained differences are printed")
    return parser


def _seeds_of(day: date) -> range:
    """Others every day, the same when a day is looked at again."""
    return range(day.toordinal() * 100, day.toordinal() * 100 + 100)


def _verdicts(subjects: Sequence[Subject]) -> Iterator[Verdict]:
    answers = ask((each.case for each in subjects), shared_folder() / "conformance", install())
    for number, (subject, answer) in enumerate(zip(subjects, answers, strict=True), 1):
        print(f"\r{number} of {len(subjects)} libraries", end="", file=sys.stderr, flush=True)
        yield from judged(subject, answer)
    print(file=sys.stderr)


def _print(verdicts: Sequence[Verdict], most: int) -> None:
    for verdict in [each for each in verdicts if each.unexplained][:most]:
        print(verdict)
    for name, count in {"cases": len(verdicts), **tally(verdicts)}.items():
        print(f"{count:>9,}  {name}")
    known = Counter(each.known or "not explained" for each in verdicts if each.known or each.unexplained)
    for name, count in known.most_common():
        print(f"{count:>9,}    {name}")


if __name__ == "__main__":
    sys.exit(main())
