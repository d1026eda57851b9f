"""What vendors publish about their APIs, to hold our requests and sandboxes against. Never committed: fetched.

``python -m parts.contracts`` fetches them ahead of the tests.
"""

from __future__ import annotations

import hashlib
import importlib.util
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

DISCOVERY_PACKAGE = "google-api-python-client==2.202.0"
DISCOVERY_PACKAGE_SHA256 = "aaa90064c9bb642ff1d065b22ca8958a2cb6e345909cefe70d0e5452fc50e08b"
DISCOVERY_FILE = "googleapiclient/discovery_cache/documents/analyticsdata.v1beta.json"
DISCOVERY_VARIABLE = "KPITAPS_ANALYTICS_DISCOVERY"

TEAMLEADER_FILE = "specs/teamleader-focus-openapi.yaml"
TEAMLEADER_VARIABLE = "KPITAPS_TEAMLEADER_OPENAPI"

EXACT_FILE = "specs/exact-entities.json"
EXACT_VARIABLE = "KPITAPS_EXACT_ENTITIES"


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
    run_npm("pack", "--silent", package, folder=folder)
    return next(folder.glob("*.tgz"))


def run_npm(command: str, *arguments: str, folder: Path) -> None:
    """Run npm in a folder, but none of the scripts that packages bring.

    Raises:
        FetchError: if there is no npm, no network, or no such package.
    """
    npm = shutil.which("npm")
    if npm is None:
        raise FetchError(f"npm is not installed: it was to {command} in {folder.name} {' '.join(arguments)}".rstrip())
    done = subprocess.run(
        [npm, command, "--ignore-scripts", *arguments],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    if done.returncode != 0:
        raise FetchError(f"npm {command} {' '.join(arguments)} failed: {done.stderr.strip()[-500:]}")


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


def fetch_analytics_discovery(cache: Path = CACHE) -> Path:
    """Return the discovery document of Google's Analytics Data API, fetching it the first time.

    It comes with Google's client library, of which a pinned version is unpacked for a moment, checked by its hash.

    Raises:
        FetchError: if the package cannot be had.
    """
    kept = cache / "google" / Path(DISCOVERY_FILE).name
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        # Beside its place, as above.
        with tempfile.TemporaryDirectory(dir=kept.parent) as name:
            fresh = _installed(Path(name)) / DISCOVERY_FILE
            if not fresh.exists():
                raise FetchError(f"{DISCOVERY_PACKAGE} holds no {DISCOVERY_FILE}")
            fresh.replace(kept)
    return kept


def _installed(folder: Path) -> Path:
    """Return where the package is, without what it needs; uv is there wherever kpitaps is developed, pip is not."""
    wanted = folder / "requirements.txt"
    wanted.write_text(f"{DISCOVERY_PACKAGE} --hash=sha256:{DISCOVERY_PACKAGE_SHA256}\n")
    target = folder / "unpacked"
    command = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--no-deps", "--require-hashes"]
    done = subprocess.run(
        [*command, "--target", str(target), "--requirement", str(wanted)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    if done.returncode != 0:
        raise FetchError(f"{DISCOVERY_PACKAGE} could not be fetched: {done.stderr.strip()[-500:]}")
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
def analytics_discovery() -> Path:
    """The path of the Analytics Data API's discovery document: given, installed, or fetched by ``make contracts``."""
    if given := os.environ.get(DISCOVERY_VARIABLE):
        return Path(given)
    library = importlib.util.find_spec("googleapiclient")
    places = [Path(folder).parent / DISCOVERY_FILE for folder in (library and library.submodule_search_locations) or ()]
    places.append(CACHE / "google" / Path(DISCOVERY_FILE).name)
    found = next((place for place in places if place.exists()), None)
    if found is None:
        missing("Google's discovery document is not here: make contracts fetches it")
    return found


@pytest.fixture(scope="session")
def teamleader_openapi() -> Path:
    """The path of Teamleader's OpenAPI document, from the environment or from a folder beside the checkout."""
    return _beside("Teamleader's OpenAPI document", TEAMLEADER_VARIABLE, TEAMLEADER_FILE)


@pytest.fixture(scope="session")
def exact_entities() -> Path:
    """The path of the list of Exact Online's entities, from the environment or from a folder beside the checkout."""
    return _beside("the list of Exact Online's entities", EXACT_VARIABLE, EXACT_FILE)


def _beside(what: str, variable: str, file: str) -> Path:
    """Return where a document is: what the environment names, else what a folder beside the checkout holds."""
    if given := os.environ.get(variable):
        return Path(given)
    beside = sorted(Path(__file__).parents[3].glob(f"*/{file}"))
    if not beside:
        missing(f"{what} is not here: {variable} names it")
    return beside[0]


def main() -> int:
    """Fetch all contracts that the environment does not name; say on stderr where they are."""
    failed = 0
    for variable, fetch in ((SHOPIFY_VARIABLE, fetch_shopify_schema), (DISCOVERY_VARIABLE, fetch_analytics_discovery)):
        try:
            sys.stderr.write(f"{os.environ.get(variable) or fetch()}\n")
        except FetchError as reason:
            failed = 1
            sys.stderr.write(f"{reason}\n")
    return failed


if __name__ == "__main__":
    sys.exit(main())
