"""What holds the house together: layers, sizes, names, wheels, and docs that keep up with the code."""

from __future__ import annotations
