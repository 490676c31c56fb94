"""Names, addresses and national numbers of a block's people, as columns of text."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

import numpy as np
import pyarrow as pa

from lakmus.synth.columns import Ints, choose, chosen, integers, joined
from lakmus.synth.people import People
from lakmus.synth.region import LOCALES, Region

SNILS = "urn:oid:1.2.643.100.3"
POLICY = "urn:oid:1.2.643.2.69.1.1.1.6.228"
SSN = "http://hl7.org/fhir/sid/us-ssn"
_PRIME = 48_611_477  # spreads consecutive persons over the numbers; coprime to 90,000,000


@dataclass(frozen=True)
class Naming:
    """Text of each person: `national` is a SNILS or (English names) a number of the form of an SSN."""

    family: pa.StringArray
    given: pa.StringArray
    middle: pa.StringArray
    street: pa.StringArray
    city: pa.StringArray
    postcode: pa.StringArray
    phone: pa.StringArray
    national: pa.StringArray
    policy: pa.StringArray


@lru_cache(1)
def lists() -> dict[str, dict[str, list[str]]]:
    text = resources.files(__package__).joinpath("data", "names.toml").read_text(encoding="utf-8")
    found: dict[str, dict[str, list[str]]] = tomllib.loads(text)
    found["en"]["female_surname"] = found["en"]["male_surname"]
    return found


def _pick(kinds: tuple[str, str], people: People, draw: Ints) -> pa.StringArray:
    """From the list of each person's locale and sex (kinds: of men, of women), the entry its draw points at."""
    tables = [lists()[locale][kind] for locale in LOCALES for kind in kinds]
    lengths = np.array([len(table) for table in tables])
    which = people.locale * 2 + people.sex
    first = np.concatenate([[0], np.cumsum(lengths)[:-1]])
    return choose([name for table in tables for name in table], first[which] + draw % lengths[which])


def make_names(region: Region, people: People) -> Naming:
    """Families share the surname (in its masculine and feminine form) and the address."""
    rng = region.generator(people.block, "names")
    n = len(people)
    surname, given, spare = (rng.integers(0, 10**6, n) for _ in range(3))
    # Half-orphans and those whose father is not here have a father's name all the same.
    father = np.where(people.father >= 0, given[people.father], spare)
    head = people.household
    return Naming(
        family=_pick(("male_surname", "female_surname"), people, surname[head]),
        given=_pick(("male", "female"), people, given),
        middle=_pick(("male_patronymic", "female_patronymic"), people, father),
        street=_streets(people, rng.integers(0, 10**6, (3, n))[:, head]),
        city=_pick(("city", "city"), people, people.district),
        postcode=integers(630_000 + people.district * 10 + rng.integers(1, 9, n)[head]),
        phone=joined("+7 900 ", integers(1_000_000 + (people.number * 7919 + region.seed) % 8_999_999)),
        national=_national(region, people),
        policy=_policies(region, people),
    )


def _streets(people: People, draw: Ints) -> pa.StringArray:
    street = _pick(("street", "street"), people, draw[0])
    house, flat = integers(draw[1] % 120 + 1), integers(draw[2] % 180 + 1)
    russian = joined(street, ", д. ", house, ", кв. ", flat)
    return chosen(people.locale == 0, russian, joined(flat, "/", house, " ", street))


def _spread(region: Region, people: People) -> Ints:
    """A number below 90,000,000 for each person, no two alike in a region."""
    return (people.number * _PRIME + region.seed * 7_654_321) % 90_000_000


def _national(region: Region, people: People) -> pa.StringArray:
    serial = _spread(region, people)
    return chosen(people.locale == 0, _snils(serial + 900_000_000), _ssn(serial))


def _snils(number: Ints) -> pa.StringArray:
    """`123-456-789 01`: nine digits and their control number (see `lakmus.core.identifiers.is_snils`)."""
    digits = number[:, None] // 10 ** np.arange(8, -1, -1) % 10
    control = digits @ np.arange(9, 0, -1) % 101 % 100
    three, two = [f"{i:03d}" for i in range(1000)], [f"{i:02d}" for i in range(100)]
    groups = [choose(three, number // 10**power % 1000) for power in (6, 3, 0)]
    return joined(groups[0], "-", groups[1], "-", groups[2], " ", choose(two, control))


def _ssn(serial: Ints) -> pa.StringArray:
    """`9xx-xx-xxxx`: areas from 900 are never given out as social security numbers."""
    four, two = [f"{i:04d}" for i in range(10000)], [f"{i:02d}" for i in range(100)]
    return joined(
        integers(900 + serial // 1_000_000),
        "-",
        choose(two, serial // 10_000 % 100),
        "-",
        choose(four, serial % 10_000),
    )


def _policies(region: Region, people: People) -> pa.StringArray:
    """Sixteen digits, the last by Luhn's rule."""
    digits = (54 * 10**13 + _spread(region, people) * 10_007)[:, None] // 10 ** np.arange(14, -1, -1) % 10
    doubled = digits[:, ::2] * 2
    total = (doubled - 9 * (doubled > 9)).sum(axis=1) + digits[:, 1::2].sum(axis=1)
    number = digits @ 10 ** np.arange(14, -1, -1)
    return integers(number * 10 + (-total) % 10)
