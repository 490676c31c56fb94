"""Parquet files in object storage: where its credentials come from, under the names every S3 tool reads.

`AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN`, or a file of them named by
`AWS_SHARED_CREDENTIALS_FILE` (section `AWS_PROFILE`, else `default`); `AWS_REGION` (or `AWS_DEFAULT_REGION`); and for a
store of one's own `AWS_ENDPOINT_URL_S3` (or `AWS_ENDPOINT_URL`), whose buckets are then addressed by path.
"""

from __future__ import annotations

import configparser
from collections.abc import Mapping
from urllib.parse import urlsplit

import duckdb

from lakmus.core.errors import InputError, LakmusError
from lakmus.lake import schema

SCHEME = "s3://"
VARIABLES = {
    "KEY_ID": "AWS_ACCESS_KEY_ID",
    "SECRET": "AWS_SECRET_ACCESS_KEY",
    "SESSION_TOKEN": "AWS_SESSION_TOKEN",
}


def give_credentials(connection: duckdb.DuckDBPyConnection, place: str, environ: Mapping[str, str]) -> None:
    """Makes the storage at `s3://bucket/prefix` readable to a connection; any other place needs nothing.

    Raises InputError that names the missing variable; no message quotes what a variable holds.
    """
    if not place.startswith(SCHEME):
        return
    options = {"SCOPE": place, **_keys(environ), **_endpoint(environ)}
    said = ", ".join(f"{name} {schema.literal(value)}" for name, value in options.items())
    try:
        connection.execute(f"CREATE OR REPLACE SECRET lakmus_storage (TYPE s3, PROVIDER config, {said})")
    except duckdb.Error:
        raise InputError(
            "the credentials of the object storage are not taken", hint="look at the AWS_ variables"
        ) from None


def refused(error: duckdb.HTTPException) -> LakmusError:
    """What to say of a request that the storage did not grant: its status, never the address."""
    status = getattr(error, "status_code", 0)
    hint = "look whether the bucket exists and the credentials may read, write and delete there; nothing of the batch is in the lake"
    return LakmusError(
        f"the object storage refused a request{f' (HTTP {status})' if status else ''}", hint=hint
    )


def _keys(environ: Mapping[str, str]) -> dict[str, str]:
    given = _in_file(environ) or environ
    found = {option: given.get(variable, "") for option, variable in VARIABLES.items()}
    for option in ("KEY_ID", "SECRET"):
        if not found[option]:
            hint = "set it in the environment, or name a file of credentials in AWS_SHARED_CREDENTIALS_FILE"
            raise InputError(f"object storage needs {VARIABLES[option]}", hint=hint)
    found["REGION"] = environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION", "")
    return {option: value for option, value in found.items() if value}


def _in_file(environ: Mapping[str, str]) -> dict[str, str]:
    """What a file of credentials holds, by the names of the variables; nothing where none is named."""
    path = environ.get("AWS_SHARED_CREDENTIALS_FILE", "")
    if not path:
        return {}
    parser, profile = configparser.RawConfigParser(), environ.get("AWS_PROFILE") or "default"
    try:
        if parser.read(path, encoding="utf-8") and parser.has_section(profile):
            return {name.upper(): value for name, value in parser.items(profile)}
    except (OSError, UnicodeDecodeError, configparser.Error):  # its message would quote the file
        pass
    raise InputError(
        f"AWS_SHARED_CREDENTIALS_FILE has no readable section [{profile}]", hint="write its keys there"
    )


def _endpoint(environ: Mapping[str, str]) -> dict[str, str]:
    url = environ.get("AWS_ENDPOINT_URL_S3") or environ.get("AWS_ENDPOINT_URL", "")
    if not url:
        return {}
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.query:
        raise InputError("AWS_ENDPOINT_URL is no address", hint="such as https://storage.example.org:9000")
    return {
        "ENDPOINT": parts.netloc + parts.path.rstrip("/"),
        "URL_STYLE": "path",
        "USE_SSL": str(parts.scheme == "https").lower(),
    }
