"""Vendors' published contracts."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import orjson
import pytest
from graphql import build_client_schema

from parts import contracts
from parts.contracts import FetchError, fetch_analytics_discovery, fetch_shopify_schema

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


def test_analytics_discovery_is_one(analytics_discovery: Path) -> None:
    """Google's document describes reports of the Analytics Data API."""
    document = orjson.loads(analytics_discovery.read_bytes())
    assert document["id"] == "analyticsdata:v1beta"
    assert "RunReportRequest" in document["schemas"]


def test_another_package_is_not_believed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package with another hash, or none at all, is a reason in words; no half file stays behind."""
    monkeypatch.setattr(contracts, "DISCOVERY_PACKAGE_SHA256", "0" * 64)
    with pytest.raises(FetchError, match="could not be fetched"):
        fetch_analytics_discovery(tmp_path / "cache")
    assert not [file for file in tmp_path.rglob("*") if file.is_file()]
