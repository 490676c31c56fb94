"""All settings: frozen values read once, by a pure function, from environment variables and a TOML text.

A setting of group `lake` named `path` is the variable `LAKMUS_LAKE_PATH` and the line `path = ...` under `[lake]`;
settings of no group (`data`, `locale`) are `LAKMUS_DATA` and top-level lines. The environment wins over the text.
`docs/settings.md` is printed from the fields below.
"""

# ruff: noqa: RUF009 - `_said` is dataclasses.field with the metadata filled in; the defaults it gets are immutable
from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, get_type_hints

from lakmus.core.errors import InputError, LakmusError, ManyErrors, Place

PREFIX = "LAKMUS_"
FILE_VARIABLE = "LAKMUS_SETTINGS"
# Variables of the test set-up and of the command line; they are no settings of an installation.
NOT_SETTINGS = (FILE_VARIABLE, "LAKMUS_SHARED", "LAKMUS_TEST_", "LAKMUS_BENCH_")
LOCALES = ("en", "ru")


def _said(default: Any, about: str, *, among: tuple[str, ...] = (), secret: bool = False) -> Any:
    return field(
        default=default, repr=not secret, metadata={"about": about, "among": among, "secret": secret}
    )


@dataclass(frozen=True)
class LakeSettings:
    """Where records live."""

    path: Path = _said(Path("lake"), "folder of the identified lake")
    open_path: Path = _said(Path("open"), "folder of the open lake, read by everyone who reads releases")
    catalog: str = _said(
        "",
        "catalog of the identified lake: empty for SQLite in its folder, or `postgres:` and a libpq string without password",
        secret=True,
    )
    storage: str = _said(
        "", "where Parquet files are: empty for a folder beside the catalog, or an `s3://bucket/prefix`"
    )
    threads: int = _said(0, "threads of the query engine; 0 takes all cores")
    memory: str = _said("", "memory limit of the query engine, such as `2GB`; empty leaves it to the engine")


@dataclass(frozen=True)
class OpsSettings:
    """Operational state and keys."""

    url: str = _said(
        "",
        "database of people, sites, jobs and audit: empty for SQLite under `data`, or `postgresql://...`",
        secret=True,
    )
    keys: Path = _said(
        Path("keys"), "folder of the key files (mode 0600); belongs on another volume than the data"
    )
    anchor: Path = _said(Path("audit.anchor"), "file that remembers the head of the audit log")
    workers: int = _said(1, "job workers started with the server; 0 when `lakmus worker` runs apart")
    stale_seconds: int = _said(60, "a running job whose worker has been silent this long is taken from it")


@dataclass(frozen=True)
class ServerSettings:
    """The web server."""

    name: str = _said("Lakmus", "name of this installation, on every page")
    host: str = _said("127.0.0.1", "address the server listens on")
    port: int = _said(8000, "port the server listens on")
    base_url: str = _said(
        "http://127.0.0.1:8000", "address people and sites use; cookies are marked Secure when it is https"
    )
    proxies: tuple[str, ...] = _said(
        (),
        "addresses or networks of reverse proxies whose forwarded headers are believed, separated by commas",
    )
    max_upload_mb: int = _said(4096, "largest request body of an upload, in megabytes")
    spool: Path = _said(
        Path("spool"), "folder where uploads wait for their intake; holds identified data (mode 0700)"
    )
    metrics_token: str = _said(
        "",
        "bearer token with which a scraper reads /metrics; empty lets only accounts with the role",
        secret=True,
    )


@dataclass(frozen=True)
class SignInSettings:
    """How people sign in."""

    local: bool = _said(True, "whether local accounts (password and second factor) may sign in")
    second_factor: bool = _said(True, "whether roles that reach identified data must have a second factor")
    session_minutes: int = _said(30, "a session ends after this long without a request")
    session_hours: int = _said(12, "a session ends after this long in any case")
    lockout_failures: int = _said(5, "failures in a row after which an account is locked for a while")
    lockout_minutes: int = _said(15, "how long it is locked")
    oidc_issuer: str = _said("", "OpenID Connect issuer; empty means none")
    oidc_client: str = _said("", "client id at that issuer")
    oidc_secret_file: str = _said("", "file that holds the client's secret")
    oidc_title: str = _said("OpenID Connect", "what the sign-in button calls it")


@dataclass(frozen=True)
class ReleaseSettings:
    """What leaves."""

    path: Path = _said(Path("releases"), "folder of published releases")
    recipes: Path = _said(Path("recipes"), "folder of recipes")


@dataclass(frozen=True)
class TerminologySettings:
    """Code systems, value sets and maps."""

    path: Path = _said(Path("terminology.sqlite"), "file of the installed code systems, value sets and maps")


@dataclass(frozen=True)
class Settings:
    """Everything an installation is told; relative paths are under `data`."""

    data: Path = _said(Path("lakmus-data"), "folder that relative paths below start from")
    locale: str = _said("en", "language where neither account nor browser says one", among=LOCALES)
    region: str = _said("", "region written into records of sites that name none")
    lake: LakeSettings = field(default_factory=LakeSettings)
    ops: OpsSettings = field(default_factory=OpsSettings)
    server: ServerSettings = field(default_factory=ServerSettings)
    sign_in: SignInSettings = field(default_factory=SignInSettings)
    release: ReleaseSettings = field(default_factory=ReleaseSettings)
    terminology: TerminologySettings = field(default_factory=TerminologySettings)

    @property
    def ops_url(self) -> str:
        """The operations database's URL, the default filled in."""
        return self.ops.url or f"sqlite:///{self.data / 'ops.sqlite'}"

    @property
    def secure_cookies(self) -> bool:
        return self.server.base_url.startswith("https://")


