"""Threads that read several slices, or several connections, at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def reading_pool(workers: int, name: str) -> Iterator[ThreadPoolExecutor]:
    """Give threads for the length of the context; whoever is interrupted (Ctrl-C) does not wait for a slow source."""
    pool = ThreadPoolExecutor(workers, thread_name_prefix=name)
    try:
        yield pool
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        raise
    pool.shutdown()
