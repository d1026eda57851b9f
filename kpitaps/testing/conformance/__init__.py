"""The conformance kit: what every tap must do, as a class that its test-suite subclasses.

`kit` holds the class, `stage` what its checks share, `bench` one connection of the tap with a ledger of its own. The
checks themselves are in `loading`, `spans`, `reactions`, `histories`, `accounts` and `secrecy`.
"""

from __future__ import annotations

from kpitaps.testing.conformance.kit import TapConformance

__all__ = ["TapConformance"]
