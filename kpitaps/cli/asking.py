"""The settings of a connection, from options, the environment, files and the terminal."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from kpitaps.errors import BadUse

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from kpitaps.tap import Settings

_TYPEABLE = (str, int, float, type(None))


def given_settings(model: type[Settings], options: Iterable[str]) -> dict[str, str]:
    """Return what ``--set name=value`` says; a secret may be ``env:VARIABLE`` or ``file:PATH``.

    Raises:
        BadUse: for an option without ``=``, or a variable or file that is not there.
    """
    secret = model.secret_names()
    given = {}
    for option in options:
        name, equals, value = option.partition("=")
        name = name.strip()
        if not equals:
            raise BadUse(f"--set {option!r}: write --set name=value")
        given[name] = _looked_up(name, value) if name in secret else value
    return given


def ask_settings(model: type[Settings], given: Mapping[str, str], known: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a person answers for the settings that are not given; what is ``known`` is offered to be kept.

    Raises:
        KeyboardInterrupt: if they change their mind.
    """
    try:
        answers = {name: _ask(model, name, known.get(name)) for name in model.model_fields if name not in given}
    except typer.Abort:
        raise KeyboardInterrupt from None
    return {name: answer for name, answer in answers.items() if answer is not None}


def _ask(model: type[Settings], name: str, known: Any) -> Any:
    field = model.model_fields[name]
    is_secret = name in model.secret_names()
    is_several = name in model.tuple_names()
    title = f"{field.title} ({field.description}{'; with commas, [] for none' if is_several else ''})"
    kept = known if known is not None or field.is_required() else field.default
    if is_several:
        from kpitaps.tap.settings import as_text  # noqa: PLC0415 - whoever asks has loaded it

        return typer.prompt(title, default=None if kept is None else as_text(kept))
    if is_secret and known:
        return typer.prompt(f"{title}, Enter keeps it", default=known, hide_input=True, show_default=False)
    if field.is_required() and known is None:
        return typer.prompt(title, hide_input=is_secret)
    if not isinstance(kept, _TYPEABLE):
        return known
    answer = typer.prompt(title, default="" if kept is None else kept, hide_input=is_secret, show_default=bool(kept))
    return None if answer == "" and kept is None else answer


def _looked_up(name: str, value: str) -> str:
    """Return a secret that is named by where it is: what stands in a command is seen by others."""
    kind, colon, where = value.partition(":")
    if kind == "env" and colon:
        if not (found := os.environ.get(where)):
            raise BadUse(f"--set {name}=env:{where}: there is no environment variable {where}, or it is empty")
        return found
    if kind == "file" and colon:
        try:
            return Path(where).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is no text"
            raise BadUse(f"--set {name}=file:{where}: the file cannot be read: {reason}") from None
    return value
