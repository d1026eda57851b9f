"""Blocks for Prometheus' data folder, made by promtool, counted, and only then moved to where Prometheus finds them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from typing import TYPE_CHECKING

from kpitaps.errors import BadUse, KpitapsError
from kpitaps.kpis.metric_names import HISTORY_LABEL

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from kpitaps.exposition.backfill.openmetrics import Written

MATCHER = f'{{{HISTORY_LABEL[0]}="{HISTORY_LABEL[1]}"}}'
"""All history there is, in PromQL."""

LONGEST_BLOCK = "8760h"
"""Half a year a block, the longest of promtool's steps below this; with its own two hours every day would be one."""

_STAGING = ".kpitaps-backfill"
"""Prometheus looks only at folders that are named like blocks."""


def create_command(promtool: str | Path, file: Path, folder: Path) -> list[str]:
    """Return the command that makes blocks of a file."""
    longest = f"--max-block-duration={LONGEST_BLOCK}"
    return [str(promtool), "tsdb", "create-blocks-from", "openmetrics", "--quiet", longest, str(file), str(folder)]


def import_blocks(promtool: Path, file: Path, data: Path, written: Written) -> int:
    """Put what is in a file into Prometheus' data folder, and return how many blocks that made.

    Args:
        promtool: The program.
        file: What `write_openmetrics` wrote.
        data: The data folder; Prometheus may run on it.
        written: What is in the file.

    Raises:
        BadUse: if there is no such folder, it cannot be written, or it holds history already: of two samples for one
            day Prometheus would keep the old one, without a word.
        KpitapsError: if promtool fails, or not every sample is in its blocks; then nothing was put anywhere.
    """
    if not data.is_dir():
        raise BadUse(f"{data} is no folder: name the one of Prometheus' --storage.tsdb.path")
    _check_free(promtool, data, written)
    staging = data / _STAGING
    try:
        shutil.rmtree(staging, ignore_errors=True)  # of a run that was killed
        staging.mkdir()
        _run(create_command(promtool, file, staging))
        blocks = _blocks(staging)
        counted = sum(block["stats"].get("numSamples", 0) for _, block in blocks)
        if counted != written.samples:
            raise KpitapsError(
                f"promtool put {counted:,} of {written.samples:,} samples into blocks; nothing was put into {data}"
            )
        for path, _ in blocks:
            _own(path, data)
            path.rename(data / path.name)
        return len(blocks)
    except OSError as error:
        raise BadUse(f"{data} cannot be written: {error.strerror}") from None
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _check_free(promtool: Path, data: Path, written: Written) -> None:
    """Refuse a folder whose blocks hold history of those days."""
    blocks = _blocks(data)
    # Up to where blocks reach: beyond, promtool would read the whole of the write-ahead log, which holds no history.
    last = min(written.last, max((block["maxTime"] - 1 for _, block in blocks), default=0))
    if not blocks or last < written.first:
        return
    span = [f"--min-time={written.first}", f"--max-time={last}"]
    command = [str(promtool), "tsdb", "dump", *span, f"--match={MATCHER}", str(data)]
    if _run(command).strip():
        raise BadUse(
            f"{data} holds history already, and Prometheus keeps the old value of a day that gets two: delete it "
            "first, as the guide “Backfill a store” says, and run this again"
        )


def _blocks(folder: Path) -> list[tuple[Path, dict[str, Any]]]:
    return [(meta.parent, json.loads(meta.read_bytes())) for meta in sorted(folder.glob("*/meta.json"))]


def _run(command: list[str]) -> str:
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)  # noqa: S603
    except OSError as error:
        raise BadUse(f"{command[0]} cannot be run: {error.strerror}") from None
    if done.returncode:
        said = " ".join(done.stderr.split())[-300:]
        raise KpitapsError(f"promtool {' '.join(command[1:3])} failed: {said}")
    return done.stdout


def _own(block: Path, data: Path) -> None:
    """Give a block to whom the data folder belongs: what root made Prometheus could not compact or delete."""
    owner = data.stat()
    if os.geteuid() != owner.st_uid:
        for path in (block, *block.rglob("*")):
            os.chown(path, owner.st_uid, owner.st_gid)
