"""The command line as users meet it, and what other tests need to start it."""

from __future__ import annotations
