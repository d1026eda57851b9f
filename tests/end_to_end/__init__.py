"""The whole line, from a vendor's answers over HTTP to the ledger, held against what really happened."""

from __future__ import annotations
