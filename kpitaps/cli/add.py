"""``kpitaps add``: connect an account."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kpitaps.cli.opening import opened
from kpitaps.cli.output import out, out_json
from kpitaps.errors import BadUse

if TYPE_CHECKING:
    from kpitaps.tap import Settings


def add(
    tap: Annotated[str, typer.Argument(help="The tap, as 'kpitaps taps' lists it.")],
    values: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="A setting; what is left out is asked for.")
    ] = None,
    name: Annotated[str, typer.Option(help="What to call the connection; by default the account's name.")] = "",
    company: Annotated[str, typer.Option(help="Key of the company it belongs to; made if it is new.")] = "",
    json: Annotated[bool, typer.Option("--json", help="Print JSON; never ask.")] = False,
) -> None:
    """Connect an account.

    Settings that are not given are asked for. They are tried before they are stored, secrets encrypted. Adding an
    account that is there already brings its settings up to date.
    """
    from kpitaps.app import connect  # noqa: PLC0415

    given = dict(_split(value) for value in values or ())
    with opened() as runtime:
        model = runtime.plugins.tap(tap).settings
        asked = {} if json or not sys.stdin.isatty() else _ask_or_stop(model, given)
        connection = connect(runtime, tap, {**given, **asked}, company=company, name=name)
        if json:
            out_json({"connection": connection.name, "tap": tap, "account": connection.account_id})
        else:
            out(f"Connected {connection.account_name} as {connection.name!r}. Run: kpitaps sync")


def _split(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise BadUse(f"--set {text!r}: write --set name=value")
    return name.strip(), value


def _ask_or_stop(model: type[Settings], given: dict[str, str]) -> dict[str, Any]:
    try:
        return _ask(model, given)
    except typer.Abort:
        raise KeyboardInterrupt from None


def _ask(model: type[Settings], given: dict[str, str]) -> dict[str, Any]:
    answers: dict[str, Any] = {}
    secret = model.secret_names()
    for name, field in model.model_fields.items():
        if name in given:
            continue
        title = f"{field.title} ({field.description})"
        if field.is_required():
            answers[name] = typer.prompt(title, hide_input=name in secret)
        else:
            answers[name] = typer.prompt(title, default=field.default, hide_input=name in secret)
    return answers
