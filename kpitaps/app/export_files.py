"""The forms of an export: CSV, JSON and Parquet, the same columns in each."""

from __future__ import annotations

import csv
import os
import secrets
from contextlib import contextmanager, suppress
from dataclasses import astuple, fields
from datetime import date
from decimal import Decimal
from itertools import islice
from stat import S_IMODE
from typing import TYPE_CHECKING, Any

import orjson

from kpitaps.app.export import PLACES, ExportRow
from kpitaps.errors import BadUse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path
    from typing import IO

HEADER = tuple(field.name for field in fields(ExportRow))
"""The columns of every form, in this order."""

_BATCH = 50_000
"""Rows of one row group of Parquet."""


def write_csv(rows: Iterable[ExportRow], out: IO[bytes]) -> int:
    """Write rows as CSV in UTF-8 with one header line; return how many there were."""
    writer = csv.writer(_Encoding(out), lineterminator="\n")
    writer.writerow(HEADER)
    number = 0
    for row in rows:
        writer.writerow(map(_text, astuple(row)))
        number += 1
    return number


def write_json(rows: Iterable[ExportRow], out: IO[bytes]) -> int:
    """Write rows as a JSON list of objects, one per line; decimals are numbers with all their digits."""
    number = 0
    out.write(b"[")
    for number, row in enumerate(rows, 1):
        out.write(b",\n" if number > 1 else b"\n")
        values = zip(HEADER, astuple(row), strict=True)
        out.write(orjson.dumps({name: _json(value) for name, value in values}))
    out.write(b"\n]\n")
    return number


def write_parquet(rows: Iterable[ExportRow], out: IO[bytes]) -> int:
    """Write rows as Parquet: days are dates, amounts decimals.

    Raises:
        BadUse: if pyarrow is not installed.
    """
    arrow, parquet = _pyarrow()
    whole, amount = arrow.decimal128(38, PLACES), arrow.decimal128(38, 6)
    types = {
        "day": arrow.date32(),
        "value": whole,
        "numerator": amount,
        "denominator": amount,
        "is_open": arrow.bool_(),
    }
    schema = arrow.schema([(name, types.get(name, arrow.string())) for name in HEADER])
    number, source = 0, iter(rows)
    with parquet.ParquetWriter(out, schema) as writer:
        while batch := list(islice(source, _BATCH)):
            columns = zip(*map(astuple, batch), strict=True)
            arrays = [arrow.array(column, field.type) for column, field in zip(columns, schema, strict=True)]
            writer.write_table(arrow.table(arrays, schema=schema))
            number += len(batch)
    return number


FORMATS: dict[str, Callable[[Iterable[ExportRow], IO[bytes]], int]] = {
    "csv": write_csv,
    "json": write_json,
    "parquet": write_parquet,
}
"""How each form is written."""


def check_format(name: str) -> None:
    """Find out that a form can be written before anything is computed.

    Raises:
        BadUse: if there is no such form, or what it needs is not installed.
    """
    if name not in FORMATS:
        raise BadUse(f"there is no format {name!r}: there are {', '.join(FORMATS)}")
    if name == "parquet":
        _pyarrow()


@contextmanager
def replacing(path: Path, *, mode: int | None = None) -> Iterator[IO[bytes]]:
    """Open a file that takes the place of ``path`` once it is whole; what fails leaves what was there.

    Args:
        path: Its name.
        mode: Who may read a new file, whatever the umask says: one that is replaced keeps its mode and, where that is
            permitted, its group. None leaves both to the umask.

    Raises:
        BadUse: if it cannot be written.
    """
    if path.exists() and not path.is_file():
        raise BadUse(f"{path} is no file")  # to replace /dev/stdout would take it from everybody
    unfinished = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")  # others may be writing the same file
    try:
        with unfinished.open("xb") as out:
            if mode is not None:
                _as_before(unfinished, path, mode)
            yield out
        unfinished.replace(path)
    except OSError as error:
        raise BadUse(f"{path} cannot be written: {error.strerror}") from None
    finally:
        unfinished.unlink(missing_ok=True)


def _as_before(unfinished: Path, path: Path, mode: int) -> None:
    """Give a file the mode and group of the one that it will replace, before there is anything in it."""
    with suppress(FileNotFoundError):
        before = path.stat()
        mode = S_IMODE(before.st_mode)
        if before.st_gid != unfinished.stat().st_gid:
            with suppress(OSError):
                os.chown(unfinished, -1, before.st_gid)
    unfinished.chmod(mode)


class _Encoding:
    """What csv writes to: text becomes UTF-8; half a surrogate pair, as a broken source may send, is replaced."""

    def __init__(self, out: IO[bytes]) -> None:
        self._out = out

    def write(self, text: str) -> int:
        return self._out.write(text.encode(errors="replace"))


def _text(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case Decimal():
            return f"{value:f}"
        case date():
            return value.isoformat()
    return str(value)


def _json(value: Any) -> Any:
    return orjson.Fragment(f"{value:f}") if isinstance(value, Decimal) else value


def _pyarrow() -> tuple[Any, Any]:
    try:
        import pyarrow as pa  # type: ignore[import-untyped]  # noqa: PLC0415 - only where it is asked for
        from pyarrow import parquet  # noqa: PLC0415
    except ImportError:
        raise BadUse("Parquet needs pyarrow: pip install 'kpitaps[parquet]', or choose --format csv") from None
    return pa, parquet
