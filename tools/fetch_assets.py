"""Fetches the scripts that others wrote, at pinned versions and checked by hash, with the ordinary npm client.

    python tools/fetch_assets.py            # the portal's, into src/lakmus/portal/static/vendor
    python tools/fetch_assets.py --tests    # those only tests use, into .cache/assets

Where npm fetches from is the machine's own setting; no address is written here. What is there already and has its hash
is not fetched again.
"""

from __future__ import annotations

import base64
import hashlib
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENDOR = ROOT / "src" / "lakmus" / "portal" / "static" / "vendor"
CACHE = ROOT / ".cache" / "assets"


@dataclass(frozen=True)
class Asset:
    """A package at a version; `integrity` is the base64 SHA-512 of its archive; `files` maps inner to outer names."""

    package: str
    version: str
    integrity: str
    folder: Path
    files: tuple[tuple[str, str, str], ...]  # inner name, outer name, SHA-256 of the file


HTMX = Asset(
    "htmx.org", "2.0.11", "Thx/WtpeOQqSrqBCw/A1cwGJGg4UrVa3+sW0GmrM3p4gJgO89ecH4qtbnyzDDWFvBTqjnIMCgELTNt636dtamA==", VENDOR,
    (("package/dist/htmx.min.js", "htmx.min.js", "d6fdc75f204e6bdefa99b69bf1e6d4ac69b8a364f77929f45c13476b4000f717"), ("package/LICENSE", "htmx.LICENSE.txt", "d3d2456f76414f2456104660ebd65aff1c04cd7966b942bdabd63f3cdb316a38")),
)  # fmt: skip
AXE = Asset(
    "axe-core", "4.14.1", "FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ==", CACHE,
    (("package/axe.min.js", "axe.min.js", "29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c"),),
)  # fmt: skip


def fetch(asset: Asset) -> None:
    """Puts the files in place; SystemExit when anything has another hash than the one written here."""
    if all(_sha256(asset.folder / outer) == digest for _, outer, digest in asset.files):
        return
    with tempfile.TemporaryDirectory() as folder:
        command = ["npm", "pack", "--silent", f"{asset.package}@{asset.version}"]
        subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
        archive = next(Path(folder).glob("*.tgz"))
        if base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode() != asset.integrity:
            raise SystemExit(f"{asset.package} {asset.version} is not the package that was pinned")
        _unpack(archive, asset)


def _unpack(archive: Path, asset: Asset) -> None:
    asset.folder.mkdir(parents=True, exist_ok=True)
    with tarfile.open(archive) as packed:
        for inner, outer, digest in asset.files:
            member = packed.extractfile(inner)
            data = member.read() if member else b""
            if hashlib.sha256(data).hexdigest() != digest:
                raise SystemExit(f"{outer} is not the file that was pinned")
            (asset.folder / outer).write_bytes(data)


def _sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else ""


if __name__ == "__main__":
    for one in (AXE,) if "--tests" in sys.argv else (HTMX,):
        fetch(one)
