"""The data card of a release for people, as HTML and as Markdown: the same facts, charts and tables in both."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import jinja2

from lakmus.opendata.releases import charts
from lakmus.opendata.releases.metadata import licence_url
from lakmus.opendata.releases.recipe import Recipe

FEWEST = 2  # values that make a chart


def html(recipe: Recipe, facts: Mapping[str, Any]) -> str:
    """`facts` are the manifest's fields with `schema` and `statistics`."""
    return _render("card.html.j2", recipe, facts)


def markdown(recipe: Recipe, facts: Mapping[str, Any]) -> str:
    return _render("card.md.j2", recipe, facts)


def _render(template: str, recipe: Recipe, facts: Mapping[str, Any]) -> str:
    found = _environment().get_template(template)
    return found.render(
        **{**facts, "tables": _tables(facts)},
        r=recipe,
        licence_url=licence_url(recipe.licence),
        risk_rows=_risk_rows(facts["risk"]),
    )


def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("lakmus.opendata.releases"),
        autoescape=jinja2.select_autoescape(enabled_extensions=("html.j2",)),
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "md": _escaped,
        "code": lambda text: str(text).replace("|", "\\|").replace("`", "'"),
    }
    return environment


def _escaped(text: Any) -> str:
    """Text that Markdown shows as it is, in one line."""
    return re.sub(r"([\\`*_\[\]<>|#])", r"\\\1", " ".join(str(text).split()))


def _risk_rows(risk: Mapping[str, Any]) -> list[tuple[str, str]]:
    rows = [
        ("k asked for", str(risk["k"])),
        ("smallest class in the release", str(risk["smallest_class_after"])),
        ("persons before", f"{risk['persons']:,}"),
        ("unique persons before", f"{risk['unique']:,} ({risk['unique_share']:.2%})"),
        ("persons left out", f"{risk['suppressed']:,} ({risk['suppressed_share']:.2%})"),
        ("rows left out", _rows_left_out(risk["suppressed_rows"])),
        ("mean risk in the release", f"{risk['average_risk_after']:.4f}"),
    ]
    return rows + [(f"fewest values of {name} in a class", str(n)) for name, n in risk["diversity"].items()]


def _rows_left_out(rows: Mapping[str, int | None]) -> str:
    """By table they are in risk.json; of fewer than k persons they are not told."""
    known = [n for n in rows.values() if n is not None]
    return f"{sum(known):,}" if known else "not told, as of fewer persons than k"


def _tables(facts: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {**table, "statistics": columns, "charts": _charts(table["name"], columns)}
        for table in facts["schema"]
        for columns in [facts["statistics"]["tables"][table["name"]]["columns"]]
    ]


def _charts(table: str, columns: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "column": name,
            "svg": charts.bars(f"{table}: persons by {name}", found["persons"]),
            "rows": [
                (charts.label(value), "few" if n is None else f"{n:,}")
                for value, n in found["persons"].items()
            ],
        }
        for name, found in columns.items()
        if len(found.get("persons") or ()) >= FEWEST
    ]
