"""Risk in numbers: how many persons share a combination of quasi-identifiers.

k-anonymity (Samarati and Sweeney 1998): every person shares the combination of quasi-identifiers with at least k - 1
others. What is counted is persons: somebody with two rows is in the classes of both. To reach k, all persons of smaller
classes are left out of the whole release (record suppression); nothing is changed for the others. A missing value is a
value like any other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from lakmus.core.errors import InputError, Place, RefusedError

METHOD = (
    "all persons in classes smaller than k are left out of every table (record suppression, no other change)"
)
Codes = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Bound:
    """What a recipe allows: least k, greatest share of persons left out to reach it, greatest share of unique persons before."""

    k: int = 5
    suppressed: float = 0.05
    unique: float = 1.0


@dataclass(frozen=True)
class Risk:
    """The figures of a set of persons and quasi-identifiers. Shares are of `persons`."""

    quasi_identifiers: tuple[str, ...]
    k: int  # that was asked for
    persons: int
    classes: int
    smallest_class: int  # before anybody was left out; 0 when there is nobody
    unique: int
    suppressed: int
    smallest_class_after: int
    average_risk_after: float  # mean over persons of 1/class size: the classes divided by the persons

    @property
    def unique_share(self) -> float:
        return self.unique / self.persons if self.persons else 0.0

    @property
    def suppressed_share(self) -> float:
        return self.suppressed / self.persons if self.persons else 0.0


@dataclass(frozen=True)
class Gain:
    """How many persons would be left out without one quasi-identifier."""

    column: str
    suppressed: int


class Classes:
    """Persons in classes of equal quasi-identifiers. `table` has one row or more per person in the column `person`."""

    def __init__(self, table: pa.Table, quasi_identifiers: Sequence[str], person: str) -> None:
        missing = sorted({*quasi_identifiers, person} - set(table.column_names))
        if missing:
            raise InputError(f"there is no column {missing[0]} to count risk by", place=Place(path="risk"))
        self.table, self.names, self.person = table, tuple(quasi_identifiers), person
        self._people = _codes(table.column(person))
        self._columns = {name: _codes(table.column(name)) for name in self.names}

    def assess(self, k: int) -> Risk:
        """The figures, before and after all persons of classes smaller than k are left out."""
        sizes, small, persons = self._sizes(self.names), self._small(self.names, k), self._persons()
        people = np.bincount(self._people, weights=sizes == 1, minlength=persons) > 0
        left = sizes[~small[self._people]] if len(sizes) else sizes
        classes_after = _distinct(self._class_ids(self.names)[~small[self._people]])
        remaining = persons - int(small.sum())
        return Risk(
            quasi_identifiers=self.names,
            k=k,
            persons=persons,
            classes=_distinct(self._class_ids(self.names)),
            smallest_class=int(sizes.min()) if len(sizes) else 0,
            unique=int(people.sum()),
            suppressed=int(small.sum()),
            smallest_class_after=int(left.min()) if len(left) else 0,
            average_risk_after=round(classes_after / remaining, 6) if remaining else 0.0,
        )

    def suppressed(self, k: int) -> pa.Array:
        """The persons (values of the person column) who are left out to reach k."""
        small = self._small(self.names, k)
        return pc.unique(self.table.column(self.person)).filter(pa.array(small))

    def gains(self, k: int) -> list[Gain]:
        """What leaving out each quasi-identifier would give, the one that gives most first."""
        found = [
            Gain(name, self._count_small([n for n in self.names if n != name], k)) for name in self.names
        ]
        return sorted(found, key=lambda gain: (gain.suppressed, gain.column))

    def diversity(self, sensitive: str) -> int:
        """Distinct l-diversity (Machanavajjhala 2007): the fewest different values of a column within a class."""
        ids, values = self._class_ids(self.names), _codes(self.table.column(sensitive))
        if not len(ids):
            return 0
        pairs = np.unique(np.stack([ids, values]), axis=1)
        return int(np.unique(pairs[0], return_counts=True)[1].min())

    def _persons(self) -> int:
        return int(self._people.max()) + 1 if len(self._people) else 0

    def _count_small(self, names: Sequence[str], k: int) -> int:
        return int(self._small(names, k).sum())

    def _small(self, names: Sequence[str], k: int) -> npt.NDArray[np.bool_]:
        """By person: whether one of their rows is in a class of fewer than k persons, once all such persons are gone.

        With one row per person that is one step; somebody with two rows may make a class small by going.
        """
        ids = self._class_ids(names)
        gone = np.zeros(self._persons(), dtype=bool)
        while True:
            kept = ~gone[self._people]
            small = kept & (_sizes(ids[kept], self._people[kept], ids) < k)
            if not small.any():
                return gone
            gone[self._people[small]] = True

    def _sizes(self, names: Sequence[str]) -> Codes:
        ids = self._class_ids(names)
        return _sizes(ids, self._people, ids)

    def _class_ids(self, names: Sequence[str]) -> Codes:
        ids = np.zeros(self.table.num_rows, dtype=np.int64)
        for name in names:
            codes = self._columns[name]
            ids = np.unique(ids * (codes.max(initial=0) + 1) + codes, return_inverse=True)[1]
        return ids


def _codes(column: pa.ChunkedArray) -> Codes:
    """Values as numbers from 0, in order of appearance; null is a value."""
    whole = pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)
    numbered = pc.dictionary_encode(whole, null_encoding="encode")
    return np.asarray(numbered.indices.to_numpy(zero_copy_only=False), dtype=np.int64)


def _sizes(ids: Codes, people: Codes, wanted: Codes) -> Codes:
    """How many different persons are in each class, looked up for the wanted ones."""
    if not len(wanted):
        return np.zeros(0, dtype=np.int64)
    width = int(people.max(initial=0)) + 1
    pairs = np.unique(ids * width + people)
    return np.bincount(pairs // width, minlength=int(wanted.max()) + 1)[wanted]


def _distinct(ids: Codes) -> int:
    return len(np.unique(ids))


def check(risk: Risk, bound: Bound, gains: Sequence[Gain]) -> None:
    """RefusedError when the risk is above the bound; says which quasi-identifiers to coarsen, the best first."""
    problems = []
    if risk.suppressed_share > bound.suppressed:
        problems.append(
            f"{risk.suppressed} of {risk.persons} persons ({risk.suppressed_share:.1%}) would have to be left out"
            f" to reach k = {risk.k}; the recipe allows {bound.suppressed:.1%}"
        )
    if risk.unique_share > bound.unique:
        problems.append(
            f"{risk.unique} of {risk.persons} persons ({risk.unique_share:.1%}) are unique; the recipe allows {bound.unique:.1%}"
        )
    if risk.persons == risk.suppressed:
        problems.append("nobody would be left in the release")
    if problems:
        raise RefusedError(
            f"the risk is above the bound: {'; '.join(problems)}",
            place=Place(path="risk"),
            hint=_advice(gains, risk),
        )


def _advice(gains: Sequence[Gain], risk: Risk) -> str:
    useful = [gain for gain in gains if gain.suppressed < risk.suppressed]
    if not useful:
        return "no single quasi-identifier brings it down: coarsen several, or widen the cohort"
    lines = [
        f"{gain.column} ({gain.suppressed} left out without it, now {risk.suppressed})" for gain in useful
    ]
    return f"coarsen first what gives most: {', '.join(lines)}"
