"""The rows that checks look at: persons with their dates, measured numbers with their codes."""

from __future__ import annotations

from lakmus.intake.plausibility.checks import Context
from lakmus.intake.plausibility.columns import Columns, Schema, high_day, low_day
from lakmus.intake.plausibility.part import Part

_SYSTEM = "r.lk_site, r.id, r.lk_batch, r.lk_person"


def persons(schema: Schema, table: str, part: Part) -> str:
    """One row per site and person: birth_low, birth_high, death_high (DATE) and gender. Where a site has several
    records of a person, the widest span they allow, and no gender when they differ: a flag must be certain."""
    columns = Columns(schema, "r")
    birth, death, gender = (columns.scalar(name) for name in ("birthDate", "deceasedDateTime", "gender"))
    facts = [
        f"min({low_day(birth)})" if birth else "NULL::DATE",
        f"max({high_day(birth)})" if birth else "NULL::DATE",
        f"max({high_day(death)})" if death else "NULL::DATE",
        f"CASE WHEN count(DISTINCT {gender}) = 1 THEN any_value({gender}) END" if gender else "NULL::VARCHAR",
    ]
    named = ", ".join(
        f"{sql} AS {name}"
        for sql, name in zip(facts, ("birth_low", "birth_high", "death_high", "gender"), strict=True)
    )
    if not schema:
        return f"SELECT NULL::VARCHAR AS lk_site, NULL::BIGINT AS lk_person, {named} LIMIT 0"
    return (
        f"SELECT r.lk_site, r.lk_person, {named} FROM {table} r"
        f" WHERE {part.where('r', whole_bucket=True)} AND r.lk_person IS NOT NULL GROUP BY ALL"
    )


def measurements(context: Context, table: str, part: Part) -> str | None:
    """One row per measured number and code, of the observation itself and of its components: value (DOUBLE), unit,
    unit_code, key (`system|code`), day_low and day_high (DATE). None when the table has no number."""
    time = context.time or "NULL::VARCHAR"
    days = f"{low_day(time)} AS day_low, {high_day(time)} AS day_high"
    found = []
    if own := _quantity(context.columns, "r"):
        keys = context.columns.code_keys("code") or "[NULL]"
        found.append(
            f"SELECT {_SYSTEM}, {days}, {own}, unnest({_or_null(keys)}) AS key FROM {table} r"
            f" WHERE {part.where('r')} AND r.valueQuantity IS NOT NULL"
        )
    if parts := _component(context.columns):
        quantity, keys = parts
        found.append(
            f"SELECT {_SYSTEM}, {days}, {quantity}, unnest({_or_null(keys)}) AS key"
            f" FROM {table} r, unnest(r.component) AS u(c) WHERE {part.where('r')} AND c.valueQuantity IS NOT NULL"
        )
    return f"({' UNION ALL '.join(found)})" if found else None


def _component(columns: Columns) -> tuple[str, str] | None:
    kind = columns.schema.get("component")
    if kind is None or kind.id != "list":
        return None
    parts = Columns(dict(dict(kind.children)["child"].children), "c")
    quantity = _quantity(parts, "c")
    return (quantity, parts.code_keys("code") or "[NULL]") if quantity else None


def _quantity(columns: Columns, alias: str) -> str | None:
    value = columns.scalar("valueQuantity.value")
    if value is None:
        return None
    code = columns.scalar("valueQuantity.code") or "NULL::VARCHAR"
    text = columns.scalar("valueQuantity.unit") or "NULL::VARCHAR"
    return (
        f"{value}::DOUBLE AS value, coalesce(nullif({code}, ''), nullif({text}, '')) AS unit,"
        f" nullif({code}, '') AS unit_code"
    )


def _or_null(keys: str) -> str:
    # Without a code a number still is a measurement: it may lack its unit or be a placeholder.
    return f"CASE WHEN len({keys}) > 0 THEN {keys} ELSE [NULL::VARCHAR] END"
