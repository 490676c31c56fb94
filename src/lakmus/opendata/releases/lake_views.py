"""Views run over one snapshot of a lake, each row with the person and the site of its record.

The columns of a view do not say whose record a row is of; its key does. So each view is given its record's key besides, and
is joined by it to the record's person and site, bucket by bucket.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import duckdb
import pyarrow as pa

from lakmus.core.errors import InputError, LakmusError
from lakmus.lake import CATALOG, Store, schema
from lakmus.opendata.releases.recipe import View
from lakmus.opendata.releases.staging import RunView
from lakmus.privacy import PERSON, SITE
from lakmus.query.engines.duckdb import statement, told
from lakmus.query.frontends.views import parse

KEY = "lk_key"
ROWS = 100_000  # of one batch


def views_over(store: Store, snapshot: int) -> RunView:
    """What `build` asks for: runs a ViewDefinition over a snapshot. Raises what the view's compiler raises."""

    def run_view(view: View) -> Iterator[pa.RecordBatch]:
        if not store.schema(view["resource"], snapshot):  # no such record ever came
            return
        # Records of no patient (bucket -1) are of nobody's release.
        for bucket in store.buckets():
            yield from _rows(store, _statement(store, view, snapshot, bucket))

    return run_view


def _statement(store: Store, view: View, snapshot: int, bucket: int) -> str:
    rows = statement(store, parse(_with_key(view)), version=snapshot, bucket=bucket)
    records = f"{CATALOG}.{schema.quoted(view['resource'])} AT (VERSION => {snapshot})"
    key = f"lk_site || {schema.literal('/' + view['resource'] + '/')} || id"
    return f"""SELECT found.* EXCLUDE ({KEY}), {PERSON}, {SITE} FROM ({rows}) found
        JOIN (SELECT {key} AS {KEY}, {PERSON}, {SITE} FROM {records} WHERE lk_bucket = {bucket}) USING ({KEY})"""


def _with_key(view: View) -> Mapping[str, Any]:
    return {**view, "select": [*view["select"], {"column": [{"name": KEY, "path": "getResourceKey()"}]}]}


def _rows(store: Store, query: str) -> Iterator[pa.RecordBatch]:
    with store.cursor() as cursor:
        try:
            yield from cursor.execute(query).to_arrow_reader(ROWS)
        except duckdb.InvalidInputException as error:
            raise InputError(told(error)) from None
        except duckdb.Error as error:
            raise LakmusError(f"the engine refused a view ({type(error).__name__})") from None
