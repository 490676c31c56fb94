"""The truth tables: columns of what is so, kept apart from the records. Read docs/synth.md for their meaning."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from lakmus.synth.block import NUMBERS, Block
from lakmus.synth.columns import Ints, choose, joined
from lakmus.synth.people import NEVER
from lakmus.synth.tables import Bools


def day_column(day: Ints) -> pa.Array:
    """Dates, null for NEVER and for what is unknown (-1)."""
    missing = (day >= NEVER) | (day == -1)
    return pa.array(np.where(missing, 0, day).astype("datetime64[D]"), pa.date32(), mask=missing)


def site_column(block: Block, clinic: Ints) -> pa.StringArray:
    return choose([one.site for one in block.region.clinics], clinic)


def patient_column(block: Block, person: Ints, clinic: Ints) -> pa.StringArray:
    """`Patient/<id>` at the clinic."""
    return joined(
        "Patient/", block.patient_ids.take(pa.array(block.records.at(block.people, person, clinic)))
    )


def number_column(block: Block, person: npt.NDArray[np.integer]) -> pa.Array:
    """The person's number in the region, null for nobody (-1)."""
    return pa.array(block.people.number[person], mask=person < 0)


def tell(block: Block, table: str, columns: dict[str, pa.Array]) -> None:
    """Adds rows to one of the block's truth tables."""
    rows = pa.table(columns)
    block.truth[table] = pa.concat_tables([block.truth[table], rows]) if table in block.truth else rows


def people(block: Block) -> None:
    """`people`: one row of each person. `records`: one row of each Patient record."""
    who, names = block.people, block.names
    tell(
        block,
        "people",
        {
            "person": pa.array(who.number),
            "sex": choose(["male", "female"], who.sex),
            "born": day_column(who.born),
            "died": day_column(who.died),
            "mother": number_column(block, who.mother),
            "father": number_column(block, who.father),
            "household": number_column(block, who.household),
            "district": pa.array(who.district),
            "national_number": names.national,
            "policy_number": names.policy,
            "smoker": pa.array(block.health.smoker),
            "height_cm": pa.array(np.round(block.health.height, 1)),
            "bmi": pa.array(np.round(block.health.bmi, 1)),
        },
    )
    records = block.records
    columns = {
        "person": pa.array(who.number[records.person]),
        "site": site_column(block, records.clinic),
        "patient": joined("Patient/", block.patient_ids),
        "numbers": choose(NUMBERS, records.numbers),
    }
    tell(block, "records", columns)


def conditions(block: Block, key: str, person: Ints, onset: Ints, known: Ints) -> None:
    """`conditions`: who has what since when, and since when it is in the records (null: it is not)."""
    clinic = block.people.clinic[person]
    columns = {
        "person": pa.array(block.people.number[person]),
        "site": site_column(block, clinic),
        "condition": pa.array([key] * len(person), pa.string()),
        "onset": day_column(onset),
        "recorded": day_column(known),
    }
    tell(block, "conditions", columns)


def practice(block: Block, rule: str, person: Ints, due: Ints, kept: Bools, done: Ints | None = None) -> None:
    """`practice`: every case in which a rule applied at the person's clinic, and whether it was kept (on which day)."""
    clinic = block.people.clinic[person]
    columns = {
        "rule": pa.array([rule] * len(person), pa.string()),
        "site": site_column(block, clinic),
        "person": pa.array(block.people.number[person]),
        "patient": patient_column(block, person, clinic),
        "due": day_column(due),
        "kept": pa.array(kept),
        "done": day_column(np.where(kept, due, -1) if done is None else done),
    }
    tell(block, "practice", columns)