@dataclass(frozen=True)
class Described:
    """One setting as the reference page shows it."""

    group: str
    name: str
    type: type
    default: Any
    about: str
    among: tuple[str, ...]
    secret: bool

    @property
    def variable(self) -> str:
        return PREFIX + "_".join(part.upper() for part in (self.group, self.name) if part)

    @property
    def key(self) -> str:
        return ".".join(part for part in (self.group, self.name) if part)

    @property
    def kind(self) -> str:
        """What a value looks like, in one word."""
        return {bool: "yes/no", int: "number", str: "text", Path: "path"}.get(self.type, "list")


GROUPS: Mapping[str, type] = {
    "lake": LakeSettings,
    "ops": OpsSettings,
    "server": ServerSettings,
    "sign_in": SignInSettings,
    "release": ReleaseSettings,
    "terminology": TerminologySettings,
}


def describe() -> tuple[Described, ...]:
    """All settings in the order of the reference page."""
    return tuple(entry for group, kind in {"": Settings, **GROUPS}.items() for entry in _of(group, kind))


def read(environ: Mapping[str, str], text: str | None = None, *, source: str = "settings") -> Settings:
    """The settings; raises ManyErrors naming each variable or line that cannot be read, with a suggestion.

    `text` is the TOML file's content and `source` its name for messages. Nothing is read from disk here.
    """
    errors: list[LakmusError] = []
    given = {**_from_text(text, source, errors), **_from_environ(environ, errors)}
    values = {
        key: value
        for key, (raw, place) in given.items()
        if (value := _value(key, raw, place, errors)) is not None
    }
    if errors:
        raise ManyErrors(errors)
    return _under_data(_build(values))


def _of(group: str, kind: type) -> Iterator[Described]:
    types = get_type_hints(kind)
    for one in fields(kind):
        if one.default is not MISSING:
            yield Described(group, one.name, types[one.name], one.default, **one.metadata)


_BY_KEY = {entry.key: entry for entry in describe()}
_BY_VARIABLE = {entry.variable: entry for entry in describe()}

_Given = dict[str, tuple[Any, Place]]


def _from_environ(environ: Mapping[str, str], errors: list[LakmusError]) -> _Given:
    found: _Given = {}
    for variable in sorted(
        name for name in environ if name.startswith(PREFIX) and not name.startswith(NOT_SETTINGS)
    ):
        if entry := _BY_VARIABLE.get(variable):
            found[entry.key] = environ[variable], Place("environment", path=variable)
        else:
            errors.append(_unknown(variable, _BY_VARIABLE, Place("environment", path=variable)))
    return found


def _from_text(text: str | None, source: str, errors: list[LakmusError]) -> _Given:
    try:
        tree = tomllib.loads(text or "")
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"the settings are not TOML: {error}", place=Place(source)) from None
    found: _Given = {}
    for key, raw in _lines(tree):
        if key in _BY_KEY:
            found[key] = raw, Place(source, path=key)
        else:
            errors.append(_unknown(key, _BY_KEY, Place(source, path=key)))
    return found


def _lines(tree: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in tree.items():
        if isinstance(value, dict):
            yield from ((f"{name}.{inner}", raw) for inner, raw in value.items())
        else:
            yield name, value


def _unknown(name: str, known: Mapping[str, Described], place: Place) -> InputError:
    near = difflib.get_close_matches(name, known, 1)
    hint = f"did you mean {near[0]}?" if near else "docs/settings.md lists all settings"
    return InputError(f"there is no setting {name[:80]}", place=place, hint=hint)


def _value(key: str, raw: Any, place: Place, errors: list[LakmusError]) -> Any:
    entry = _BY_KEY[key]
    value = _convert(entry.type, raw)
    if value is None or (entry.among and value not in entry.among):
        want = " or ".join(entry.among) or entry.kind
        errors.append(
            InputError("this setting cannot be read", place=place, hint=f"it is a {want}: {entry.about}")
        )
        return None
    return value


def _convert(kind: type, raw: Any) -> Any:
    """The value in the setting's type, or None; variables are text, TOML brings types of its own."""
    if kind is bool:
        return raw if isinstance(raw, bool) else _WORDS.get(str(raw).strip().lower())
    if kind is int:
        return int(raw) if not isinstance(raw, bool) and str(raw).strip().isdecimal() else None
    if kind in (str, Path):
        return kind(raw) if isinstance(raw, str) and "\0" not in raw else None
    parts = raw.split(",") if isinstance(raw, str) else raw
    texts = isinstance(parts, list) and all(isinstance(part, str) for part in parts)
    return tuple(part.strip() for part in parts if part.strip()) if texts else None


_WORDS = {
    "1": True,
    "true": True,
    "yes": True,
    "on": True,
    "0": False,
    "false": False,
    "no": False,
    "off": False,
}


def _build(values: Mapping[str, Any]) -> Settings:
    top = {key: value for key, value in values.items() if "." not in key}
    groups = {group: kind(**_inside(values, group)) for group, kind in GROUPS.items()}
    return Settings(**top, **groups)


def _inside(values: Mapping[str, Any], group: str) -> dict[str, Any]:
    return {key.partition(".")[2]: value for key, value in values.items() if key.startswith(f"{group}.")}


def _under_data(settings: Settings) -> Settings:
    """Relative paths start from `data`; absolute ones stay (joining keeps them)."""
    moved = {}
    for group in GROUPS:
        part = getattr(settings, group)
        paths = {
            one.name: settings.data / value
            for one in fields(part)
            if isinstance(value := getattr(part, one.name), Path)
        }
        moved[group] = replace(part, **paths)
    return replace(settings, **moved)
