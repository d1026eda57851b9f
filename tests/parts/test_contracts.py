"""Vendors' published contracts."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import orjson
import pytest
from graphql import build_client_schema

from parts.contracts import FetchError, fetch_shopify_schema

if TYPE_CHECKING:
    from pathlib import Path


def test_shopify_schema_is_a_schema(shopify_schema: Path) -> None:
    """Shopify's document builds a GraphQL schema that knows orders."""
    document = orjson.loads(gzip.decompress(shopify_schema.read_bytes()))
    schema = build_client_schema(document["data"], assume_valid=True)
    assert schema.query_type is not None
    assert "orders" in schema.query_type.fields


def test_without_npm_nothing_is_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without npm the reason says so, and no half file stays behind."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(FetchError, match="npm is not installed"):
        fetch_shopify_schema(tmp_path / "cache")
    assert not [file for file in tmp_path.rglob("*") if file.is_file()]
