"""Digests: what matters of a company's week or month, told to people by mail and in chats.

Nothing is imported here: a process that sends none need not load the libraries that write them.
"""

from __future__ import annotations
