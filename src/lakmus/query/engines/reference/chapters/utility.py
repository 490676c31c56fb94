"""N1 5.9 Utility functions, 10.2 reflection."""

from __future__ import annotations

from lakmus.core.dates import PartialTime, from_datetime, parse_date, parse_time
from lakmus.core.quantities import Quantity
from lakmus.query.engines.reference.environment import Environment
from lakmus.query.engines.reference.rows import collections, scalar, singles
from lakmus.query.engines.reference.values import Collection, Value
from lakmus.query.ir import operations as op
from lakmus.query.ir.types import DATE, DATETIME, TYPE_INFO


@singles(op.Now)
def now(env: Environment) -> Value:
    return Value(from_datetime(env.clock.now()), DATETIME)


@singles(op.Today)
def today(env: Environment) -> Value:
    return Value(parse_date(env.clock.now().date().isoformat()), DATE)


@singles(op.TimeOfDay)
def time_of_day(env: Environment) -> PartialTime:
    return parse_time(env.clock.now().time().isoformat(timespec="milliseconds"))


@scalar(op.Comparable)
def comparable(env: Environment, left: Quantity, right: Quantity) -> bool:
    return env.units.convert(left.value, left.unit, right.unit) is not None


@collections(op.TypeOf)
def type_of(_: Environment, items: Collection) -> Collection:
    def information(item: Value) -> dict[str, str]:
        name = "BackboneElement" if "." in item.type.name else item.type.name
        return {"namespace": item.type.namespace, "name": name}

    return [Value(information(item), TYPE_INFO, item.path) for item in items]
