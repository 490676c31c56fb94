"""What a document may bring in from disk: libraries and models of the folder it lies in, and nothing else."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

from lakmus.core.errors import InputError, NotFoundError
from lakmus.query.models.fhir import fhir_model
from lakmus.query.models.model import Model
from lakmus.query.models.modelinfo import read_model

LONGEST = 20_000_000
_PLAIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")


def path_of(uri: str) -> Path | None:
    """The file that a URI means; None when it is none on this machine."""
    try:
        parts = urlsplit(uri)
    except ValueError:
        return None
    path = Path(unquote(parts.path))
    local = parts.scheme == "file" and parts.netloc in ("", "localhost") and path.is_absolute()
    return path if local and "\0" not in str(path) else None


def library_file(uri: str, name: str, version: str | None) -> Path | None:
    """`Name.cql` or `Name-version.cql` beside the document."""
    return _beside(uri, f"{name}.cql") or (_beside(uri, f"{name}-{version}.cql") if version else None)


def library_text(file: Path) -> str:
    try:
        return file.read_text("utf-8-sig")
    except (OSError, ValueError):
        raise InputError(f"`{file.name}` is no readable text") from None


def model(uri: str, name: str, version: str | None) -> Model:
    """FHIR, or a model whose information lies beside the document, such as `qicore-modelinfo-6.0.0.xml`."""
    if name == "FHIR":
        return fhir_model()
    wanted = f"{name.lower()}-modelinfo-{version}.xml"
    file = _beside(uri, wanted)
    if file is None:
        raise NotFoundError(f"there is no model `{name}`", hint=f"put `{wanted}` beside the library")
    return _model(file, file.stat().st_mtime_ns)


@lru_cache(maxsize=8)
def _model(file: Path, _changed: int) -> Model:
    return read_model(file.read_bytes())


def _beside(uri: str, name: str) -> Path | None:
    """A file of the document's own folder, of no outrageous size; links do not lead out of it."""
    document = path_of(uri)
    if document is None or not _PLAIN.fullmatch(name):
        return None
    file = document.parent / name
    try:
        inside = file.resolve().parent == document.parent.resolve()
        return file if inside and file.is_file() and file.stat().st_size <= LONGEST else None
    except (OSError, RuntimeError):  # a link that leads to itself
        return None
