"""Every digit of a number is in the lake's column: what stands unquoted in its JSON is read exactly."""

import random
from decimal import Decimal

import pyarrow as pa
import pytest

from lakmus.fhir.primitives import unquoted

NUMBERS = 20_000


def made(chance: random.Random, whole: int, places: int) -> str:
    """A number of so many digits before and at most so many after the point, without needless zeros."""
    digits = "".join(chance.choices("0123456789", k=chance.randint(0, places)))
    sign, before = chance.choice(["", "-"]), str(chance.randrange(10**whole))
    return sign + (f"{before}.{digits}5"[: len(before) + 1 + places] if digits else before)


@pytest.mark.parametrize(
    ("whole", "places"), [(1, 12), (2, 12), (3, 12), (3, 2), (4, 2), (9, 3), (17, 0), (20, 0), (24, 12)]
)
def test_the_column_holds_the_digits_sent(lake, whole, places):
    chance = random.Random(whole * 100 + places)
    numbers = [made(chance, whole, places) for _ in range(NUMBERS)]
    rows = [f'{{"v":{n}}}' if unquoted(n) else f'{{"v":"{n}"}}' for n in numbers]
    with lake.cursor() as cursor:
        cursor.register("sent", pa.table({"row": rows}))
        read = cursor.execute("""SELECT from_json(row, '{"v":"DECIMAL(38,12)"}').v FROM sent""").fetchall()
    assert all(held == Decimal(number) for (held,), number in zip(read, numbers, strict=True))
    assert {unquoted(n) for n in numbers} != {False} or whole > 17
